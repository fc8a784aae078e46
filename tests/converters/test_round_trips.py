"""What goes round comes round: tensors to notes to MIDI files and back, for every converter and every recipe.

What a representation loses on purpose is left out of what is drawn here; the strategies of tests/support say what that
is. MIDI files add to it: they hold no chord symbols, which are laid beside the file, and times in whole ticks.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promises import assert_promises_kept
from strategies import EXACT_TEMPOS, sequences
from strategies_tensors import TENSORS, Case, case_of

import gen
from gen.recipes.find import shipped
from gen.registry import registry

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"  # make thorough
MANY = settings(
    max_examples=500 if THOROUGH else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
QUICK = {"drums", "groove", "melody"}
"""Converters, with their defaults, that need less than five seconds for each of these tests."""
BARE = 2  # bars of an example where their number is free


def conversions() -> list[Any]:
    """A converter each: all of the registry as they are, and those of all recipes; of recipes that share one, the
    first gives it its name."""
    found = {json.dumps([kind, {}]): kind for kind in registry().names("converter")}
    for name in shipped():
        node = gen.load_recipe(name).converter
        found.setdefault(json.dumps([node.type, dict(node.arguments)], sort_keys=True, default=list), name)
    return [
        pytest.param(*json.loads(key), id=name, marks=[] if name in QUICK else pytest.mark.slow)
        for key, name in found.items()
    ]


every_converter = pytest.mark.parametrize(("kind", "options"), conversions())


def converter_of(kind: str, options: dict[str, Any], mode: gen.interfaces.Mode = "infer") -> Case:
    return case_of(registry().find("converter", kind), options, mode=mode)


def test_every_converter_has_a_strategy_of_its_own() -> None:
    assert set(registry().names("converter")) <= set(TENSORS)


def test_every_recipe_has_one_of_these_converters() -> None:
    assert {gen.load_recipe(name).converter.type for name in shipped()} <= set(TENSORS)


def assert_same(again: gen.Conversion, rows: np.ndarray, controls: np.ndarray | None, layout: gen.Layout) -> None:
    """One example, with these arrays: classes and bits exactly, real numbers within 1e-5."""
    assert again.rejection is None, again.rejection
    (example,) = again.examples
    tolerance = 1e-5 if any(isinstance(field, gen.interfaces.Floats) for field in layout.outputs) else 0.0
    np.testing.assert_allclose(example.outputs, rows, rtol=0, atol=tolerance)
    segments = np.asarray(example.length).size
    np.testing.assert_array_equal(example.length, _lengths(rows, segments) if segments > 1 else len(rows))
    if controls is not None:
        assert example.controls is not None
        np.testing.assert_array_equal(example.controls, controls)


def _lengths(rows: np.ndarray, segments: int) -> np.ndarray:
    return np.count_nonzero(rows.any(axis=1).reshape(segments, -1), axis=1)


@every_converter
@MANY
@given(data=st.data(), qpm=EXACT_TEMPOS)
def test_what_was_decoded_is_encoded_again_as_it_was(
    kind: str, options: dict[str, Any], data: st.DataObject, qpm: float
) -> None:
    """As notes, and as a MIDI file. Keys are in the file; chords are taken from the notes, for a file has none."""
    case = converter_of(kind, options)
    rows, controls = data.draw(TENSORS[kind](case))
    layout = case.converter.layout
    batch = None if controls is None else controls[np.newaxis]
    (clip,) = case.converter.from_tensors(rows[np.newaxis], batch, qpm=qpm)  # type: ignore[call-arg]
    assert_same(case.converter.convert(clip), rows, controls, layout)

    file = gen.read_midi(gen.midi.midi_bytes(clip))
    with_chords = replace(file, chords=clip.chords)
    assert_same(case.converter.convert(with_chords), rows, controls, layout)
    if clip.chords:  # without them other chords are found, and nothing else changes
        for example in case.converter.convert(file).examples:
            np.testing.assert_array_equal(example.outputs, rows)


@st.composite
def samples(draw: st.DrawFn, case: Case) -> np.ndarray:
    """Whatever a model may say: every class as likely as the next, half of the bits set, numbers a little out of
    range."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = case.converter.steps
    if steps is None:
        steps = (
            BARE * case.bar * (len(case.converter.drum_classes or ()) if case.options.get("split_instruments") else 1)
        )
    rows = rng.uniform(-0.2, 1.2, (1, steps, case.converter.output_depth))
    if any(isinstance(field, gen.interfaces.Floats) for field in case.converter.layout.outputs):
        rows[..., -case.converter.output_depth // 3 :] *= rng.choice([-1, 1])  # early or late
    return rows.astype(np.float32)


def by_voice(notes: gen.NoteSequence) -> gen.NoteSequence:
    """Notes in order of instrument, pitch and onset; instruments counted without gaps."""
    numbered = replace(notes, instrument=np.unique(notes.instrument, return_inverse=True)[1])
    return numbered.select(np.lexsort((numbered.start, numbered.pitch, numbered.instrument)))


@every_converter
@MANY
@given(data=st.data(), qpm=st.floats(20, 300))
def test_what_is_written_is_read_as_the_same_notes(
    kind: str, options: dict[str, Any], data: st.DataObject, qpm: float
) -> None:
    """Onsets within half a tick, of which a quarter note has 2,400; and ends, where no note of the same pitch and
    instrument begins before. MIDI can't hold two of these at a time, so the first one ends there."""
    case = converter_of(kind, options)
    valid = TENSORS[kind](case).map(lambda drawn: drawn.outputs[np.newaxis])
    (clip,) = case.converter.from_tensors(data.draw(st.one_of(valid, samples(case))), qpm=qpm)  # type: ignore[call-arg]
    ours, read = by_voice(clip), by_voice(gen.read_midi(gen.midi.midi_bytes(clip)))
    assert read.instrument.tolist() == ours.instrument.tolist()
    assert read.pitch.tolist() == ours.pitch.tolist()
    assert read.program.tolist() == ours.program.tolist()
    assert read.is_drum.tolist() == ours.is_drum.tolist()
    assert sorted(zip(read.pitch.tolist(), read.velocity.tolist(), strict=True)) == sorted(
        zip(ours.pitch.tolist(), ours.velocity.tolist(), strict=True)
    )
    tick = 60 / qpm / 2400
    close = {"rtol": 0, "atol": 0.5001 * tick + 1e-9}
    np.testing.assert_allclose(read.start, ours.start, **close)  # type: ignore[call-overload]
    same_voice = (np.diff(ours.pitch) == 0) & (np.diff(ours.instrument) == 0)
    alone = np.append(~same_voice | (ours.end[:-1] <= ours.start[1:]), True)[: len(ours)]
    np.testing.assert_allclose(read.end[alone], ours.end[alone], **close)  # type: ignore[call-overload]
    assert (read.end > read.start).all()
    assert read.tempos.qpm.tolist() == pytest.approx([qpm], rel=3e-6)  # whole microseconds
    assert read.key_signatures.key.tolist() == ours.key_signatures.key.tolist()


@every_converter
@MANY
@given(notes=sequences(), mode=st.sampled_from(["train", "eval", "infer"]), seed=st.integers(0, 9))
def test_any_sequence_at_all_gives_examples_or_a_reason_and_the_same_again(
    kind: str, options: dict[str, Any], notes: gen.NoteSequence, mode: gen.interfaces.Mode, seed: int
) -> None:
    converter = converter_of(kind, options, mode).converter
    first, second = (converter.convert(notes, rng=np.random.default_rng(seed)) for _ in range(2))
    assert_promises_kept(converter, first)
    assert first.rejection == second.rejection
    assert first.notices == second.notices
    for one, other in zip(first.examples, second.examples, strict=True):
        assert one.qpm == other.qpm
        np.testing.assert_array_equal(one.length, other.length)
        for name in ("inputs", "outputs", "controls"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@every_converter
@MANY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_pieces_that_give_examples_give_the_same_ones_again(
    kind: str, options: dict[str, Any], data: st.DataObject, seed: int
) -> None:
    """In training too, where options draw at random: with the same generator they draw the same."""
    case = converter_of(kind, options, "train")
    rows, controls = data.draw(TENSORS[kind](case))
    batch = None if controls is None else controls[np.newaxis]
    (clip,) = case.converter.from_tensors(rows[np.newaxis], batch)
    first, second = (case.converter.to_tensors(clip, rng=np.random.default_rng(seed)) for _ in range(2))
    assert len(first) == len(second) == 1
    for name in ("inputs", "outputs", "controls"):
        np.testing.assert_array_equal(getattr(first[0], name), getattr(second[0], name))
    np.testing.assert_array_equal(
        first[0].outputs, case.converter.to_tensors(clip, rng=np.random.default_rng(1))[0].outputs
    )
