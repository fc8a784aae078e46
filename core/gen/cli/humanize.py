"""``gen humanize``: loudness and timing for a stiff beat."""

from __future__ import annotations

import argparse

from gen.cli.transform import add_transform, transform

_EPILOG = """\
examples:
  gen humanize runs/groovae_2bar_humanize-20260101-120000 stiff.mid -o out/
  gen humanize runs/groovae_2bar_humanize-20260101-120000 song.mid --all -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen humanize``."""
    parser.description = (
        "Play a beat as a drummer would: the model hears which drums are struck when, and adds loudness and timing.\n"
        "For runs of recipes whose converter has humanize on; the beat may be stiff, what it has of both isn't heard."
    )
    parser.epilog = _EPILOG
    add_transform(parser, clip="a MIDI file with drums on channel 10 (see --drum-channel)")


def run(args: argparse.Namespace) -> int:
    """Write the beat; prints its path."""
    return transform(args, name="humanized", needs="humanize")
