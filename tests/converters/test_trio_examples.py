"""Worked examples of the trio converter, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import classes, score, written

import gen
from gen_converters.trio.converter import TrioConverter
from gen_converters.trio.ensembles import bridge, longest_run, together, windows_within

TWO_BARS: dict[str, Any] = {"steps_per_quarter": 1, "slice_bars": 2, "gap_bars": 1}


def streams(example: gen.Example) -> list[list[int]]:
    parts = np.split(example.outputs, [90, 180], axis=1)
    assert all((part.sum(axis=1) == 1).all() for part in parts)
    return [part.argmax(axis=1).tolist() for part in parts]


FOUR_INSTRUMENTS = (
    "program 0 51:[13,37]",
    "program 10 52:[4,16]",
    "program 33 50:[2,5] 49:[16,25]",
    "drums 35:[0] 40:[4] 35:[9] 35:[25] 40:[29]",
)


def test_every_melody_bass_and_drums_that_play_together_give_windows() -> None:
    examples = TrioConverter(**TWO_BARS).to_tensors(score(*FOUR_INSTRUMENTS, qpm=60))
    assert [example.outputs.shape for example in examples] == [(8, 692)] * 6
    assert all(example.inputs is example.outputs for example in examples)
    expected = [
        ("0 0 0 0 0 32 0 0", "0×8", "0 1 0 0 0 0 0 0"),
        ("0×8", "0 0 0 0 0 1 0 0", "0 0 0 0 0 1 0 0"),
        ("0×8", "0 1 0 0 0 0 0 0", "0 1 0 0 0 2 0 0"),
        ("0 0 0 0 33 0 0 0", "0 0 31 0 0 1 0 0", "1 0 0 0 2 0 0 0"),
        ("33 0×7", "0 1 0 0 0 0 0 0", "2 0 0 0 0 1 0 0"),
        ("0×8", "0×8", "0 1 0 0 0 0 0 0"),
    ]
    assert [streams(example) for example in examples] == [[classes(line) for line in three] for three in expected]


def test_decoding_gives_each_part_its_instrument() -> None:
    converter = TrioConverter(**TWO_BARS)
    example = converter.to_tensors(score(*FOUR_INSTRUMENTS, qpm=60))[3]
    (clip,) = converter.from_tensors(example.outputs[np.newaxis])
    assert written(clip) == [(36, 0, 0.5), (50, 1, 2.5), (38, 2, 2.5), (52, 2, 4)]
    rows = {(note.instrument, note.program, note.is_drum, note.pitch) for note in clip}
    assert rows == {(0, 0, False, 52), (1, 33, False, 50), (9, 0, True, 36), (9, 0, True, 38)}
    assert clip.total_time == 4.0


def test_an_instrument_of_another_program_plays_no_part() -> None:
    odd = (FOUR_INSTRUMENTS[0].replace("program 0", "program 60"), *FOUR_INSTRUMENTS[1:])
    assert len(TrioConverter(**TWO_BARS).to_tensors(score(*odd, qpm=60))) == 3


def test_no_tempo_means_120() -> None:
    notes = score(*FOUR_INSTRUMENTS, qpm=None)
    assert len(notes.tempos) == 0
    examples = TrioConverter(**{**TWO_BARS, "steps_per_quarter": 2}).to_tensors(notes)
    assert examples
    assert {example.qpm for example in examples} == {120.0}


def band(bars: int = 16, *, odd: str = "") -> gen.NoteSequence:
    melody = " ".join(f"{60 + bar % 5}:[{2 * bar},{2 * bar + 1}]" for bar in range(bars))
    bass = " ".join(f"36:[{2 * bar},{2 * bar + 2}]" for bar in range(bars))
    drums = " ".join(f"36:[{2 * bar}] 38:[{2 * bar + 1}]" for bar in range(bars))
    lines = [f"program 0 {melody}", f"program 33 {bass}", f"drums {drums}"]
    notes = score(*lines)
    if not odd:
        return notes
    program = notes.program.copy()
    program[3] = int(odd)
    return gen.NoteSequence(
        **{name: getattr(notes, name) for name in ("pitch", "velocity", "start", "end", "is_drum", "instrument")},
        program=program,
        tempos=notes.tempos,
    )


def test_sixteen_bars_of_a_band_are_one_example_that_comes_back() -> None:
    converter = TrioConverter()
    assert (converter.steps, converter.input_depth, converter.control_depth) == (256, 692, 0)
    (example,) = converter.to_tensors(band())
    assert example.outputs.shape == (256, 692)
    assert [line[:18] for line in streams(example)] == [
        classes("41 0×7 1 0×7 42 0"),
        classes("17 0×15 17 0"),
        classes("1 0×7 2 0×7 1 0"),
    ]
    (clip,) = converter.from_tensors(example.outputs[np.newaxis])
    assert (len(clip), clip.total_time) == (64, 32.0)
    (again,) = converter.to_tensors(clip)
    np.testing.assert_array_equal(again.outputs, example.outputs)


def test_more_trios_than_any_band_has_are_refused() -> None:
    once = band(40)
    copies = [replace(once, instrument=once.instrument + 3 * copy) for copy in range(18)]  # 18³ trios of 25 windows
    crowd = gen.NoteSequence(
        **{
            name: np.concatenate([getattr(copy, name) for copy in copies])
            for name in ("pitch", "velocity", "start", "end", "is_drum", "instrument", "program")
        },
        tempos=once.tempos,
    )
    rejection = TrioConverter().convert(crowd).rejection
    assert rejection is not None
    assert rejection.code == "too-many-windows"


@pytest.mark.parametrize(("program", "count"), [("5", 1), ("40", 0)])
def test_all_notes_of_an_instrument_must_agree_on_its_part(program: str, count: int) -> None:
    assert len(TrioConverter().to_tensors(band(odd=program))) == count


@pytest.mark.parametrize(
    ("notes", "options", "code"),
    [
        (gen.NoteSequence(), {}, "no-notes"),
        (band(15), {}, "too-short"),
        (band(odd="40"), {}, "missing-part"),
        (score("60:[0,30]", "program 33 36:[0,4]", "drums 36:[28]"), {"slice_bars": 12}, "never-together"),
        (score(*FOUR_INSTRUMENTS, metre=(3, 4)), {}, "wrong-metre"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_gives_no_example_says_why(notes: gen.NoteSequence, options: dict[str, Any], code: str) -> None:
    rejection = TrioConverter(**options).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == code
    assert rejection.detail


def test_an_instrument_that_has_only_notes_out_of_range_is_never_heard() -> None:
    notes = score("60:[0,32]", "program 33 12:[0,32]", "drums 36:[0] 36:[31]")
    rejection = TrioConverter(gap_bars=16).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == "never-together"


def test_without_a_gap_only_bars_that_all_three_play_count() -> None:
    """The original's slice of the last no bars is the whole piece."""
    notes = score("60:[0,8]", "program 33 36:[2,8]", "drums 36:[2] 36:[4] 36:[6]")
    assert len(TrioConverter(slice_bars=3, gap_bars=0).to_tensors(notes)) == 1
    assert len(TrioConverter(slice_bars=4, gap_bars=0).to_tensors(notes)) == 0
    assert len(TrioConverter(slice_bars=4, gap_bars=1).to_tensors(notes)) == 1


def test_a_limit_takes_the_first_windows_and_overlapping_windows_share_memory() -> None:
    every = TrioConverter(slice_bars=4).to_tensors(band())
    assert len(every) == 13
    stored = [example.given.outputs.stored for example in every[:4]]
    assert all(np.shares_memory(a, b) for other in stored for a, b in zip(stored[0], other, strict=True))
    limited = TrioConverter(slice_bars=4, max_tensors_per_notesequence=5).to_tensors(band())
    assert len(limited) == 5
    for one, other in zip(limited, every, strict=False):
        np.testing.assert_array_equal(one.outputs, other.outputs)
    rng = np.random.default_rng(1)
    training = TrioConverter(slice_bars=4, max_tensors_per_notesequence=5, mode="train")
    drawn = training.to_tensors(band(), rng=rng)
    known = [example.outputs.tobytes() for example in every]
    assert len(drawn) == 5
    assert all(example.outputs.tobytes() in known for example in drawn)


def test_windows_with_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="max_bars 8 leaves no room"):
        TrioConverter(max_bars=8)


@given(
    heard=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=30),
    gap=st.integers(0, 3),
    length=st.integers(1, 8),
)
def test_windows_agree_with_a_bar_by_bar_search(heard: list[tuple[bool, bool, bool]], gap: int, length: int) -> None:
    flags = np.array(heard).T
    bars = flags.shape[1]
    near = [[any(row[max(0, j - gap) : j + gap + 1]) for j in range(bars)] for row in flags.tolist()]
    assert bridge(flags, gap).tolist() == near
    playing = [all(row[j] for row in near) for j in range(bars)]
    for j in range(bars):
        if j >= bars - gap:
            playing[j] = any(any(row[max(0, bars - gap) :]) for row in near)
        elif j < gap:
            playing[j] = any(any(row[:gap]) for row in near)
    found = together(np.array(near), gap)
    assert found.tolist() == playing
    starts = [j for j in range(bars - length + 1) if all(playing[j : j + length])]
    assert np.flatnonzero(windows_within(found, length)).tolist() == starts
    assert (longest_run(found) >= length) == bool(starts)
