"""`gen train`, `eval`, `sample` and `data`, as a user types them."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

import gen
from gen.cli import main
from gen.system.files import locked
from gen_datasets.demo.source import Demo

TINY = [
    "data={source: {type: demo, clips: 20, bars: 5}}",
    "encoder.sizes=[12]",
    "decoder.sizes=[12]",
    "latent.size=4",
    "training={batch_size: 4, steps: 4, log_every: 2, eval_every: 2, checkpoint_every: 2}",
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run, made by the command."""
    run = tmp_path_factory.mktemp("runs") / "tiny"
    assert main(["train", "groovae_4bar", *TINY, "--out", str(run), "--samples", "2"]) == 0
    return run


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it that a test may damage."""
    return shutil.copytree(finished, tmp_path / "run")


def test_a_training_leaves_a_run_with_music_and_a_picture(finished):
    assert {path.name for path in finished.iterdir()} == {
        "recipe.yaml",
        "metrics.jsonl",
        "data.json",
        "lock",
        "checkpoints",
        "samples",
        "piano_roll.png",
    }
    assert (finished / "piano_roll.png").read_bytes().startswith(b"\x89PNG")
    names = {path.name for path in (finished / "samples").iterdir()}
    assert names == {"sample-0.mid", "sample-1.mid", "original.mid", "reconstruction.mid"}
    original = gen.read_midi(finished / "samples" / "original.mid")
    assert len(original) > 0
    assert original.is_drum.all()
    assert main(["replay", str(finished / "samples" / "sample-1.mid")]) == 0


def test_a_run_trains_on_by_its_path_alone(run, capsys):
    assert main(["train", "--resume", str(run), "training.steps=6", "--samples", "0"]) == 0
    assert (run / "checkpoints" / "step-6").is_dir()
    assert gen.load_recipe(str(run / "recipe.yaml")).training.steps == 6


def test_a_run_remembers_where_its_data_lay(tmp_path, capsys):
    folder = tmp_path / "clips"
    folder.mkdir()
    for item in Demo(clips=6, bars=4).items():
        (folder / f"{item.id}.mid").parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{item.id}.mid").write_bytes(item.read())
    run = tmp_path / "run"
    source = "data.source={type: folder, validation: 0.0, test: 0.0}"
    words = ["train", "groovae_4bar", source, *TINY[1:], "--data", str(folder), "--out", str(run), "--samples", "0"]
    assert main(words) == 0
    assert main(["train", "--resume", str(run), "training.steps=6", "--samples", "0"]) == 0
    assert "from step 4" in capsys.readouterr().err
    assert main(["eval", str(run), "--split", "train", "--limit", "2"]) == 0
    assert main(["eval", str(run)]) == 1
    error = capsys.readouterr().err
    assert "the test split has no example" in error
    assert "there are examples in train: name one with --split" in error


def test_two_trainings_never_share_a_run(run, capsys):
    before = (run / "recipe.yaml").read_bytes()
    with ThreadPoolExecutor(1) as other:
        lock = locked(run, doing="being trained")
        other.submit(lock.__enter__).result()
        assert main(["train", "--resume", str(run), "training.steps=6", "--samples", "0"]) == 2
        other.submit(lock.__exit__, None, None, None).result()
    assert (run / "recipe.yaml").read_bytes() == before
    assert f"is being trained by process {os.getpid()} already" in capsys.readouterr().err
    assert main(["train", "--resume", str(run), "training.steps=6", "--samples", "0"]) == 0


def test_sampling_writes_as_many_clips_as_asked_and_the_same_ones_for_the_same_seed(run, tmp_path, capsys):
    clips = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert main(["sample", str(run), "-n", "3", "--seed", str(seed), "-o", str(tmp_path / name)]) == 0
        clips[name] = [path.read_bytes() for path in sorted((tmp_path / name).iterdir())]
    assert len(clips["a"]) == 3
    assert clips["a"] == clips["b"] != clips["c"]
    assert len(capsys.readouterr().out.splitlines()) == 9


def test_sampling_overwrites_clips_only_when_told_to(run, tmp_path, capsys):
    words = ["sample", str(run), "-o", str(tmp_path / "out"), "-n", "2"]
    assert main(words) == 0
    first, second = sorted((tmp_path / "out").iterdir())
    second.write_bytes(b"precious")
    first.unlink()
    assert main(words) == 2
    assert f"{second} is there already" in capsys.readouterr().err
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [b"precious"]
    assert main([*words, "--force"]) == 0
    assert len(gen.read_midi(second)) >= 0


def test_samples_can_be_had_at_another_tempo(run, tmp_path):
    for qpm in (120, 60):
        main(["sample", str(run), "-n", "1", "--temperature", "1", "--qpm", str(qpm), "-o", str(tmp_path / str(qpm))])
    (fast,), (slow,) = ([gen.read_midi(path) for path in (tmp_path / qpm).iterdir()] for qpm in ("120", "60"))
    assert len(fast) > 0
    assert slow.tempos.qpm.tolist() == pytest.approx([60.0])
    assert slow.start == pytest.approx(2 * fast.start, abs=1e-3)


def test_a_model_with_controls_takes_them_from_a_clip(finished, tmp_path, capsys):
    run = tmp_path / "controlled"
    assert main(["train", "groovae_4bar", *TINY, "converter.hits_as_controls=true", "--out", str(run)]) == 0
    assert len(list((run / "samples").iterdir())) == 10
    out = tmp_path / "out"
    assert main(["sample", str(run), "-o", str(out)]) == 2
    assert "give a clip to take them from: --like" in capsys.readouterr().err
    clip = finished / "samples" / "original.mid"
    assert main(["sample", str(run), "-n", "2", "-o", str(out), "--like", str(clip)]) == 0
    assert len(list(out.iterdir())) == 2
    assert main(["eval", str(run), "--limit", "2"]) == 0


def test_eval_names_its_regimes_and_prints_json(run, capsys):
    assert main(["eval", str(run), "--json", "--batch-size", "2"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["split"] == "test"
    assert result["step"] == 4
    assert {"teacher_forced", "free_running", "greedy", "teacher_forced_shuffled"} <= set(result["regimes"])
    assert result["latent"]["size"] == 4
    low, high = result["intervals"]["teacher_forced"]["cross_entropy"]
    assert low <= result["regimes"]["teacher_forced"]["cross_entropy"] <= high
    assert 0 <= result["regimes"]["greedy"]["hit_f1"] <= 1


def test_the_stand_in_for_a_missing_data_set_is_named_at_both_ends(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setattr("gen_datasets.groove.source.cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv("GEN_DATA_DIR", raising=False)
    words = [*TINY[1:], "data.fallback={type: demo, clips: 8, bars: 5}", "--out", str(tmp_path / "run")]
    assert main(["train", "groovae_4bar", *words, "--samples", "0"]) == 0
    lines = capsys.readouterr().err.splitlines()
    told = [number for number, line in enumerate(lines) if line.startswith("NOTICE: data set 'groove' is not here")]
    steps = [number for number, line in enumerate(lines) if line.startswith("step ")]
    assert len(told) == 2
    assert told[0] < steps[0] < steps[-1] < told[1]


def test_eval_prints_a_table(run, capsys):
    assert main(["eval", str(run), "--split", "validation", "--limit", "2"]) == 0
    out = capsys.readouterr().out
    assert "free-running" in out
    assert "timing_mae_ms" in out


def test_data_prepare_accounts_for_every_file_and_exports_clips(tmp_path, capsys):
    words = ["data", "prepare", "groovae_4bar", TINY[0]]
    assert main([*words, "--export", str(tmp_path / "out"), "--limit", "3"]) == 0
    assert "train" in capsys.readouterr().out
    assert main([*words, "--export", str(tmp_path / "out")]) == 2
    assert f"--export {tmp_path / 'out'}: the folder is not empty" in capsys.readouterr().err
    clips = list((tmp_path / "out" / "train").iterdir())
    assert len(clips) == 3
    converter = gen.build_converter(gen.load_recipe("groovae_4bar", ["converter.hop_size=null"]), mode="eval")
    assert all(len(converter.to_tensors(gen.read_midi(clip))) == 1 for clip in clips)

    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["train"]["examples"] == 32


def test_data_prepare_lists_the_rejected(tmp_path, capsys):
    assert (
        main(["data", "prepare", "groovae_4bar", "data={source: {type: demo, clips: 3, bars: 2}}", "--rejected"]) == 1
    )
    captured = capsys.readouterr()
    assert captured.out.count("too-short:") >= 3
    assert "gen: no example at all" in captured.err


def test_data_ls_lists_every_source(capsys):
    assert main(["data", "ls", "--json"]) == 0
    assert {"demo", "folder", "groove"} <= {row["name"] for row in json.loads(capsys.readouterr().out)["sources"]}
    assert main(["data", "ls"]) == 0
    assert "groove" in capsys.readouterr().out


def test_data_ls_lists_what_is_prepared(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEN_CACHE_DIR", str(tmp_path))
    assert main(["data", "prepare", "groovae_4bar", "data={source: {type: demo, clips: 10}}", "--json"]) == 0
    assert "for the first time" in capsys.readouterr().err
    assert main(["data", "ls", "--json"]) == 0
    (store,) = json.loads(capsys.readouterr().out)["prepared"]
    assert store["whole"]
    assert store["examples"]["train"] > 0
    assert main(["data", "ls"]) == 0
    assert store["name"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "0"], "--workers must be at least 1"),
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler is for --engine dask"),
    ],
)
def test_options_of_preparation_that_mean_nothing_are_refused(options, message, capsys):
    assert main(["data", "prepare", "groovae_4bar", *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("train", 2, "which recipe?"),
        ("train no_such_recipe", 2, "no_such_recipe"),
        ("train groovae_4bar training.stepz=3", 2, "did you mean 'steps'?"),
        ("train groovae_4bar --device nowhere", 2, "no device 'nowhere'; give cpu, cuda, cuda:N"),
        ("sample {run} --device cuda:99", 2, "device 'cuda:99' can't be used"),
        ("train groovae_4bar data.source=demo --data here.zip", 2, "takes no path"),
        ("train groovae_4bar --data here.zip", 1, "here.zip"),
        ("train --resume {run} latent.size=3", 2, "a resumed run keeps its recipe"),
        ("train --resume {run} --out there", 2, "exclude each other"),
        ("train --resume {empty}", 2, "no run directory: it has no recipe.yaml"),
        ("train --resume groovae_4bar", 2, "groovae_4bar is no run directory: there is no such directory"),
        ("train latent.size=3", 2, "'latent.size=3' is no recipe; to change a value, write key.path=value after"),
        ("train groovae_4bar data.source=demo --out {run}/recipe.yaml", 2, "recipe.yaml: that is a file"),
        ("train groovae_4bar data.source=demo --out {run}", 2, "is not empty"),
        ("train --resume {run} training.steps=3", 2, "is at step 4 already"),
        ("train groovae_4bar data.source=demo --samples -3", 2, "--samples must be at least 0"),
        ("data prepare groovae_4bar data.source=demo --limit 3", 2, "only with --export"),
        ("sample {empty}", 2, "no run directory"),
        ("sample {run} -n 0", 2, "--count must be at least 1"),
        ("sample {run} --temperature -1", 2, "--temperature"),
        ("sample {run} --qpm 1", 2, "--qpm must be from 10"),
        ("sample {run} -o {run}/recipe.yaml", 2, "recipe.yaml: that is a file; give a folder"),
        ("sample {run} --like {run}/samples/original.mid", 2, "has no controls to take from a clip"),
        ("sample {run} --step 77", 1, "no checkpoint of step 77"),
        ("eval {run} --limit 0", 2, "--limit must be at least 1"),
        ("eval {run} --split dev", 2, "invalid choice"),
        ("data get nothing", 2, "no dataset named 'nothing'"),
    ],
)
def test_what_is_wrong_is_said_in_words(words, code, message, run, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    filled = words.format(run=run, empty=tmp_path / "empty").split()
    assert main(filled) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_flipped_byte_in_a_checkpoint_stops_every_command(run, tmp_path, capsys):
    weights = run / "checkpoints" / "step-4" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 4
    weights.write_bytes(content)
    for words in (["sample", str(run)], ["eval", str(run)], ["train", "--resume", str(run), "training.steps=6"]):
        assert main(words) == 1
        assert "model.safetensors is damaged" in capsys.readouterr().err
    assert main(["sample", str(run), "--step", "2", "-n", "1", "-o", str(tmp_path / "out")]) == 0
