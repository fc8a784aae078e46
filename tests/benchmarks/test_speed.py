"""The benchmarks of speed: that they run, and that what they set gen's figures beside is what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import run
from speed import memory, original, report, training
from speed.jobs import half_way
from speed.options import Options
from speed.settings import FULL, SMALL
from speed.turns import Rounds, Runner
from speed.workers import Order, order_from

import gen
from gen.model import schedules
from gen.recipes.sections import SamplingSection

ROOT = Path(__file__).parents[2]
CONDUCTOR_READS = {"hierdec-mel_16bar": 1024, "hierdec-trio_16bar": 1024}  # weights of a constant zero: 1 * 4 * 256
PAGES = {
    "training_step": ("groovae_4bar", "cat-mel_2bar_small", "flat-mel_16bar", "hierdec-mel_16bar", "hierdec-trio"),
    "first_step": ("hierdec-trio_16bar, small",),
    "sampling": ("z to steps", "nothing to notes", "notes to MIDI files"),
    "fast_paths": ("scheduled sampling", "teacher forcing"),
    "loading": ("every example in a key of its own", "none"),
    "scaling": ("2, flat", "2, hierarchical"),
}


@pytest.mark.slow
def test_one_command_writes_a_page_for_every_group(tmp_path):
    command = [sys.executable, "benchmarks/run.py", "--quick", "--threads", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{page}-cpu.md" for page in PAGES)
    for page, names in PAGES.items():
        text = (tmp_path / f"{page}-cpu.md").read_text(encoding="utf-8")
        assert "`python benchmarks/run.py --quick" in text
        assert f"torch {__import__('torch').__version__}" in text
        for name in names:
            assert any(line.startswith("|") and name in line for line in text.splitlines()), (page, name)


def test_the_original_s_figures_are_those_of_its_run(golden):
    timings = json.loads((golden / "timings.json").read_text())
    for name, figures in original.TRAINING.items():
        ran = timings[name]
        assert figures.parameters == ran["n_params"]
        assert figures.step == pytest.approx(ran["median_step_wall_s"], abs=5e-4)
        assert figures.least == pytest.approx(ran["min_step_wall_s"], abs=5e-4)
        assert figures.building == pytest.approx(ran["build_graph_s"] + ran["init_s"], abs=6e-3)
        assert figures.first == pytest.approx(ran["first_step_s"], abs=6e-3)
        assert figures.memory == pytest.approx(ran["peak_rss_mb"], abs=0.5)
        assert (ran["batch"], ran["threads"]) == (training.batch_of(name), original.THREADS)
    sampled = timings["sample_groovae_4bar"]
    assert original.SAMPLING["groovae_4bar"]["steps"] == pytest.approx(sampled["decode64_median_s"], abs=5e-4)
    notes = sampled["sample64_to_notesequences_median_s"]
    assert original.SAMPLING["groovae_4bar"]["notes"] == pytest.approx(notes, abs=5e-4)


@pytest.mark.parametrize("setting", training.SETTINGS, ids=lambda setting: f"{setting.name}, {setting.batch}")
def test_models_have_the_original_s_size_and_batch(setting):
    recipe = setting.load()
    theirs = original.TRAINING[setting.original].parameters

    assert gen.build_model(recipe).parameter_count() == theirs - CONDUCTOR_READS.get(setting.recipe, 0)
    assert recipe.training.batch_size == setting.batch == training.batch_of(setting.original)
    assert all(word in setting.overrides for word in SMALL) == ("small" in setting.name.partition(",")[2])


def test_scheduled_sampling_is_measured_where_half_of_the_steps_are_heard():
    assert half_way(SamplingSection()) == 0
    for sampling in (SamplingSection("inverse_sigmoid", 1000), SamplingSection("exponential", 0.999)):
        assert schedules.feedback(sampling, half_way(sampling)) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("setting", FULL, ids=lambda setting: setting.name)
def test_memory_is_predicted_not_far_above_what_was_measured(setting):
    lines = (ROOT / "benchmarks" / "results" / "recipe_costs-cpu.jsonl").read_text().splitlines()
    (measured,) = [line for line in map(json.loads, lines) if line["recipe"] == setting.recipe]
    assert measured["batch"] == setting.batch

    assert 1.0 < memory.predicted(setting) / (measured["gigabytes"] * 2**30) < 1.4


def test_a_model_that_does_not_fit_is_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 2**30)

    fits, note = memory.fits(FULL[0], "cpu")

    assert not fits
    assert note.startswith("flat-mel_16bar at batch 8: not measured. about ")
    assert note.endswith("GB would be needed, and 1.0 are free.")


def test_rounds_are_as_many_as_the_time_allows_within_bounds():
    rounds = Rounds(seconds=10.0, least=3, most=7)

    assert [rounds.number(seconds) for seconds in (0.0, 1.0, 2.0, 3.0, 60.0)] == [7, 7, 5, 3, 3]


def test_an_order_reaches_the_other_process_as_it_was_given():
    order = Order("training", training.SETTINGS[0], isa="avx2", keep=False, peak=64)

    assert order_from(order.text) == order


def test_a_table_sets_names_left_and_numbers_right():
    assert report.table("<model | seconds", [("one", 0.5)]) == ["| model | seconds |", "|---|--:|", "| one | 0.5 |", ""]


def test_threads_and_instructions_do_not_matter_on_a_gpu():
    assert Options(threads=(1, 2)).lines == [2, 1]
    assert Options(device="cuda", threads=(1, 2)).lines == [None]


def test_impossible_threads_are_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        run.arguments_of(["--threads", "0"])

    assert stopped.value.code == 2
    assert "--threads must be 1 or more, not 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("batch", "threads", "ratio"), [(64, 2, "2.49 (2.99)"), (64, 1, "–"), (4, 2, "–"), (64, None, "–")]
)
def test_the_original_stands_beside_its_own_batch_and_threads_alone(batch, threads, ratio):
    setting = replace(training.SETTINGS[0], batch=batch)
    worker = SimpleNamespace(order=Order("training", setting), facts={"flops": 1e9})
    runner = Runner(worker, "step", threads, seconds=[0.4, 0.5, 0.6], shares=[0.1, 0.2, 0.6])

    row = training.row_of(runner, memory=1000.0)

    assert row[-1] == ratio
    assert row[5:9] == ("0.5 (0.4)", "2", "20% (60%)", "1,000")
