"""Finding the chords and keys of a piece from its notes.

A hidden Markov model over 12 major keys times 97 chords: notes of a frame are compared with each chord, chords with
the key they are in, keys change rarely. The likeliest path is found by Viterbi's algorithm.
Source of the model and of its numbers: note_seq, chord_inference.py.

Letters in shape comments: N frames, K = 12 keys, C = 97 chords, G groups of chords that are equally likely in a key,
M chords in the largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gen.notes.chords.symbols import NO_CHORD, ROOT_NAMES, ChordError
from gen.notes.grid import Grid
from gen.notes.sequence import Chord, FloatColumn, IntColumn, KeySignatures, NoteSequence

_KINDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "+": (0, 4, 8),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
}
_SYMBOLS = (NO_CHORD, *(root + kind for root in ROOT_NAMES for kind in _KINDS))
_CHORDS, _KEYS = len(_SYMBOLS), 12
_CHORDS_PER_BAR = {(2, 2): 1, (2, 4): 1, (3, 4): 1, (4, 4): 2, (6, 8): 2}
_MOST_FRAMES = 1000
_UNPITCHED = np.isin(np.arange(128), [*range(96, 104), *range(112, 128)])  # General MIDI's effects and percussion

_IN_KEY, _OUT_OF_KEY = 0.99, 0.01
_KEY_CHANGE, _CHORD_CHANGE = 0.001, 0.5
_CONCENTRATION = 100.0  # how much the notes of a frame count against what came before
_MAJOR = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True)
class Harmony:
    """Chords in order of time, each where it begins, and the keys they are in, all major."""

    chords: tuple[Chord, ...]
    keys: KeySignatures


def infer_chords(notes: NoteSequence, grid: Grid) -> Harmony:
    """Find the chords of a piece, one or two a bar; drums and effects don't count.

    The piece has one tempo and metre, which the grid gives.

    Raises:
        ChordError: the metre is none of 4/4, 2/2, 2/4, 3/4 and 6/8, a bar's chords aren't whole steps apart
            (``chord-metre``), or the piece has no length or over 1,000 frames (``chord-length``).
    """
    per_bar = _CHORDS_PER_BAR.get((grid.numerator, grid.denominator))
    if per_bar is None:
        raise ChordError("chord-metre", f"chords can't be found in {grid.numerator}/{grid.denominator}")
    steps = grid.steps_per_bar / per_bar
    if steps != int(steps):
        raise ChordError("chord-metre", f"{per_bar} chords a bar would be {steps:g} steps apart, which isn't whole")
    seconds = steps / (grid.steps_per_quarter * grid.qpm / 60.0)  # rounded as the original rounds it
    frames = math.ceil(notes.total_time / seconds)
    if not 0 < frames <= _MOST_FRAMES:
        raise ChordError("chord-length", f"chords can be found in 1 to {_MOST_FRAMES} half bars, not in {frames}")

    key, chord = _likeliest_path(_pitch_classes(notes, seconds, frames))
    changes = np.flatnonzero(np.diff(chord, prepend=-1))
    modulations = np.flatnonzero(np.diff(key, prepend=-1))
    return Harmony(
        chords=tuple(Chord(float(frame * seconds), _SYMBOLS[chord[frame]]) for frame in changes),
        keys=KeySignatures(time=modulations.astype(np.float64) * seconds, key=key[modulations], mode=np.array(0)),
    )


def _pitch_classes(notes: NoteSequence, seconds: float, frames: int) -> FloatColumn:
    """How long each pitch class sounds in each frame, every frame scaled to length one; ``[N, 12]``."""
    rows = np.flatnonzero(~notes.is_drum & ~_UNPITCHED[notes.program])
    start, end, pitch = notes.start[rows], notes.end[rows], notes.pitch[rows] % 12
    edges = seconds * np.arange(1, frames)
    first = np.searchsorted(edges, start, side="right")
    last = np.searchsorted(edges, end, side="left")
    within = first >= last
    sounding = np.zeros((frames, 12))
    np.add.at(sounding, (first[within], pitch[within]), (end - start)[within])
    across = np.flatnonzero(~within)
    first, last, pitch = first[across], last[across], pitch[across]
    np.add.at(sounding, (first, pitch), edges[first] - start[across])
    np.add.at(sounding, (last, pitch), end[across] - edges[last - 1])
    whole = np.zeros((frames + 1, 12))  # frames that a note fills: where it begins to, and where it no longer does
    np.add.at(whole, (first + 1, pitch), 1.0)
    np.add.at(whole, (last, pitch), -1.0)
    sounding += whole.cumsum(axis=0)[:frames] * seconds
    norm = np.linalg.norm(sounding, axis=1, keepdims=True)
    norm[norm == 0] = 1.0
    directions: FloatColumn = sounding / norm
    return directions


@dataclass(frozen=True, eq=False)
class _Model:
    """The model's constant parts."""

    directions: FloatColumn  # [12, C]: unit vector of each chord; zero for no chord
    log_prior: FloatColumn  # [K, C]: log P(chord | key)
    members: IntColumn  # [M, G, K]: chords of each group, those that are equally likely in a key; C fills up
    log_change: FloatColumn  # [G, K, C]: to each chord from a chord of each group of the same key


@lru_cache(maxsize=1)
def _model() -> _Model:
    pitches = [(), *((np.add(kind, root) % 12).tolist() for root in range(12) for kind in _KINDS.values())]
    directions = np.zeros((12, _CHORDS))
    weight = np.ones((_KEYS, _CHORDS))
    kind_of = np.zeros((_KEYS, _CHORDS), np.int64)
    for index, chord in enumerate(pitches):
        directions[chord, index] = 1.0 / math.sqrt(max(len(chord), 1))
        for key in range(_KEYS):
            inside = len({(pitch - key) % 12 for pitch in chord} & set(_MAJOR))
            outside = len(chord) - inside
            weight[key, index] = _IN_KEY**inside * _OUT_OF_KEY**outside
            kind_of[key, index] = 10 * inside + outside
    prior = weight / weight.sum(axis=1, keepdims=True)  # [K, C]
    group = np.unique(kind_of, return_inverse=True)[1].reshape(kind_of.shape)  # [K, C]
    groups = int(group.max()) + 1
    of_group = np.zeros((_KEYS, groups))
    np.put_along_axis(of_group, group, prior, axis=1)
    stay = (1.0 - _KEY_CHANGE) * _CHORD_CHANGE
    change = stay * (prior + of_group.T[..., np.newaxis] / (_CHORDS - 1))  # [G, K, C]
    return _Model(directions, np.log(prior), _members(group), np.log(change))


def _likeliest_path(frames: FloatColumn) -> tuple[IntColumn, IntColumn]:
    """Key and chord of each frame ``[N, 12]``, int64 ``[N]`` each; of equally likely paths the first.

    The 1,164 states needn't all be compared: into another key only the best state counts, and within a key only the
    best of each group. (Staying on a chord is always likelier than changing to the same one, so groups need no gaps.)
    """
    model = _model()
    heard = _CONCENTRATION * (frames @ model.directions)  # [N, C]
    into_key = math.log(_KEY_CHANGE / (_KEYS - 1)) + model.log_prior  # [K, C]
    stay = math.log((1.0 - _KEY_CHANGE) * (1.0 - _CHORD_CHANGE))
    keys, own_key = np.arange(_KEYS), np.eye(_KEYS, dtype=np.bool_)
    first_state = keys * _CHORDS
    own = np.arange(_KEYS * _CHORDS).reshape(_KEYS, _CHORDS)
    members = model.members + keys * (_CHORDS + 1)  # into [K, C + 1]
    padded = np.full((_KEYS, _CHORDS + 1), -np.inf)
    score = -math.log(_KEYS) + model.log_prior + heard[0]  # [K, C]
    came_from = np.empty((len(frames), _KEYS, _CHORDS), np.int32)
    for frame in range(1, len(frames)):
        padded[:, :_CHORDS] = score
        of_group = padded.ravel()[members]  # [M, G, K]
        best_member = np.take_along_axis(model.members, of_group.argmax(axis=0)[np.newaxis], axis=0)[0]
        best_state = first_state + best_member  # [G, K]
        through = of_group.max(axis=0)[..., np.newaxis] + model.log_change  # [G, K, C]
        value = through.max(axis=0)  # [K, C]
        source = np.take_along_axis(best_state, through.argmax(axis=0).T, axis=0).T  # [K, C]
        _prefer(value, source, score + stay, own)
        top = score.argmax(axis=1)  # [K]
        best = score[keys, top]  # [K]
        other = np.where(own_key, -np.inf, best).argmax(axis=1)  # [K]: the best of all other keys
        other_source = np.broadcast_to((first_state + top)[other][:, np.newaxis], source.shape)
        _prefer(value, source, best[other][:, np.newaxis] + into_key, other_source)
        came_from[frame] = source
        score = value + heard[frame]
    state = int(score.argmax())
    path = np.empty(len(frames), np.int64)
    for frame in range(len(frames) - 1, -1, -1):
        path[frame] = state
        if frame:
            state = int(came_from[frame].flat[state])
    return path // _CHORDS, path % _CHORDS


def _members(group: IntColumn) -> IntColumn:
    """The chords of each group of each key, ascending, int64 ``[M, G, K]``; C where there are fewer than M."""
    counts = np.stack([np.bincount(row, minlength=int(group.max()) + 1) for row in group])
    members = np.full((*counts.shape, int(counts.max())), _CHORDS, np.int64)
    for key, row in enumerate(group):
        for index in range(counts.shape[1]):
            members[key, index, : counts[key, index]] = np.flatnonzero(row == index)
    ordered: IntColumn = np.ascontiguousarray(members.transpose(2, 1, 0))
    return ordered


def _prefer(value: FloatColumn, source: IntColumn, other_value: FloatColumn, other_source: IntColumn) -> None:
    """Take over where the other is higher, or as high from an earlier state; in place."""
    better = (other_value > value) | ((other_value == value) & (other_source < source))
    np.copyto(value, other_value, where=better)
    np.copyto(source, other_source, where=better)
