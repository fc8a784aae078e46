"""Which note-off ends which note-on: of several notes of one key that sound, the one that began first.

Source: note_seq, performance_lib.py (to_sequence).
"""

from __future__ import annotations

import numpy as np

from gen_converters.common.arrays import Bools, Ints


def ends_of(key: Ints, is_on: Bools) -> Ints:
    """Pair the note-ons and note-offs of each key.

    Args:
        key: whatever keeps voices apart, such as track and pitch; int64 ``[N]``, events in the order they happen.
        is_on: note-on or note-off, ``[N]``.

    Returns:
        Of each note-on the index of the note-off that ends it, ``[N]``; -1 where nothing does, and for note-offs. A
        note-off that finds nothing to end is left aside.
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
