from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen import Item, read_midi
from gen.notes import quantise
from gen_datasets.demo import feel
from gen_datasets.demo.drummer import PITCHES, Clip
from gen_datasets.demo.feel import STYLES, VOICE, VOICES, Style, ground_truth
from gen_datasets.demo.grooves import FILLS, GROOVES, SWUNG
from gen_datasets.demo.source import Demo

VOICES_OF_PITCH = {pitch: [v for v in VOICES if pitch in PITCHES[v]] for pitch in sum(PITCHES.values(), ())}
HANDS = {"snare", "rim", "closed", "open", "ride", "bell", "crash", "high", "mid", "low"}
TD11 = {22, 26, 36, 37, 38, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 57, 58, 59}

clips = st.builds(
    lambda seed, index, bars: Demo(seed=seed, bars=bars).clip(index),
    seed=st.integers(0, 2**32),
    index=st.integers(0, 1000),
    bars=st.integers(1, 12),
)


def _positions(clip: Clip) -> np.ndarray[Any, Any]:
    """Onsets in steps, unrounded."""
    return clip.notes.start / (60.0 / clip.bpm / 4)


def _by_step(clip: Clip) -> dict[int, list[str]]:
    """The first voice of each pitch struck, by step of the clip."""
    steps: dict[int, list[str]] = defaultdict(list)
    for step, pitch in zip(np.rint(_positions(clip)).astype(int), clip.notes.pitch, strict=True):
        steps[int(step)].append(VOICES_OF_PITCH[int(pitch)][0])
    return steps


@settings(max_examples=100, deadline=None)
@given(clips)
def test_a_drummer_has_two_hands_and_two_feet(clip: Clip) -> None:
    for voices in _by_step(clip).values():
        counts = Counter(voices)
        assert sum(counts[voice] for voice in HANDS) <= 2
        assert counts["kick"] <= 1
        assert counts["pedal"] <= 1
        assert max(counts.values()) == 1, "one drum is struck twice at once"


@settings(max_examples=100, deadline=None)
@given(clips)
def test_a_hi_hat_is_never_open_and_closed_at_once(clip: Clip) -> None:
    for voices in _by_step(clip).values():
        assert len({"open", "closed", "pedal"} & set(voices)) <= 1
    hats = sorted(
        (note.start, note.end, VOICES_OF_PITCH[note.pitch][0])
        for note in clip.notes
        if VOICES_OF_PITCH[note.pitch][0] in ("open", "closed", "pedal")
    )
    for (_, end, voice), (start, _, _) in itertools.pairwise(hats):
        if voice == "open":
            assert end < start, "an open hi-hat rings on after it was struck again or closed"


@settings(max_examples=100, deadline=None)
@given(clips)
def test_a_clip_fills_its_bars_and_stays_in_them(clip: Clip) -> None:
    notes = clip.notes
    bar = 240.0 / clip.bpm
    assert set(notes.pitch.tolist()) <= TD11
    assert notes.start.min() >= 0
    assert notes.end.max() <= notes.total_time
    bars = round(notes.total_time / bar)
    assert set((np.rint(_positions(clip)).astype(int) // 16).tolist()) == set(range(bars))
    for pitch in set(notes.pitch.tolist()):
        mine = notes.select(np.flatnonzero(notes.pitch == pitch))
        order = np.argsort(mine.start)
        assert (mine.end[order][:-1] < mine.start[order][1:]).all(), f"two notes of pitch {pitch} overlap"


def test_the_corpus_has_every_style_in_every_split_and_every_pitch_of_the_kit() -> None:
    demo = Demo()
    styles = defaultdict(Counter)
    pitches: set[int] = set()
    for index, item in enumerate(demo.items()):
        styles[item.split][item.metadata["style"]] += 1
        pitches |= set(demo.clip(index).notes.pitch.tolist())
    assert {split: sum(count.values()) for split, count in styles.items()} == {
        "train": 192,
        "validation": 24,
        "test": 24,
    }
    assert all(set(count) == set(STYLES) for count in styles.values())
    assert pitches == TD11


def test_items_carry_what_is_known_and_their_bytes_are_the_clip() -> None:
    demo = Demo(clips=3, bars=2)
    items = list(demo.items())
    assert [item.split for item in items] == ["train", "validation", "test"]
    for index, item in enumerate(items):
        clip = demo.clip(index)
        assert item.id == f"{index:05d}_{clip.style}_{clip.bpm}.mid"
        assert dict(item.metadata) == {
            "style": clip.style,
            "bpm": str(clip.bpm),
            "drummer": "demo",
            "time_signature": "4-4",
        }
        read = read_midi(item.read())
        order, want = np.lexsort((read.pitch, read.start)), np.lexsort((clip.notes.pitch, clip.notes.start))
        assert read.is_drum.all()
        assert sorted(read.pitch.tolist()) == sorted(clip.notes.pitch.tolist())
        # a clip must keep its micro-timing in its file: a hundredth of a step is well below the noise
        assert read.start[order] == pytest.approx(clip.notes.start[want], abs=0.01 * 60 / clip.bpm / 4)
        grid = quantise(read)
        assert (grid.numerator, grid.denominator) == (4, 4)
        assert grid.qpm == pytest.approx(clip.bpm, abs=1e-2)
        assert grid.start_step.max() < 32


def test_a_seed_gives_the_same_bytes_again_and_another_seed_gives_others() -> None:
    def corpus(seed: int) -> list[bytes]:
        return [item.read() for item in Demo(clips=12, seed=seed).items()]

    assert corpus(3) == corpus(3)
    assert all(one != other for one, other in zip(corpus(3), corpus(4), strict=True))
    assert len(set(corpus(3))) == 12


def test_asking_for_more_clips_keeps_those_there_were() -> None:
    def corpus(clips: int) -> list[Item]:
        return list(Demo(clips=clips, bars=2).items())

    assert corpus(25)[:12] == corpus(12)


@pytest.mark.parametrize("style", STYLES)
def test_the_measured_feel_is_the_ground_truth(style: Style) -> None:
    """In every cell of voice and step: the mean over many clips, within five standard errors of it."""
    truth = ground_truth(style)
    demo = Demo(styles=[style], seed=11)
    cells: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)  # clip means of (delay, velocity)
    for index in range(300):
        clip = demo.clip(index)
        position = _positions(clip)
        slot = np.rint(position).astype(int)
        mine = defaultdict(list)
        for at, where, pitch, velocity in zip(position, slot, clip.notes.pitch, clip.notes.velocity, strict=True):
            bar, step = divmod(int(where), 16)
            if bar % 4 == 3 or where == 0:  # fills; and the start, before which nothing can sound
                continue
            voices = [VOICE[voice] for voice in VOICES_OF_PITCH[int(pitch)] if voice != "roll"]
            voice = min(voices, key=lambda v: abs(truth.velocity[v, step] - velocity))
            mine[voice, step].append((at - where, velocity))
        for cell, values in mine.items():
            cells[cell].append(tuple(np.mean(values, axis=0)))
    measured = {cell: np.array(values) for cell, values in cells.items() if len(values) >= 20}
    assert len(measured) >= 20
    if style not in ("swing", "latin"):  # these two have no backbeat
        assert (VOICE["snare"], 8 if style == "half-time" else 12) in measured
    for (voice, step), values in measured.items():
        error = 5 * values.std(axis=0, ddof=1) / np.sqrt(len(values))
        expected = (truth.delay[voice, step], truth.velocity[voice, step])
        assert (np.abs(values.mean(axis=0) - expected) <= error).all(), (VOICES[voice], step)


@pytest.mark.parametrize("style", STYLES)
def test_no_stroke_can_reach_a_neighbouring_step_or_leave_the_velocities(style: Style) -> None:
    truth = ground_truth(style)
    played = np.arange(16)[np.isin(np.arange(16) % 4, (0, 1, 3))] if style in SWUNG else np.arange(16)
    assert np.abs(truth.delay[:, played]).max() + feel.DELAY_BOUND < 0.5
    assert truth.velocity.max() + feel.VELOCITY_BOUND <= 127
    assert truth.velocity.min() - feel.VELOCITY_BOUND >= 1


def test_styles_feel_different() -> None:
    for one, other in itertools.combinations(STYLES, 2):
        assert np.abs(ground_truth(one).delay - ground_truth(other).delay).max() > 0.02


@pytest.mark.parametrize("style", STYLES)
def test_tabs_are_whole_bars_and_swung_ones_leave_out_the_third_step(style: Style) -> None:
    for groove in GROOVES[style]:
        for tabs, marks in (
            (groove.right, "coOrb"),
            (groove.left, "sxhlg"),
            (groove.kick, "kK"),
            ((groove.pedal,), "p"),
        ):
            for tab in tabs:
                assert len(tab) in (16, 32), tab
                assert set(tab) <= {*marks, "-"}, tab
                if style in SWUNG:
                    assert set(tab[2::4]) == {"-"}, tab
    assert all(len(cell) == 4 for cells in FILLS.values() for cell in cells)
    assert all(cell[2] == "-" for cell in FILLS[True])


@pytest.mark.parametrize(
    "options",
    [{"clips": 0}, {"bars": 0}, {"seed": -1}, {"styles": []}, {"styles": ["polka"]}, {"styles": ["rock", "rock"]}],
)
def test_options_out_of_range_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Demo(**options)
