"""``gen humanize``: loudness and timing for a stiff beat, whose every hit stays."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gen.cli.editing import Request, add_editing, edit_file

if TYPE_CHECKING:
    from gen.music.verbs.changes import Edited

_EPILOG = """\
examples:
  gen humanize beat.mid
  gen humanize beat.mid --amount 60 -o beat-that-breathes.mid
  gen humanize runs/drums_2bar_humanize-20260101-120000 band.mid --only velocity -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A run, a clip, and how much of what to change."""
    parser.description = (
        "Play a beat as a drummer would. The drums of a file, of any length and in any band, get the loudness and the\n"
        "timing that a model gives them: no hit is added or lost, and everything else stays as it is, to the byte.\n"
        "For runs of recipes whose converter has humanize on."
    )
    parser.epilog = _EPILOG
    add_editing(parser, default_for="humanize")
    parser.add_argument(
        "--amount", type=float, default=100.0, metavar="N", help="0 as written, 100 as the model plays (default 100)"
    )
    parser.add_argument("--only", choices=("velocity", "timing"), help="change only the loudness, or only the timing")
    parser.add_argument("--all", action="store_true", help=argparse.SUPPRESS)  # the whole clip, as ever


def run(args: argparse.Namespace) -> int:
    """Write the file with its drums played; prints its path."""
    from gen.music.verbs.humanize import humanize

    def verb(asked: Request) -> Edited:
        return humanize(asked.trained, asked.content, amount=args.amount, only=args.only, **asked.drums)

    return edit_file(args, "humanized", verb)
