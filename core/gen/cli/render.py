"""``gen render``: MIDI files as sound."""

from __future__ import annotations

import argparse
from pathlib import Path

from gen.cli.options import add_synth
from gen.errors import UsageError
from gen.system.regular import folder
from gen.system.terminal import one_line

_EPILOG = """\
examples:
  gen render out/beat-humanized.mid
  gen render beat.mid -o beat.wav --synth plain
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen render``."""
    parser.description = (
        "Write MIDI files as WAV files, each beside its clip. With the extra gen-music[sound], the small General MIDI\n"
        "sound font that pretty_midi brings is heard; without it, the plain sounds of gen's pages."
    )
    parser.epilog = _EPILOG
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="MIDI files")
    parser.add_argument("-o", "--out", metavar="FILE", help="where to write it, if there is one clip")
    add_synth(parser)
    parser.add_argument("--force", action="store_true", help="overwrite what is there already")


def run(args: argparse.Namespace) -> int:
    """Write the sound; prints one path a line."""
    from gen.cli.chosen_windows import require_free
    from gen.midi.reading import read_midi
    from gen.music.sound.rendering import write_wav

    if args.out is not None and len(args.clips) > 1:
        raise UsageError(f"--out {args.out} is for one clip, and there are {len(args.clips)}")
    places = [Path(clip).with_suffix(".wav") for clip in args.clips] if args.out is None else [Path(args.out)]
    for place in places:
        require_free(str(place.parent), [place.name], force=args.force)
    for clip, place in zip(args.clips, places, strict=True):
        notes = read_midi(clip)
        folder(place.parent)
        print(one_line(str(write_wav(notes, place, synth=args.synth))))
    return 0
