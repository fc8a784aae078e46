"""Notes as performances: lists of note-ons, note-offs, time shifts and changes of loudness, all tracks at once.

A piece is as long as a whole number of chunks; each track of it gives one list a chunk. A note that is still held at
the end of its chunk ends there.

Letters in shape comments: N notes, E events, L lists, K tokens.
Sources: note_seq, performance_lib.py; magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_converters.common.arrays import Bools, Ints
from gen_converters.multitrack.vocabulary import Vocabulary

_OFF, _ON, _END = 0, 1, 2  # in this order at one step


@dataclass(frozen=True, eq=False)
class TrackNotes:
    """Notes of many tracks, int64 ``[N]`` each, in order of onset and pitch within a track."""

    track: Ints  # any numbers, those of one piece together
    pitch: Ints
    loudness: Ints  # bin of its velocity
    start: Ints  # steps from the start of the piece, like the end
    end: Ints

    def __getitem__(self, rows: Ints | Bools) -> TrackNotes:
        """Some of the notes."""
        return TrackNotes(self.track[rows], self.pitch[rows], self.loudness[rows], self.start[rows], self.end[rows])


@dataclass(frozen=True, eq=False)
class TokenLists:
    """Lists one after another; each begins with its program and ends with the end."""

    token: Ints  # classes [K]
    step: Ints  # [K], where each token stands in its list's chunk; an end where the token before it does
    which: Ints  # [K], the list of each token, ascending
    length: Ints  # [L], tokens of each list

    @property
    def place(self) -> Ints:
        """Place of each token in its list, counted from 0, ``[K]``."""
        return np.arange(len(self.token)) - (np.cumsum(self.length) - self.length)[self.which]

    def truncated(self, most: int) -> TokenLists:
        """With at most so many tokens a list: the last ones before the end are left out."""
        kept = (self.place < most - 1) | (self.place == self.length[self.which] - 1)
        step = self.step[kept]
        length = np.minimum(self.length, most)
        ends = np.cumsum(length) - 1
        step[ends] = step[ends - 1]
        return TokenLists(self.token[kept], step, self.which[kept], length)


def chunked(notes: TrackNotes, *, chunks: int, steps: int) -> TrackNotes:
    """Cut pieces into chunks: what each chunk holds once it is played by itself.

    A note-off whose note began in another chunk may end a note of this one, see `ends_of`. The notes have
    ``track * chunks + chunk`` for their track, and steps counted from the start of their chunk.
    """
    notes = notes[notes.start < chunks * steps]
    count = len(notes.track)
    chunk = np.concatenate([notes.start // steps, (notes.end - 1) // steps])
    at = np.concatenate([notes.start, notes.end])
    # At one step note-offs come first: no note ends where it begins, and one that begins later never ends earlier
    # in this order.
    order = np.argsort(2 * at + (np.arange(2 * count) < count), kind="stable")
    order = order[at[order] <= chunks * steps]
    key = (np.tile(notes.track, 2) * chunks + chunk) * 128 + np.tile(notes.pitch, 2)
    paired = ends_of(key[order], order < count)
    begin = np.flatnonzero(order < count)
    rows = order[begin]
    closing = at[order[paired[begin]]]
    chunk = chunk[rows]
    end = np.where(paired[begin] < 0, (chunk + 1) * steps, closing)
    cut = TrackNotes(
        notes.track[rows] * chunks + chunk,
        notes.pitch[rows],
        notes.loudness[rows],
        notes.start[rows] - chunk * steps,
        end - chunk * steps,
    )
    return cut[np.argsort(cut.start * 128 + cut.pitch, kind="stable")]


def tokens_of(notes: TrackNotes, first: Ints, *, steps: int, vocabulary: Vocabulary) -> TokenLists:
    """Write the notes of each list, whose number is their track, as tokens.

    Each list is so many ``steps`` long, and begins with its program or drums, ``first [L]``.
    """
    lists, count = len(first), len(notes.track)
    which = np.concatenate([notes.track, notes.track, np.arange(lists)])
    at = np.concatenate([notes.end, notes.start, np.full(lists, steps)])
    kind = np.repeat([_OFF, _ON, _END], [count, count, lists])
    order = np.argsort((which * (steps + 1) + at) * 3 + kind, kind="stable")
    which, at, kind = which[order], at[order], kind[order]
    starts = np.diff(which, prepend=-1) != 0
    before = np.where(starts, 0, np.append(0, at)[:-1])
    pitch = np.concatenate([notes.pitch, notes.pitch, np.zeros(lists, np.int64)])[order]
    spoken = np.choose(kind, [vocabulary.note_off + pitch - vocabulary.min_pitch, pitch - vocabulary.min_pitch, 0])
    spoken[kind == _END] = vocabulary.end

    shifts = -(-(at - before) // vocabulary.max_shift)  # of these all but the last are of the longest kind
    bins = np.zeros(len(order), np.int64)
    louder = np.zeros(len(order), np.bool_)
    begin = np.flatnonzero(kind == _ON)
    if vocabulary.velocity_bins and len(begin):
        bins[begin] = notes.loudness[order[begin] - count]
        changes = np.diff(bins[begin]) | np.diff(which[begin])
        louder[begin] = np.append(True, changes != 0)

    # Each event is said as: program (once a list), shifts, loudness, the event itself.
    said = starts + shifts + louder + 1
    total = int(said.sum())
    last = np.cumsum(said) - 1
    token = np.full(total, vocabulary.shift + vocabulary.max_shift - 1)
    event = np.repeat(np.arange(len(order)), said)
    within = np.arange(total) - (last - said + 1)[event] - starts[event]
    step = np.minimum(before[event] + np.maximum(within, 0) * vocabulary.max_shift, at[event])
    token[last] = spoken
    token[(last - 1)[louder]] = vocabulary.velocity + bins[louder]
    shifted = np.flatnonzero(shifts)
    rest = (at - before - (shifts - 1) * vocabulary.max_shift)[shifted]
    token[(last - 1 - louder)[shifted]] = vocabulary.shift + rest - 1
    token[(last - said + 1)[starts]] = first
    ends = last[kind == _END]
    step[ends] = step[ends - 1]
    length = np.bincount(which, weights=said, minlength=lists).astype(np.int64)
    return TokenLists(token, step, np.repeat(which, said), length)


def ends_of(key: Ints, is_on: Bools) -> Ints:
    """Pair note-ons and note-offs ``[N]``, in the order they happen: of several notes of one key the first ends first.

    A key is whatever keeps voices apart, such as track and pitch. Gives the index of the note-off that ends each
    note-on; -1 where nothing does, and for note-offs. A note-off that finds nothing to end is left aside.
    """
    ends = np.full(len(key), -1)
    if not len(key):
        return ends
    order = np.argsort(key, kind="stable")
    on = is_on[order]
    first = np.append(True, np.diff(key[order]) != 0)
    group = np.cumsum(first) - 1
    moves = np.where(on, 1, -1)
    walk = np.cumsum(moves)
    level = walk - (walk - moves)[first][group]  # notes begun less notes ended, in each group
    # A note-off is in excess where it brings its group lower than ever. Each group is moved below the one before it,
    # so that one running minimum serves them all.
    apart = group * (2 * len(key) + 1)
    lowest = np.minimum.accumulate(level - apart) + apart
    before = np.where(first, 0, np.append(0, lowest[:-1]))
    begin = np.flatnonzero(on)
    end = np.flatnonzero(~on & (level >= np.minimum(before, 0)))
    rank = np.arange(len(end)) - np.searchsorted(group[end], group[end])
    ends[order[begin[np.searchsorted(group[begin], group[end]) + rank]]] = order[end]
    return ends
