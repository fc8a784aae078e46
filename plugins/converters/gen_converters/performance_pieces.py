"""A part cut into pieces of so many bars, and the tracks of each.

A note belongs to the piece in which it begins and ends with it at the latest. Everything stays in columns: there are
thousands of pieces in a day of music.
Sources: note_seq, sequences_lib.py (split_note_sequence); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import Grid, NoteSequence, steps_from_seconds
from gen_converters.performance_events import TrackNotes
from gen_converters.performance_vocabulary import Numbers, Vocabulary

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of a part, P of them, with M tracks in all.

    Attributes:
        begin, stop: seconds, ``[P]``.
        steps: up to the last note end of each, at least 1, ``[P]``.
        notes: of all tracks; their steps count from the start of the piece.
        piece: of each track, ascending, ``[M]``. In a piece melodic tracks come in order of program, then drums.
        first: class of each track's program or drums, ``[M]``.
        odd: pieces with a note outside the pitches, boolean ``[P]``.
    """

    begin: Times
    stop: Times
    steps: Numbers
    notes: TrackNotes
    piece: Numbers
    first: Numbers
    odd: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def tracks(self) -> Numbers:
        """Tracks of each piece, ``[P]``."""
        return np.bincount(self.piece, minlength=len(self))


def cut_into_pieces(part: NoteSequence, grid: Grid, *, quarters: int, vocabulary: Vocabulary) -> Pieces:
    """Cut a part every so many quarter notes; the last piece may be shorter.

    Args:
        part: with one tempo and metre.
        grid: gives the tempo and the resolution.
        quarters: of a piece.
        vocabulary: range of pitches, bins of loudness and classes of programs.
    """
    total = max(part.total_time, float(part.end.max(initial=0.0)))
    hop = 60.0 * quarters / grid.qpm
    cuts = np.arange(hop, total, hop)
    cuts = cuts[cuts < total]
    begin, stop = np.append(0.0, cuts), np.append(cuts, total)
    in_piece = np.searchsorted(cuts, part.start, side="right")
    start_time = part.start - begin[in_piece]
    order = np.lexsort((part.pitch, start_time, part.start))
    in_piece, start_time = in_piece[order], start_time[order]
    steps_per_second = grid.steps_per_quarter * grid.qpm / 60.0
    start = steps_from_seconds(start_time, steps_per_second)
    end = steps_from_seconds(np.minimum(part.end[order], stop[in_piece]) - begin[in_piece], steps_per_second)
    end = np.where(end == start, start + 1, end)
    steps = np.ones(len(begin), np.int64)
    np.maximum.at(steps, in_piece, end)

    is_drum, pitch = part.is_drum[order], part.pitch[order]
    program = np.where(is_drum, vocabulary.drums, vocabulary.program + part.program[order])
    names, instrument = np.unique(part.instrument[order], return_inverse=True)
    # Drums have the highest class, so this order is that of the tracks; an instrument that changes its program, or
    # plays drums too, makes several.
    keys, track = np.unique((in_piece * vocabulary.depth + program) * len(names) + instrument, return_inverse=True)
    piece, first = np.divmod(keys // len(names), vocabulary.depth)
    odd = np.zeros(len(begin), np.bool_)
    odd[in_piece[(pitch < vocabulary.min_pitch) | (pitch > vocabulary.max_pitch)]] = True
    loudness = vocabulary.bin_of(part.velocity[order])
    return Pieces(begin, stop, steps, TrackNotes(track, pitch, loudness, start, end), piece, first, odd)
