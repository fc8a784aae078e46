"""``gen palette``: a map of a model's latent space, as one page to play with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import add_device, add_hearing, add_run
from gen.errors import UsageError

if TYPE_CHECKING:
    import torch

    from gen.training.load import Trained

_FAR = 2.0  # times an attribute's vector, from the middle to an edge
_MOST = 2_000_000  # bytes of a page

_EPILOG = """\
examples:
  gen palette -o palette.html
  gen palette melody_2bar --seed 3 -o melodies.html
  gen palette drums_4bar --clip mine.mid --clip other.mid -o mine.html
  gen palette drums_4bar --directions density,swing --clip mine.mid -o around.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen palette``."""
    parser.description = (
        "Decode a square of latent space between four corners, or along two directions, and write it as one page:\n"
        "drag through it, hear it, download what you like as MIDI and as sound. The page needs no network and opens\n"
        "from a disk."
    )
    parser.epilog = _EPILOG
    add_run(parser, default_for="palette")
    parser.add_argument("-o", "--out", default="palette.html", metavar="FILE", help="default palette.html")
    parser.add_argument("--force", action="store_true", help="overwrite a page that is there already")
    parser.add_argument(
        "--clip",
        "--corner",
        dest="corner",
        action="append",
        default=[],
        metavar="CLIP",
        help="MIDI file for a corner, its first window; up to four times (default: corners from the prior)",
    )
    parser.add_argument(
        "--directions",
        metavar="A,B",
        help="what grows to the right and downwards, such as density,loudness (gen attributes), or principal: where "
        "clips differ most; --clip is the middle then",
    )
    parser.add_argument("--size", type=int, default=11, metavar="N", help="clips along a side, 2 to 25 (default 11)")
    parser.add_argument("--seed", type=int, default=0, help="of the corners from the prior (default 0)")
    parser.add_argument("--step", type=int, help="which checkpoint (default: the latest)")
    add_device(parser)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Write the page; prints its path."""
    from gen.cli.chosen_windows import find_windows, read_clip
    from gen.music.latent_map import latent_map, latent_plane
    from gen.pages.palette import CORNERS, palette_page
    from gen.system import regular
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
    if args.directions is None:
        clips = latent_map(trained, size=size, seed=args.seed, corners=corners)
        names = [clip.stem for clip in own] + CORNERS[len(own) :]
    else:
        if len(own) > 1:
            raise UsageError(f"along directions a map has one clip in its middle, not {len(own)}")
        (across, down), words = _directions(args.directions, args.run, trained, args.seed)
        centre = corners[0] if corners else None
        clips = latent_plane(trained, across, down, size=size, seed=args.seed, centre=centre)
        names = [f"{x} {words[0]}, {y} {words[1]}" for y in "−+" for x in "−+"]
    middle = f", around {own[0].stem}" if args.directions and own else ""
    facts = f"{trained.recipe.description}; step {trained.step:,}, seed {args.seed}, {size} × {size} clips{middle}"
    text = palette_page(clips, title=f"A map of {trained.recipe.name}", facts=facts, corners=names)
    if len(text.encode()) > _MOST:
        raise UsageError(f"the page would have {len(text.encode()) / 1e6:.1f} MB: give a smaller --size than {size}")
    regular.folder(out.parent)
    write_atomically(out, text)
    say(f"{size * size} clips, {len(text.encode()) / 1e6:.2f} MB")
    print(out)
    return 0


def _directions(
    text: str, run: str, trained: Trained, seed: int
) -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[str, str]]:
    """Two directions, and what to call them."""
    from gen.music.attributes import read_attributes
    from gen.music.latent_map import principal_directions

    if text == "principal":
        return principal_directions(trained, seed=seed), ("1", "2")
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError(f"--directions {text}: give two attributes, such as density,loudness, or principal")
    found = read_attributes(run, trained)
    across, down = (found.shift({name: _FAR}, name=trained.recipe.name) for name in names)
    return (across, down), (names[0], names[1])
