"""`gen train` beyond the plain case: rehearsals, initial weights, schedulers, restarts."""

from __future__ import annotations

import argparse
import json
import os
import signal

import pytest

import gen
from gen.cli import main
from gen.cli.progress import TrainingDisplay
from gen.cli.train import add_arguments
from gen.cli.training_request import requested
from gen.errors import UsageError
from gen.recipes import resolved_yaml
from gen.training.checkpoint import best_checkpoint
from gen.training.run import Run

TINY = [
    "data={source: {type: demo, clips: 20, bars: 5}}",
    "encoder.sizes=[12]",
    "decoder.sizes=[12]",
    "latent.size=4",
    "training={batch_size: 4, steps: 4, log_every: 2, eval_every: 2, checkpoint_every: 2, learning_rate: 0.01}",
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run, made by the command."""
    run = tmp_path_factory.mktemp("runs") / "tiny"
    assert main(["train", "groovae_4bar", *TINY, "--out", str(run), "--samples", "0"]) == 0
    return run


def test_a_dry_run_says_what_is_to_come_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert main(["train", "groovae_4bar", *TINY, "--dry-run", "--out", "run"]) == 0
    captured = capsys.readouterr()
    assert "looked at 20 of 20 files" in captured.err
    rows = {line[:10].strip(): line[10:] for line in captured.out.splitlines()}
    assert list(rows) == ["learns", "examples", "a step", "the whole", "memory", "disk"]
    assert "one batch of 4: reconstruction" in rows["learns"]
    assert "s for 4 steps" in rows["the whole"]
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_fails_where_nothing_is_learnt_or_the_disk_is_too_small(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["train", "groovae_4bar", *TINY, "training.grad_norm_limit=1e-9", "training.decay_rate=1.0", "--dry-run"]
    monkeypatch.setattr("gen.system.regular.shutil.disk_usage", lambda _: argparse.Namespace(free=10))
    assert main(words) == 1
    error = capsys.readouterr().err
    assert "40 steps on one batch didn't lower its loss" in error
    assert "checkpoints need 0.0 GB and there are 0.0 GB: make room" in error


def test_a_training_begins_with_the_weights_of_another_and_lists_what_it_did_not_take(finished, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["train", "groovae_4bar", *TINY, "decoder.sizes=[13]", "training.frozen=[encoder]", "--init-from"]
    assert main([*words, str(finished), "--out", str(run), "--samples", "0"]) == 0
    said = capsys.readouterr().err
    assert f"initial weights from {finished}/checkpoints/step-4 (step 4)" in said
    assert "not loaded: decoder.core.projection.weight: [27, 12] in the checkpoint, [27, 13] in the model" in said
    assert "frozen on cpu" in said
    account = json.loads((run / "init.json").read_text())
    assert "encoder.forwards.0.layers.0.lstm.weight_ih_l0" in account["loaded"]
    assert main(["train", "--resume", str(run), "training.steps=6", "--samples", "0"]) == 0
    before, after = (gen.load_model(path).encoder.state_dict() for path in (finished, run))
    assert all((before[name] == after[name]).all() for name in before)


def test_the_best_of_a_training_that_went_on_too_long_is_named(finished, tmp_path, capsys):
    run = tmp_path / "run"
    worse = ["training.learning_rate=1.0", "training.steps=6", "--init-from", str(finished)]
    assert main(["train", "groovae_4bar", *TINY, *worse, "--out", str(run), "--samples", "0"]) == 0
    best = best_checkpoint(Run(run).checkpoints)
    said = "least validation loss at step" in capsys.readouterr().err
    assert said == (best is not None and best.name != "step-6")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)], ids=["SIGTERM", "Ctrl-C"])
def test_a_scheduler_is_told_that_the_job_is_not_done_and_a_person_that_all_is_well(
    tmp_path, monkeypatch, capsys, number, code
):
    monkeypatch.setattr(TrainingDisplay, "on_step", lambda self, step: os.kill(os.getpid(), number))
    run = tmp_path / "run"
    assert main(["train", "groovae_4bar", *TINY, "--out", str(run), "--samples", "0"]) == code
    assert f"stopped by {number.name} after step 1 and saved" in capsys.readouterr().err
    assert Run(run).latest().name == "step-1"


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_intermixed_args([*words])


def test_after_a_restart_the_same_command_goes_on_with_its_run(finished, tmp_path):
    words = ["groovae_4bar", *TINY, "--out"]
    again = requested(parsed(*words, str(finished)), restarted=True)
    assert (again.resume, again.path) == (True, finished)
    assert not requested(parsed(*words, str(tmp_path / "new")), restarted=True).resume
    with pytest.raises(UsageError, match="is not empty"):
        requested(parsed(*words, str(finished)))
    with pytest.raises(UsageError, match="was started with another recipe"):
        requested(parsed("groovae_4bar", *TINY, "latent.size=5", "--out", str(finished)), restarted=True)


@pytest.mark.parametrize(("accumulate", "processes", "slices"), [(1, 1, 1), (1, 2, 2), (3, 2, 4), (4, 2, 4)])
def test_every_process_gets_as_many_slices(tmp_path, accumulate, processes, slices):
    args = parsed("groovae_4bar", *TINY, f"training.accumulate={accumulate}", "--out", str(tmp_path / "run"))
    recipe = requested(args, processes=processes).recipe
    assert recipe.training.accumulate == slices
    assert f"accumulate: {slices}" in resolved_yaml(recipe)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "train --resume {run} --init-from {run}",
            "--init-from and --resume exclude each other: a run keeps its weigh",
        ),
        ("train --resume {run} --dry-run", "--dry-run and --resume exclude each other"),
        ("train --resume {run} training.learning_rate=1", "with these weights if you like: --init-from {run}"),
        ("train --resume {run} training.accumulate=2", "a resumed run keeps its recipe"),
        ("train groovae_4bar data.source=demo training.frozen=[encodr]", "no part 'encodr'; did you mean 'encoder'?"),
        ("train groovae_4bar data.source=demo --init-from nowhere", "--init-from nowhere is not there"),
        ("train groovae_4bar training.accumulate=9999", "it can't be more than batch_size (512), got 9999"),
        ("train groovae_4bar training.keep_best=-1", "keep_best must be at least 0"),
        ("train groovae_4bar training.keep_every=0", "keep_every must be at least 1"),
        ("train groovae_4bar training.max_skipped=0", "max_skipped must be at least 1"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(finished, words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words.format(run=finished).split()) == 2
    assert message.format(run=finished) in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
