"""Numbers that no command can use, on the command line and in recipes: each is refused in words, and at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_models import tiny_model, tiny_run

import gen
from gen.cli import explain, main
from gen.errors import UsageError
from gen.music.sampling import sample_clips

HUGE = "9" * 5000


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return tiny_run("drums", tmp_path_factory.mktemp("made") / "run")


def refused(words: list[str], capsys, code: int = 2) -> str:
    """Run a command that is refused; what was said, in a few lines."""
    assert main(words) == code
    said = capsys.readouterr().err
    assert "unexpected" not in said
    assert len(said) < 2000
    return said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seed", str(1 << 64)], "beyond 2**63 - 1"),
        (["--seed", "-1"], "a seed is from 0 to"),
        (["--seed", HUGE], "is no whole number"),
        (["--seed", "1e3"], "'1e3' is no whole number"),
        (["-n", str(10**9)], "1,000,000,000 clips would take about 10,000.0 GB of memory, and this machine has"),
        (["-n", HUGE], "is no whole number"),
        (["-n", "-1"], "at least 1"),
        (["--bars", str(10**12)], "from 1 to 1024"),
        (["--temperature", "nan"], "must be 0 or more"),
        (["--temperature", "1e999"], "must be 0 or more"),
        (["--temperature", "x" * 5000], "is no number"),
        (["--qpm", "1e-308"], "from 10 to 1000"),
    ],
)
def test_a_number_that_sample_can_not_use_is_refused(run, tmp_path, capsys, words, said):
    assert said in refused(["sample", str(run), *words, "-o", str(tmp_path)], capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "a", "b", "--seeds", str(10**9)], "at most 10,000, not 1,000,000,000"),
        (["compare", "a", "b", "--jobs", str(10**9)], "at most 1,024"),
        (["compare", "cat-drums_2bar_tiny", "cat-mel_2bar_tiny", "--minutes", "nan"], "above 0"),
        (["data", "check", "x", "--time-limit", "1e300"], "at most 1,000,000"),
        (["data", "check", "x", "--time-limit", "nan"], "above 0"),
        (["data", "check", "x", "--workers", str(10**9)], "at most 1,024"),
        (["data", "prepare", "groovae_4bar", "--workers", str(10**9)], "at most 1,024"),
        (["train", "groovae_4bar", "--samples", str(10**9)], "GB of memory"),
    ],
)
def test_a_number_that_another_command_can_not_use_is_refused(capsys, words, said):
    assert said in refused(words, capsys)


@pytest.mark.parametrize("temperature", ["1e-308", "1e-40", "5e-324", "1e308"])
def test_the_coldest_and_the_hottest_draws_are_draws(run, tmp_path, capsys, temperature):
    words = ["sample", str(run), "-n", "1", "--temperature", temperature, "-o", str(tmp_path)]

    assert main(words) == 0


def test_a_temperature_near_nothing_takes_the_likeliest():
    trained = tiny_model("drums")
    z = trained.model.prior(2, generator=torch.Generator().manual_seed(0))

    assert torch.equal(trained.model.decode(z, temperature=1e-308), trained.model.decode(z, temperature=0.0))
    with pytest.raises(ValueError, match="temperature must be"):
        trained.model.decode(z, temperature=float("nan"))


@pytest.mark.parametrize("seed", [-1, 1 << 63, 1 << 20_000], ids=["negative", "long", "endless"])
def test_a_seed_that_no_generator_takes_is_refused_in_python_too(seed):
    with pytest.raises(UsageError, match=r"a seed is from 0 to 2\*\*63 - 1"):
        sample_clips(tiny_model("drums"), 1, seed=seed, temperature=1.0)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (f"training.seed={1 << 64}", "seed must be from 0 to 2**63 - 1"),
        (f"training.seed={1 << 63}", "seed must be from 0 to 2**63 - 1"),
        ("training.seed=-1", "seed must be from 0"),
        (f"training.steps=0x{'f' * 300_000}", "not a usable int"),
        (f"training.steps={HUGE}", "not a usable int"),
        ("training.learning_rate=.nan", ".nan is no number to go by"),
        ("decoder.dropout=.nan", ".nan is no number to go by"),
        ("training.learning_rate=.inf", "learning_rate must be a number above 0"),
        ("training.learning_rate=1e999", "not a usable float"),
        ('data.source.path="a\\0b"', "not a usable str"),
        ('data.source.path="\\ud800"', "not a usable str"),
        (f"latent.size={10**9}", "GB of memory, and this machine has"),
        (f"encoder.sizes=[{10**9}]", "can't be built in its size"),
        (f"encoder.sizes=[{10**18}]", "can't be built in its size"),
    ],
    ids=lambda value: value[:30],
)
def test_a_number_that_no_recipe_can_have_is_refused(capsys, override, said):
    assert said in refused(["recipes", "check", "groovae_4bar_small", override], capsys)


def test_a_batch_beyond_any_memory_says_what_it_would_take(capsys, tmp_path):
    words = ["train", "groovae_4bar_small", "data={source: {type: demo, clips: 4, bars: 4}}"]
    said = refused([*words, f"training.batch_size={10**9}", "--out", str(tmp_path / "run")], capsys)

    assert "batches of 1,000,000,000 examples would take about" in said


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory")],
)
def test_memory_that_is_not_there_is_no_fault_of_gen(error):
    said = explain(error)
    assert said.startswith("gen: not enough memory")
    assert "training.batch_size" in said


def test_large_sizes_that_fit_are_built_as_ever():
    recipe = gen.load_recipe("groovae_4bar_small", ["encoder.sizes=[4]", "decoder.sizes=[4]", "latent.size=10001"])
    from gen.model.build import build_model

    assert build_model(recipe).latent.size == 10001
