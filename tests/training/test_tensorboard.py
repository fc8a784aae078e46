"""Curves of a training that was resumed: no step twice, none that runs back."""

from __future__ import annotations

import shutil

import pytest

from gen.cli import main

WORDS = ["data.source={type: demo, clips: 20, bars: 5}", "data.fallback=null", "encoder.sizes=[4]", "decoder.sizes=[4]"]
PACE = ["training.batch_size=4", "training.log_every=2", "training.checkpoint_every=4", "training.eval_every=100"]


def test_steps_that_are_done_again_after_a_resume_count_once(tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = tmp_path / "run"
    train = ["train", "groovae_4bar", *WORDS, *PACE, "training.steps=10", "--samples", "0", "--tensorboard"]
    assert main([*train, "--out", str(run)]) == 0
    shutil.rmtree(run / "checkpoints" / "step-10")  # as after a crash between two checkpoints
    assert main(["train", "--resume", str(run), "training.steps=12", "--samples", "0", "--tensorboard"]) == 0

    board = events.EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0})
    board.Reload()
    steps = [event.step for event in board.Scalars("train/loss")]
    assert steps == sorted(set(steps))
    assert steps[-1] == 12
