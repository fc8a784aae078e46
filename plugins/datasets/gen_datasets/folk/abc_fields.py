"""The information fields of a tune in ABC notation that change how it sounds: metre, unit length, tempo and key.

Whatever can't be read raises `AbcError`, here and in the modules beside.
Source of the notation: the ABC music standard 2.1, December 2011, sections 3.1.6 to 3.1.14.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_SHARPS_IN_ORDER = "FCGDAEB"
_FIFTHS = {letter: fifths for fifths, letter in enumerate(_SHARPS_IN_ORDER, -1)}  # sharps of each major key
_MODES = {"major": 0, "ionian": 0, "minor": -3, "aeolian": -3}  # how many sharps more than its major key a mode has
_MODES |= {"mixolydian": -1, "dorian": -2, "phrygian": -4, "lydian": 1, "locrian": -5}

ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}

_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)\s*(.*)")
_KEY_CHANGES = re.compile(r"(\^\^?|=|__?)([A-Ga-g])")
_PIPES = {"HP": 0, "Hp": 2}  # Great Highland Bagpipe: without a signature, and with two sharps
_CLEF = re.compile(
    r"\s*\b(?:clef|octave|transpose|middle|stafflines|staffscale)=\S+|\s*\b(?:treble|bass|alto|tenor)\S*"
)
_FRACTION = re.compile(r"([1-9]\d{0,2})\s*/\s*([1-9]\d{0,2})")
_TEMPO = re.compile(r"((?:[1-9]\d{0,2}/[1-9]\d{0,2}\s*)+)=\s*(\d{1,3}(?:\.\d+)?)")


class AbcError(ValueError):
    """A tune that can't be read; the text says why, and on which line of its file where that is known."""


@dataclass(frozen=True)
class Key:
    """A key; in ``signature`` modes other than minor count as the major key of the same accidentals."""

    name: str  # such as F# minor; empty where there is none
    accidentals: Mapping[str, int]  # half steps by letter, for the letters that the signature changes
    signature: tuple[int, int]  # tonic, C = 0, and 0 for major or 1 for minor


@dataclass(frozen=True)
class Metre:
    """A metre: ``beats`` of a ``unit``-th note."""

    beats: int
    unit: int

    @property
    def bar(self) -> Fraction:
        """Length of a bar in whole notes."""
        return Fraction(self.beats, self.unit)

    @property
    def compound(self) -> bool:
        """Whether beats are of three: 6/8, 9/8, 12/8."""
        return self.unit == 8 and self.beats % 3 == 0 and self.beats > 3


_METRES = {"": None, "none": None, "c": Metre(4, 4), "c|": Metre(2, 2)}


def parse_metre(text: str) -> Metre | None:
    """``M:``; None for free metre."""
    if text.lower() in _METRES:
        return _METRES[text.lower()]
    match = _FRACTION.fullmatch(text)
    if match is None or int(match[2]) not in (1, 2, 4, 8, 16, 32):
        raise AbcError(f"metre {text!r} can't be read")
    return Metre(int(match[1]), int(match[2]))


def parse_length(text: str) -> Fraction:
    """``L:``, in whole notes."""
    match = _FRACTION.fullmatch(text)
    if text != "1" and match is None:
        raise AbcError(f"unit note length {text!r} can't be read")
    return Fraction(1) if match is None else Fraction(int(match[1]), int(match[2]))


def default_length(metre: Metre | None) -> Fraction:
    """The unit length where no ``L:`` says it: a sixteenth in metres below 3/4."""
    return Fraction(1, 16) if metre is not None and metre.bar < Fraction(3, 4) else Fraction(1, 8)


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """``Q:``, in quarter notes a minute; None where it only has words.

    Such as ``1/4=120``, ``3/8=100 "Lively"`` or, as it was written once, ``120``, which counts ``unit`` lengths.
    """
    rest = re.sub(r'"[^"]*"', "", text).strip()
    if not rest:
        return None
    match = _TEMPO.fullmatch(rest)
    if match is not None:
        qpm = float(sum(Fraction(part) for part in match[1].split())) * 4 * float(match[2])
    elif re.fullmatch(r"(?:C\s*=\s*)?\d{1,3}", rest):
        qpm = float(unit) * 4 * float(rest.rpartition("=")[2])
    else:
        raise AbcError(f"tempo {text!r} can't be read")
    if not 4 <= qpm <= 1000:
        raise AbcError(f"tempo {text!r} is {qpm:g} quarter notes a minute, which nobody plays")
    return qpm


def parse_key(text: str) -> Key:
    """``K:`` with mode, accidentals of its own and clefs, which don't matter."""
    text = _CLEF.sub("", text).strip()
    if text in ("", "none"):
        return _key("" if text else "C major", 0, {}, minor=False)
    if text.split()[0] in _PIPES:
        return _key("Highland pipes", _PIPES[text.split()[0]], {}, minor=False)
    match = _KEY.fullmatch(text)
    mode = _mode(match[3]) if match is not None else None
    changes = _KEY_CHANGES.findall(match[4]) if match is not None else []
    if match is None or mode is None or _KEY_CHANGES.sub("", match[4]).replace("exp", "").strip():
        raise AbcError(f"key {text!r} can't be read")
    fifths = _FIFTHS[match[1]] + 7 * {"": 0, "#": 1, "b": -1}[match[2]] + _MODES[mode]
    if abs(fifths) > 7:
        raise AbcError(f"key {text!r} has {abs(fifths)} accidentals; there are seven at most")
    own = {letter.upper(): ACCIDENTALS[sign] for sign, letter in changes}
    return _key(f"{match[1]}{match[2]} {mode}", fifths, own, minor=mode in ("minor", "aeolian"))


def _mode(text: str) -> str | None:
    """The mode that a word means, of which the first three letters count; ``m`` is minor."""
    if text in ("", "M"):
        return "major"
    if text == "m":
        return "minor"
    return next((mode for mode in _MODES if len(text) >= 3 and mode[:3] == text[:3].lower()), None)


def _key(name: str, fifths: int, own: Mapping[str, int], *, minor: bool) -> Key:
    order = _SHARPS_IN_ORDER if fifths > 0 else _SHARPS_IN_ORDER[::-1]
    signature = dict.fromkeys(order[: abs(fifths)], 1 if fifths > 0 else -1)
    tonic = (7 * fifths + (9 if minor else 0)) % 12
    return Key(name, {**signature, **own}, (tonic, int(minor)))
