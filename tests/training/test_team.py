"""Two processes under torchrun: they compute what one computes, and survive the death of either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from gen.training.run import Run
from gen.training.team import assembled, own_device, under_torchrun

RECIPE = [
    "groovae_4bar",
    "data={source: {type: demo, clips: 20, bars: 4}}",
    "encoder={sizes: [12], dropout: 0.2}",
    "decoder.sizes=[12, 10]",
    "latent.size=4",
    "training={batch_size: 5, steps: 8, log_every: 1, eval_every: 4, checkpoint_every: 2, accumulate: 2, "
    "sampling: {schedule: constant, rate: 0.3}}",
    *["--samples", "0", "--device", "cpu"],
]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]


def test_without_torchrun_there_is_one_process(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    assert not under_torchrun()
    with assembled() as team:
        assert (team.rank, team.size, team.leads) == (0, 1, True)
        assert team.decide(lambda: 7) == team.most(7) == 7


def test_each_process_has_a_device_of_its_own_only_where_none_was_named(monkeypatch):
    for name, value in {
        "RANK": "3",
        "LOCAL_RANK": "1",
        "WORLD_SIZE": "4",
        "MASTER_ADDR": "a",
        "MASTER_PORT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert [own_device(name) for name in ("auto", "cuda", "cpu", "cuda:0")] == ["cuda:1", "cuda:1", "cpu", "cuda:0"]
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert own_device("auto") == "auto"


def everything(run: Run) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    folder = run.checkpoints / "step-8"
    tensors = {
        f"{part}/{name}": tensor.numpy().tobytes()
        for part in ("model", "state")
        for name, tensor in load_file(folder / f"{part}.safetensors").items()
    }
    return tensors, [{key: value for key, value in line.items() if key != "steps_per_second"} for line in run.metrics()]


def ranks(pid: int) -> list[int]:
    """The processes that torchrun started, in the order of their ranks."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ours = [int(child) for child in children if b"--samples" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def rank(child: int) -> int:
        variables = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        return next(int(each[5:]) for each in variables if each.startswith(b"RANK="))

    return sorted(ours, key=rank)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc for the processes of torchrun")
def test_two_processes_equal_one_and_one_that_is_killed_is_started_again(tmp_path):
    one, two = Run(tmp_path / "one"), Run(tmp_path / "two")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    alone = [sys.executable, "-m", "gen", "train", *RECIPE, "--out", str(one.path)]
    subprocess.run(alone, check=True, capture_output=True, env=environment)

    words = [*TORCHRUN, "--max-restarts", "1", "-m", "gen", "train", *RECIPE]
    refused = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert "torchrun may restart this training: give --out" in refused.stderr

    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*words, "--out", str(two.path)], stdout=log, stderr=log, env=environment)
        while not (two.checkpoints / "step-4").exists():
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.01)
        os.kill(ranks(process.pid)[1], signal.SIGKILL)
        assert process.wait(600) == 0, (tmp_path / "log").read_text()
    said = (tmp_path / "log").read_text()
    assert "process 0 of 2 can't reach the others any more" in said
    assert "2 processes" in said
    assert ", from step " in said

    tensors, curve = everything(two)
    expected_tensors, expected_curve = everything(one)
    assert tensors == expected_tensors
    assert json.dumps(curve) == json.dumps(expected_curve)
    assert two.recipe() == one.recipe()


@pytest.mark.slow
def test_more_slices_than_processes_give_the_same_losses_and_sigterm_saves(tmp_path):
    one, two = Run(tmp_path / "one"), Run(tmp_path / "two")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = [*RECIPE, "training.batch_size=10", "training.accumulate=4", "training.steps=40"]
    command = [*TORCHRUN, "-m", "gen", "train", *words, "--out", str(two.path)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        while not (two.checkpoints / "step-2").exists():
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.01)
        process.terminate()
        assert process.wait(600) != 0
    stopped = two.steps_done()
    assert f"stopped by SIGTERM after step {stopped} and saved" in (tmp_path / "log").read_text()
    assert 2 <= stopped < 40

    alone = [sys.executable, "-m", "gen", "train", *words, f"training.steps={stopped}", "--out", str(one.path)]
    subprocess.run(alone, check=True, capture_output=True, env=environment)
    losses = [[line["loss"] for line in run.metrics() if line["split"] == "train"] for run in (one, two)]
    assert len(losses[0]) == len(losses[1]) == stopped
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)
