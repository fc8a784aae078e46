"""From files to examples: nothing is dropped without a reason, and order changes nothing."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.data.examples import Shuffle, stack
from gen.errors import DataError, DataMissingError
from gen.interfaces.converter import Example

DEMO = "data={source: {type: demo, clips: 20, bars: 6}}"


def drums(onsets, qpm=120.0, numerator=4, pitch=36):
    onsets = np.asarray(onsets, dtype=float)
    return gen.NoteSequence(
        pitch=np.full(len(onsets), pitch),
        start=onsets,
        end=onsets + 0.1,
        is_drum=True,
        tempos=gen.notes.Tempos([0.0], [qpm]),
        time_signatures=gen.notes.TimeSignatures([0.0], [numerator], [4]),
    )


@pytest.fixture
def folder(tmp_path):
    """Six files, of which two are of use."""
    beats = np.arange(0, 8, 0.5)
    good = {"a.mid": drums(beats), "deep/b.mid": drums(np.arange(0, 16, 0.25))}
    bad = {"waltz.mid": drums(beats, numerator=3), "short.mid": drums(beats[:4])}
    for name, notes in {**good, **bad}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        gen.write_midi(notes, tmp_path / name)
    (tmp_path / "broken.mid").write_bytes(b"MThd\0\0\0\6\0\1")
    (tmp_path / "text.mid").write_text("no music")
    return tmp_path


def prepare(folder):
    data = f"data={{source: {{type: folder, path: '{folder}', validation: 0.0, test: 0.0}}}}"
    return gen.prepare(gen.load_recipe("groovae_4bar", [data]))


def test_every_file_gives_examples_or_a_reason(folder):
    report = prepare(folder).report
    codes = {file.id: file.rejection.code if file.rejection else file.examples for file in report.files}
    assert codes.pop("a.mid") == 1
    assert codes.pop("deep/b.mid") == 5
    assert codes.pop("waltz.mid") == "wrong-metre"
    assert codes.pop("short.mid") == "too-short"
    assert sorted(codes) == ["broken.mid", "text.mid"]
    assert set(codes.values()) <= {"unreadable", "skipped"}


def test_the_account_counts_what_it_lists(folder):
    report = prepare(folder).report
    assert report.by_split()["train"]["examples"] == 6
    assert sum(report.rejections().values()) == 4
    assert "too-short" in report.why_empty("train")
    assert len(report.to_json()["files"]) == 6


def test_examples_know_the_file_they_came_from(folder):
    prepared = prepare(folder)
    ids = [prepared.report.files[index].id for index in prepared.require("train").source]
    assert ids == ["a.mid"] + ["deep/b.mid"] * 5


def test_the_same_data_has_the_same_fingerprint_and_changed_data_another(folder):
    before = prepare(folder).report.fingerprint
    assert prepare(folder).report.fingerprint == before
    gen.write_midi(drums(np.arange(0, 8, 0.25)), folder / "a.mid")
    assert prepare(folder).report.fingerprint != before


def test_an_empty_split_says_why(folder):
    with pytest.raises(DataError, match="the test split has no example"):
        prepare(folder).require("test")


def test_missing_data_falls_back_only_where_the_recipe_says_so(monkeypatch):
    def missing(self):
        raise DataMissingError("no network here")

    monkeypatch.setattr("gen_datasets.groove.source.Groove.fetch", missing)
    recipe = gen.load_recipe("groovae_4bar")
    prepared = gen.prepare(recipe)
    assert prepared.report.source == "demo"
    assert "no network here" in prepared.report.notice
    with pytest.raises(DataMissingError):
        gen.prepare(replace(recipe, data=replace(recipe.data, fallback=None)))
    with pytest.raises(DataMissingError):
        gen.prepare(recipe, path="given.zip")


def test_a_fallback_is_built_with_its_own_options(monkeypatch):
    def missing(self):
        raise DataMissingError("no network here")

    monkeypatch.setattr("gen_datasets.groove.source.Groove.fetch", missing)
    recipe = gen.load_recipe("groovae_4bar", ["data.fallback={type: demo, clips: 10, bars: 5}"])
    assert "10 clips of 5 bars" in gen.prepare(recipe).report.title


def test_damaged_data_never_falls_back(tmp_path):
    archive = tmp_path / "groove.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("groove/info.csv", "nothing")
    with pytest.raises(DataError) as error:
        gen.prepare(gen.load_recipe("groovae_4bar"), path=str(archive))
    assert not isinstance(error.value, DataMissingError)


def test_windows_of_the_published_edition_are_cut_before_conversion():
    recipe = gen.load_recipe(
        "groovae_4bar", [DEMO, "data.windows=tfds", "data.window_bars=4", "converter.hop_size=null"]
    )
    totals = gen.prepare(recipe).report.by_split()["train"]
    assert totals["windows"] == 3 * totals["files"]  # bars 1-4, 2-5 and 3-6
    assert 0 < totals["examples"] <= totals["windows"]


def test_note_dropout_draws_from_the_seed_and_the_file_alone(tmp_path):
    options = ["converter.tapify=true", "converter.max_note_dropout_probability=0.8"]
    few, many, other = (
        gen.prepare(
            gen.load_recipe(
                "groovae_4bar", [f"data={{source: {{type: demo, clips: {clips}}}, seed: {seed}}}", *options]
            )
        )
        for clips, seed in ((12, 0), (30, 0), (12, 1))
    )
    n = len(few.require("train"))
    assert np.array_equal(few.require("train").inputs, many.require("train").inputs[:n])
    assert not np.array_equal(few.require("train").inputs, other.require("train").inputs)


@given(examples=st.integers(1, 40), batch=st.integers(1, 12), seed=st.integers(0, 5))
def test_an_epoch_shows_every_example_at_most_once_and_the_order_is_a_function_of_the_step(examples, batch, seed):
    shuffle = Shuffle(examples, batch, seed)
    steps = shuffle.steps_per_epoch
    epoch = np.concatenate([shuffle.rows(step) for step in range(steps)])
    assert len(epoch) == steps * batch
    if examples >= batch:
        assert len(set(epoch.tolist())) == len(epoch)
        assert len(epoch) > examples - batch
    else:
        assert set(epoch.tolist()) == set(range(examples))
    jumped = Shuffle(examples, batch, seed)
    assert np.array_equal(jumped.rows(steps + 1), shuffle.rows(steps + 1))
    assert np.array_equal(jumped.rows(0), epoch[:batch])


def test_examples_of_different_lengths_are_padded_with_zeros():
    def example(steps):
        array = np.ones((steps, 2), np.float32)
        return Example(array, array, None, steps)

    examples = stack(
        [example(3), example(1)], [0, 1], gen.Layout((gen.interfaces.Floats(2),), (gen.interfaces.Floats(2),))
    )
    assert examples.inputs is examples.outputs
    assert examples.inputs.shape == (2, 3, 2)
    assert examples.inputs[1].tolist() == [[1, 1], [0, 0], [0, 0]]
    assert [len(part) for part in examples.batches(1)] == [1, 1]
    taken = examples.take(slice(1, 2))
    assert taken.inputs is taken.outputs
