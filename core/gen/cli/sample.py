"""``gen sample``: new MIDI from a trained model."""

from __future__ import annotations

import argparse

from gen.cli.options import add_device
from gen.errors import UsageError

_EPILOG = """\
examples:
  gen sample runs/groovae_4bar-20260101-120000 -n 8 --seed 1 -o out/
  gen sample runs/groovae_4bar-20260101-120000 -n 4 --temperature 1.0 --qpm 95 -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen sample``."""
    parser.description = "Draw clips from the prior of a trained model and write them as MIDI files."
    parser.epilog = _EPILOG
    parser.add_argument("run", help="a run directory")
    parser.add_argument("-n", "--count", type=int, default=8, help="how many clips (default 8)")
    parser.add_argument("-o", "--out", default="out", metavar="DIR", help="where to write them (default out/)")
    parser.add_argument("--force", action="store_true", help="overwrite clips that are there already")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same clips (default 0)")
    parser.add_argument("--temperature", type=float, default=0.5, help="0 is the likeliest, 1 as trained (default 0.5)")
    parser.add_argument("--qpm", type=float, default=120.0, help="tempo in quarter notes a minute (default 120)")
    parser.add_argument("--like", metavar="CLIP", help="MIDI file to take controls from, for a model that has them")
    parser.add_argument("--step", type=int, help="which checkpoint (default: the latest)")
    add_device(parser)


def run(args: argparse.Namespace) -> int:
    """Write the clips; prints one path a line."""
    from pathlib import Path

    from gen.files import require_folder
    from gen.load import load_run
    from gen.midi.reading import read_midi
    from gen.midi.writing import write_midi
    from gen.music import controls_of, sample_clips
    from gen.timing import at_tempo

    if args.count < 1:
        raise UsageError(f"--count must be at least 1, not {args.count}")
    if args.temperature < 0:
        raise UsageError(f"--temperature must be 0 or more, not {args.temperature}")
    if not 10 <= args.qpm <= 1000:
        raise UsageError(f"--qpm must be from 10 to 1000, not {args.qpm}")
    folder = Path(args.out)
    require_folder(folder, option="--out")
    trained = load_run(args.run, step=args.step, device=args.device)
    paths = [folder / f"{trained.recipe.name}-seed{args.seed}-{index:03d}.mid" for index in range(args.count)]
    there = next((path for path in paths if path.exists()), None)
    if there is not None and not args.force:
        raise UsageError(f"{there} is there already; give another --out or --seed, or --force to overwrite it")
    controls = controls_of(trained, read_midi(args.like)) if args.like else None
    if args.like and controls is None:
        raise UsageError(f"{trained.recipe.name} has no controls to take from a clip: leave --like out")
    clips = sample_clips(trained, args.count, seed=args.seed, temperature=args.temperature, controls=controls)
    folder.mkdir(parents=True, exist_ok=True)
    for path, clip in zip(paths, clips, strict=True):
        write_midi(at_tempo(clip, args.qpm), path)
        print(path)
    return 0
