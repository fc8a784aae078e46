"""Every converter gives its examples in stored form, and says truly what the columns mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scores import score

import gen
from gen.registry.components import registry

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "melody": [
        {},
        {"slice_bars": 2},
        {"slice_bars": 2, "add_end_token": True, "chord_encoding": "triads", "condition_on_key": True},
        {"add_end_token": True, "chord_encoding": "major-minor"},
        {"condition_on_key": True, "min_pitch": 40, "max_pitch": 80},
    ],
    "drums": [
        {},
        {"slice_bars": 2},
        {"slice_bars": 2, "add_end_token": True},
        {"slice_bars": 2, "roll_input": True},
        {"roll_output": True, "add_end_token": True},
        {"slice_bars": 1, "roll_input": True, "roll_output": True, "add_end_token": True},
        {"slice_bars": 2, "roll_input": True, "roll_output": True, "pitch_classes": "full"},
    ],
    "trio": [{"slice_bars": 2}, {"slice_bars": 2, "chord_encoding": "triads", "condition_on_key": True}],
    "groove": [
        {},
        {"split_bars": 2, "hop_size": 16},
        {"split_bars": 2, "humanize": True, "hits_as_controls": True},
        {"num_velocity_bins": 32, "num_offset_bins": 32},
        {"num_velocity_bins": 8, "num_offset_bins": 8, "split_instruments": True},
        {"split_instruments": True, "hits_as_controls": True, "tapify": True},
        {"max_note_dropout_probability": 0.5, "mode": "train"},
    ],
}
"""Options of each converter that change what its columns mean; one that isn't named here is tried without any."""

CASES = [(name, options) for name in registry().names("converter") for options in VARIANTS.get(name, [{}])]


def band() -> gen.NoteSequence:
    """Eight bars of melody, bass and drums, 120 qpm, with chords and a key."""
    rng = np.random.default_rng(5)
    melody = " ".join(f"{rng.integers(60, 80)}:[{beat / 2},{beat / 2 + 0.4}]" for beat in range(32))
    bass = " ".join(f"{rng.integers(30, 50)}:[{beat},{beat + 0.5}]" for beat in range(16))
    drums = " ".join(f"{rng.choice([36, 38, 42])}:[{beat / 4}]" for beat in range(64))
    return score(
        melody,
        f"program 33 {bass}",
        f"drums {drums}",
        chords=(
            gen.notes.Chord(0.0, "C"),
            gen.notes.Chord(4.0, "Am7"),
            gen.notes.Chord(9.0, "N.C."),
            gen.notes.Chord(10.0, "F#m"),
        ),
        key_signatures=gen.notes.KeySignatures(time=np.zeros(1), key=np.array([7]), mode=np.array([0])),
    )


def build(name: str, options: dict[str, Any]) -> gen.Converter:
    converter: gen.Converter = registry().find("converter", name)(**options)
    return converter


def examples(converter: gen.Converter) -> list[gen.Example]:
    found = converter.to_tensors(band(), rng=np.random.default_rng(3))
    assert found
    return found


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_the_fields_of_a_layout_are_as_wide_as_the_arrays(name: str, options: dict[str, Any]) -> None:
    converter = build(name, options)
    widths = [
        sum(field.width for field in fields)
        for fields in (converter.layout.inputs, converter.layout.outputs, converter.layout.controls)
    ]
    assert widths == [converter.input_depth, converter.output_depth, converter.control_depth]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_examples_are_given_as_the_layout_says_so_that_nothing_needs_packing(
    name: str, options: dict[str, Any]
) -> None:
    converter = build(name, options)
    for example in examples(converter):
        for given, fields in (
            (example.given.inputs, converter.layout.inputs),
            (example.given.outputs, converter.layout.outputs),
            (example.given.controls, converter.layout.controls),
        ):
            if given is None:
                assert fields == ()
                continue
            assert isinstance(given, gen.interfaces.Rows)
            assert given.fields == fields
            again = gen.interfaces.Rows.of(given.dense(), fields)
            for one, other in zip(given.stored, again.stored, strict=True):
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_examples_of_classes_take_a_twentieth_of_their_arrays_at_most(name: str, options: dict[str, Any]) -> None:
    for example in examples(build(name, options)):
        for given in (example.given.inputs, example.given.outputs, example.given.controls):
            if isinstance(given, gen.interfaces.Rows):
                stored, dense = sum(values.nbytes for values in given.stored), given.dense().nbytes
                kinds = {type(field) for field in given.fields}
                # Ten flags take two bytes where they were forty; nine take as many.
                assert stored <= dense / (
                    20 if kinds == {gen.interfaces.OneHot} else 18 if kinds == {gen.interfaces.Flags} else 1
                )


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_examples_come_in_the_same_order_every_time(name: str, options: dict[str, Any]) -> None:
    converter = build(name, options)
    for one, other in zip(examples(converter), examples(build(name, options)), strict=True):
        np.testing.assert_array_equal(one.outputs, other.outputs)
        np.testing.assert_array_equal(one.inputs, other.inputs)
