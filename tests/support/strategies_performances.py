"""Valid performances of several instruments, by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import gen

_MOST_TRACKS = 4
_MOST_NOTES = 8  # of a track in a chunk
_EVENTS_OF_A_NOTE = 5  # at most: shift, loudness, on, shift, off

Note = tuple[int, int, int, int]
"""Start and pitch, end, bin of loudness."""


def _without_overlaps(notes: Mapping[tuple[int, int], tuple[int, int]], steps: int) -> list[Note]:
    """Notes of one pitch never sound together: which note-off ends which of them is not for notes to say."""
    free: dict[int, int] = {}
    kept = []
    for (start, pitch), (length, loudness) in sorted(notes.items()):
        if start >= free.get(pitch, 0):
            end = min(start + length, steps)
            free[pitch] = end
            kept.append((start, pitch, end, loudness))
    return kept


class _Speller:
    """One list of tokens, each with the step at which it stands."""

    def __init__(self, first: int, longest: int, shift: int) -> None:
        self.tokens = [(first, 0)]
        self._longest, self._shift = longest, shift
        self.now = 0

    def wait_until(self, step: int) -> None:
        while self.now < step:
            by = min(step - self.now, self._longest)
            self.say(self._shift + by - 1)
            self.now += by

    def say(self, token: int) -> None:
        self.tokens.append((token, self.now))


@st.composite
def performances(
    draw: st.DrawFn, converter: gen.Converter, options: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Tracks in order of program, each with a note at least, chunk by chunk, and the chord of every token.

    Left out: tracks without notes, whose program nothing keeps; notes of one pitch that overlap in a track, which MIDI
    can't hold; loudness above that of any note; changes of chords at which no event happens, or after the last note.

    Returns:
        Outputs ``[T, depth]``, and controls ``[T, control_depth]`` or None.
    """
    spq, rows = options["steps_per_quarter"], options["max_events_per_instrument"]
    chunks = options["hop_size_bars"] // options["chunk_size_bars"]
    steps = options["chunk_size_bars"] * options["quarters_per_bar"] * spq
    low, bins = options["min_pitch"], options["num_velocity_bins"]
    pitches = options["max_pitch"] - low + 1
    loud = 2 * pitches + 4 * spq
    drums = loud + bins + 128
    end = drums + 1

    room = (rows - 2 - options["chunk_size_bars"]) // _EVENTS_OF_A_NOTE
    loudest = 126 // -(-127 // bins) if bins else 0
    notes = st.dictionaries(
        st.tuples(st.integers(0, steps - 1), st.integers(0, pitches - 1)),
        st.tuples(st.integers(1, steps), st.integers(0, loudest)),
        max_size=min(_MOST_NOTES, room),
    )
    least, most = options["min_num_instruments"], options["max_num_instruments"]
    programs = draw(
        st.lists(st.integers(0, 128), min_size=least, max_size=max(least, min(most, _MOST_TRACKS))).map(sorted)
    )
    tracks = [[_without_overlaps(draw(notes), steps) for _ in range(chunks)] for _ in programs]
    for played in tracks:
        if not any(played):
            played[0] = _without_overlaps(draw(notes.filter(bool)), steps)

    lists: list[list[tuple[int, int]]] = []
    for chunk in range(chunks):
        for program, played in zip(programs, tracks, strict=True):
            own = played[chunk]
            speller = _Speller(loud + bins + program if own else drums, 4 * spq, 2 * pitches)
            happening = [(note[2], 0, *note) for note in own] + [(note[0], 1, *note) for note in own]
            loudness = -1
            for at, begins, _, pitch, _, louder in sorted(happening):
                speller.wait_until(at)
                if begins and bins and louder != loudness:
                    speller.say(loud + louder)
                    loudness = louder
                speller.say(pitch if begins else pitches + pitch)
            speller.wait_until(steps)
            speller.tokens.append((end, speller.tokens[-1][1]))
            lists.append([(token, at + chunk * steps) for token, at in speller.tokens])
        lists += [[(end, -1)]] * (most - len(programs))
    assume(sum(len(one) - 2 for one in lists if len(one) > 1) >= options["min_total_events"])

    depth = converter.control_depth
    over = max(note[2] + chunk * steps for played in tracks for chunk, own in enumerate(played) for note in own)
    seen = sorted({at for one in lists for _, at in one if 0 <= at < over})
    changes = draw(st.dictionaries(st.sampled_from(seen), st.integers(0, max(depth - 1, 0)), max_size=3))
    changes.setdefault(0, 0)
    outputs = np.zeros((len(lists), rows, converter.output_depth), np.float32)
    controls = np.zeros((len(lists), rows, depth), np.float32)
    for index, one in enumerate(lists):
        for place, (token, at) in enumerate(one):
            outputs[index, place, token] = 1
            if depth:
                holds = max(change for change in changes if change <= min(max(at, 0), over - 1))
                controls[index, place, changes[holds] if place and at >= 0 else 0] = 1
    shape = (len(lists) * rows, -1)
    return outputs.reshape(shape), controls.reshape(shape) if depth else None
