"""``gen show``: clips to look at, in the terminal, as a picture or as a page that plays."""

from __future__ import annotations

import argparse
import re

from gen.cli import say
from gen.cli.options import whole
from gen.cli.sight import Sight, add_sight
from gen.errors import UsageError
from gen.system import terminal

_EPILOG = """\
examples:
  gen show beat.mid
  gen show beat.mid out/beat-humanized.mid --bars 1-2
  gen show beat.mid out/beat-humanized.mid --html beat.html
"""

_MOST = 8  # bars, unless told otherwise
_STYLES = {"label": "bold", "beat": "dim", "hit": "", "early": "cyan", "late": "yellow", "held": "dim", "line": "dim"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen show``."""
    parser.description = (
        "Piano rolls: a row a drum or pitch, a cell a step. The higher a block, the louder the hit; ‹ and › stand at\n"
        "what is over 5 ms early or late, « and » over 15. Below, loudness and timing in numbers. Several clips stand\n"
        "under one another: before and after."
    )
    parser.epilog = _EPILOG
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="MIDI files")
    parser.add_argument("--bars", metavar="N-M", help=f"which bars (default: the first {_MOST})")
    parser.add_argument("--width", type=whole, metavar="N", help="characters a line (default: those of the terminal)")
    add_sight(parser)


def run(args: argparse.Namespace) -> int:
    """Print rolls, and write a picture or a page where asked to."""
    from rich.text import Text

    from gen.midi.reading import read_midi
    from gen.music.rolls import places, rolls, summary
    from gen.system.terminal import one_line

    wanted = _bars(args.bars)
    clips = {clip: read_midi(clip) for clip in args.clips}
    first, *others = clips.items()
    before = first if others else ("", None)
    sight = Sight.of(args, before=before[1], called=before[0])
    console = terminal.console(width=args.width, highlight=False, soft_wrap=True)
    width = args.width or console.width
    for name, clip in clips.items():
        found = places(clip)
        first_bar, last_bar = wanted or (1, _MOST)
        console.print(Text(one_line(name), style="bold"), Text(f"  {summary(clip, found)}"), sep="")
        if first_bar > found.bars:
            say(f"{name} has no bar {first_bar}: it has {found.bars}")
            continue
        for line in rolls(clip, first=first_bar, last=min(last_bar, found.bars), width=width):
            console.print(Text.assemble(*((text, _STYLES.get(kind, "")) for text, kind in line)))
        if wanted is None and found.bars > _MOST:
            say(f"{name}: {found.bars - _MOST} more bars; see them with --bars {_MOST + 1}-{found.bars}")
    for path in sight.show(dict(list(clips.items())[1:] if len(clips) > 1 else clips)):
        say(f"{'page' if path == sight.html else 'picture'}: {path}")
    return 0


def _bars(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text)
    first, last = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
    if not 1 <= first <= last:
        raise UsageError(f"--bars {text}: give bars as 3 or 1-4, counted from 1")
    return first, last
