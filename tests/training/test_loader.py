"""Batches: the same from wherever the examples lie, and in a new key in every epoch where the recipe says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.data.examples import stack
from gen.data.prepare import prepare
from gen.errors import UsageError
from gen.interfaces.rows import OneHot
from gen.model.build import build_converter, build_source
from gen.recipes.sections import AugmentSection, Component
from gen.training.batch import Batch, draw_shifts, expand, mix_drums, transpose_rows
from gen.training.loader import Loader

CPU = torch.device("cpu")

CONVERTERS = {
    "melody": Component("melody", {"slice_bars": 2}),
    "melody with chords": Component("melody", {"slice_bars": 2, "chord_encoding": "triads", "condition_on_key": True}),
    "whole melodies": Component("melody", {}),
    "drums": Component("drums", {"slice_bars": 2, "roll_input": True}),
    "trio": Component("trio", {"slice_bars": 4}),
    "multitrack": Component("multitrack", {}),
    "groove": Component("groove", {"split_bars": 2, "tapify": True, "hits_as_controls": True}),
}
MOVABLE = ["melody", "melody with chords", "whole melodies", "trio", "multitrack"]


def recipe_with(name: str) -> gen.Recipe:
    recipe = gen.load_recipe("groovae_4bar", ["data={source: {type: demo, parts: band, clips: 20}}"])
    return replace(recipe, converter=CONVERTERS[name])


@pytest.fixture(scope="module", params=CONVERTERS)
def examples(request):
    return prepare(recipe_with(request.param)).require("train")


@pytest.mark.parametrize("resident", [True, False])
def test_batches_are_the_examples_of_the_shuffle(examples, resident):
    loader = Loader(examples, 5, seed=3, device=CPU, resident=resident)
    seen = []
    for step in range(loader.steps_per_epoch):
        batch = loader.batch(step)
        rows = loader.rows(step)
        expected = examples.take(rows)
        np.testing.assert_array_equal(batch.outputs.numpy(), expected.outputs)
        np.testing.assert_array_equal(batch.inputs.numpy(), expected.inputs)
        np.testing.assert_array_equal(batch.lengths.numpy(), expected.lengths)
        assert (batch.controls is None) == (expected.controls is None)
        if batch.controls is not None:
            np.testing.assert_array_equal(batch.controls.numpy(), expected.controls)
        assert (batch.inputs is batch.outputs) == (expected.inputs is expected.outputs)
        seen += rows.tolist()
        if step == 5:
            break
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("name", MOVABLE)
@pytest.mark.parametrize("semitones", [-3, 1, 5])
def test_moving_stored_rows_is_converting_the_transposed_piece(name, semitones):
    recipe = recipe_with(name)
    converter = build_converter(recipe, mode="eval")
    compared = 0
    for item in build_source(recipe.data.source).items():
        notes = gen.read_midi(item.read())
        one, other = (converter.convert(piece).examples for piece in (notes, gen.notes.transpose(notes, semitones)))
        assert len(one) == len(other)
        for before, after in zip(one, other, strict=True):
            segments = np.size(before.length)
            for part in ("outputs", "controls"):
                rows, moved = getattr(before.given, part), getattr(after.given, part)
                if rows is None:
                    continue
                stored = [torch.from_numpy(np.ascontiguousarray(values))[None] for values in rows.stored]
                got = transpose_rows(rows.fields, stored, torch.tensor([semitones]), segments)
                for mine, theirs in zip(got, moved.stored, strict=True):
                    np.testing.assert_array_equal(mine[0].numpy(), theirs)
                compared += 1
        if compared > 60:
            break
    assert compared


def test_every_epoch_brings_every_example_in_another_key_that_its_notes_allow():
    examples = prepare(recipe_with("melody")).require("train")
    section = AugmentSection(transpose=(-5, 5))
    loader = Loader(examples, 16, seed=1, device=CPU, augment=section)
    plain = Loader(examples, 16, seed=1, device=CPU)
    shifts: Counter[int] = Counter()
    for step in range(3 * loader.steps_per_epoch):
        moved, still = (each.batch(step).outputs.argmax(2) for each in (loader, plain))
        onsets = still >= 2
        difference = moved - still
        assert (difference[~onsets] == 0).all()
        for row, where in zip(difference, onsets, strict=True):
            found = set(row[where].tolist())
            assert len(found) <= 1
            shifts.update(found)
    assert set(shifts) == set(range(-5, 6))
    assert min(shifts.values()) > 0.5 * max(shifts.values())
    again = Loader(examples, 16, seed=1, device=CPU, augment=section, resident=False)
    assert torch.equal(again.batch(40).outputs, loader.batch(40).outputs)
    other = Loader(examples, 16, seed=2, device=CPU, augment=section)
    assert not torch.equal(other.batch(40).outputs, loader.batch(40).outputs)


def test_some_drums_of_an_example_are_another_of_its_batch_whichever_part_is_asked_for():
    recipe = replace(recipe_with("groove"), converter=Component("groove", {"split_bars": 2}))
    examples = prepare(recipe).require("train")
    section = AugmentSection(mix=0.5)
    loader = Loader(examples, 16, seed=1, device=CPU, augment=section)
    batch = loader.batch(3)
    assert batch.inputs is batch.outputs
    mixed = batch.outputs.unflatten(2, (3, -1))  # [B, T, 3, K]
    plain = Loader(examples, 16, seed=1, device=CPU).batch(3).outputs.unflatten(2, (3, -1))
    assert (mixed[:, None] == plain[None]).all(3).all(2).any(1).all()  # each drum is somebody's, with all its numbers
    changed = (mixed != plain).any(2).any(1)  # [B, K]
    assert 0 < changed.any(1).sum() < 16
    again = Loader(examples, 16, seed=1, device=CPU, augment=section, resident=False)
    assert torch.equal(again.batch(3, slice(5, 9)).outputs, batch.outputs[5:9])


def test_examples_of_unlike_length_are_not_mixed():
    rows = torch.arange(4.0).view(4, 1, 1).expand(4, 2, 6)
    batch = Batch(rows, rows, torch.tensor([2, 2, 2, 1]), None)
    coins = torch.tensor([[True, False], [True, True]])
    assert mix_drums(batch, coins).outputs[:, 0].tolist() == [[2, 0, 2, 0, 2, 0], [1] * 6]


@pytest.mark.parametrize("name", ["melody", "trio", "groove"])
def test_only_drums_side_by_side_that_are_heard_as_they_are_said_can_be_mixed(name):
    examples = prepare(recipe_with(name)).require("train")
    with pytest.raises(UsageError, match=r"data\.augment\.mix"):
        Loader(examples, 5, seed=1, device=CPU, augment=AugmentSection(mix=0.5))


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=1, max_size=6),
    st.tuples(st.integers(-8, 8), st.integers(-8, 8)).map(sorted),
    st.floats(0, 1, exclude_max=True),
)
def test_no_draw_carries_a_note_out_of_the_classes(classes, interval, luck):
    field = OneHot(12, pitched=((2, 12),))  # class 12 is the empty row
    stored = [torch.tensor(classes, dtype=torch.uint8)]
    low, high = interval
    shifts = draw_shifts([([field], stored)], low, high, torch.full((len(classes),), luck, dtype=torch.float64))
    (moved,) = transpose_rows([field], stored, shifts)
    for row, after, shift in zip(classes, moved.tolist(), shifts.tolist(), strict=True):
        notes = [number for number in row if 2 <= number < 12]
        room = range(-10000, 10001) if not notes else range(2 - min(notes), 12 - max(notes))
        wanted = [number for number in range(low, high + 1) if number in room]
        assert shift in (wanted or room)
        assert after == [number + shift if 2 <= number < 12 else number for number in row]


def test_drum_tracks_and_drum_streams_stay_where_they_are():
    field = OneHot(20, pitched=((0, 10),), unpitched_after=15)
    stored = [torch.tensor([[14, 3, 4, 15, 3, 4]], dtype=torch.uint8)]
    (moved,) = transpose_rows([field], stored, torch.tensor([2]), segments=2)
    assert moved.tolist() == [[14, 5, 6, 15, 3, 4]]


def test_roots_go_round():
    field = OneHot(25, roots=((1, 13), (13, 25)))
    stored = [torch.tensor([[0, 1, 12, 13, 24, 25]], dtype=torch.uint8)]
    (moved,) = transpose_rows([field], stored, torch.tensor([-1]))
    assert moved.tolist() == [[0, 12, 11, 24, 23, 25]]


def test_wide_rows_on_a_device_are_those_of_numpy():
    rng = np.random.default_rng(0)
    fields = [gen.interfaces.OneHot(300), gen.interfaces.Flags(13), gen.interfaces.Floats(4)]
    stored = [
        rng.integers(0, 301, (2, 7)).astype(np.int16),
        np.packbits(rng.integers(0, 2, (2, 7, 13)).astype(bool), axis=-1),
        rng.normal(size=(2, 7, 4)).astype(np.float32),
    ]
    wide = expand(fields, [torch.from_numpy(values) for values in stored])
    np.testing.assert_array_equal(wide.numpy(), gen.interfaces.Rows(fields, stored).dense())


def test_a_converter_that_knows_no_pitches_cannot_be_transposed_anew():
    examples = prepare(recipe_with("groove")).require("train")
    with pytest.raises(UsageError, match=r"data\.augment\.transpose.*frozen"):
        Loader(examples, 4, seed=0, device=CPU, augment=AugmentSection(transpose=(-1, 1)))
    Loader(examples, 4, seed=0, device=CPU, augment=AugmentSection(transpose=(-1, 1), frozen=True))


def test_frozen_augmentation_draws_once_a_file_and_leaves_held_out_data_alone():
    data = "data={source: {type: demo, parts: melody, clips: 40}, augment: {transpose: [-5, 5], frozen: true}}"
    frozen = prepare(replace(gen.load_recipe("groovae_4bar", [data]), converter=CONVERTERS["melody"]))
    plain = prepare(
        replace(
            gen.load_recipe("groovae_4bar", ["data={source: {type: demo, parts: melody, clips: 40}}"]),
            converter=CONVERTERS["melody"],
        )
    )
    np.testing.assert_array_equal(frozen.require("test").outputs, plain.require("test").outputs)
    mine, theirs = frozen.require("train"), plain.require("train")
    np.testing.assert_array_equal(mine.source, theirs.source)
    moved = set()
    for source in np.unique(mine.source):
        one, other = (each.outputs[each.source == source].argmax(2) for each in (mine, theirs))
        difference = set((one - other)[other >= 2].tolist())
        assert len(difference) == 1
        moved |= difference
    assert len(moved) > 5
    loader = Loader(mine, 4, seed=0, device=CPU, augment=AugmentSection(transpose=(-5, 5), frozen=True))
    np.testing.assert_array_equal(loader.batch(0).outputs.numpy(), mine.take(loader.rows(0)).outputs)


@pytest.mark.parametrize("resident", [True, False])
def test_a_batch_of_uneven_examples_is_as_long_as_its_longest(resident):
    fields = (OneHot(3), gen.interfaces.Flags(2))
    layout = gen.Layout(fields, fields)
    rng = np.random.default_rng(0)
    made = []
    for steps in (4, 1, 7, 2, 5, 3):
        rows = gen.interfaces.Rows(
            fields, [rng.integers(0, 3, steps), np.packbits(rng.integers(0, 2, (steps, 2)) > 0, axis=1)]
        )
        made.append(gen.Example(rows, rows, None, steps))
    examples = stack(made, range(6), layout)
    loader = Loader(examples, 2, seed=0, device=CPU, resident=resident)
    for step in range(loader.steps_per_epoch):
        batch, rows = loader.batch(step), loader.rows(step)
        assert batch.outputs.shape[1] == max(made[row].length for row in rows)
        for got, length, row in zip(batch.outputs.numpy(), batch.lengths.tolist(), rows, strict=True):
            np.testing.assert_array_equal(got[:length], made[row].outputs)
            assert not got[length:].any()
