"""``gen copies``: how near clips come to those that a model was trained on."""

from __future__ import annotations

import argparse
from pathlib import Path

from gen.cli import say
from gen.cli.options import add_device, add_hearing, add_preparation, add_run, prepare_for

_EPILOG = """\
examples:
  gen copies out/mine/run out/mine/samples/*.mid
  gen copies runs/drums_4bar-20260101-120000 out/*.mid --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen copies``."""
    parser.description = (
        "Compare clips with those that a run was trained on: what part of their notes the nearest training clip has,\n"
        "window by window, beside what held-out clips share with it anyway. Needs the run's data. The exit code is 1\n"
        "where a clip is nearer than 95 of 100 held-out clips are, or a copy."
    )
    parser.epilog = _EPILOG
    add_run(parser)
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="MIDI files, of gen sample or of anybody")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--step", type=int, help="which checkpoint's recipe (default: the latest)")
    add_device(parser)
    add_preparation(parser)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Print how near they are; 1 where one is flagged."""
    from gen.cli.chosen_windows import find_windows, read_clip
    from gen.cli.tables.mining import print_copies
    from gen.model.build import build_converter
    from gen.music.copies import copies_of_training
    from gen.music.windows import windows_in_turn
    from gen.system.files import json_text
    from gen.training.load import load_run
    from gen.training.run import Run

    trained = load_run(args.run, step=args.step, device=args.device)
    notes, names = [], []
    for path in args.clips:
        turns = windows_in_turn(find_windows(trained, read_clip(path, trained, args)))
        for _, window in turns:
            notes.append(window.clip)
            where = f" bar {window.bars[0]}" if window.bars and len(turns) > 1 else ""
            names.append(f"{Path(path).name}{where}")
    prepared = prepare_for(args, trained.recipe, path=args.data or Run.opened(args.run).data_path())
    if prepared.notice:
        say("so the figures are of other music than the run's")
    meter = copies_of_training(notes, prepared, build_converter(trained.recipe), names=names)
    if args.json:
        print(json_text(meter.to_json(), indent=1))
    else:
        print_copies(meter)
    return 1 if meter.flagged else 0
