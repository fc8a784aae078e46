"""Reading chord symbols, and moving them: ``ROOT KIND MODIFICATIONS /BASS``, such as ``F#m7b5`` or ``Bb7(#9)/D``.

A chord is its root and its degrees: how many half steps each lies above the root.
Source of the grammar and of what each kind means: note_seq, chord_symbols_lib.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_CHORD = "N.C."
ROOT_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""How a root is spelt where a chord is named by its number."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NATURAL = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 11, 8: 12, 9: 14, 10: 16, 11: 17, 12: 19, 13: 21}
"""Half steps of each degree of a major scale."""


class ChordError(ValueError):
    """A chord symbol can't be read (``unreadable-chord``), or an encoding has no class for it (``unknown-chord``)."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class ChordSymbol:
    """A chord as its symbol says it: pitch classes of root and bass, C = 0.

    ``degrees`` are (degree, alteration in half steps), ascending; a minor third is (3, -1).
    """

    root: int
    degrees: tuple[tuple[int, int], ...]
    bass: int

    @property
    def pitches(self) -> tuple[int, ...]:
        """The pitch classes of the degrees, ascending and each once; the bass needn't be among them."""
        return tuple(sorted({(self.root + _NATURAL[degree] + shift) % 12 for degree, shift in self.degrees}))


def _degrees(text: str) -> dict[int, int]:
    found = {}
    for word in text.split():
        accidentals = word.rstrip("0123456789")
        found[int(word[len(accidentals) :])] = accidentals.count("#") - accidentals.count("b")
    return found


_KINDS: dict[str, dict[int, int]] = {
    name: _degrees(degrees)
    for names, degrees in {
        "|maj|M": "1 3 5",
        "m|min|-": "1 b3 5",
        "+|aug": "1 3 #5",
        "o|dim": "1 b3 b5",
        "7": "1 3 5 b7",
        "maj7|M7": "1 3 5 7",
        "m7|min7|-7": "1 b3 5 b7",
        "o7|dim7": "1 b3 b5 bb7",
        "m7b5|-7b5|/o|/o7": "1 b3 b5 b7",
        "+7|aug7": "1 3 #5 b7",
        "mmaj7|mM7|minmaj7|minM7|-maj7|-M7|m(maj7)|m(M7)|min(maj7)|min(M7)|-(maj7)|-(M7)": "1 b3 5 7",
        "6": "1 3 5 6",
        "m6|min6|-6": "1 b3 5 6",
        "9": "1 3 5 b7 9",
        "maj9|M9": "1 3 5 7 9",
        "m9|min9|-9": "1 b3 5 b7 9",
        "+9|aug9": "1 3 #5 b7 9",
        "6/9": "1 3 5 6 9",
        "11": "1 3 5 b7 9 11",
        "maj11|M11": "1 3 5 7 9 11",
        "m11|min11|-11": "1 b3 5 b7 9 11",
        "13": "1 3 5 b7 9 11 13",
        "maj13|M13": "1 3 5 7 9 11 13",
        "m13|min13|-13": "1 b3 5 b7 9 11 13",
        "sus2": "1 2 5",
        "sus|sus4": "1 4 5",
        "sus7|7sus": "1 4 5 b7",
        "ped": "1",
        "5": "1 5",
    }.items()
    for name in names.split("|")
}

_ROOT = r"[A-G](?:#+|b+)?"
_CHANGE = r"(?:add[#b]?|no|[#b])\d+"
_CHANGES = rf"(?:\({_CHANGE}\)|{_CHANGE})*"
_SYMBOL = re.compile(
    rf"(?P<root>{_ROOT})(?P<kind>{'|'.join(re.escape(kind) for kind in sorted(_KINDS, key=len, reverse=True))})"
    rf"(?P<changes>{_CHANGES})(?:/(?P<bass>{_ROOT}))?"
)
_EACH_CHANGE = re.compile(r"(?P<what>add|no|)(?P<sign>[#b]?)(?P<degree>\d+)")


def parse_chord(text: str) -> ChordSymbol:
    """Read a chord symbol. ``N.C.`` isn't one: there is no root.

    Raises:
        ChordError: it can't be read, adds a degree that is there, or takes away one that isn't.
    """
    match = _match(text)
    degrees = dict(_KINDS[match["kind"]])
    for change in _EACH_CHANGE.finditer(match["changes"]):
        _change(degrees, change, text)
    root = _pitch_class(match["root"])
    bass = _pitch_class(match["bass"]) if match["bass"] else root
    return ChordSymbol(root, tuple(sorted(degrees.items())), bass)


def transpose_chord(text: str, semitones: int) -> str:
    """A chord symbol with its root and bass moved up; how its kind is written stays, and so does ``N.C.``."""
    if text == NO_CHORD:
        return text
    match = _match(text)
    bass = "/" + _moved(match["bass"], semitones) if match["bass"] else ""
    return _moved(match["root"], semitones) + match["kind"] + match["changes"] + bass


def _match(text: str) -> re.Match[str]:
    match = _SYMBOL.fullmatch(text)
    if match is None:
        raise ChordError("unreadable-chord", f"chord symbol {text!r} can't be read; write it like C, F#m7 or Bb7/D")
    return match


def _moved(name: str, semitones: int) -> str:
    """A note some half steps up, spelt as the original does: up by whole letters, then a flat more or one fewer."""
    letters = list(_LETTERS)
    index, accidentals = letters.index(name[0]), name.count("#") - name.count("b")
    left = semitones % 12
    while left >= (step := _to_next_letter(letters[index])):
        left -= step
        index = (index + 1) % len(letters)
    if left and accidentals < 0:
        accidentals += left
    elif left:
        accidentals += left - _to_next_letter(letters[index])
        index = (index + 1) % len(letters)
    return letters[index] + ("#" if accidentals > 0 else "b") * abs(accidentals)


def _to_next_letter(letter: str) -> int:
    return 1 if letter in "EB" else 2


def _change(degrees: dict[int, int], change: re.Match[str], text: str) -> None:
    degree, shift = int(change["degree"]), {"#": 1, "b": -1, "": 0}[change["sign"]]
    if degree not in _NATURAL:
        raise ChordError("unreadable-chord", f"chord symbol {text!r}: there is no degree {degree}, only 1 to 13")
    if change["what"] == "add":
        if degree in degrees:
            raise ChordError("unreadable-chord", f"chord symbol {text!r} adds degree {degree}, which is in it already")
        degrees[degree] = shift - (degree == 7)  # an added seventh is the minor one
    elif change["what"] == "no":
        if degree not in degrees:
            raise ChordError("unreadable-chord", f"chord symbol {text!r} leaves out degree {degree}, which isn't in it")
        del degrees[degree]
    else:
        degrees[degree] = degrees.get(degree, 0) + shift


def _pitch_class(name: str) -> int:
    return (_LETTERS[name[0]] + name.count("#") - name.count("b")) % 12
