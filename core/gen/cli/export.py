"""``gen export``: a run in the format of another program."""

from __future__ import annotations

import argparse

from gen.cli import say
from gen.cli.options import add_run, whole
from gen.system.terminal import one_line

_EPILOG = """\
examples:
  gen export runs/groovae --to tf-checkpoint -o released/
  gen export runs/mel --to magenta-js --bytes 2 -o web/
  gen export runs/mel --to onnx -o onnx/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen export``."""
    parser.description = (
        "Write a run's model in the format of another program: tf-checkpoint for Magenta in Python, magenta-js for "
        "@magenta/music in a browser, onnx for onnxruntime and the like."
    )
    parser.epilog = _EPILOG
    add_run(parser)
    parser.add_argument("--to", required=True, choices=("tf-checkpoint", "magenta-js", "onnx"), help="the format")
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="folder to make")
    parser.add_argument("--step", type=whole, help="which checkpoint (default: the latest)")
    parser.add_argument(
        "--bytes",
        type=whole,
        choices=(1, 2, 4),
        help="of magenta-js: bytes of a weight; 4 is exact (default), 2 and 1 make it smaller",
    )
    parser.add_argument("--force", action="store_true", help="replace an earlier export")


def run(args: argparse.Namespace) -> int:
    """Write the files; prints one path a line."""
    from gen.checkpoints.exporting.export import export_run

    done = export_run(args.run, args.to, args.out, step=args.step, weight_bytes=args.bytes, force=args.force)
    forms = {int: ",", float: ".2g", str: ""}  # other details are for programs
    told = [
        f"{name.replace('_', ' ')} {value:{forms[type(value)]}}"
        for name, value in done.details.items()
        if type(value) in forms
    ]
    say(f"{args.to}: {', '.join(told)}")
    for name in done.files:
        print(one_line(str(done.folder / name)))
    return 0
