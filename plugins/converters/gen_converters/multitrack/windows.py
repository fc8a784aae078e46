"""Windows of several tracks' performances: which there are in a file, and why the others aren't.

Source: magenta, music_vae/data_hierarchical.py (MultiInstrumentPerformanceConverter).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen import NoteSequence, Rejection
from gen.interfaces import Mode
from gen.notes import apply_sustain
from gen.notes.chords import ChordEncoding
from gen_converters.common.arrays import Ints, Reals
from gen_converters.common.conditioning import harmony_of
from gen_converters.common.parts import Rejected, choose, grid_of
from gen_converters.multitrack.chords import PieceChords, piece_chords
from gen_converters.multitrack.events import TokenLists, chunked, tokens_of
from gen_converters.multitrack.pieces import PartCut, Pieces, cut_part, pieces_of
from gen_converters.multitrack.verdicts import Verdicts
from gen_converters.multitrack.vocabulary import Vocabulary

_EMPTY = np.zeros((0, 0), np.int64)


@dataclass(frozen=True)
class Rules:
    """What a window is; each as the option of `MultitrackConverter` that it comes from.

    A window of ``hop_bars`` has ``chunks`` of ``chunk_steps`` each, ``least_tracks`` to ``slots`` tracks, and so many
    ``rows`` for each of them in a chunk. ``single`` takes only parts that are one window; ``squeeze`` leaves out tracks
    and events rather than windows.
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
    def name(self) -> str:
        """What windows are called."""
        return f"windows of {self.hop_bars} bar{'s' if self.hop_bars > 1 else ''}"

    @property
    def segments(self) -> int:
        """Lists of a window: chunk by chunk, one for each track or missing track."""
        return self.chunks * self.slots


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a file that are examples, E of them; T rows are ``segments`` lists of ``rows``."""

    tokens: npt.NDArray[np.int16]  # [E, T]; depth in rows behind the end of a list
    chords: npt.NDArray[np.int16] | None  # [E, T], classes of chords likewise; None without chords
    lengths: Ints  # [E, segments], tokens of each list
    qpm: Reals  # [E]
    starts: Reals  # [E], where each begins in seconds
    lost: Counter[str]  # how many windows each reason cost, in parts that have examples
    rejections: Sequence[Rejection | None]  # why a part has none, one entry a part; None where it has some


def windows_of(
    parts: Sequence[tuple[float, NoteSequence]], rules: Rules, *, rng: np.random.Generator | None
) -> Windows:
    """Find the windows of parts of one tempo and metre each, in order of time; see `parts_of`."""
    rejections: list[Rejection | None] = [None] * len(parts)
    cuts: list[PartCut] = []
    usable: list[int] = []
    for index, (_, part) in enumerate(parts):
        try:
            cuts.append(_cut(apply_sustain(part), rules))
            usable.append(index)
        except Rejected as rejected:
            rejections[index] = rejected.reason
    if not cuts:
        return Windows(_EMPTY.astype(np.int16), None, _EMPTY, np.zeros(0), np.zeros(0), Counter(), rejections)
    pieces = pieces_of(cuts, rules.vocabulary)
    verdicts = Verdicts(len(pieces), rules.name)
    lists, spots = _lists(pieces, _tracks(pieces, rules, verdicts, rng), rules, verdicts)
    said = None
    if rules.encoding is not None:
        said = _chords_of_tokens(piece_chords(cuts, pieces.steps, rules.encoding), lists, spots, rules, verdicts)
    lost: Counter[str] = Counter()
    for index, own in zip(usable, pieces.of_part, strict=True):
        if verdicts.accepted[own].any():
            lost += verdicts.lost(own)
        else:
            rejections[index] = verdicts.rejection(own)
    accepted = verdicts.accepted
    example, used = np.cumsum(accepted) - 1, accepted[spots.piece]
    lengths = np.ones((int(accepted.sum()), rules.segments), np.int64)  # lists of missing tracks have one row
    lengths[example[spots.piece[used]], spots.segment[used]] = lists.length[used]
    kept = np.flatnonzero(used[lists.which])
    which = lists.which[kept]
    where = example[spots.piece[which]], spots.segment[which], lists.place[kept]

    def laid(values: Ints, *, missing: int, empty: int) -> npt.NDArray[np.int16]:
        """A value of each token as ``[E, T]``."""
        table = np.full((len(lengths), rules.segments, rules.rows), empty, np.int16)
        table[:, :, 0] = missing
        table[where] = values[kept]
        return table.reshape(len(table), rules.segments * rules.rows)

    return Windows(
        laid(lists.token, missing=rules.vocabulary.end, empty=rules.vocabulary.depth),
        None if said is None else laid(said, missing=0, empty=rules.encoding.depth if rules.encoding else 0),
        lengths,
        np.repeat([cut.grid.qpm for cut in cuts], [len(cut.begin) for cut in cuts])[accepted],
        np.concatenate([parts[index][0] + cut.begin for index, cut in zip(usable, cuts, strict=True)])[accepted],
        lost,
        rejections,
    )


def _cut(part: NoteSequence, rules: Rules) -> PartCut:
    """Where a part is cut, and its chords if they are wanted."""
    grid = grid_of(part, steps_per_quarter=rules.steps_per_quarter, quarters_per_bar=rules.quarters_per_bar)
    cut = cut_part(part, grid, part.chords, quarters=rules.hop_bars * rules.quarters_per_bar)
    if rules.single and len(cut.begin) > 1:
        raise Rejected(
            "several-windows",
            f"there are {len(cut.begin)} {rules.name}; give shorter files, or turn first_subsequence_only off",
        )
    if rules.encoding is None or part.chords:
        return cut
    return cut._replace(chords=harmony_of(part, grid).chords)


class _Spots(NamedTuple):
    """Window, chunk, and list of the window that each list of a part is, ``[L]``."""

    piece: Ints
    chunk: Ints
    segment: Ints


def _tracks(pieces: Pieces, rules: Rules, verdicts: Verdicts, rng: np.random.Generator | None) -> Ints:
    """The tracks that windows are made of, ascending."""
    vocabulary, tracks = rules.vocabulary, np.bincount(pieces.piece, minlength=len(pieces))
    verdicts.refuse(
        pieces.odd,
        "pitch-range",
        f"hold a note outside the pitches {vocabulary.min_pitch} to {vocabulary.max_pitch}; set min_pitch and "
        "max_pitch wider",
    )
    verdicts.refuse(
        tracks < rules.least_tracks,
        "too-few-tracks",
        f"have fewer than {rules.least_tracks} tracks (the most is {{most}}); set min_num_instruments lower, or give "
        "files with more instruments",
        tracks,
    )
    if not rules.squeeze:
        verdicts.refuse(
            tracks > rules.slots,
            "too-many-tracks",
            f"have more than {rules.slots} tracks (the most is {{most}}); set max_num_instruments higher, or turn "
            "drop_tracks_and_truncate on",
            tracks,
        )
    kept = verdicts.accepted[pieces.piece]
    for piece in np.flatnonzero(verdicts.accepted & (tracks > rules.slots)):
        own = np.flatnonzero(pieces.piece == piece)
        kept[own] = False
        kept[choose(own.tolist(), rules.slots, mode=rules.mode, rng=rng)] = True
    return np.flatnonzero(kept)


def _lists(pieces: Pieces, tracks: Ints, rules: Rules, verdicts: Verdicts) -> tuple[TokenLists, _Spots]:
    """The tokens of tracks, chunk by chunk."""
    number = np.full(len(pieces.piece), -1)
    number[tracks] = np.arange(len(tracks))
    notes = pieces.notes[number[pieces.notes.track] >= 0]
    notes = chunked(replace(notes, track=number[notes.track]), chunks=rules.chunks, steps=rules.chunk_steps)
    # A chunk in which a track has no notes forgets the track's program, and published models have learnt it so.
    empty = np.bincount(notes.track, minlength=len(tracks) * rules.chunks) == 0
    first = np.where(empty, rules.vocabulary.drums, np.repeat(pieces.first[tracks], rules.chunks))
    lists = tokens_of(notes, first, steps=rules.chunk_steps, vocabulary=rules.vocabulary)
    piece = pieces.piece[tracks]
    slot = np.arange(len(piece)) - np.searchsorted(piece, piece)
    chunk = np.tile(np.arange(rules.chunks), len(piece))
    spots = _Spots(np.repeat(piece, rules.chunks), chunk, chunk * rules.slots + np.repeat(slot, rules.chunks))
    if rules.squeeze:
        lists = lists.truncated(rules.rows)
    longest = np.zeros(len(pieces), np.int64)
    np.maximum.at(longest, spots.piece, lists.length)
    events = np.bincount(spots.piece, weights=lists.length - 2, minlength=len(pieces))
    verdicts.refuse(
        longest > rules.rows,
        "too-many-events",
        f"have a track of more than {rules.rows - 2} events a chunk (the most is {{most}}); set "
        "max_events_per_instrument higher, or turn drop_tracks_and_truncate on",
        longest - 2,
    )
    verdicts.refuse(
        events < rules.least_events,
        "too-few-events",
        f"have fewer than {rules.least_events} events (the most is {{most}}); set min_total_events lower",
        events,
    )
    return lists, spots


def _chords_of_tokens(chords: PieceChords, lists: TokenLists, spots: _Spots, rules: Rules, verdicts: Verdicts) -> Ints:
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
        problem = str(chords.problem).replace("{", "{{").replace("}", "}}")
        unknown = np.bincount(piece[said < 0], minlength=len(chords.steps)) > 0
        verdicts.refuse(
            unknown,
            chords.problem.code,
            f"have a chord without a class: {problem}; correct it, or set another chord_encoding",
        )
    return said
