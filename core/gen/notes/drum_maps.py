"""`DrumMap`: what a kit's own pitches stand for, where they aren't those of General MIDI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gen.notes.sequence import NoteSequence


@dataclass(frozen=True)
class DrumMap:
    """Pitches of drum notes to the pitches they are taken for; those it doesn't name stay as they are.

    Attributes:
        pairs: (heard, meant), both MIDI pitches, in order of the first.

    Raises:
        ValueError: a number is no MIDI pitch, or a pitch is given twice.
    """

    pairs: tuple[tuple[int, int], ...] = ()

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
        """A map from a mapping of pitches.

        Raises:
            ValueError: a number is no MIDI pitch.
        """
        return cls(tuple(pitches.items()))

    def apply(self, notes: NoteSequence) -> NoteSequence:
        """The same piece with its drum notes at the pitches they are taken for; other notes keep theirs."""
        if not self.pairs or not notes.is_drum.any():
            return notes
        meant = np.arange(128)
        heard, to = zip(*self.pairs, strict=True)
        meant[list(heard)] = to
        return replace(notes, pitch=np.where(notes.is_drum, meant[notes.pitch], notes.pitch))
