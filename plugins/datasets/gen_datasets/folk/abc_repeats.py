"""Playing repeats: from a tune as written, with repeat signs and endings, to what is heard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from gen_datasets.folk.abc_fields import AbcError

T = TypeVar("T")

_MOST_TIMES = 8
_MOST_EVENTS = 20_000


@dataclass(frozen=True)
class Bar:
    """A bar line."""

    ends: int = 0  # how often what is before it is heard again: 1 for ``:|``, 0 for no repeat
    begins: bool = False  # a repeat begins here
    double: bool = False  # it divides sections
    endings: tuple[int, ...] = ()  # the times at which what follows is heard; empty for always


def parse_bar(text: str) -> Bar:
    """A bar line or the beginning of an ending as written, such as ``|``, ``::``, ``:|2`` or ``[1``."""
    match = re.fullmatch(r"([\[\]|:\s]*?)\s*\[?\s*(\d[\d,\-]*)?", text)
    if match is None:
        raise AbcError(f"bar line {text!r} can't be read")
    line = match[1].strip()
    if ":" in line:  # an invisible bar line beside a repeat sign says nothing
        line = line.replace("[|]", "")
    bars = line.strip(":")
    if not bars and len(line) >= 2:  # '::' is ':|' and '|:'
        return Bar(ends=len(line) // 2, begins=True, endings=_numbers(match[2]))
    before, after = len(line) - len(line.lstrip(":")), len(line) - len(line.rstrip(":"))
    if not bars:  # a lone colon has lost its bar line
        before = after = 0
    return Bar(before, after > 0, bars in ("||", "|]", "[|", "[|]"), _numbers(match[2]))


def played(events: Sequence[T | Bar]) -> list[T]:
    """What is heard, without the bar lines.

    A repeat goes back to where it begins, or else to the last double bar, the end of the last repeat, or the beginning.
    After ``[1`` and ``[2`` stands what is heard the first and the second time; the last ending of a section is over at
    the next repeat sign or double bar.
    """
    heard: list[T] = []
    for section in _sections(_joined(events)):
        if section.times > _MOST_TIMES:
            raise AbcError(f"something is to be heard {section.times} times")
        for time in range(1, section.times + 1):
            heard += section.common
            for numbers, content in section.endings:
                heard += content if time in numbers else ()
        if len(heard) > _MOST_EVENTS:
            raise AbcError(f"with its repeats it has more than {_MOST_EVENTS:,} notes")
    return heard


@dataclass
class _Section(Generic[T]):
    """What is heard ``times`` times, with endings by the times at which they are heard."""

    common: list[T] = field(default_factory=list)
    endings: list[tuple[tuple[int, ...], list[T]]] = field(default_factory=list)
    times: int = 1

    @property
    def current(self) -> list[T]:
        """Where the next event belongs."""
        return self.endings[-1][1] if self.endings else self.common


def _sections(events: Iterable[T | Bar]) -> Iterator[_Section[T]]:
    section: _Section[T] = _Section()
    for event in events:
        if not isinstance(event, Bar):
            section.current.append(event)
            continue
        if event.endings and not {number for numbers, _ in section.endings for number in numbers} & {*event.endings}:
            if event.ends and not section.endings:  # ':|2' without a '[1' before it
                section.endings.append(((1,), []))
            section.endings.append((event.endings, []))
            section.times = max(section.times, *event.endings)
        elif event.ends or event.begins or event.double or event.endings:
            section.times = section.times if section.endings else 1 + event.ends
            yield section
            section = _Section()
            if event.endings:
                section = _Section(endings=[(event.endings, [])], times=max(event.endings))
    yield section


def _joined(events: Iterable[T | Bar]) -> Iterator[T | Bar]:
    """Bar lines with nothing between them as one: ``:|`` at the end of a line and ``[2`` on the next."""
    for _, run in groupby(events, lambda event: isinstance(event, Bar)):
        together = list(run)
        bars = [event for event in together if isinstance(event, Bar)]
        if bars:
            yield Bar(
                max(bar.ends for bar in bars),
                any(bar.begins for bar in bars),
                any(bar.double for bar in bars),
                next((bar.endings for bar in bars if bar.endings), ()),
            )
        else:
            yield from together


def _numbers(text: str | None) -> tuple[int, ...]:
    """``1,3`` and ``1-3`` as numbers."""
    found: list[int] = []
    for part in (text or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            found += range(int(first), min(int(last) if last.isdigit() else int(first), _MOST_TIMES) + 1)
    return tuple(found)
