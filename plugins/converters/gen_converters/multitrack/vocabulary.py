"""The classes of a performance: what one number says about a track.

Source: note_seq, performance_encoder_decoder.py (PerformanceOneHotEncoding); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_converters.common.arrays import Ints


@dataclass(frozen=True)
class Vocabulary:
    """Where each kind of class begins: note-ons at 0, then note-offs, time shifts, loudness, programs, drums, the end.

    Attributes:
        min_pitch, max_pitch: range of the notes.
        max_shift: the longest time shift, in steps; there is a class for every length from one step on.
        velocity_bins: classes of loudness; 0 for none.
    """

    min_pitch: int
    max_pitch: int
    max_shift: int
    velocity_bins: int

    @property
    def note_off(self) -> int:
        """The note-off of the lowest pitch, and how many pitches there are."""
        return self.max_pitch - self.min_pitch + 1

    @property
    def shift(self) -> int:
        """A shift by one step."""
        return 2 * self.note_off

    @property
    def velocity(self) -> int:
        """The softest bin."""
        return self.shift + self.max_shift

    @property
    def program(self) -> int:
        """Program 0; from here on classes say which instrument a track is, or that it ends."""
        return self.velocity + self.velocity_bins

    @property
    def drums(self) -> int:
        """A drum track."""
        return self.program + 128

    @property
    def end(self) -> int:
        """The end of a track."""
        return self.drums + 1

    @property
    def depth(self) -> int:
        """Number of classes."""
        return self.end + 1

    @property
    def _bin_size(self) -> int:
        return -(-127 // self.velocity_bins)

    def bin_of(self, velocity: Ints) -> Ints:
        """The bin of each velocity from 1 to 127, counted from 0; without bins, 0."""
        return (velocity - 1) // self._bin_size if self.velocity_bins else np.zeros_like(velocity)

    def velocity_of(self, bins: Ints) -> Ints:
        """The velocity at which a bin is played, its softest; bins past 127, which no note has, are played at 127."""
        return np.minimum(1 + bins * self._bin_size, 127)
