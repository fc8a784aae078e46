"""``--html`` and ``--png``: what commands that write clips show of them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.notes.sequence import NoteSequence

OPTIONS = ("--html", "--png")
_CARDS, _ROLLS = 64, 12  # clips of a page, and of a picture


def add_sight(parser: argparse._ActionsContainer) -> None:
    """``--html`` and ``--png``."""
    parser.add_argument("--html", metavar="FILE", help="write a page that plays and shows: one file, needs no network")
    parser.add_argument("--png", metavar="FILE", help="draw piano rolls (needs gen-music[plots])")


@dataclass(frozen=True, eq=False)
class Sight:
    """Where clips are to be shown, and beside what.

    Attributes:
        html, png: files to write; None for none.
        before, called: what the clips were made of, and its name; None where they were made of nothing.
        together: whether the clips are versions of one another.
    """

    html: Path | None = None
    png: Path | None = None
    before: NoteSequence | None = None
    called: str = ""
    together: bool = False

    @classmethod
    def of(
        cls,
        args: argparse.Namespace,
        *,
        before: NoteSequence | None = None,
        called: str = "",
        together: bool = False,
    ) -> Sight:
        """As the options of `add_sight` say; a file that is there already is a `UsageError`, unless ``--force``."""
        places = [None if text is None else Path(text) for text in (args.html, args.png)]
        there = next((place for place in places if place is not None and place.exists()), None)
        if there is not None and not getattr(args, "force", True):
            raise UsageError(f"{there} is there already; give another file or --force to overwrite it")
        return cls(places[0], places[1], before, called, together)

    def show(self, clips: Mapping[str, NoteSequence]) -> list[Path]:
        """Write the page and the picture; gives their paths."""
        from gen.system import regular

        clips = {name: clip for name, clip in clips.items() if name != self.called}
        written = [place for place in (self.html, self.png) if place is not None]
        for place in written:
            regular.folder(place.parent)
        if self.html is not None:
            from gen.pages.clips import clips_page
            from gen.system.files import write_atomically

            shown = self._first(clips, _CARDS, self.html)
            title = " and ".join([*([self.called] if self.called else []), *list(shown)[:2]])
            title += f" and {len(shown) - 2} more" if len(shown) > 2 else ""
            write_atomically(self.html, clips_page(shown, title=title, before=self.before, together=self.together))
        if self.png is not None:
            from gen.music.plots import piano_roll

            rows = ({} if self.before is None else {self.called: self.before}) | dict(clips)
            rows = dict(self._first(rows, _ROLLS, self.png))
            piano_roll(list(rows.values()), self.png, titles=list(rows))
        return written

    def _first(self, clips: Mapping[str, NoteSequence], most: int, place: Path) -> Mapping[str, NoteSequence]:
        if len(clips) > most:
            say(f"{place} shows the first {most} of {len(clips)} clips")
        return dict(list(clips.items())[:most])
