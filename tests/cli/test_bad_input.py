"""What strangers hand to gen: broken files, hostile archives, wrong recipes, full disks. Words, not tracebacks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gen.cli import main
from gen.interfaces.dataset import Item
from gen_datasets.demo.source import Demo

TINY = [
    "encoder.sizes=[8]",
    "decoder.sizes=[8]",
    "latent.size=4",
    "training={batch_size: 2, steps: 2, log_every: 1, eval_batches: 1, checkpoint_every: 1}",
]


def said(capsys) -> str:
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip, cut, double or drop bytes, as bad disks and bad software do."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 12)):
        place = int(rng.integers(len(data)))
        kind = rng.integers(4)
        if kind == 0:
            data[place] = rng.integers(256)
        elif kind == 1:
            del data[place : place + int(rng.integers(1, 40))]
        elif kind == 2:
            data[place:place] = data[place : place + int(rng.integers(1, 40))]
        else:
            del data[int(rng.integers(len(data) // 2, len(data))) :]
        if len(data) < 2:
            return bytes(data)
    return bytes(data)


def test_a_folder_with_200_damaged_files_is_used_as_far_as_it_goes(tmp_path, capsys):
    rng = np.random.default_rng(0)
    clips = [item.midi for item in Demo(clips=40, bars=4).items() if isinstance(item, Item)]
    for number, clip in enumerate(clips[:4]):
        (tmp_path / f"whole-{number}.mid").write_bytes(clip)
    for number in range(200):
        (tmp_path / f"damaged-{number:03d}.mid").write_bytes(mutate(clips[number % len(clips)], rng))

    words = ["data", "prepare", "groovae_4bar", "data.source={type: folder, validation: 0.0, test: 0.0}"]
    assert main([*words, "--data", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)

    assert len(report["files"]) == 204
    for file in report["files"]:
        assert file["examples"] or (file["rejection"]["code"] and file["rejection"]["detail"])
    unreadable = [file for file in report["files"] if file["rejection"] and file["rejection"]["code"] == "unreadable"]
    assert len(unreadable) > 50
    assert any("at byte" in file["rejection"]["detail"] for file in unreadable)


@pytest.fixture
def archive(tmp_path):
    """Writes a zip of given members."""

    def write(members: dict[str, bytes]) -> Path:
        path = tmp_path / "groove.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
        return path

    return write


INFO = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split\n"


@pytest.mark.parametrize("verify", ["true", "false"])
def test_an_archive_that_would_write_outside_is_refused(archive, tmp_path, capsys, verify):
    path = archive({"groove/info.csv": INFO.encode(), "../outside.mid": b"MThd"})
    source = f"data.source={{type: groove, verify: {verify}}}"
    assert main(["train", "groovae_4bar", source, "--data", str(path), "--out", str(tmp_path / "run")]) == 1
    error = said(capsys)
    assert ("sha256" in error) if verify == "true" else ("../outside.mid" in error)
    assert not (tmp_path.parent / "outside.mid").exists()
    assert not (tmp_path / "run").exists()


def test_a_truncated_archive_is_refused(archive, tmp_path, capsys):
    path = archive({"groove/info.csv": INFO.encode() * 100})
    path.write_bytes(path.read_bytes()[:-30])
    for verify in ("true", "false"):
        source = f"data.source={{type: groove, verify: {verify}}}"
        assert main(["train", "groovae_4bar", source, "--data", str(path), "--out", str(tmp_path / "run")]) == 1
        assert str(path) in said(capsys)


def test_a_truncated_copy_of_the_real_archive_is_refused_by_its_checksum(groove_zip, tmp_path, capsys):
    path = tmp_path / groove_zip.name
    path.write_bytes(groove_zip.read_bytes()[:-1000])
    assert main(["train", "groovae_4bar", "--data", str(path), "--out", str(tmp_path / "run")]) == 1
    assert "651cbc524ffb" in said(capsys)


def test_a_recipe_with_six_mistakes_has_them_all_listed_with_their_places(tmp_path, capsys):
    recipe = tmp_path / "wrong.yaml"
    recipe.write_text(
        "base: groovae_4bar\n"
        "converter: {type: groove, split_barz: 4}\n"
        "encoder:\n  type: bilsmt\n"
        "decoder:\n  sizes: 256\n  dropout: yes\n"
        "latent: {size: 2.5}\n"
        "training: {steps: '100'}\n"
    )
    assert main(["train", str(recipe)]) == 2
    lines = said(capsys).splitlines()
    assert lines[0] == "gen: 6 problems"
    assert len(lines) == 7
    places = [line.split(":")[1:3] for line in lines[1:]]
    assert [int(line) for line, _ in places] == [2, 4, 6, 7, 8, 9]
    assert "split_bars" in lines[1]
    assert "bilstm" in lines[2]


BROKEN = {
    "boom": "raise RuntimeError('no GPU')",
    "misspelt": "from gen import hookimpl\n@hookimpl\ndef register_decoderz():\n    return {}",
    "raising": "from gen import hookimpl\n@hookimpl\ndef register_decoders():\n    raise OSError('no licence')",
    "dupe": "from gen import hookimpl\n@hookimpl\ndef register_decoders():\n    return {'flat': 'gen_dupe:Flat'}",
}


def test_four_broken_plugins_break_nothing_else(tmp_path):
    for name, code in BROKEN.items():
        (tmp_path / f"gen_{name}.py").write_text(code)
        info = tmp_path / f"gen_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gen-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[gen]\n{name} = gen_{name}\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gen", *words], env=environment, capture_output=True, text=True, check=False
        )

    listed = command("plugins")
    assert listed.returncode == 0
    reasons = {"boom": "no GPU", "misspelt": "register_decoderz", "raising": "no licence", "dupe": "flat"}
    for name, reason in reasons.items():
        assert any(name in line for line in listed.stdout.splitlines())
        assert reason in listed.stdout
    fine = command("train", "groovae_4bar", "data.source=demo", *TINY, "--out", str(tmp_path / "run"), "--samples", "0")
    assert fine.returncode == 0, fine.stderr
    missing = command("train", "groovae_4bar", "decoder.type=lace")
    assert missing.returncode == 2
    assert "no decoder named 'lace'" in missing.stderr
    assert "no GPU" in missing.stderr
    assert "Traceback" not in listed.stderr + missing.stderr


def test_a_disk_that_fills_up_costs_the_new_checkpoint_only(tmp_path, capsys):
    disk = tmp_path / "disk"
    disk.mkdir()
    may_mount = shutil.which("mount") and os.geteuid() == 0
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if not may_mount or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        words = ["train", "groovae_4bar", "data.source={type: demo, clips: 10}", *TINY, "encoder.sizes=[64]"]
        run = disk / "run"
        assert main([*words, "training.steps=9", "training.keep_checkpoints=9", "--out", str(run)]) == 1
        error = said(capsys)
        assert re.search(r"it needs [0-9.]+ MB and the disk of .* has [0-9.]+ MB left.*--resume", error)
        whole = sorted(path.name for path in (run / "checkpoints").iterdir())
        assert whole
        assert all(name.startswith("step-") for name in whole)
        assert main(["sample", str(run), "-n", "1", "-o", str(tmp_path / "out")]) == 0
        moved = shutil.copytree(run, tmp_path / "moved")
        assert main(["train", "--resume", str(moved), "training.steps=9", "--samples", "0"]) == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)
