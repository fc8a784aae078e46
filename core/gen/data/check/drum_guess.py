"""Which channel holds the drums, where channel 10 doesn't: a guess from names, pitches and lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gen.midi.reading import Channel

_KIT = (35, 36, 38, 40, 42, 44, 46, 49, 51, 57)  # kicks, snares, hi-hats, crashes, ride: the least that a drummer has
_PERCUSSION = range(27, 88)
_NAMES = re.compile(
    r"drum|\bperc|\bkit\b|snare|kick|hi-?hat|cymbal|batter[iy]|bater[ií]a|schlagz|tromm|bongo|conga|tambour",
    re.IGNORECASE,
)
_TUNED = re.compile(r"steel|synth ?drum|melodic|timpani", re.IGNORECASE)
_OTHERS = re.compile(
    r"bass|piano|organ|guit|string|violin|cello|brass|sax|trump|flute|clarinet|voice|vocal|choir|lead|melod|\bpad",
    re.IGNORECASE,
)
_KIT_SHARE, _SHARE_WITH_NAME = 0.55, 0.3
_LONGEST = 0.6  # quarter notes; a typical drum note is shorter, a typical note of anything else longer
_FEWEST = 8  # notes
_KIT_PROGRAMS = frozenset({0, 8, 16, 24, 25, 32, 40, 48, *range(112, 128)})
"""Programs of General MIDI 2's drum kits, which files set for their drums, and of percussion and effects."""


@dataclass(frozen=True)
class DrumGuess:
    """A channel, 1 to 16, that looks like drums; how many notes it has; and what it looks like drums by, for people."""

    channel: int
    notes: int
    why: str


def guess_drums(channels: tuple[Channel, ...]) -> DrumGuess | None:
    """The channel that looks most like drums, or None where none does, or channel 10 is in use.

    Called like drums, a channel needs some of a kit's pitches; otherwise most of its notes must be a kit's, short, of a
    program that stands for a drum kit, and not called after another instrument. Measured on 10,814 channels of 1,513
    real files, with names hidden and channel 10 in disguise: two thirds of the drum channels are found, and 1 in 900 of
    the others is taken for one.
    """
    if any(channel.number == 10 for channel in channels):
        return None
    guesses = [(share, guess) for channel in channels for share, guess in [_judge(channel)] if guess is not None]
    return max(guesses, key=lambda pair: (pair[0], -pair[1].channel))[1] if guesses else None


def _judge(channel: Channel) -> tuple[float, DrumGuess | None]:
    notes = int(channel.pitches.sum())
    share = float(channel.pitches[list(_KIT)].sum() / max(notes, 1))
    percussion = float(channel.pitches[_PERCUSSION.start : _PERCUSSION.stop].sum() / max(notes, 1))
    name = next((name for name in channel.names if _NAMES.search(name) and not _TUNED.search(name)), None)
    if notes < _FEWEST or percussion < 0.9:
        return share, None
    kit = f"{share:.0%} of its {notes:,} notes are a kit's"
    if name is not None and share >= _SHARE_WITH_NAME:
        return share + 1.0, DrumGuess(channel.number, notes, f"it is called {name!r} and {kit}")
    kits = _KIT_PROGRAMS.issuperset(channel.programs)
    several = np.count_nonzero(channel.pitches) > 1
    other = any(_OTHERS.search(name) for name in channel.names)
    if share >= _KIT_SHARE and channel.typical_length <= _LONGEST and kits and several and not other:
        return share, DrumGuess(channel.number, notes, f"{kit} and they are short")
    return share, None
