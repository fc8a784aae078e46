"""Folders that strangers made: whatever stands in a file's place, a command ends, in words, and writes nowhere else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tiny_models import demo_bytes, tiny_run

from gen.cli import main

FILES = [
    *("recipe.yaml", "data.json", "metrics.jsonl", "checkpoints/step-0/meta.json"),
    *("checkpoints/step-0/model.safetensors", "checkpoints/step-0/state.safetensors"),
]
JSON = [
    *('{"format": 1, "step": 1e999, "data": "", "sha256": {}}', '{"format": 1, "step": -5, "data": "", "sha256": {}}'),
    *("[" * 100_000, "[]", "7", '{"format": 1e999}', '{"format": 1, "step": 0, "data": 3, "sha256": []}'),
    *('{"step": NaN, "split": 3}', '{"path": 5, "fingerprint": []}', '{"path": "a\\u0000b"}', "9" * 5000),
    f'{{"path": "{"x/" * 3000}"}}',
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A tiny run of gen's own."""
    return tiny_run("drums", tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def run(made, tmp_path) -> Path:
    """A copy of it, to spoil, beside something precious."""
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "precious").write_text("precious")
    return Path(shutil.copytree(made, tmp_path / "run"))


def spoil(path: Path, kind: str) -> None:
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "loop": path.name, "nowhere": "nothing-there"}[kind])


def ends_well(words: list[str], capsys, tmp_path: Path) -> str:
    """Run a command: no fault of gen, and the victim is as it was; what was said."""
    code = main(words)
    said = capsys.readouterr().err

    assert code in (0, 1, 2)
    assert "unexpected" not in said
    assert "\nTraceback" not in said
    assert [path.name for path in (tmp_path / "victim").iterdir()] == ["precious"]
    assert (tmp_path / "victim" / "precious").read_text() == "precious"
    return said


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop", "nowhere"])
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_ends_a_command_in_words(run, tmp_path, capsys, file, kind):
    spoil(run / file, kind)
    said = ends_well(["sample", str(run), "-n", "1", "-o", str(tmp_path / "out")], capsys, tmp_path)

    assert ("gen: " in said) is (file not in ("data.json", "metrics.jsonl"))


@pytest.mark.parametrize("content", JSON, ids=range(len(JSON)))
@pytest.mark.parametrize("file", ["data.json", "metrics.jsonl", "checkpoints/step-0/meta.json", "import.json"])
def test_json_that_is_none_of_gens_ends_a_command_in_words(run, tmp_path, capsys, file, content):
    (run / file).write_text(content)
    words = ["sample", str(run), "-n", "1", "-o", str(tmp_path / "out")]
    ends_well(words if "meta" in file else ["train", "--resume", str(run), "training.steps=-1"], capsys, tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop"])
@pytest.mark.parametrize("option", ["--like", "--drum-map"])
def test_what_is_no_clip_or_drum_map_ends_a_command_in_words(run, tmp_path, capsys, option, kind):
    clip = tmp_path / "clip.mid"
    clip.write_bytes(demo_bytes())
    spoil(tmp_path / "x", kind)
    words = ["reconstruct", str(run), str(clip if option == "--drum-map" else tmp_path / "x")]
    words += ["--drum-map", str(tmp_path / "x")] if option == "--drum-map" else []

    assert "gen: " in ends_well([*words, "--all", "-o", str(tmp_path / "out")], capsys, tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop"])
@pytest.mark.parametrize("name", ["a.mid", "a.zip"])
def test_what_is_no_music_is_checked_in_no_time(tmp_path, run, capsys, name, kind):
    spoil(tmp_path / name, kind)
    ends_well(["data", "check", str(tmp_path / name), "--workers", "0"], capsys, tmp_path)


@pytest.mark.parametrize("name", ["lock", "checkpoints", "recipe.yaml", "data.json", "metrics.jsonl"])
@pytest.mark.parametrize("target", ["victim", "victim/precious"])
def test_no_new_run_is_laid_out_through_a_link(run, tmp_path, capsys, name, target):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / name).symlink_to(Path("..") / target)
    words = ["train", "cat-drums_2bar_tiny", "--trial", "--samples", "0", "--out", str(tmp_path / "new")]
    said = ends_well([*words, "training.steps=0"], capsys, tmp_path)

    assert said


@pytest.mark.parametrize("target", ["victim", "victim/precious"])
@pytest.mark.parametrize("name", ["lock", "manifest.json", "building.json", "shard-00000.jsonl", "shard-00000.done"])
def test_no_store_is_written_through_a_link(run, tmp_path, capsys, name, target):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / name).symlink_to(Path("..") / target)
    demo = "data={source: {type: demo, clips: 2, bars: 4}}"
    ends_well(["data", "prepare", "groovae_4bar", demo, "--store", str(tmp_path / "store")], capsys, tmp_path)


def test_no_clip_is_exported_through_a_link(run, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "train").symlink_to("../victim")
    demo = "data={source: {type: demo, clips: 2, bars: 4}}"
    words = ["data", "prepare", "groovae_4bar", demo, "--export", str(tmp_path / "out")]

    assert "is not empty" in ends_well(words, capsys, tmp_path)


def test_what_a_run_says_commands_no_terminal(run, tmp_path, capsys):
    step = run / "checkpoints" / "step-0" / "meta.json"
    meta = json.loads(step.read_text())
    step.write_text(json.dumps({**meta, "format": 9, "gen": "\x1b]52;c;cm0=\x07\x1b[2J\u202e\ngen: done"}))
    said = ends_well(["sample", str(run), "-o", str(tmp_path / "out")], capsys, tmp_path)

    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert len(said.splitlines()) == 1
