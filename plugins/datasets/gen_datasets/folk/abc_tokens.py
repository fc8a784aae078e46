"""A line of music in ABC notation, cut into its symbols.

Source of the notation: the ABC music standard 2.1, December 2011, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Literal, cast

from gen_datasets.folk.abc_fields import AbcError

Kind = Literal[
    "text", "decoration", "field", "grace", "bar", "ending", "chord", "tuplet", "note", "rest", "rests", "broken", "tie"
]

LENGTH = r"(\d{0,3})(/{0,6})(\d{0,3})"
NOTE = re.compile(rf"(\^\^?|=|__?)?([A-Ga-g])([,']{{0,9}})({LENGTH})(-?)")
_NUMBERS = r"\d(?:[\d,\-]*\d)?"

_SYMBOL = re.compile(
    "|".join(
        (
            r"(?P<comment>%.*)",
            r'(?P<text>"[^"]*")',
            r"(?P<decoration>![^!|\s]+!|\+[^+|\s]+\+)",
            r"(?P<field>\[[A-Za-z]:[^\]]*\])",
            r"(?P<grace>\{[^}]*\})",
            rf"(?P<ending>(?:\[|^)\s*{_NUMBERS})",  # a number that begins a line stands after a bar line
            rf"(?P<bar>(?:[|:]|\[(?=\|)|(?<=\|)\])+(?:\s*\[?{_NUMBERS}(?![/<>]))?)",
            rf"(?P<chord>\[[^\[\]|:]*\]{LENGTH})",
            r"(?P<tuplet>\(\s*[2-9](?::\d?)?(?::\d?)?)",
            rf"(?P<note>(?:\^\^?|=|__?)?[A-Ga-g][,']*{LENGTH})",
            rf"(?P<rest>[zx]{LENGTH})",
            r"(?P<rests>[ZX]\d{0,2})",
            r"(?P<broken><+|>+)",
            r"(?P<tie>-)",
            # slurs, articulation, ornaments of one letter, spacers, line ends, and what is reserved and to be ignored
            r"(?P<nothing>[\s()`\\.~!*;?@#$+]|y\d{0,2}|[H-Wh-w])",
        )
    )
)


def symbols(line: str) -> Iterator[tuple[Kind, str]]:
    """The symbols of a line in order; comments and what has no sound of its own are left out."""
    at = 0
    while at < len(line):
        match = _SYMBOL.match(line, at)
        if match is None:
            raise AbcError(f"{line[at : at + 8]!r} at column {at + 1} is no ABC")
        at = match.end()
        kind = match.lastgroup
        if kind not in ("comment", "nothing"):
            yield cast(Kind, kind), match[0]


@lru_cache(maxsize=1024)
def parse_factor(text: str) -> Fraction:
    """The factor of a note length: ``3/2``, ``/`` is 1/2, ``//`` 1/4, nothing is 1."""
    match = re.fullmatch(LENGTH, text)
    above = int(match[1]) if match and match[1] else 1
    below = int(match[3]) if match and match[3] else 2 ** len(match[2]) if match else 0
    if match is None or not above or not below or (match[3] and not match[2]):
        raise AbcError(f"note length {text!r} can't be read")
    return Fraction(above, below)
