"""Chords found in notes: by hand, and against a search over every pair of states."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scores import score

import gen
from gen.notes.chords import inference


def infer(notes: gen.NoteSequence) -> gen.notes.chords.Harmony:
    return gen.notes.chords.infer_chords(notes, gen.notes.quantise(notes))


def found(notes: gen.NoteSequence) -> list[tuple[float, str]]:
    return [(chord.time, chord.text) for chord in infer(notes).chords]


CADENCE = "60:[0,1] 64:[0,1] 67:[0,1] 65:[1,2] 69:[1,2] 72:[1,2] 67:[2,4] 71:[2,4] 74:[2,4]"


def test_a_cadence_gives_its_chords_and_key() -> None:
    harmony = infer(score(CADENCE))
    assert [(chord.time, chord.text) for chord in harmony.chords] == [(0, "C"), (1, "F"), (2, "G")]
    assert (harmony.keys.time.tolist(), harmony.keys.key.tolist()) == ([0], [0])


def test_drums_and_effects_do_not_count() -> None:
    noise = [" ".join(f"{pitch}:[0,4]" for pitch in range(50, 62))]
    assert found(score(CADENCE, f"drums {noise[0]}", f"program 120 {noise[0]}")) == found(score(CADENCE))


@pytest.mark.parametrize(
    ("metre", "times"), [((2, 2), [0, 2]), ((3, 4), [0, 1.5, 3]), ((6, 8), [0, 0.75, 1.5, 2.25, 3])]
)
def test_how_many_chords_a_bar_has_depends_on_the_metre(metre: tuple[int, int], times: list[float]) -> None:
    assert {time for time, _ in found(score(CADENCE, metre=metre))} <= set(times)


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        (score(CADENCE, metre=(5, 4)), "chord-metre"),
        (score("60:[0,1]", total_time=0.0), "chord-length"),
        (score("60:[0,1001]"), "chord-length"),
    ],
)
def test_what_chords_cannot_be_found_in_says_why(notes: gen.NoteSequence, code: str) -> None:
    with pytest.raises(gen.notes.chords.ChordError) as caught:
        infer(notes)
    assert caught.value.code == code


def every_pair(frames: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], float]]:
    """Viterbi's algorithm over all 1,164 states at once: its path, and the log likelihood of any path."""
    model = inference._model()
    prior = np.exp(model.log_prior)
    transition = np.zeros((12, 97, 12, 97))
    for key in range(12):
        for other in range(12):
            transition[key, :, other] = 0.001 / 11 * prior[other]
        transition[key, :, key] = 0.999 * 0.5 * (prior[key] + prior[key][:, np.newaxis] / 96)
        transition[key, range(97), key, range(97)] = 0.999 * 0.5
    log = np.log(transition.reshape(1164, 1164))
    heard = np.tile(100 * frames @ model.directions, (1, 12))
    value = -math.log(12) + model.log_prior.ravel() + heard[0]
    sources = []
    for frame in heard[1:]:
        paths = value[:, np.newaxis] + log
        sources.append(paths.argmax(axis=0))
        value = paths.max(axis=0) + frame
    states = [int(value.argmax())]
    for source in reversed(sources):
        states.append(int(source[states[-1]]))

    def likelihood(path: np.ndarray) -> float:
        seen = heard[np.arange(len(path)), path].sum()
        return float(-math.log(12) + model.log_prior.ravel()[path[0]] + seen + log[path[:-1], path[1:]].sum())

    return np.array(states[::-1]), likelihood


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12), sparse=st.floats(0, 1))
def test_the_path_is_as_likely_as_the_best_of_a_search_over_every_pair_of_states(
    seed: int, count: int, sparse: float
) -> None:
    rng = np.random.default_rng(seed)
    frames = rng.random((count, 12)) ** 3 * (rng.random((count, 12)) > sparse)
    norm = np.linalg.norm(frames, axis=1, keepdims=True)
    frames /= np.where(norm > 0, norm, 1)
    key, chord = inference._likeliest_path(frames)
    expected, likelihood = every_pair(frames)
    found = key * 97 + chord
    # Of paths that are equally likely but for rounding, either may come out.
    assert likelihood(found) == pytest.approx(likelihood(expected), abs=1e-9)


@given(
    notes=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 40), st.integers(1, 40)), min_size=1),
    count=st.integers(20, 25),
)
def test_pitch_classes_agree_with_a_frame_by_frame_sum(notes: list[tuple[int, int, int]], count: int) -> None:
    pitch, start, length = (np.array(column) for column in zip(*notes, strict=True))
    piece = gen.NoteSequence(pitch=pitch, start=start / 4, end=(start + length) / 4)
    expected = np.zeros((count, 12))
    for note in piece:
        for frame in range(count):
            overlap = min(note.end, frame + 1.0) - max(note.start, float(frame))
            expected[frame, note.pitch % 12] += max(overlap, 0.0)
    norm = np.linalg.norm(expected, axis=1, keepdims=True)
    expected /= np.where(norm > 0, norm, 1)
    np.testing.assert_allclose(inference._pitch_classes(piece, 1.0, count), expected, rtol=0, atol=1e-12)


def test_a_chord_holds_from_the_step_it_begins_on() -> None:
    notes = score("60:[0,4]")
    grid = gen.notes.quantise(notes)
    chords = [gen.notes.Chord(1.0, "F"), gen.notes.Chord(0.52, "C"), gen.notes.Chord(1.0, "F")]
    symbols, numbers = gen.notes.chords.chords_at_steps(chords, grid, 12)
    assert [symbols[number] for number in numbers] == ["N.C."] * 4 + ["C"] * 4 + ["F"] * 4
    with pytest.raises(gen.notes.chords.ChordError, match="'F' and 'G' both begin at step 8") as caught:
        gen.notes.chords.chords_at_steps([*chords, gen.notes.Chord(1.01, "G")], grid, 12)
    assert caught.value.code == "coincident-chords"


def test_a_key_holds_from_its_time_on_and_the_first_one_before_it() -> None:
    keys = gen.notes.KeySignatures(time=np.array([1.01, 0.5]), key=np.array([7, 2]), mode=np.array(0))
    numbers = gen.notes.chords.keys_at_steps(keys, gen.notes.quantise(score("60:[0,4]")), 12)
    assert numbers.tolist() == [2] * 9 + [7] * 3
