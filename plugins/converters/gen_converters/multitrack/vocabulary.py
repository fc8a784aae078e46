"""The classes of a performance: what one number says about a track.

Source: note_seq, performance_encoder_decoder.py (PerformanceOneHotEncoding); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

import numpy as np

from gen_converters.common.arrays import Ints


class Vocabulary:
    """Where each kind of class begins: note-ons at 0, then note-offs, time shifts, loudness, programs, drums, the end.

    Args:
        min_pitch, max_pitch: range of the notes.
        max_shift: the longest time shift, in steps; there is a class for every length from one step on.
        velocity_bins: classes of loudness; 0 for none.
    """

    def __init__(self, min_pitch: int, max_pitch: int, max_shift: int, velocity_bins: int) -> None:
        self.min_pitch, self.max_pitch = min_pitch, max_pitch
        self.max_shift, self.velocity_bins = max_shift, velocity_bins
        self.note_off = max_pitch - min_pitch + 1  # that of the lowest pitch, and how many pitches there are
        self.shift = 2 * self.note_off  # by one step
        self.velocity = self.shift + max_shift  # the softest bin
        self.program = self.velocity + velocity_bins  # program 0; from here on: which instrument a track is, or its end
        self.drums = self.program + 128
        self.end = self.drums + 1
        self.depth = self.end + 1  # number of classes
        self._bin_size = -(-127 // velocity_bins) if velocity_bins else 0

    def bin_of(self, velocity: Ints) -> Ints:
        """The bin of each velocity from 1 to 127, counted from 0; without bins, 0."""
        return (velocity - 1) // self._bin_size if self.velocity_bins else np.zeros_like(velocity)

    def velocity_of(self, bins: Ints) -> Ints:
        """The velocity at which a bin is played, its softest; bins past 127, which no note has, are played at 127."""
        return np.minimum(1 + bins * self._bin_size, 127)
