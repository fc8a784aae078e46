"""Trainings in turn: fair, repeatable, and finished by the same command however they were stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from safetensors.torch import load_file

from gen.cli import main
from gen.comparing import fairness, measuring
from gen.model.build import build_model
from gen.system.files import sha256_of_file
from gen.training import checkpoint
from gen.training.run import Run

ARMS = ("a", "b")


def weights(folder, arm, seed=0):
    run = folder / "runs" / f"{arm}-seed-{seed}"
    return {name: value.tolist() for name, value in load_file(run / "checkpoints/step-20/model.safetensors").items()}


def numbers(folder):
    """What was found, without what says when and where."""
    result = json.loads((folder / "result.json").read_text())
    for key in ("command", "made", "machine"):
        result.pop(key)
    for trial in result["trials"]:
        trial.pop("training_seconds")
    return result


def test_two_comparisons_with_the_same_seeds_find_the_same_numbers(compare, tmp_path):
    assert compare("one", "--seeds", "2") == 0
    assert compare("two", "--seeds", "2") == 0
    assert numbers(tmp_path / "one") == numbers(tmp_path / "two")
    assert numbers(tmp_path / "one")["seeds"] == [0, 1]


def test_arms_have_their_turns_in_every_round(compare, capsys):
    assert compare("out", "--seeds", "2") == 0
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("round")]
    names = ("a-seed-0", "b-seed-0", "a-seed-1", "b-seed-1")
    assert said == [f"round {number} of 10: {name} at step {2 * number}" for number in range(1, 11) for name in names]


def test_nothing_is_done_twice(compare, tmp_path, capsys):
    assert compare("out") == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    capsys.readouterr()
    assert compare("out") == 0
    said = capsys.readouterr().err
    assert "round" not in said
    assert "measuring" not in said
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")} == before


def test_what_another_gen_measured_otherwise_is_measured_again(compare, tmp_path, monkeypatch):
    assert compare("out") == 0
    trained = (tmp_path / "out/runs/a-seed-0/checkpoints/step-20/model.safetensors").stat().st_mtime_ns
    found, old = numbers(tmp_path / "out"), tmp_path / "out/measured/a-seed-0.safetensors"
    before = old.stat().st_mtime_ns
    monkeypatch.setattr(measuring, "_WAY", measuring._WAY + 1)
    assert compare("out") == 0
    assert old.stat().st_mtime_ns > before
    assert (tmp_path / "out/runs/a-seed-0/checkpoints/step-20/model.safetensors").stat().st_mtime_ns == trained
    assert numbers(tmp_path / "out") == found


def test_nothing_is_counted_loaded_or_hashed_twice(compare, monkeypatch):
    """In a comparison that is trained: sizes once an arm, and once each file of the one checkpoint that is loaded."""
    assert compare("out", "--seeds", "2") == 0
    built, hashed = Counter(), Counter()

    def sized(recipe, *rest):
        built[recipe.name] += 1
        return build_model(recipe, *rest)

    def digest(path):
        hashed[f"{path.parts[-4]}/{path.name}"] += 1
        return sha256_of_file(path)

    monkeypatch.setattr(fairness, "build_model", sized)
    monkeypatch.setattr(checkpoint, "sha256_of_file", digest)
    assert compare("out", "--seeds", "2", "--study", "interpolation") == 0
    assert built == dict.fromkeys(ARMS, 1)
    assert hashed == {f"{arm}-seed-0/{part}.safetensors": 1 for arm in ARMS for part in ("model", "state")}


@pytest.mark.slow
def test_trainings_at_once_are_the_same_as_in_turn(compare, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert compare("in-turn") == 0
    assert compare("at-once", "--jobs", "2") == 0
    for arm in ARMS:
        first, second = weights(tmp_path / "in-turn", arm), weights(tmp_path / "at-once", arm)
        assert first.keys() == second.keys()
        assert all(first[name] == pytest.approx(second[name], rel=1e-4, abs=1e-6) for name in ("mean.bias",))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["round 2", "round 7", "measuring b"])
def test_a_comparison_that_was_killed_is_finished_by_the_same_command(compare, tmp_path, moment):
    """Killed as soon as it has said so much; the rest is done by the same command in this process."""
    words = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), "--split", "validation"]
    command = [sys.executable, "-m", "gen", "compare", *words, "--out", str(tmp_path / "killed")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)
    for line in process.stderr:
        if line.startswith(moment):
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "result.json").exists()

    assert compare("killed") == 0
    assert compare("whole") == 0
    assert numbers(tmp_path / "killed") == numbers(tmp_path / "whole")


def test_a_comparison_given_more_steps_goes_on_and_ends_like_one_that_had_them_from_the_beginning(compare, tmp_path):
    assert compare("grown", "--steps", "20", "--pick", "last") == 0
    began = (tmp_path / "grown" / "runs" / "a-seed-0" / "data.json").stat().st_mtime_ns
    assert compare("grown", "--steps", "50", "--pick", "last") == 0
    assert (tmp_path / "grown" / "runs" / "a-seed-0" / "data.json").stat().st_mtime_ns == began
    assert compare("whole", "--steps", "50", "--pick", "last") == 0
    grown, whole = numbers(tmp_path / "grown"), numbers(tmp_path / "whole")
    assert grown["verdicts"] == whole["verdicts"]
    assert [trial["measured_at_step"] for trial in grown["trials"]] == [50, 50]
    assert Run(tmp_path / "grown" / "runs" / "b-seed-0").recipe().training.steps == 50


def test_a_budget_of_minutes_counts_training_time(compare, tmp_path):
    assert compare("out", "--minutes", "0.02") == 0
    for trial in numbers(tmp_path / "out")["trials"]:
        clock = json.loads((tmp_path / "out" / "runs" / trial["name"] / "clock.json").read_text())
        assert clock["rounds"] == 10
        assert clock["seconds"] >= 1.2
        assert clock["step"] == trial["measured_at_step"]


def test_the_weights_with_the_least_validation_loss_are_measured(compare, tmp_path):
    assert compare("out") == 0
    run = Run(tmp_path / "out" / "runs" / "a-seed-0")
    losses = {line["step"]: line["loss"] for line in run.metrics() if line["split"] == "validation"}
    assert len(losses) > 10
    of_slices = {step: loss for step, loss in losses.items() if step % 2 == 0}
    measured = {trial["name"]: trial["measured_at_step"] for trial in numbers(tmp_path / "out")["trials"]}
    assert measured["a-seed-0"] == min(of_slices, key=of_slices.__getitem__)


def test_the_last_weights_are_measured_where_they_are_asked_for(compare, tmp_path):
    assert compare("out", "--pick", "last") == 0
    assert {trial["measured_at_step"] for trial in numbers(tmp_path / "out")["trials"]} == {20}


def test_finished_runs_are_compared_as_they_are(compare, recipe, tmp_path):
    for name, sizes in (("c", "[6, 5]"), ("d", "[7]")):
        assert main(["train", recipe(name, sizes), "--samples", "0", "--out", str(tmp_path / f"run-{name}")]) == 0
    runs = [str(tmp_path / "run-c"), str(tmp_path / "run-d")]
    out = tmp_path / "out"
    assert main(["compare", *runs, "--split", "validation", "--out", str(out)]) == 0
    result = numbers(out)
    assert [trial["name"] for trial in result["trials"]] == ["run-c-seed-0", "run-d-seed-0"]
    assert result["budget"] == "as trained before"
    assert not (out / "runs").exists()


def test_a_run_of_other_data_is_refused(compare, recipe, tmp_path, capsys):
    for name, seed in (("c", 0), ("d", 9)):
        words = ["train", recipe(name), f"data.source.seed={seed}", "--samples", "0"]
        assert main([*words, "--out", str(tmp_path / f"run-{name}")]) == 0
    capsys.readouterr()
    runs = [str(tmp_path / "run-c"), str(tmp_path / "run-d")]
    assert main(["compare", *runs, "--out", str(tmp_path / "out")]) == 2
    assert "can't be compared: their data differ" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
