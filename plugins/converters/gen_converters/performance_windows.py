"""A part as windows of several tracks' performances: which there are, and why the others aren't.

Source: magenta, music_vae/data_hierarchical.py (MultiInstrumentPerformanceConverter).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gen import ChordEncoding, ChordError, Grid, Mode, NoteSequence, Rejection, apply_sustain, infer_chords
from gen_converters.parts import choose, grid_of
from gen_converters.performance_chords import PieceChords, piece_chords
from gen_converters.performance_events import TokenLists, chunked, tokens_of
from gen_converters.performance_pieces import Pieces, cut_into_pieces
from gen_converters.performance_vocabulary import Numbers, Vocabulary
from gen_converters.verdicts import Verdicts


@dataclass(frozen=True)
class Rules:
    """What a window is; each as the option of `gen_converters.multitrack.MultitrackConverter` that it comes from.

    Attributes:
        vocabulary: the classes.
        encoding: classes of chords, or None.
        hop_bars: length of a window.
        chunks, chunk_steps: of a window, and of a chunk.
        steps_per_quarter, quarters_per_bar: the grid.
        least_tracks, slots: tracks of a window.
        least_events: in all tracks of a window together.
        rows: of a track in a chunk.
        single: take only parts that are one window.
        reject_coincident: leave out windows in which two chords begin at one step; else the last of them holds.
        squeeze: leave out tracks and events rather than windows.
        mode: whether the tracks that stay are drawn.
    """

    vocabulary: Vocabulary
    encoding: ChordEncoding | None
    hop_bars: int
    chunks: int
    chunk_steps: int
    steps_per_quarter: int
    quarters_per_bar: int
    least_tracks: int
    slots: int
    least_events: int
    rows: int
    single: bool
    reject_coincident: bool
    squeeze: bool
    mode: Mode

    @property
    def segments(self) -> int:
        """Lists of a window: chunk by chunk, one for each track or missing track."""
        return self.chunks * self.slots


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a part that are examples, E of them; T rows are ``segments`` lists of ``rows``.

    Attributes:
        tokens: int16 ``[E, T]``; ``depth`` in rows behind the end of a list.
        chords: classes of chords, int16 ``[E, T]``, likewise; None without chords.
        lengths: tokens of each list, int64 ``[E, segments]``.
        qpm: tempo of the part.
        lost: how many windows each reason cost.
    """

    tokens: npt.NDArray[np.int16]
    chords: npt.NDArray[np.int16] | None
    lengths: Numbers
    qpm: float
    lost: Counter[str]


def windows_of(part: NoteSequence, rules: Rules, *, rng: np.random.Generator | None) -> Windows | Rejection:
    """Find the windows of a part of one tempo and metre.

    Raises:
        ValueError: ``rng`` is missing where it is needed.
    """
    part = apply_sustain(part)
    grid = grid_of(part, steps_per_quarter=rules.steps_per_quarter, quarters_per_bar=rules.quarters_per_bar)
    if isinstance(grid, Rejection):
        return grid
    pieces = cut_into_pieces(part, grid, quarters=rules.hop_bars * rules.quarters_per_bar, vocabulary=rules.vocabulary)
    name = f"windows of {rules.hop_bars} bars"
    if rules.single and len(pieces) > 1:
        return Rejection(
            "several-windows",
            f"there are {len(pieces)} {name}; give shorter files, or turn first_subsequence_only off",
        )
    chords = _chords(part, grid, pieces, rules)
    if isinstance(chords, Rejection):
        return chords
    verdicts = Verdicts(len(pieces), name)
    tracks = _tracks(pieces, rules, verdicts, rng)
    if not len(tracks):
        return verdicts.rejection()
    lists = _lists(pieces, tracks, rules, verdicts)
    spots = _Spots(pieces.piece[tracks], lists, rules)
    said = None if chords is None else _chords_of_tokens(chords, lists, spots, rules, verdicts)
    if not verdicts.accepted.any():
        return verdicts.rejection()
    accepted = verdicts.accepted
    rows = np.cumsum(accepted) - 1
    vocabulary = rules.vocabulary
    lengths = np.ones((int(accepted.sum()), rules.segments), np.int64)
    of_accepted = accepted[spots.piece]
    lengths[rows[spots.piece[of_accepted]], spots.segment[of_accepted]] = lists.length[of_accepted]

    def laid(values: Numbers, *, missing: int, empty: int) -> npt.NDArray[np.int16]:
        """Values of tokens in their rows; a missing track has one of its own."""
        table = np.full((len(lengths), rules.segments, rules.rows), empty, np.int16)
        table[:, :, 0] = missing
        kept = np.flatnonzero(of_accepted[lists.which])
        which = lists.which[kept]
        table[rows[spots.piece[which]], spots.segment[which], lists.place[kept]] = values[kept]
        return table.reshape(len(lengths), -1)

    return Windows(
        laid(lists.token, missing=vocabulary.end, empty=vocabulary.depth),
        None if said is None or rules.encoding is None else laid(said, missing=0, empty=rules.encoding.depth),
        lengths,
        grid.qpm,
        verdicts.counts(),
    )


class _Spots:
    """Where each list of a part belongs.

    Attributes:
        piece: window of each list.
        chunk: and chunk of that.
        segment: and list of the window.
    """

    def __init__(self, piece: Numbers, lists: TokenLists, rules: Rules) -> None:
        slot = np.arange(len(piece)) - np.searchsorted(piece, piece)
        self.piece = np.repeat(piece, rules.chunks)
        self.chunk = np.tile(np.arange(rules.chunks), len(piece))
        self.segment = self.chunk * rules.slots + np.repeat(slot, rules.chunks)


def _chords(part: NoteSequence, grid: Grid, pieces: Pieces, rules: Rules) -> PieceChords | Rejection | None:
    """The chords of a part, from its symbols or else from its notes."""
    if rules.encoding is None:
        return None
    chords = part.chords
    if not chords:
        try:
            chords = infer_chords(part, grid).chords
        except ChordError as error:
            return Rejection(error.code, f"{error}; give chord symbols, or turn the controls off")
    return piece_chords(
        chords,
        pieces.begin,
        pieces.stop,
        pieces.steps,
        steps_per_second=rules.steps_per_quarter * grid.qpm / 60.0,
        encoding=rules.encoding,
    )


def _tracks(pieces: Pieces, rules: Rules, verdicts: Verdicts, rng: np.random.Generator | None) -> Numbers:
    """The tracks that windows are made of, ascending."""
    vocabulary, tracks = rules.vocabulary, pieces.tracks
    verdicts.refuse(
        pieces.odd,
        "pitch-range",
        f"hold a note outside the pitches {vocabulary.min_pitch} to {vocabulary.max_pitch}; set min_pitch and "
        "max_pitch wider",
    )
    verdicts.refuse(
        tracks < rules.least_tracks,
        "too-few-tracks",
        f"have fewer than {rules.least_tracks} tracks (the most in any is {tracks.max()}); set min_num_instruments "
        "lower, or give files with more instruments",
    )
    if not rules.squeeze:
        verdicts.refuse(
            tracks > rules.slots,
            "too-many-tracks",
            f"have more than {rules.slots} tracks (the most is {tracks.max()}); set max_num_instruments higher, or "
            "turn drop_tracks_and_truncate on",
        )
    kept = verdicts.accepted[pieces.piece]
    for piece in np.flatnonzero(verdicts.accepted & (tracks > rules.slots)):
        own = np.flatnonzero(pieces.piece == piece)
        kept[own] = False
        kept[choose(own.tolist(), rules.slots, mode=rules.mode, rng=rng)] = True
    return np.flatnonzero(kept)


def _lists(pieces: Pieces, tracks: Numbers, rules: Rules, verdicts: Verdicts) -> TokenLists:
    """The tokens of tracks, chunk by chunk."""
    number = np.full(len(pieces.piece), -1)
    number[tracks] = np.arange(len(tracks))
    notes = pieces.notes[number[pieces.notes.track] >= 0]
    notes = chunked(replace(notes, track=number[notes.track]), chunks=rules.chunks, steps=rules.chunk_steps)
    # A chunk in which a track has no notes forgets the track's program, and published models have learnt it so.
    empty = np.bincount(notes.track, minlength=len(tracks) * rules.chunks) == 0
    first = np.where(empty, rules.vocabulary.drums, np.repeat(pieces.first[tracks], rules.chunks))
    lists = tokens_of(notes, first, steps=rules.chunk_steps, vocabulary=rules.vocabulary)
    piece = np.repeat(pieces.piece[tracks], rules.chunks)
    if rules.squeeze:
        lists = lists.truncated(rules.rows)
    longest = np.zeros(len(pieces), np.int64)
    np.maximum.at(longest, piece, lists.length)
    events = np.bincount(piece, weights=lists.length - 2, minlength=len(pieces))
    verdicts.refuse(
        longest > rules.rows,
        "too-many-events",
        f"have a track of more than {rules.rows - 2} events a chunk (the most is {longest.max() - 2}); set "
        "max_events_per_instrument higher, or turn drop_tracks_and_truncate on",
    )
    verdicts.refuse(
        events < rules.least_events,
        "too-few-events",
        f"have fewer than {rules.least_events} events (the most is {events.max():g}); set min_total_events lower",
    )
    return lists


def _chords_of_tokens(
    chords: PieceChords, lists: TokenLists, spots: _Spots, rules: Rules, verdicts: Verdicts
) -> Numbers:
    """The class of the chord at each token; no chord at a program."""
    piece = spots.piece[lists.which]
    said = chords.at(piece, lists.step + spots.chunk[lists.which] * rules.chunk_steps)
    said[lists.place == 0] = 0
    if rules.reject_coincident:
        verdicts.refuse(
            chords.clashes,
            "coincident-chords",
            "have two chords that begin at one step; set coincident_chords to last, or keep one of them",
        )
    if chords.problem is not None:
        unknown = np.bincount(piece[said < 0], minlength=len(chords.steps)) > 0
        verdicts.refuse(
            unknown,
            chords.problem.code,
            f"have a chord without a class: {chords.problem}; correct it, or set another chord_encoding",
        )
    return said
