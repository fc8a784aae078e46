"""``gen palette``: a map of a model's latent space, as one page to play with."""

from __future__ import annotations

import argparse
from pathlib import Path

from gen.cli import say
from gen.cli.options import add_device, add_hearing, add_run
from gen.errors import UsageError

_MOST = 2_000_000  # bytes of a page

_EPILOG = """\
examples:
  gen palette -o palette.html
  gen palette melody_2bar --seed 3 -o melodies.html
  gen palette drums_4bar --corner mine.mid --corner other.mid -o mine.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen palette``."""
    parser.description = (
        "Decode a square of latent space between four corners, and write it as one page: drag through it, hear it,\n"
        "download what you like as MIDI. The page needs no network and opens from a disk."
    )
    parser.epilog = _EPILOG
    add_run(parser, default_for="palette")
    parser.add_argument("-o", "--out", default="palette.html", metavar="FILE", help="default palette.html")
    parser.add_argument("--force", action="store_true", help="overwrite a page that is there already")
    parser.add_argument(
        "--corner",
        action="append",
        default=[],
        metavar="CLIP",
        help="MIDI file for a corner, its first window; up to four times (default: corners from the prior)",
    )
    parser.add_argument("--size", type=int, default=11, metavar="N", help="clips along a side, 2 to 25 (default 11)")
    parser.add_argument("--seed", type=int, default=0, help="of the corners from the prior (default 0)")
    parser.add_argument("--step", type=int, help="which checkpoint (default: the latest)")
    add_device(parser)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Write the page; prints its path."""
    from gen.cli.chosen_windows import find_windows, read_clip
    from gen.music.latent_map import latent_map
    from gen.pages.palette import palette_page
    from gen.system.files import write_atomically
    from gen.training.load import load_run

    out = Path(args.out)
    if out.exists() and not args.force:
        raise UsageError(f"{out} is there already; give another --out or --force to overwrite it")
    if len(args.corner) > 4:
        raise UsageError(f"a map has four corners, not {len(args.corner)}")
    trained = load_run(args.run, step=args.step, device=args.device)
    own = [read_clip(path, trained, args) for path in args.corner]
    corners = [find_windows(trained, clip)[0] for clip in own]
    size = args.size
    clips = latent_map(trained, size=size, seed=args.seed, corners=corners)
    names = [clip.stem for clip in own] + ["A", "B", "C", "D"][len(own) :]
    facts = f"{trained.recipe.description}; step {trained.step:,}, seed {args.seed}, {size} × {size} clips"
    text = palette_page(clips, title=f"A map of {trained.recipe.name}", facts=facts, corners=names)
    if len(text.encode()) > _MOST:
        raise UsageError(f"the page would have {len(text.encode()) / 1e6:.1f} MB: give a smaller --size than {size}")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, text)
    say(f"{size * size} clips, {len(text.encode()) / 1e6:.2f} MB")
    print(out)
    return 0
