"""Parts cut into pieces of so many bars, and the tracks of each.

A note belongs to the piece in which it begins and ends with it at the latest. Everything stays in columns: a file may
have dozens of parts and hundreds of pieces.
Sources: note_seq, sequences_lib.py (split_note_sequence); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.notes import Grid, steps_from_seconds
from gen_converters.multitrack.events import TrackNotes
from gen_converters.multitrack.vocabulary import Numbers, Vocabulary

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PartCut:
    """Where a part is cut, and where its notes fall.

    Attributes:
        part: of one tempo and metre, with N notes.
        begin, stop: of each of P pieces in seconds, ``[P]``.
        piece: the piece of each note, ``[N]``.
        time: of its onset, in seconds from the start of the piece, ``[N]``.
        start, end: steps from the start of the piece, ``[N]``.
    """

    part: NoteSequence
    begin: Times
    stop: Times
    piece: Numbers
    time: Times
    start: Numbers
    end: Numbers


def cut_part(part: NoteSequence, grid: Grid, *, quarters: int) -> PartCut:
    """Cut a part every so many quarter notes; the last piece may be shorter.

    Args:
        part: with one tempo and metre.
        grid: gives the tempo and the resolution.
        quarters: of a piece.
    """
    total = max(part.total_time, float(part.end.max(initial=0.0)))
    hop = 60.0 * quarters / grid.qpm
    cuts = np.arange(hop, total, hop)
    cuts = cuts[cuts < total]
    begin, stop = np.append(0.0, cuts), np.append(cuts, total)
    piece = np.searchsorted(cuts, part.start, side="right")
    offset = begin[piece]
    time = part.start - offset
    steps_per_second = grid.steps_per_quarter * grid.qpm / 60.0
    start = steps_from_seconds(time, steps_per_second)
    end = steps_from_seconds(np.minimum(part.end, stop[piece]) - offset, steps_per_second)
    return PartCut(part, begin, stop, piece, time, start, np.where(end == start, start + 1, end))


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of all parts of a file, P of them, with M tracks in all.

    Attributes:
        of_part: which of them are a part's, one slice a part.
        steps: up to the last note end of each, at least 1, ``[P]``.
        notes: of all tracks; their steps count from the start of the piece.
        piece: of each track, ascending, ``[M]``. In a piece melodic tracks come in order of program, then drums.
        first: class of each track's program or drums, ``[M]``.
        odd: pieces with a note outside the pitches, boolean ``[P]``.
    """

    of_part: Sequence[slice]
    steps: Numbers
    notes: TrackNotes
    piece: Numbers
    first: Numbers
    odd: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def tracks(self) -> Numbers:
        """Tracks of each piece, ``[P]``."""
        return np.bincount(self.piece, minlength=len(self))


def pieces_of(cuts: Sequence[PartCut], vocabulary: Vocabulary) -> Pieces:
    """Put the pieces of all parts together, at least one part's, and find their tracks.

    Args:
        cuts: of the parts.
        vocabulary: range of pitches, bins of loudness and classes of programs.
    """
    ends = np.cumsum([len(cut.begin) for cut in cuts])
    firsts = [0, *ends[:-1].tolist()]

    def column(name: str) -> npt.NDArray[np.int64]:
        return np.concatenate([getattr(cut.part, name) for cut in cuts])

    piece = np.concatenate([cut.piece + first for cut, first in zip(cuts, firsts, strict=True)])
    time = np.concatenate([cut.time for cut in cuts])
    start = np.concatenate([cut.start for cut in cuts])
    end = np.concatenate([cut.end for cut in cuts])
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
