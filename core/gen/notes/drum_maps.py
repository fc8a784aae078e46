"""Drums by name and number: those of General MIDI, which drum of a plain kit stands in for each, and other kits' maps.

Source of numbers and names: General MIDI 2 (MIDI Manufacturers Association, RP-024), percussion sound set, pitches 27
to 87; 22 and 26 are the edges of the hi-hat on Roland's electronic kits. The stand-ins are a choice of gen's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from gen.notes.sequence import IntColumn, NoteSequence
from gen.system.spelling import hint

_KICK, _SNARE, _CLOSED, _OPEN, _LOW, _MID, _HIGH, _CRASH, _RIDE = 36, 38, 42, 46, 45, 48, 50, 49, 51

# pitch: (name, stand-in); in order of pitch
_DRUMS: dict[int, tuple[str, int]] = {
    22: ("Closed Hi-Hat Edge", _CLOSED), 26: ("Open Hi-Hat Edge", _OPEN),
    27: ("High Q", _SNARE), 28: ("Slap", _SNARE), 29: ("Scratch Push", _LOW), 30: ("Scratch Pull", _HIGH),
    31: ("Sticks", _SNARE), 32: ("Square Click", _SNARE), 33: ("Metronome Click", _SNARE),
    34: ("Metronome Bell", _RIDE), 35: ("Acoustic Bass Drum", _KICK), 36: ("Bass Drum 1", _KICK),
    37: ("Side Stick", _SNARE), 38: ("Acoustic Snare", _SNARE), 39: ("Hand Clap", _SNARE),
    40: ("Electric Snare", _SNARE), 41: ("Low Floor Tom", _LOW), 42: ("Closed Hi-Hat", _CLOSED),
    43: ("High Floor Tom", _LOW), 44: ("Pedal Hi-Hat", _CLOSED), 45: ("Low Tom", _LOW), 46: ("Open Hi-Hat", _OPEN),
    47: ("Low-Mid Tom", _MID), 48: ("Hi-Mid Tom", _MID), 49: ("Crash Cymbal 1", _CRASH), 50: ("High Tom", _HIGH),
    51: ("Ride Cymbal 1", _RIDE), 52: ("Chinese Cymbal", _CRASH), 53: ("Ride Bell", _RIDE),
    54: ("Tambourine", _CLOSED), 55: ("Splash Cymbal", _CRASH), 56: ("Cowbell", _SNARE),
    57: ("Crash Cymbal 2", _CRASH), 58: ("Vibraslap", _CRASH), 59: ("Ride Cymbal 2", _RIDE), 60: ("Hi Bongo", _MID),
    61: ("Low Bongo", _LOW), 62: ("Mute Hi Conga", _HIGH), 63: ("Open Hi Conga", _MID), 64: ("Low Conga", _LOW),
    65: ("High Timbale", _SNARE), 66: ("Low Timbale", _SNARE), 67: ("High Agogo", _OPEN), 68: ("Low Agogo", _CLOSED),
    69: ("Cabasa", _CLOSED), 70: ("Maracas", _CLOSED), 71: ("Short Whistle", _CLOSED), 72: ("Long Whistle", _OPEN),
    73: ("Short Guiro", _CLOSED), 74: ("Long Guiro", _OPEN), 75: ("Claves", _SNARE), 76: ("Hi Wood Block", _HIGH),
    77: ("Low Wood Block", _MID), 78: ("Mute Cuica", _CLOSED), 79: ("Open Cuica", _OPEN),
    80: ("Mute Triangle", _CLOSED), 81: ("Open Triangle", _OPEN), 82: ("Shaker", _RIDE), 83: ("Jingle Bell", _HIGH),
    84: ("Bell Tree", _LOW), 85: ("Castanets", _SNARE), 86: ("Mute Surdo", _MID), 87: ("Open Surdo", _MID),
}  # fmt: skip

_EVERYDAY = {
    "kick": _KICK, "bass drum": _KICK, "snare": _SNARE, "snare drum": _SNARE, "rim": 37, "rimshot": 37, "clap": 39,
    "closed hat": _CLOSED, "hi hat": _CLOSED, "hihat": _CLOSED, "hat": _CLOSED, "open hat": _OPEN, "pedal hat": 44,
    "floor tom": 43, "mid tom": _MID, "crash": _CRASH, "splash": 55, "china": 52, "ride": _RIDE, "bell": 53,
}  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


_PITCHES = {_plain(name): pitch for pitch, (name, _) in _DRUMS.items()} | _EVERYDAY


def drum_name(pitch: int) -> str:
    """The General MIDI name of a drum, such as ``Closed Hi-Hat``; empty for a pitch that has none."""
    return _DRUMS[pitch][0] if pitch in _DRUMS else ""


def stand_in(pitch: int) -> int | None:
    """The drum of a plain kit of nine that comes nearest, by pitch; None for a pitch that is no known drum."""
    return _DRUMS[pitch][1] if pitch in _DRUMS else None


def drum_pitch(name: str) -> int:
    """The MIDI pitch of a drum's name, in any case and with any punctuation; or of a number, as text.

    Takes General MIDI's names and those that people say: ``kick``, ``snare``, ``closed hat``, ``ride``.

    Raises:
        ValueError: nothing goes by that name, or the number is no MIDI pitch.
    """
    text = name.strip()
    if re.fullmatch(r"[+-]?\d{1,6}", text):
        if not 0 <= int(text) <= 127:
            raise ValueError(f"{text} is not a MIDI pitch (0 to 127)")
        return int(text)
    plain = _plain(text)
    if plain not in _PITCHES:
        raise ValueError(f"no General MIDI drum is called {name!r}{hint(plain, _PITCHES)}")
    return _PITCHES[plain]


class Voice(NamedTuple):
    """All notes of a channel (1 to 16), or of tracks of a name in any case, are one drum, such as a sampler's kick."""

    kind: Literal["channel", "track"]
    name: str
    pitch: int


class Pedal(NamedTuple):
    """While controller 4 is from ``low`` to ``high``, a stroke on the closed hi-hat is one of another pitch."""

    low: int
    high: int
    pitch: int


@dataclass(frozen=True)
class DrumMap:
    """Pitches of drum notes to the pitches they are taken for; those it doesn't name stay as they are.

    Args:
        pairs: (heard, meant), both MIDI pitches, in order of the first.
        voices: channels and tracks that are one drum each, whatever pitch they play; it is for reading to heed them.
        pedal: how open the hi-hat is, where a kit says it by its pedal and not by pitches.

    Raises:
        ValueError: a number is no MIDI pitch, or a pitch is given twice.
    """

    pairs: tuple[tuple[int, int], ...] = ()
    voices: tuple[Voice, ...] = ()
    pedal: tuple[Pedal, ...] = ()

    def __post_init__(self) -> None:
        for pair in self.pairs:
            for pitch in pair:
                if not 0 <= pitch <= 127:
                    raise ValueError(f"{pitch} is not a MIDI pitch (0 to 127)")
        heard = [pitch for pitch, _ in self.pairs]
        twice = next((pitch for pitch in heard if heard.count(pitch) > 1), None)
        if twice is not None:
            raise ValueError(f"pitch {twice} is given twice")
        object.__setattr__(self, "pairs", tuple(sorted(self.pairs)))

    @classmethod
    def of(cls, pitches: Mapping[int, int]) -> DrumMap:
        """A map from a mapping of pitches; errors as of the class."""
        return cls(tuple(pitches.items()))

    def apply(self, notes: NoteSequence) -> NoteSequence:
        """The same piece with its drum notes at the pitches they are taken for; other notes keep theirs."""
        if not (self.pairs or self.pedal) or not notes.is_drum.any():
            return notes
        meant = np.arange(128)
        for heard, to in self.pairs:
            meant[heard] = to
        pitch: IntColumn = np.where(notes.is_drum, meant[notes.pitch], notes.pitch)
        if self.pedal:
            hats = np.flatnonzero(notes.is_drum & np.isin(pitch, _HATS))
            value = _feet(notes, hats)
            for low, high, to in self.pedal:
                pitch[hats[(value >= low) & (value <= high)]] = to
        return replace(notes, pitch=pitch)

    def to_json(self) -> dict[int | str, int]:
        """As a person writes it."""
        written: dict[int | str, int] = {**dict(self.pairs)}
        written |= {f"{kind} {name}": pitch for kind, name, pitch in self.voices}
        return written | {f"pedal {low}-{high}": pitch for low, high, pitch in self.pedal}


_FOOT = 4  # the controller
_HATS = (22, _CLOSED)  # edge and bow


def _feet(notes: NoteSequence, rows: IntColumn) -> IntColumn:
    """Where the pedal of each note's instrument is when the note begins; -1 where that isn't known."""
    changes = notes.control_changes
    found = np.full(len(rows), -1)
    for instrument in np.unique(notes.instrument[rows]):
        own = np.flatnonzero((changes.number == _FOOT) & (changes.instrument == instrument))
        own = own[np.argsort(changes.time[own], kind="stable")]
        here = np.flatnonzero(notes.instrument[rows] == instrument)
        at = np.searchsorted(changes.time[own], notes.start[rows[here]], side="right") - 1
        known = here[at >= 0]
        found[known] = changes.value[own[at[at >= 0]]]
    return found
