"""``gen interpolate``: the way from one clip to another."""

from __future__ import annotations

import argparse

from gen.cli.options import add_drawing, add_hearing, add_run, add_writing, whole
from gen.errors import UsageError

_EPILOG = """\
examples:
  gen interpolate runs/groovae_4bar-20260101-120000 a.mid b.mid --steps 9 -o out/
  gen interpolate runs/groovae_4bar-20260101-120000 a.mid song.mid --window-b 3 --linear -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen interpolate``."""
    parser.description = (
        "Go from one clip to another through latent space, at equal steps, both ends included; write a file a step,\n"
        "and one with all of them in turn. The tempo goes evenly from the one's to the other's."
    )
    parser.epilog = _EPILOG
    add_run(parser, default_for="interpolate")
    parser.add_argument("a", help="MIDI file to start from")
    parser.add_argument("b", help="MIDI file to arrive at")
    parser.add_argument("--steps", type=whole, default=9, metavar="N", help="how many clips (default 9)")
    parser.add_argument("--linear", action="store_true", help="go straight, not along a sphere")
    parser.add_argument("--window-a", type=whole, metavar="N", help="which window of the first clip, if it has several")
    parser.add_argument("--window-b", type=whole, metavar="N", help="which window of the second")
    add_writing(parser)
    add_drawing(parser, temperature=0.0)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Write the clips and the joined one; prints one path a line."""
    from gen.cli.chosen_windows import choose_window, find_windows, origin_for, read_clip, require_free, write_clips
    from gen.cli.sight import Sight
    from gen.music import encode_windows, join_clips
    from gen.music.transforming import interpolate
    from gen.training.load import load_run

    if not 2 <= args.steps <= 999:
        raise UsageError(f"--steps must be from 2 (the ends) to 999, not {args.steps}")
    trained = load_run(args.run, step=args.step, device=args.device)
    ends = []
    read = []
    for path, number, option in ((args.a, args.window_a, "--window-a"), (args.b, args.window_b, "--window-b")):
        clip = read_clip(path, trained, args)
        ends.append(choose_window(find_windows(trained, clip), number, clip, options=f"one with {option} N:"))
        read.append(clip)
    stem = "-to-".join(clip.stem for clip in read)
    names = [f"{stem}-{number:03d}.mid" for number in range(1, args.steps + 1)]
    names.append(f"{stem}-joined.mid")
    paths = require_free(args.out, names, force=args.force, wav=args.wav)
    sight = Sight.of(args, together=True)
    drawing = {"temperature": args.temperature, "seed": args.seed}
    clips = interpolate(trained, *ends, steps=args.steps, linear=args.linear, **drawing)
    ends_z = encode_windows(trained, ends).mean.cpu().numpy()
    origin = origin_for(args, trained, read)
    origins = [origin.of(name, ends_z) for name in names] if origin else []
    write_clips(paths, [*clips, join_clips(clips)], as_json=args.json, wav=args.wav, origins=origins, sight=sight)
    return 0
