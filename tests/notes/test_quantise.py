"""The step grid: halves round up, early notes fall on step 0, one tempo and one metre throughout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen import NoteSequence
from gen.notes import QuantisationError, Tempos, TimeSignatures, quantise


def at(*start: float, length: float = 0.125, **tables: object) -> NoteSequence:
    onset = np.array(start)
    return NoteSequence(np.full(len(onset), 60), 90, onset, onset + length, **tables)  # type: ignore[arg-type]


def tempos(*rows: tuple[float, float]) -> Tempos:
    return Tempos(*np.array(rows, np.float64).reshape(-1, 2).T)


def metres(*rows: tuple[float, int, int]) -> TimeSignatures:
    return TimeSignatures(*np.array(rows, np.float64).reshape(-1, 3).T)


@pytest.mark.parametrize(
    ("seconds", "step"), [(0.0624, 0), (0.0625, 1), (0.1874, 1), (0.1875, 2), (-0.18, 0), (0.0, 0), (2.0, 16)]
)
def test_half_a_step_rounds_up_and_early_notes_fall_on_step_zero(seconds: float, step: int) -> None:
    assert quantise(at(seconds, length=1.0)).start_step.tolist() == [step]  # 120 qpm: 8 steps a second


def test_a_note_more_than_a_step_and_a_half_early_is_refused() -> None:
    with pytest.raises(QuantisationError, match=r"note 1 starts 0\.190 s before zero") as caught:
        quantise(at(0.0, -0.19, length=1.0))
    assert caught.value.code == "negative-time"


def test_an_end_is_at_least_a_step_after_its_onset() -> None:
    grid = quantise(at(0.0, 0.5, length=0.01))
    assert (grid.end_step - grid.start_step).tolist() == [1, 1]
    assert grid.total_steps == 5


def test_the_total_reaches_to_the_total_time() -> None:
    assert quantise(at(0.0, total_time=4.0)).total_steps == 32
    assert quantise(NoteSequence()).total_steps == 0


@given(qpm=st.floats(20, 300), steps=st.sampled_from([4, 12, 24]), wanted=st.lists(st.integers(0, 5000), max_size=20))
def test_what_lies_on_the_grid_stays_there(qpm: float, steps: int, wanted: list[int]) -> None:
    start = np.array(wanted, np.float64) * 60 / qpm / steps
    grid = quantise(at(*start, tempos=tempos((0.0, qpm))), steps)
    assert grid.start_step.tolist() == wanted
    assert grid.seconds_per_step == pytest.approx(60 / qpm / steps)


@pytest.mark.parametrize(
    ("metre", "steps"), [((4, 4), 16.0), ((2, 2), 16.0), ((8, 8), 16.0), ((3, 4), 12.0), ((6, 8), 12.0), ((7, 16), 7.0)]
)
def test_the_metre_decides_the_steps_in_a_bar(metre: tuple[int, int], steps: float) -> None:
    grid = quantise(at(0.0, time_signatures=metres((0.0, *metre))))
    assert grid.steps_per_bar == steps
    assert (grid.numerator, grid.denominator) == metre


def test_four_four_and_120_are_assumed_and_may_be_confirmed_late() -> None:
    grid = quantise(at(0.0, tempos=tempos((1.0, 120.0)), time_signatures=metres((1.0, 4, 4))))
    assert (grid.qpm, grid.numerator, grid.denominator) == (120.0, 4, 4)


@pytest.mark.parametrize(
    ("tables", "code", "text"),
    [
        ({"tempos": tempos((0, 120), (2, 90))}, "tempo-change", "tempo changes from 120 qpm to 90 qpm at 2.000 s"),
        ({"tempos": tempos((2, 90))}, "tempo-change", "tempo is 120 qpm at 0 s and 90 qpm at 2.000 s"),
        ({"time_signatures": metres((2, 3, 4))}, "metre-change", "metre is 4/4 at 0 s and 3/4 at 2.000 s"),
        ({"time_signatures": metres((0, 9, 8), (4, 12, 8))}, "metre-change", "from 9/8 to 12/8 at 4.000 s"),
        ({"tempos": tempos((0, 0))}, "bad-tempo", "0 quarter notes a minute is no tempo"),
        ({"tempos": tempos((0, -90))}, "bad-tempo", "-90 quarter notes a minute"),
        ({"tempos": tempos((0, float("inf")))}, "bad-tempo", "inf quarter notes a minute"),
        ({"time_signatures": metres((0, 4, 6))}, "bad-metre", "time signature 4/6"),
        ({"time_signatures": metres((0, 0, 4))}, "bad-metre", "time signature 0/4"),
    ],
)
def test_what_does_not_fit_one_grid_says_why(tables: dict[str, object], code: str, text: str) -> None:
    with pytest.raises(QuantisationError) as caught:
        quantise(at(0.0, **tables))
    assert caught.value.code == code
    assert text in str(caught.value)
