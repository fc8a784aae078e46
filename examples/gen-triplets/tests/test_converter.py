"""The converter keeps what converters promise, hears shuffles where they are, and says why it takes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gen
import numpy as np
import pytest
from gen.testing import check_converter

from gen_triplets.converter import TripletsConverter
from gen_triplets.rows import CLASSES, play

RECIPE = Path(__file__).parents[1] / "recipes" / "triplets-drums_2bar_tiny.yaml"


def drums(start: list[float], pitch: int = 42, **tables: object) -> gen.NoteSequence:
    """A drum at these seconds."""
    onset = np.array(start, np.float64)
    struck = np.ones(len(onset), np.bool_)
    return gen.NoteSequence(pitch=np.full(len(onset), pitch), start=onset, end=onset + 0.05, is_drum=struck, **tables)  # type: ignore[arg-type]


def shuffle(bars: int = 2, *, qpm: float = 120.0, late: float = 0.0) -> gen.NoteSequence:
    """First and third triplet of every beat, ``late`` steps late."""
    step = 60.0 / qpm / 3
    tempos = gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm]))
    return drums([(3 * beat + third + late) * step for beat in range(4 * bars) for third in (0, 2)], tempos=tempos)


def metre(numerator: int, denominator: int) -> gen.notes.TimeSignatures:
    return gen.notes.TimeSignatures(np.zeros(1), np.array([numerator]), np.array([denominator]))


def test_it_keeps_what_a_converter_promises() -> None:
    check_converter(TripletsConverter).require()


@pytest.mark.parametrize("qpm", [61.0, 120.0, 187.5])
def test_a_shuffle_is_on_the_first_and_third_step_of_every_beat_at_any_tempo(qpm: float) -> None:
    example = TripletsConverter().to_tensors(shuffle(qpm=qpm, late=0.2))[0]

    struck = np.flatnonzero(example.outputs.argmax(-1))
    assert struck.tolist() == [3 * beat + third for beat in range(8) for third in (0, 2)]
    assert example.outputs.shape == (24, CLASSES)
    assert example.qpm == pytest.approx(qpm)


def test_twelve_eight_is_four_beats_of_three_and_keeps_its_length() -> None:
    eighth = 60.0 / 90.0 / 2
    notes = drums(
        [eighth * number for number in range(24)],
        tempos=gen.notes.Tempos(np.zeros(1), np.array([90.0])),
        time_signatures=metre(12, 8),
    )
    example = TripletsConverter().to_tensors(notes)[0]

    assert (example.outputs.argmax(-1) > 0).all()
    assert 24 * 60.0 / example.qpm / 3 == pytest.approx(24 * eighth)


def test_hits_come_back_as_they_were() -> None:
    hits = np.random.default_rng(0).random((36, 5)) < 0.3
    hits[[0, 12, 24], 0] = True  # so that every bar begins a window
    clip = play(hits)
    first, second, third = TripletsConverter(bars=1).to_tensors(clip)
    again = TripletsConverter().from_tensors(np.concatenate([e.outputs for e in (first, second, third)])[None])[0]

    assert sorted(zip(again.start.round(6), again.pitch, strict=True)) == sorted(
        zip(clip.start.round(6), clip.pitch, strict=True)
    )


def test_windows_begin_at_bars_with_a_hit_and_say_where() -> None:
    examples = TripletsConverter(bars=2).to_tensors(shuffle(bars=3))
    assert [example.starts for example in examples] == [(0.0,), (2.0,), (4.0,)]
    assert not examples[2].outputs[12:, 1:].any()  # past the end there is silence


def test_straight_sixteenths_are_left_out_where_asked_for_and_a_shuffle_is_not() -> None:
    straight = drums([0.125 * number for number in range(32)])
    picky = TripletsConverter(max_distance=0.15)

    rejection = picky.convert(straight).rejection
    assert rejection is not None
    assert rejection.code == "straight"
    assert "0.25 steps" in rejection.detail
    assert picky.convert(shuffle(late=0.1)).rejection is None
    assert TripletsConverter().convert(straight).rejection is None


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        (gen.NoteSequence(), "no-notes"),
        (drums([0.0], pitch=80), "no-mapped-notes"),
        (gen.NoteSequence(pitch=np.array([60]), start=np.zeros(1), end=np.ones(1)), "no-drums"),
        (drums([0.0], time_signatures=metre(3, 4)), "wrong-metre"),
        (drums([-2.0, 0.0]), "negative-time"),
        (drums([1e9]), "too-long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_gives_nothing_says_why(notes: gen.NoteSequence, code: str) -> None:
    rejection = TripletsConverter().convert(notes).rejection
    assert rejection is not None
    assert rejection.code == code


def test_drums_of_other_pitches_are_counted() -> None:
    both = drums([0.0, 0.5, 1.0])
    both = gen.NoteSequence(pitch=np.array([36, 80, 81]), start=both.start, end=both.end, is_drum=both.is_drum)
    assert TripletsConverter().convert(both).notices == ["2 drum notes have pitches that no class takes"]


@pytest.mark.parametrize("options", [{"bars": 0}, {"bars": 65}, {"max_distance": 0.0}, {"max_distance": 0.6}], ids=str)
def test_options_out_of_range_are_refused_by_name(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(options))} must be"):
        TripletsConverter(**options)  # type: ignore[arg-type]


def test_its_recipe_trains_on_shuffles_that_gen_makes_up(tmp_path: Path) -> None:
    words = ["train", str(RECIPE), "--trial", "--samples", "1", "--out", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-m", "gen", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "straight" not in done.stderr  # the made-up drummer swings: no clip is left out for that
    assert (tmp_path / "run" / "samples").is_dir()
