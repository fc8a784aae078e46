"""Checkpoints: whole or not there, verified, and never at the cost of an older one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

import gen
from gen.errors import CheckpointError, UsageError
from gen.system.files import directory_atomically, write_atomically
from gen.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, weights_digest


def checkpoint(step, size=4):
    tensors = {"w": torch.arange(float(size))}
    return Checkpoint(step, tensors, {"generator": torch.ones(3, dtype=torch.uint8)}, "abc")


def test_what_is_saved_is_loaded(tmp_path):
    path = save_checkpoint(tmp_path, checkpoint(7), keep=3)
    loaded = load_checkpoint(path)
    assert (path.name, loaded.step, loaded.data_fingerprint) == ("step-7", 7, "abc")
    assert torch.equal(loaded.model["w"], torch.arange(4.0))
    assert loaded.state["generator"].tolist() == [1, 1, 1]


def test_steps_are_ordered_as_numbers(tmp_path):
    for step in (9, 10, 100):
        save_checkpoint(tmp_path, checkpoint(step), keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-10", "step-100"]


@pytest.mark.parametrize("part", ["model.safetensors", "state.safetensors"])
@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_flipped_byte_is_named_and_so_is_the_way_out(tmp_path, part, place):
    save_checkpoint(tmp_path, checkpoint(1), keep=3)
    path = save_checkpoint(tmp_path, checkpoint(2), keep=3)
    content = bytearray((path / part).read_bytes())
    content[place] ^= 1
    (path / part).write_bytes(content)

    with pytest.raises(CheckpointError, match=rf"step-2: {part} is damaged.*go on from step-1"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "missing or damaged"),
        ("[]", "missing or damaged"),
        ('{"format": 99, "step": 1, "sha256": {}, "data": ""}', "format 99"),
        ('{"format": 1, "step": 1, "sha256": {}, "data": ""}', "is damaged"),
    ],
)
def test_a_strange_meta_file_is_refused(tmp_path, content, reason):
    path = save_checkpoint(tmp_path, checkpoint(1), keep=3)
    (path / "meta.json").write_text(content)
    with pytest.raises(CheckpointError, match=reason):
        load_checkpoint(path)


def test_the_digest_of_the_weights_is_that_of_their_file(tmp_path):
    path = save_checkpoint(tmp_path, checkpoint(1), keep=3)
    assert weights_digest(path) == hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()
    (path / "meta.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"step-1: meta\.json is missing or damaged"):
        weights_digest(path)


@pytest.mark.parametrize("size", [0, 1 << 40])
def test_weights_of_another_length_are_refused_before_they_are_read(tmp_path, size):
    path = save_checkpoint(tmp_path, checkpoint(1), keep=3)
    with (path / "model.safetensors").open("r+b") as file:
        file.truncate(size)
    with pytest.raises(CheckpointError, match="damaged: its header doesn't fit its size"):
        load_checkpoint(path)


def test_a_missing_file_is_named(tmp_path):
    path = save_checkpoint(tmp_path, checkpoint(1), keep=3)
    (path / "state.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"state\.safetensors can't be read"):
        load_checkpoint(path)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    if (
        not mounted
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_costs_the_new_checkpoint_and_nothing_else(small_disk, monkeypatch):
    save_checkpoint(small_disk, checkpoint(1), keep=1)
    with pytest.raises(CheckpointError, match=r"step-2: it needs 0\.9 MB and .*0\.2 MB left.*step-1 is still there"):
        save_checkpoint(small_disk, checkpoint(2, size=200_000), keep=1)
    monkeypatch.setattr("gen.training.checkpoint.require_room", lambda *_: None)  # as where a quota says otherwise
    with pytest.raises(CheckpointError, match=r"step-2: .*No space left on device.*step-1 is still there.*--resume"):
        save_checkpoint(small_disk, checkpoint(2, size=200_000), keep=1)
    assert [path.name for path in small_disk.iterdir()] == ["step-1"]
    assert load_checkpoint(small_disk / "step-1").step == 1


def test_a_directory_that_fails_half_way_never_appears(tmp_path):
    def fail():
        with directory_atomically(tmp_path / "new") as folder:
            (folder / "part").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    (tmp_path / "file").mkdir()  # a name that no file can replace
    with pytest.raises(OSError, match="file"):
        write_atomically(tmp_path / "file", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_run_is_loaded_by_its_path_alone_even_when_moved(trained_run, tmp_path):
    before = gen.load_model(trained_run.path)
    moved = shutil.move(trained_run.path, tmp_path / "elsewhere")
    after = gen.load_model(moved)
    assert not after.training
    z = after.prior(2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(before.decode(z, temperature=0.0), after.decode(z, temperature=0.0))


def test_a_run_says_which_checkpoints_it_has(trained_run):
    with pytest.raises(CheckpointError, match=r"no checkpoint of step 99 \(there: step-2, step-4, step-6\)"):
        gen.load_model(trained_run.path, step=99)


def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(UsageError, match=r"no run directory: it has no recipe\.yaml"):
        gen.load_model(tmp_path)


def test_a_run_never_writes_over_another(trained_run, prepared):
    with pytest.raises(UsageError, match="--resume"):
        trained_run.create("", prepared.report)


def test_a_run_keeps_an_account_of_its_data(trained_run):
    account = json.loads((trained_run.path / "data.json").read_text())
    assert account["source"] == "demo"
    assert account["splits"]["train"]["examples"] == 16
    assert len(account["files"]) == 20
    assert account["fingerprint"] == trained_run.data_fingerprint()
    assert Path(trained_run.recipe_file).read_text()
