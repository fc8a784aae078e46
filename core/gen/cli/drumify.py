"""``gen drumify``: drums for a tapped rhythm."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gen.cli.transform import add_transform, transform

if TYPE_CHECKING:
    from gen.notes.sequence import NoteSequence
    from gen.training.load import Trained

_EPILOG = """\
examples:
  gen drumify runs/groovae_2bar_tap_fixed_velocity-20260101-120000 tap.mid -o out/
  gen drumify runs/groovae_2bar_tap_fixed_velocity-20260101-120000 bass-line.mid --all -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen drumify``."""
    parser.description = (
        "Make drums of a rhythm: every note of the clip is a tap, whatever its pitch and channel; of taps on one step\n"
        "the loudest counts. For runs of recipes whose converter has tapify on."
    )
    parser.epilog = _EPILOG
    add_transform(parser, clip="a MIDI file with the rhythm, on any instrument")


def run(args: argparse.Namespace) -> int:
    """Write the drums; prints their path."""
    return transform(args, name="drums", needs="tapify", prepare=_taps)


def _taps(trained: Trained, notes: NoteSequence) -> NoteSequence:
    from gen.music import as_taps

    return as_taps(trained, notes)
