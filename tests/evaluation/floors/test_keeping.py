"""A linear code is fitted once for a store, and never used for other examples than its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import gen
from gen.data.store import FLOORS, Store
from gen.evaluation.floors.fit import floors
from gen.evaluation.floors.keeping import kept_code
from gen.evaluation.floors.linear import LinearCode


@pytest.fixture
def store(tmp_path) -> Store:
    manifest = {"made_from": {"recipe": "one"}, "shards": [{"files": {"shard-00000.safetensors": "abc"}}]}
    return Store(tmp_path, manifest)


class Fits:
    """Fits codes to other numbers each time, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> LinearCode:
        self.times += 1
        return LinearCode.of(np.random.default_rng(self.times).standard_normal((30, 6)).astype(np.float32))


def same(one: LinearCode, other: LinearCode) -> bool:
    return torch.equal(one.components.directions, other.components.directions)


def test_a_code_is_fitted_once_and_read_again_to_the_bit(store):
    fit = Fits()
    assert same(kept_code(store, fit, seed=0), kept_code(store, fit, seed=0))
    assert fit.times == 1
    assert kept_code(store, fit, seed=0).say(np.ones((2, 6)), 3.0).shape == (2, 6)


def test_other_settings_or_examples_have_a_code_of_their_own(store):
    fit = Fits()
    first = kept_code(store, fit, seed=0)
    assert not same(first, kept_code(store, fit, seed=1))
    other = replace(store, manifest={**store.manifest, "shards": [{"files": {"shard-00000.safetensors": "abd"}}]})
    kept_code(other, fit, seed=1)
    assert fit.times == 3


@pytest.mark.parametrize("at", [20, -1])
def test_a_damaged_file_is_made_anew(at, store):
    fit = Fits()
    kept_code(store, fit, seed=0)
    content = bytearray((store.folder / FLOORS).read_bytes())
    content[at] ^= 1
    (store.folder / FLOORS).write_bytes(content)
    kept_code(store, fit, seed=0)
    assert fit.times == 2
    kept_code(store, fit, seed=0)
    assert fit.times == 2


def test_nothing_is_kept_of_no_store_nor_of_what_is_too_large_nor_where_nobody_may_write(store, monkeypatch, tmp_path):
    fit = Fits()
    kept_code(None, fit)
    kept_code(replace(store, folder=tmp_path / "nowhere"), fit)
    monkeypatch.setattr("gen.evaluation.floors.keeping._MOST", 10)
    kept_code(store, fit)
    kept_code(store, fit)
    assert fit.times == 4
    assert not (store.folder / FLOORS).exists()


def test_floors_are_the_same_from_a_store_that_keeps_them_and_the_store_stays_good(tmp_path):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", ["data.source={type: demo, parts: drums, clips: 24}"])
    prepared = gen.prepare(recipe, store=tmp_path / "store")
    converter = gen.build_converter(recipe, mode="eval")
    given = (converter, prepared.require("train"), prepared.require("validation"))
    plain, first, again = (floors(*given, bits=[5], store=store) for store in (None, prepared.store, prepared.store))
    assert (tmp_path / "store" / FLOORS).is_file()
    for name, said in plain.items():
        assert np.array_equal(said, first[name])
        assert np.array_equal(said, again[name])
    assert "used again" in gen.prepare(recipe, store=tmp_path / "store").history
