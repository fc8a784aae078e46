"""``gen show``: clips to look at, in the terminal, as a picture or as a page that plays."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import whole
from gen.errors import UsageError
from gen.system import terminal

if TYPE_CHECKING:
    from gen.notes.sequence import NoteSequence

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
    parser.add_argument("--png", metavar="FILE", help="draw a picture (needs gen-music[plots])")
    parser.add_argument("--html", metavar="FILE", help="write a page that plays: one file, needs no network")


def run(args: argparse.Namespace) -> int:
    """Print rolls, and write a picture or a page where asked to."""
    from rich.text import Text

    from gen.midi.reading import read_midi
    from gen.music.rolls import places, rolls, summary
    from gen.system.terminal import one_line

    wanted = _bars(args.bars)
    clips = {clip: read_midi(clip) for clip in args.clips}
    console = terminal.console(width=args.width, highlight=False, soft_wrap=True)
    width = args.width or console.width
    for name, clip in clips.items():
        found = places(clip)
        first, last = wanted or (1, _MOST)
        console.print(Text(one_line(name), style="bold"), Text(f"  {summary(clip, found)}"), sep="")
        if first > found.bars:
            say(f"{name} has no bar {first}: it has {found.bars}")
            continue
        for line in rolls(clip, first=first, last=min(last, found.bars), width=width):
            console.print(Text.assemble(*((text, _STYLES.get(kind, "")) for text, kind in line)))
        if wanted is None and found.bars > _MOST:
            say(f"{name}: {found.bars - _MOST} more bars; see them with --bars {_MOST + 1}-{found.bars}")
    if args.png is not None:
        from gen.music.plots import piano_roll

        piano_roll(list(clips.values()), Path(args.png), titles=args.clips)
        say(f"picture: {args.png}")
    if args.html is not None:
        _write_page(clips, Path(args.html))
        say(f"page: {args.html}")
    return 0


def _write_page(clips: dict[str, NoteSequence], path: Path) -> None:
    from gen.music.rolls import note_rows
    from gen.pages.comparison import page
    from gen.system.files import write_atomically

    first = next(iter(clips))
    versions = {name: note_rows(clip) for name, clip in clips.items()}
    if len(clips) > 1:
        versions = {"original": versions.pop(first), **versions}
    shown = {"name": first, "seconds": max(clip.total_time for clip in clips.values()), "versions": versions}
    title = " and ".join(Path(name).name for name in clips)
    write_atomically(path, page({"title": title, "clips": [shown]}))


def _bars(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text)
    first, last = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
    if not 1 <= first <= last:
        raise UsageError(f"--bars {text}: give bars as 3 or 1-4, counted from 1")
    return first, last
