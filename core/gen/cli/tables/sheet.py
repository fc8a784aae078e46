"""A table that no terminal cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType

_GAP = 2  # between columns, of which the box has one
_HEAD = 14  # letters of a head, from which on it takes several lines
_NAMES = 0.3  # of the width, for what rows are called, where not everything fits


class Sheet:
    """Rows of words, printed so that every letter is there at any width.

    What has several lines in a cell stands on one where that fits. Columns that don't fit beside one another follow
    below, with their rows' names again. Words are what they are: no markup.

    Args:
        title: above it.
        heads: of all columns, the names' first.
    """

    def __init__(self, title: str, heads: Sequence[str]) -> None:
        self.title = title
        self.heads = list(heads)
        self.rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        """A row; of fewer cells than columns, the others are empty."""
        texts = [cell if isinstance(cell, Text) else Text(cell) for cell in cells]
        self.rows.append(texts + [Text("")] * (len(self.heads) - len(texts)))

    def add_group(self, name: str) -> None:
        """What the next rows belong to."""
        self.add_row(Text(name, "bold"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        width = options.max_width
        flat = [[_on_one_line(cell) for cell in row] for row in self.rows]
        sizes = [_size(head, [row[place] for row in flat]) for place, head in enumerate(self.heads)]
        if sum(sizes) + _GAP * (len(sizes) - 1) <= width:
            yield self._part(flat, sizes[0], dict(enumerate(sizes[1:], 1)), self.title)
            return
        sizes = [_size(head, [row[place] for row in self.rows]) for place, head in enumerate(self.heads)]
        names = min(sizes[0], max(int(_NAMES * width), 8))
        for number, chosen in enumerate(_fitting(sizes[1:], width - names)):
            if number:
                yield ""
            left = width - sum(chosen.values()) - _GAP * len(chosen)
            yield self._part(self.rows, min(sizes[0], max(names, left)), chosen, "" if number else self.title)

    def _part(self, rows: Sequence[Sequence[Text]], names: int, chosen: dict[int, int], title: str) -> Table:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
        table.title, table.title_justify, table.title_style = title or None, "left", "bold"
        table.add_column(Text(self.heads[0]), width=names, overflow="fold")
        for place, size in chosen.items():
            table.add_column(Text(self.heads[place]), width=size, justify="right", overflow="fold")
        for row in rows:
            table.add_row(row[0], *(row[place] for place in chosen))
        return table


def _on_one_line(cell: Text) -> Text:
    return Text(" ").join(line for line in cell.split("\n") if line)


def _size(head: str, cells: Sequence[Text]) -> int:
    longest = max((cell_len(line) for cell in cells for line in cell.plain.split("\n")), default=0)
    return max(longest, min(cell_len(head), max(_HEAD, *map(cell_len, head.split() or [""]))), 1)


def _fitting(sizes: Sequence[int], room: int) -> Iterator[dict[int, int]]:
    """Numbers of columns, counted from 1, with their widths: as many at a time as there is room for."""
    found: dict[int, int] = {}
    for place, size in enumerate(sizes, 1):
        size = max(min(size, room - _GAP), 1)
        if found and sum(found.values()) + _GAP * len(found) + size + _GAP > room:
            yield found
            found = {}
        found[place] = size
    yield found
