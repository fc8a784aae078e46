"""The rehearsal: it learns a batch by heart, predicts what the whole takes, and leaves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gen.data.prepare import prepared_sample
from gen.model.build import build_model
from gen.training.load import freeze
from gen.training.rehearsal import measure_steps, rehearse


@pytest.fixture(scope="module")
def sample(tiny):
    with prepared_sample(tiny, files=15) as found:
        yield found


def quick(tiny, **changes):
    return replace(tiny, training=replace(tiny.training, learning_rate=0.01, **changes))


def test_a_sample_stands_for_the_whole(sample):
    assert (sample.files, sample.total) == (15, 20)
    assert len(sample.prepared.require("train")) == 11
    assert sample.estimate("train") == 15  # 11 * 20 / 15, rounded


def test_a_sample_is_gone_afterwards(tiny):
    with prepared_sample(tiny, files=3) as found:
        folder = found.prepared.store.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_a_rehearsal_learns_and_counts_up_the_whole(tiny, sample):
    recipe = quick(tiny, steps=1000, eval_every=300, checkpoint_every=250, keep_checkpoints=2, keep_every=500)
    found = rehearse(lambda: build_model(recipe), recipe, sample, steps=15)
    assert found.learns
    assert (found.examples, found.steps) == (4, 15)
    assert found.cost.measured
    assert found.cost.seconds > 0
    assert found.evaluation is not None
    assert found.total_seconds == pytest.approx(
        1000 * found.cost.seconds + 4 * found.evaluation + 4 * found.checkpoint_seconds
    )
    assert found.disk == 5 * found.checkpoint_bytes  # four are ever written, and a fifth place while one is written
    assert found.epochs == pytest.approx(1000 / 3)  # three whole batches of four


def test_a_model_that_can_not_learn_is_noticed(tiny, sample):
    recipe = quick(tiny, min_learning_rate=0.0, decay_rate=1.0, grad_norm_limit=1e-9)  # every gradient is zeroed

    def make():
        model = build_model(recipe)
        freeze(model, ["encoder"])
        return model

    found = rehearse(make, recipe, sample, steps=5)
    assert found.before == found.after
    assert not found.learns


def test_a_batch_that_will_not_fit_is_not_tried(tiny, sample, monkeypatch):
    used = iter(range(10**9, 10**12, 10**9))
    monkeypatch.setattr("gen.training.rehearsal.peak_memory", lambda _: next(used))
    monkeypatch.setattr("gen.training.rehearsal.free_memory", lambda _: 9 * 10**9)
    recipe = quick(tiny, batch_size=64)
    model = build_model(recipe)
    cost = measure_steps(model, recipe, sample.prepared.require("train"))
    assert not cost.measured
    assert cost.memory == 3 * 10**9 + 10**9 * 48 // 8  # 1 GB at first, 2 at 8 examples, 3 at 16
