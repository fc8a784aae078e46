from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen import NoteSequence, read_midi
from gen.data import resemblance, signature, sketch
from gen.notes import Tempos
from gen_datasets.demo.source import Demo
from gen_datasets.signature import fraction, signature_of_bytes


def _tune(seed: int, length: int = 60) -> NoteSequence:
    """Random notes on sixteenths at 120 quarter notes a minute, some of them together."""
    rng = np.random.default_rng(seed)
    step = np.cumsum(rng.integers(0, 4, length))
    pitch = rng.integers(50, 80, length)
    start = step * 0.125
    return NoteSequence(
        pitch=pitch, start=start, end=start + 0.1, tempos=Tempos(time=np.zeros(1), qpm=np.array([120.0]))
    )


tunes = st.builds(_tune, st.integers(0, 10**6), st.integers(1, 80))


@given(tunes, st.integers(-30, 30))
def test_a_transposed_tune_has_the_same_signature(tune: NoteSequence, by: int) -> None:
    assert signature(replace(tune, pitch=tune.pitch + by)) == signature(tune)


@given(tunes, st.floats(30, 300))
def test_a_tune_at_another_tempo_has_the_same_signature(tune: NoteSequence, qpm: float) -> None:
    factor = 120.0 / qpm
    other = replace(
        tune,
        start=tune.start * factor,
        end=tune.end * factor,
        tempos=Tempos(time=np.zeros(1), qpm=np.array([qpm])),
        total_time=-1.0,
    )
    assert signature(other) == signature(tune)


def test_tempo_changes_are_followed() -> None:
    tune = _tune(1)
    half = tune.start.max() / 2
    slower = np.where(tune.start < half, tune.start, half + (tune.start - half) * 2)
    tempos = Tempos(time=np.array([0.0, half]), qpm=np.array([120.0, 60.0]))
    assert signature(replace(tune, start=slower, end=slower + 0.1, tempos=tempos)) == signature(tune)
    assert signature(replace(tune, start=slower, end=slower + 0.1)) != signature(tune)


@given(tunes, st.integers(0, 2**32))
def test_loudness_lengths_small_timing_and_order_of_notes_do_not_matter(tune: NoteSequence, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = np.maximum(tune.start + rng.uniform(-0.05, 0.05, len(tune)), 0.0)
    other = replace(
        tune, start=start, end=start + rng.uniform(0, 2, len(tune)), velocity=rng.integers(1, 128, len(tune))
    )
    assert signature(other.select(rng.permutation(len(tune)))) == signature(tune)


def test_a_few_changed_notes_mostly_leave_the_signature_and_different_tunes_never_share_one() -> None:
    originals = [_tune(seed, 200) for seed in range(200)]
    known = [signature(tune) for tune in originals]
    assert len(set(known)) == 200
    same = 0
    for tune, number in zip(originals, known, strict=True):
        pitch = tune.pitch.copy()
        pitch[100] += 1
        same += signature(replace(tune, pitch=pitch)) == number
    assert same >= 175  # 9 to 18 of some 200 runs differ; Jaccard 0.84 to 0.95


def test_drums_are_told_apart_by_pitch_and_not_transposed() -> None:
    clip = Demo(bars=2).clip(0).notes
    assert signature(replace(clip, pitch=clip.pitch + 1)) != signature(clip)
    assert signature(replace(clip, velocity=np.full(len(clip), 90))) == signature(clip)


def test_pieces_too_short_for_a_run_are_told_apart_and_silence_has_no_signature() -> None:
    assert signature(NoteSequence()) is None
    two = _tune(3, 2)
    assert signature(two) == signature(replace(two, pitch=two.pitch + 7))
    assert signature(two) != signature(_tune(3, 3))


def test_fractions_are_spread_evenly_over_signatures() -> None:
    places = np.array([fraction(signature(_tune(seed, 40)) or 0) for seed in range(600)])
    assert places.min() >= 0
    assert places.max() < 1
    counts, _ = np.histogram(places, bins=10, range=(0, 1))
    assert counts.min() >= 30
    assert counts.max() <= 95


def test_bytes_have_a_signature_of_their_own() -> None:
    assert signature_of_bytes(b"a") == signature_of_bytes(b"a")
    assert signature_of_bytes(b"a") != signature_of_bytes(b"b")
    assert 0 <= fraction(signature_of_bytes(b"")) < 1


@pytest.mark.slow
def test_real_tunes_keep_their_signature_transposed_and_rarely_share_one(shared: Path) -> None:
    with zipfile.ZipFile(shared / "data" / "melodies.zip") as archive:
        tunes = [read_midi(archive.read(name)) for name in archive.namelist()[::5] if name.lower().endswith(".mid")]
    known = [signature(tune) for tune in tunes]
    assert len(tunes) > 900
    assert [signature(replace(tune, pitch=np.maximum(tune.pitch - 2, 0))) for tune in tunes] == known
    assert len(set(known)) > 0.9 * len(known)


@given(st.integers(0, 10**6), st.integers(20, 400), st.floats(0.0, 1.0))
def test_resemblance_is_near_the_part_of_runs_that_are_shared(seed: int, length: int, kept: float) -> None:
    tune = _tune(seed, length)
    part = tune.select(np.flatnonzero(tune.start <= tune.start.max() * kept))
    size = 64
    everything, some = (set(sketch(each, 10**9).tolist()) for each in (tune, part))
    truth = len(everything & some) / len(everything | some)
    assert abs(resemblance(sketch(tune, size), sketch(part, size), size) - truth) < 0.35
    assert resemblance(sketch(tune, 10**9), sketch(part, 10**9), 10**9) == truth
    assert resemblance(sketch(tune, size), sketch(replace(tune, pitch=tune.pitch + 3), size), size) == 1.0


def test_nothing_resembles_silence() -> None:
    assert resemblance(sketch(NoteSequence(), 8), sketch(NoteSequence(), 8), 8) == 0.0
    assert resemblance(sketch(_tune(1), 8), sketch(NoteSequence(), 8), 8) == 0.0
