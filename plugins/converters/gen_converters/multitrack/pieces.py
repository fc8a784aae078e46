"""Parts cut into pieces of so many bars, and the tracks of each, in columns: a file may have hundreds of pieces.

A note belongs to the piece in which it begins and ends with it at the latest.
Sources: note_seq, sequences_lib.py (split_note_sequence); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gen import NoteSequence
from gen.notes import Chord, Grid, steps_from_seconds
from gen_converters.common.arrays import Bools, Ints, Reals
from gen_converters.multitrack.events import TrackNotes
from gen_converters.multitrack.vocabulary import Vocabulary


class PartCut(NamedTuple):
    """Where a part of one tempo and metre, with N notes, is cut into P pieces, and where its notes fall."""

    part: NoteSequence
    grid: Grid
    chords: Sequence[Chord]  # those of the part, in any order, if they are wanted
    begin: Reals  # [P], seconds, like the stops
    stop: Reals
    piece: Ints  # [N], that of each note
    time: Reals  # [N], of its onset, in seconds from the start of the piece
    start: Ints  # [N], steps from the start of the piece, like the ends
    end: Ints


def cut_part(part: NoteSequence, grid: Grid, chords: Sequence[Chord], *, quarters: int) -> PartCut:
    """Cut a part of one tempo and metre every so many quarter notes; the last piece may be shorter."""
    total = max(part.total_time, float(part.end.max(initial=0.0)))
    hop = 60.0 * quarters / grid.qpm
    cuts = np.arange(hop, total, hop)
    cuts = cuts[cuts < total]
    begin, stop = np.append(0.0, cuts), np.append(cuts, total)
    piece = np.searchsorted(cuts, part.start, side="right")
    offset = begin[piece]
    time = part.start - offset
    start = steps_from_seconds(time, grid.steps_per_second)
    end = steps_from_seconds(np.minimum(part.end, stop[piece]) - offset, grid.steps_per_second)
    return PartCut(part, grid, chords, begin, stop, piece, time, start, np.where(end == start, start + 1, end))


@dataclass(frozen=True, eq=False)
class Pieces:
    """The P pieces of all parts of a file, with M tracks in all; in a piece melodic ones by program, then drums."""

    of_part: Sequence[slice]  # which of them are a part's
    steps: Ints  # [P], up to the last note end of each, at least 1
    notes: TrackNotes  # of all tracks; their steps count from the start of the piece
    piece: Ints  # [M], of each track, ascending
    first: Ints  # [M], class of each track's program or drums
    odd: Bools  # [P], pieces with a note outside the pitches

    def __len__(self) -> int:
        return len(self.steps)


def pieces_of(cuts: Sequence[PartCut], vocabulary: Vocabulary) -> Pieces:
    """Put the pieces of all parts together, at least one part's, and find their tracks."""
    ends = np.cumsum([len(cut.begin) for cut in cuts])
    firsts = [0, *ends[:-1].tolist()]

    def column(name: str) -> Ints:
        return np.concatenate([getattr(cut.part, name) for cut in cuts])

    piece = np.concatenate([cut.piece + first for cut, first in zip(cuts, firsts, strict=True)])
    time, start, end = (np.concatenate([getattr(cut, name) for cut in cuts]) for name in ("time", "start", "end"))
    pitch, instrument = column("pitch"), column("instrument")
    program = np.where(column("is_drum"), vocabulary.drums, vocabulary.program + column("program"))
    steps = np.ones(int(ends[-1]), np.int64)
    np.maximum.at(steps, piece, end)
    odd = np.zeros(len(steps), np.bool_)
    odd[piece[(pitch < vocabulary.min_pitch) | (pitch > vocabulary.max_pitch)]] = True

    names, number = np.unique(instrument, return_inverse=True)
    # Drums have the highest class, so this order is that of the tracks; an instrument that changes its program, or
    # plays drums too, makes several.
    keys, track = np.unique((piece * vocabulary.depth + program) * len(names) + number, return_inverse=True)
    owner, first = np.divmod(keys // len(names), vocabulary.depth)
    notes = TrackNotes(track, pitch, vocabulary.bin_of(column("velocity")), start, end)
    return Pieces(
        [slice(begin, stop) for begin, stop in zip(firsts, ends.tolist(), strict=True)],
        steps,
        notes[np.lexsort((pitch, time))],
        owner,
        first,
        odd,
    )
