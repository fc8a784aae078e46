"""What holds for every groove, whatever its notes and options."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen_converters.common.drum_classes import ROLAND, class_of_pitch
from gen_converters.groove.converter import GrooveConverter

STEPS = 32
# A cell: its step and class, a velocity, and how early in half steps. Edges of a step are left to examples.
CELLS = st.dictionaries(
    st.tuples(st.integers(0, STEPS - 1), st.integers(0, 8)),
    st.tuples(st.integers(1, 127), st.floats(-0.98, 0.98)),
    min_size=1,
)
TEMPOS = st.floats(40, 240)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"split_bars": 1},
    {"split_bars": 2, "hop_size": 7},
    {"split_instruments": True, "hits_as_controls": True},
    {"num_velocity_bins": 16, "num_offset_bins": 9},
    {"split_bars": 1, "num_velocity_bins": 32, "num_offset_bins": 32, "split_instruments": True},
    {"tapify": True},
    {"humanize": True},
    {"fixed_velocities": True, "add_instruments": [0, 8]},
    {"tapify": True, "fixed_velocities": True, "max_note_dropout_probability": 0.8},
    {"max_note_dropout_probability": 1.0, "humanize": True},
]


def notes_of(cells: dict[tuple[int, int], tuple[int, float]], qpm: float = 120.0, steps: int = 0) -> gen.NoteSequence:
    """Notes that fall on given cells, and a last kick that fills the bars up to ``steps``."""
    if steps:
        cells = {(steps - 1, 0): (64, 0.0), **cells}
    step = np.array([where[0] for where in cells], np.float64)
    early = np.array([early for _, early in cells.values()])
    start = (step - early / 2) * 15 / qpm
    return gen.NoteSequence(
        pitch=np.array([ROLAND[drum][0] for _, drum in cells]),
        velocity=np.array([velocity for velocity, _ in cells.values()]),
        start=start,
        end=start + 0.05,
        is_drum=np.array(True),
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm])),
    )


def note_by_note(notes: gen.NoteSequence, qpm: float) -> np.ndarray:
    """The rows of a whole file by a plain loop over its notes."""
    step_length = 60 / qpm / 4
    lookup = class_of_pitch(ROLAND)
    best: dict[tuple[int, int], Any] = {}
    for note in notes:
        step = math.trunc(note.start * (4 * qpm / 60) + 0.5)
        where = step, int(lookup[note.pitch])
        if where not in best or note.velocity > best[where].velocity:
            best[where] = note
    bars = max(step for step, _ in best) // 16 + 1
    rows = np.zeros((bars * 16, 27))
    for (step, drum), note in best.items():
        early = 2 * (step * step_length - note.start) / step_length
        rows[step, [drum, 9 + drum, 18 + drum]] = 1, note.velocity / 127, early
    return rows


@given(
    hits=st.lists(
        st.tuples(
            st.sampled_from([pitch for pitches in ROLAND for pitch in pitches]), st.floats(0, 9), st.integers(0, 127)
        ),
        min_size=1,
    ),
    qpm=TEMPOS,
)
def test_rows_agree_with_a_note_by_note_conversion(hits: list[tuple[int, float, int]], qpm: float) -> None:
    pitch, start, velocity = (np.array(column) for column in zip(*hits, strict=True))
    tempos = gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm]))
    notes = gen.NoteSequence(pitch=pitch, start=start, end=start, velocity=velocity, tempos=tempos)
    (example,) = GrooveConverter(mode="train").to_tensors(notes)
    np.testing.assert_allclose(example.outputs, note_by_note(notes, qpm), rtol=0, atol=1e-6)


@given(cells=CELLS, qpm=TEMPOS)
def test_decoding_what_was_encoded_keeps_onset_and_velocity(
    cells: dict[tuple[int, int], tuple[int, float]], qpm: float
) -> None:
    converter = GrooveConverter(mode="train")
    notes = notes_of(cells, qpm)
    (example,) = converter.to_tensors(notes)
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], qpm=example.qpm, original_decode=True)
    order, found = np.lexsort((notes.start, notes.pitch)), np.lexsort((clip.start, clip.pitch))
    np.testing.assert_array_equal(clip.pitch[found], notes.pitch[order])
    np.testing.assert_array_equal(clip.velocity[found], notes.velocity[order])
    np.testing.assert_allclose(clip.start[found], notes.start[order], rtol=0, atol=1e-6)


@given(cells=CELLS)
def test_velocity_and_offset_are_never_swapped(cells: dict[tuple[int, int], tuple[int, float]]) -> None:
    (example,) = GrooveConverter(mode="train").to_tensors(notes_of(cells))
    for (step, drum), (velocity, early) in cells.items():
        assert example.outputs[step, drum] == 1
        assert example.outputs[step, 9 + drum] == pytest.approx(velocity / 127, abs=1e-6)
        assert example.outputs[step, 18 + drum] == pytest.approx(early, abs=1e-6)
    assert example.outputs[:, :9].sum() == len(cells)


@given(cells=CELLS, qpm=TEMPOS)
def test_the_tempo_does_not_matter(cells: dict[tuple[int, int], tuple[int, float]], qpm: float) -> None:
    converter = GrooveConverter(mode="train")
    (slow,), (fast,) = (converter.to_tensors(notes_of(cells, tempo)) for tempo in (qpm, 120.0))
    np.testing.assert_array_equal(slow.outputs[:, :18], fast.outputs[:, :18])
    np.testing.assert_allclose(slow.outputs, fast.outputs, rtol=0, atol=1e-5)
    assert slow.qpm == qpm


@given(cells=CELLS, data=st.data())
def test_the_order_of_notes_does_not_matter(
    cells: dict[tuple[int, int], tuple[int, float]], data: st.DataObject
) -> None:
    notes = notes_of(cells)
    shuffled = notes.select(np.array(data.draw(st.permutations(range(len(notes))))))
    converter = GrooveConverter(mode="train")
    np.testing.assert_array_equal(converter.to_tensors(notes)[0].outputs, converter.to_tensors(shuffled)[0].outputs)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(cells=CELLS, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_played_groove_converts_to_the_same_outputs_again(
    options: dict[str, Any], cells: dict[tuple[int, int], tuple[int, float]], seed: int
) -> None:
    converter = GrooveConverter(**options, mode="train")
    examples = converter.to_tensors(notes_of(cells, steps=STEPS), rng=np.random.default_rng(seed))
    assert examples
    assert all(example.outputs.shape[1] == converter.output_depth for example in examples)
    assert all(example.inputs.shape[1] == converter.input_depth for example in examples)
    played = converter.from_tensors(np.stack([example.outputs for example in examples]), original_decode=False)
    bins = {name: options[name] for name in ("num_velocity_bins", "num_offset_bins") if name in options}
    reader = GrooveConverter(**bins, mode="train")
    for example, clip in zip(examples, played, strict=True):
        said = converter._rows.cells(example.outputs[np.newaxis])
        assert clip.total_time == pytest.approx(said.hit.shape[1] * 0.125)
        if not said.hit.any():
            assert len(clip) == 0
            continue
        assert clip.start.min() >= 0
        assert clip.end.max() <= clip.total_time + 1e-9
        assert (clip.end > clip.start).all()
        assert clip.velocity.min() >= 1
        (again,) = reader.to_tensors(clip)
        read = reader._rows.cells(again.outputs[np.newaxis])
        steps = read.hit.shape[1]  # bars up to the last onset
        np.testing.assert_array_equal(read.hit, said.hit[:, :steps])
        assert not said.hit[:, steps:].any()
        np.testing.assert_allclose(read.velocity, said.velocity[:, :steps], atol=1e-6)
        early = said.offset[:, :steps].copy()
        early[:, 0] = np.minimum(early[:, 0], 0 if not bins else 1)  # nothing sounds before zero
        first = 1 if bins else 0  # and a bin's centre may move with that
        np.testing.assert_allclose(read.offset[:, first:], early[:, first:], atol=1e-5)


@pytest.mark.parametrize("options", [o for o in OPTIONS if not {"split_bars"} & o.keys()], ids=str)
def test_what_the_encoder_hears_never_changes_what_the_decoder_says(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(5)
    where = {(int(t), int(c)): (int(v), 0.1) for t, c, v in rng.integers([0, 0, 1], [STEPS, 9, 128], (80, 3))}
    layout = {k: v for k, v in options.items() if "bins" in k or k == "split_instruments"}
    (plain,) = GrooveConverter(**layout, mode="train").to_tensors(notes_of(where))
    (example,) = GrooveConverter(**options, mode="train").to_tensors(notes_of(where), rng=rng)
    np.testing.assert_array_equal(example.outputs, plain.outputs)
    if options.keys() & {"tapify", "humanize", "fixed_velocities", "max_note_dropout_probability"}:
        assert (example.inputs != example.outputs).any()


SECONDS = st.floats(-2, 40)


@given(
    notes=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 127), SECONDS, st.floats(0, 5), st.booleans())),
    tempos=st.lists(st.tuples(st.floats(0, 20), st.floats(10, 400)), max_size=2),
    signatures=st.lists(st.tuples(st.floats(0, 20), st.integers(0, 9), st.integers(0, 9)), max_size=2),
    options=st.sampled_from(OPTIONS),
    mode=st.sampled_from(["train", "eval", "infer"]),
)
def test_any_sequence_gives_examples_or_a_reason(
    notes: list[tuple[int, int, float, float, bool]],
    tempos: list[tuple[float, float]],
    signatures: list[tuple[float, int, int]],
    options: dict[str, Any],
    mode: gen.interfaces.Mode,
) -> None:
    pitch, velocity, start, length, drum = (np.array(c) for c in zip(*notes, strict=True)) if notes else ([],) * 5
    sequence = gen.NoteSequence(
        pitch=np.array(pitch, int),
        velocity=np.array(velocity, int),
        start=np.array(start, float),
        end=np.array(start, float) + np.array(length, float),
        is_drum=np.array(drum, bool),
        tempos=gen.notes.Tempos(*np.array(tempos).reshape(-1, 2).T),
        time_signatures=gen.notes.TimeSignatures(*np.array(signatures).reshape(-1, 3).T),
    )
    conversion = GrooveConverter(**options, mode=mode).convert(sequence, rng=np.random.default_rng(0))
    if conversion.rejection is None:
        assert all(np.isfinite(example.outputs).all() for example in conversion.examples)
    else:
        assert conversion.rejection.code
        assert len(conversion.rejection.detail) > 10
