"""Going on: whatever killed the training, and wherever, the rest is what it would have been."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

import gen
from gen.data.prepare import prepare
from gen.errors import UsageError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import AugmentSection, SamplingSection
from gen.training.batch import require_precision
from gen.training.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from gen.training.run import Run
from gen.training.trainer import train


class Killed(BaseException):
    """What a test throws where a kill would have hit."""


class KillAt:
    """An observer that dies at a step, before its checkpoint or after it."""

    def __init__(self, step, *, saved=False):
        self.step, self.saved = step, saved

    def on_log(self, step, split, figures):
        if step == self.step and not self.saved:
            raise Killed

    def on_checkpoint(self, step):
        if step == self.step and self.saved:
            raise Killed

    def on_step(self, step): ...


def start(recipe, prepared, path, observer=None):
    run = Run(path)
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run, observer=observer)
    return run


def resume(recipe, prepared, run):
    return train(build_model(recipe), recipe, prepared, run, resume=True)


def everything(run, step=6):
    """What has to be the same: weights, optimiser, which checkpoints there are, and the curve."""
    folder = run.checkpoints / f"step-{step}"
    tensors = {
        f"{part}/{name}": tensor.numpy().tobytes()
        for part in ("model", "state")
        for name, tensor in load_file(folder / f"{part}.safetensors").items()
    }
    curve = [{key: value for key, value in line.items() if key != "steps_per_second"} for line in run.metrics()]
    return tensors, [path.name for path in checkpoints(run.checkpoints)], curve


def melodies():
    recipe = gen.load_recipe(
        "cat-mel_2bar_tiny",
        [
            "data={source: {type: demo, parts: melody, clips: 12}}",
            "encoder={sizes: [8], dropout: 0.2}",
            "decoder={sizes: [8], dropout: 0.2}",
            "latent.size=4",
            "training={batch_size: 5, steps: 6, log_every: 1, eval_every: 3, checkpoint_every: 2, accumulate: 2}",
        ],
    )
    sampling = SamplingSection("inverse_sigmoid", 2.0)
    return replace(
        recipe,
        data=replace(recipe.data, augment=AugmentSection(transpose=(-5, 5))),
        training=replace(recipe.training, sampling=sampling),
    )


def in_bf16(recipe):
    try:
        require_precision("bf16", torch.device("cpu"))
    except UsageError:
        pytest.skip("this processor has no bf16")
    return replace(recipe, training=replace(recipe.training, precision="bf16"))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_sampling_changes_of_key_and_slices_go_on_where_they_were(tmp_path, precision):
    recipe = melodies() if precision == "fp32" else in_bf16(melodies())
    prepared = prepare(recipe)
    whole = start(recipe, prepared, tmp_path / "whole")
    run = Run(tmp_path / "killed")
    with pytest.raises(Killed):
        start(recipe, prepared, run.path, KillAt(3))
    assert run.latest().name == "step-2"
    resume(recipe, prepared, run)
    assert everything(run) == everything(whole)


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(tiny, prepared, tmp_path):
    whole = start(tiny, prepared, tmp_path / "whole")
    run = Run(tmp_path / "killed")
    with pytest.raises(Killed):
        start(tiny, prepared, run.path, KillAt(1))
    assert run.metrics()
    resume(tiny, prepared, run)
    assert everything(run) == everything(whole)


def test_a_kill_between_a_checkpoint_and_the_next_step_loses_nothing(tiny, prepared, tmp_path):
    whole = start(tiny, prepared, tmp_path / "whole")
    run = Run(tmp_path / "killed")
    with pytest.raises(Killed):
        start(tiny, prepared, run.path, KillAt(4, saved=True))
    assert resume(tiny, prepared, run).step == 6
    assert everything(run) == everything(whole)


def test_what_a_kill_left_half_written_or_half_deleted_is_never_read_and_goes_away(tiny, prepared, trained_run):
    for name in (".step-8.99.tmp", ".step-2.old"):
        (trained_run.checkpoints / name).mkdir()
        (trained_run.checkpoints / name / "model.safetensors").write_bytes(b"half")
    (trained_run.path / ".metrics.jsonl.0a1b.part").write_text("half")
    assert trained_run.latest().name == "step-6"
    resume(tiny, prepared, trained_run)
    assert [path.name for path in trained_run.checkpoints.glob(".*")] == []
    assert [path.name for path in trained_run.path.glob(".*")] == []


def test_a_checkpoint_that_is_dropped_is_out_of_sight_before_its_files_go(tiny, trained_run, monkeypatch):
    def die(path, **_):
        if path.exists():
            raise Killed

    monkeypatch.setattr("gen.system.regular.shutil", SimpleNamespace(rmtree=die, disk_usage=shutil.disk_usage))
    checkpoint = load_checkpoint(trained_run.latest())
    with pytest.raises(Killed):
        save_checkpoint(trained_run.checkpoints, replace(checkpoint, step=8), keep=1)
    assert [load_checkpoint(path).step for path in checkpoints(trained_run.checkpoints)] == [4, 6, 8]


def test_a_kill_between_the_last_checkpoint_and_the_end_of_an_old_one_leaves_none_too_many(tiny, prepared, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, keep_checkpoints=1, keep_best=0))
    run = start(recipe, prepared, tmp_path / "run")
    shutil.copytree(run.latest(), run.checkpoints / "step-4")
    resume(recipe, prepared, run)
    assert [path.name for path in checkpoints(run.checkpoints)] == ["step-6"]


def test_an_evaluation_that_sigterm_broke_off_is_made_up_for(tiny, prepared, tmp_path, monkeypatch):
    recipe = replace(tiny, training=replace(tiny.training, checkpoint_every=3))
    whole = start(recipe, prepared, tmp_path / "whole")
    real = gen.training.trainer.held_out_loss

    def asked_meanwhile(*args, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return real(*args, **options)

    monkeypatch.setattr("gen.training.trainer.held_out_loss", asked_meanwhile)
    run = Run(tmp_path / "stopped")
    run.create(resolved_yaml(recipe), prepared.report)
    outcome = train(build_model(recipe), recipe, prepared, run)
    assert (outcome.step, outcome.stopped_by) == (3, "SIGTERM")
    assert [line["step"] for line in run.metrics() if line["split"] == "validation"] == []
    monkeypatch.undo()
    resume(recipe, prepared, run)
    tensors, names, curve = everything(run)
    assert (tensors, names) == everything(whole)[:2]
    assert sorted(curve, key=lambda line: (line["step"], line["split"])) == sorted(
        everything(whole)[2], key=lambda line: (line["step"], line["split"])
    )
    losses = {path.name: load_checkpoint(path).validation_loss for path in checkpoints(run.checkpoints)}
    assert losses == {path.name: load_checkpoint(path).validation_loss for path in checkpoints(whole.checkpoints)}
    assert losses["step-3"] is not None


def test_a_start_that_was_killed_half_way_may_be_started_again(tiny, prepared, tmp_path):
    def die():
        raise Killed

    run = Run(tmp_path / "run")
    with pytest.raises(Killed):
        run.create(resolved_yaml(tiny), prepared.report, begin=die)
    with pytest.raises(UsageError, match="no run directory"):
        run.recipe()
    run.create(resolved_yaml(tiny), prepared.report)
    assert run.recipe() == tiny


def test_files_of_somebody_else_are_no_broken_start(tiny, prepared, tmp_path):
    (tmp_path / "data.json").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        Run(tmp_path).create(resolved_yaml(tiny), prepared.report)


@pytest.mark.slow
def test_kill_9_at_random_moments_costs_nothing(tiny, tmp_path):
    """A small edition of benchmarks/killed_trainings.py, with processes of their own."""
    words = [sys.executable, "-m", "gen", "train"]
    rest = ["--samples", "0", "--device", "cpu"]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(resolved_yaml(replace(tiny, training=replace(tiny.training, checkpoint_every=1))))
    whole, run = Run(tmp_path / "whole"), Run(tmp_path / "run")
    subprocess.run([*words, recipe, "--out", whole.path, *rest], check=True, capture_output=True)
    for step in (1, 4):
        begun = ["--resume", run.path] if run.recipe_file.exists() else [recipe, "--out", run.path]
        process = subprocess.Popen([*words, *begun, *rest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (run.checkpoints / f"step-{step}").exists():
            assert process.poll() is None
        process.kill()
        process.wait()
    subprocess.run([*words, "--resume", run.path, *rest], check=True, capture_output=True)
    assert everything(run) == everything(whole)
