"""A run goes out as a TensorFlow checkpoint and comes back the same; nothing of anybody else's is overwritten."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from magenta_js_models import FLAT, LEVELS, MODELS

import gen
from gen.checkpoints.exporting import export
from gen.cli import main
from gen.errors import UsageError


def states(*runs):
    return [gen.load_model(run).state_dict() for run in runs]


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        *MODELS.items(),
        ("flat-trio_16bar", FLAT),
        ("hierdec-mel_16bar", ["encoder.sizes=[4]", *LEVELS[1:], "decoder.core.sizes=[5]"]),
    ],
)
def test_a_tensorflow_checkpoint_comes_back_bit_for_bit(make_run, tmp_path, name, overrides):
    run = make_run(name, overrides)

    done = gen.export_run(run, "tf-checkpoint", tmp_path / "out")
    imported = gen.import_magenta(tmp_path / "out", gen.load_run(run).recipe, tmp_path / "back")

    before, after = states(run, tmp_path / "back")
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert imported.step == 2500
    assert imported.parameters == done.details["parameters"]
    assert set(done.files) == {path.name for path in (tmp_path / "out").iterdir()}
    assert gen.checkpoints.open_checkpoint(tmp_path / "out").read("global_step") == np.int64(2500)


def test_exporting_twice_writes_the_same_bytes(run, tmp_path):
    for folder in ("one", "two"):
        gen.export_run(run, "tf-checkpoint", tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_command_prints_what_it_wrote_and_says_what_it_is(run, tmp_path, capsys):
    out = tmp_path / "deep" / "out"
    assert main(["export", str(run), "--to", "tf-checkpoint", "-o", str(out)]) == 0

    said = capsys.readouterr()
    assert set(said.out.splitlines()) == {str(path) for path in out.iterdir()}
    assert "tf-checkpoint: variables 16, parameters " in said.err
    account = json.loads((out / "export.json").read_text())
    assert (account["format"], account["recipe"], account["step"]) == ("tf-checkpoint", "groovae_4bar", 2500)


def test_an_export_is_replaced_only_when_told(run, tmp_path):
    out = tmp_path / "out"
    gen.export_run(run, "tf-checkpoint", out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}

    with pytest.raises(UsageError, match=r"holds an export already; .* --force"):
        gen.export_run(run, "tf-checkpoint", out)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before

    gen.export_run(run, "tf-checkpoint", out, force=True)
    assert {path.name for path in out.iterdir()} == before.keys()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("beside_an_export", [False, True])
def test_what_is_no_export_is_never_replaced(run, tmp_path, force, beside_an_export):
    out = tmp_path / "out"
    if beside_an_export:
        gen.export_run(run, "tf-checkpoint", out)
    out.mkdir(exist_ok=True)
    (out / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match=r"is not empty, and .*thesis\.txt"):
        gen.export_run(run, "tf-checkpoint", out, force=force)
    assert (out / "thesis.txt").read_text() == "mine"


def test_an_export_that_fails_leaves_what_was_there(run, tmp_path, monkeypatch):
    out = tmp_path / "out"
    gen.export_run(run, "tf-checkpoint", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "write_tensorflow_checkpoint", full)
    with pytest.raises(OSError, match="No space"):
        gen.export_run(run, "tf-checkpoint", out, force=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("damage", ["{", "[]", '{"files": 3}'])
def test_a_damaged_account_protects_the_folder(run, tmp_path, damage):
    out = tmp_path / "out"
    gen.export_run(run, "tf-checkpoint", out)
    (out / "export.json").write_text(damage)
    with pytest.raises(UsageError, match="is not empty"):
        gen.export_run(run, "tf-checkpoint", out, force=True)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["{}", "-o", "out"], 2, "--to"),
        (["{}", "--to", "tf-checkpoint"], 2, "-o/--out"),
        (["{}", "--to", "onxx", "-o", "out"], 2, "did you mean 'onnx'?"),
        (["{}", "--to", "tf-checkpoint", "--bytes", "2", "-o", "out"], 2, "--bytes is for magenta-js"),
        (["{}", "--to", "magenta-js", "--bytes", "3", "-o", "out"], 2, "invalid choice: 3"),
        (["{}", "--to", "tf-checkpoint", "--step", "7", "-o", "out"], 1, "no checkpoint of step 7"),
        (["nowhere", "--to", "tf-checkpoint", "-o", "out"], 2, "no run directory"),
        (["{}", "--to", "tf-checkpoint", "-o", "file"], 2, "that is a file"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(run, tmp_path, monkeypatch, capsys, words, code, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["export", *(word.format(run) for word in words)]) == code
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
