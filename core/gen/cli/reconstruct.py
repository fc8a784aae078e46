"""``gen reconstruct``: a clip through a model and back."""

from __future__ import annotations

import argparse

from gen.cli.transform import add_transform, transform

_EPILOG = """\
examples:
  gen reconstruct runs/groovae_4bar-20260101-120000 beat.mid -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --window 3 -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --all --temperature 0.5 -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen reconstruct``."""
    parser.description = (
        "Encode a clip, decode the mean of its posterior, and write what comes out, at the clip's tempo, beside what\n"
        "the model was to say. A clip of several windows: choose one, or take them all."
    )
    parser.epilog = _EPILOG
    add_transform(parser, clip="a MIDI file")


def run(args: argparse.Namespace) -> int:
    """Write the reconstruction and the original; prints one path a line."""
    return transform(args, name="reconstruction", original=True)
