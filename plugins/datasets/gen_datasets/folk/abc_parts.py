"""Parts of a tune in the order in which ``P:`` in its header has them played, such as ``AAB`` or ``(AB)2C``.

Source of the notation: the ABC music standard 2.1, December 2011, section 3.1.9.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gen_datasets.folk.abc_fields import AbcError

_MOST_PARTS = 64
_ORDER = re.compile(r"[A-Z()\d.\s]+")

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Label:
    """A part begins here."""

    name: str


@dataclass(frozen=True)
class Part(Generic[T, S]):
    """What is written of a part, and what held when it began."""

    name: str
    events: Sequence[T]
    held: Sequence[S]


def part_order(text: str) -> list[str]:
    """The parts in the order of playing; none where the text is no order."""
    if not _ORDER.fullmatch(text):
        return []
    groups: list[list[str]] = [[]]
    last: list[str] = []  # what a number repeats
    for token in re.findall(r"[A-Z]|\d+|[()]", text):
        if token == "(":
            groups.append([])
            last = []
        elif token == ")":
            if len(groups) < 2:
                return []
            last = groups.pop()
            groups[-1] += last
        elif token.isdigit():
            groups[-1] += last * (min(int(token), _MOST_PARTS + 1) - 1)
            last = []
        else:
            last = [token]
            groups[-1] += last
        if len(groups[-1]) > _MOST_PARTS:
            raise AbcError(f"its parts are to be played {text!r}, which is more than {_MOST_PARTS}")
    return groups[0] if len(groups) == 1 else []


def parts_in_order(parts: Sequence[Part[T, S]], order: Sequence[str]) -> list[Part[T, S]]:
    """The parts as they are played; none where there is no order, or not every part of it."""
    named: dict[str, Part[T, S]] = {}
    for part in parts:
        named.setdefault(part.name, part)
    if not order or not {*order} <= {*named}:
        return []
    before = [part for part in parts if not part.name]
    return [*before, *(named[name] for name in order)]
