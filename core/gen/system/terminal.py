"""What gen prints holds texts of strangers: names of files, keys of recipes, words of plugins. None commands a screen.

Everything that is printed while a command runs goes through `guarded`, whoever prints it; tables and bars through
`console`. Characters that a terminal would obey, or that would set a line's words in another order, are spelt out.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

from gen.system.regular import nowhere

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

_OBEYED = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}  # controls, formats, half characters, and ends of lines
_LONGEST = 2000  # letters of a line of a message
_JOINERS = "\u200c\u200d"  # formats that words of some languages need


def one_line(text: str) -> str:
    """A stranger's text as it may stand in a line of ours: what a terminal would obey is spelt out, as ``\\x1b`` is."""
    return text if text.isprintable() else "".join(map(_shown, text))


def printable(text: str) -> str:
    """As `one_line`, of several lines: line feeds and tabs stay."""
    lines = text.split("\n")
    return text if text.isprintable() else "\n".join("\t".join(map(one_line, line.split("\t"))) for line in lines)


def _shown(letter: str) -> str:
    if letter in _JOINERS or unicodedata.category(letter) not in _OBEYED:
        return letter
    return (
        "\\u007f" if letter == "\x7f" else ascii(letter)[1:-1]
    )  # which JSON reads, where `ascii` would have it be none


def paragraph(text: str) -> str:
    """A message of several lines, each after the first set in, so that none can pass for a message of its own.

    Of endless ones, beginning and end are left.
    """
    first, *others = map(_cut, text.split("\n"))
    return "\n".join([first, *(line if line.startswith("  ") or not line else f"  {line}" for line in others)])


def _cut(line: str) -> str:
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]} … {line[-half:]}"


class _Guarded:
    """A stream of text that spells out what a terminal would obey, and what its encoding lacks."""

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream  # where rich writes: its own commands are none of strangers'

    def write(self, text: str) -> int:
        stream, shown = self.rich_proxied_file, printable(text)
        try:
            stream.write(shown)
        except UnicodeEncodeError:
            stream.write(shown.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Let nothing that is printed in the block reach a terminal unguarded; closed streams take everything."""
    for number in range(3):  # or else the next file that is opened has that number, and gets what is printed
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                nowhere()
    before = sys.stdout, sys.stderr
    own: list[Any] = []
    for stream in before:
        if stream is None:
            stream = os.fdopen(nowhere(), "w")
        own.append(stream if isinstance(stream, _Guarded) else _Guarded(stream))
    sys.stdout, sys.stderr = own
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def console(**options: Any) -> Console:
    """A console of rich's, with its options, for tables and bars."""
    return _console_class()(**options)


@lru_cache(maxsize=1)
def _console_class() -> type[Console]:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.text import Text

    class Guarded(Console):
        @property
        def file(self) -> Any:
            """The stream itself, below everything that was put around it."""
            found: Any = Console.file.fget(self)  # type: ignore[attr-defined]
            while (inner := getattr(found, "rich_proxied_file", None)) is not None:
                found = inner
            return found

        @file.setter
        def file(self, new: Any) -> None:
            self._file = new

        def render_str(self, text: str, **how: Any) -> Text:
            return super().render_str(printable(text), **how)

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            if isinstance(renderable, Text) and (shown := printable(renderable.plain)) != renderable.plain:
                renderable = Text(shown, style=renderable.style, justify=renderable.justify)
            return super().render(renderable, options)

    return Guarded
