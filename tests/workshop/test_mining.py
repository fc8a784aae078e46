"""A model of one's own folder: what is in it, what is too little, and everything that comes of it in one call."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gen
from gen.cli import main
from gen.errors import DataError
from gen.workshop.folder import look
from gen_datasets.demo.source import Demo

QUICK = ["training.steps=2", "encoder.size=8", "decoder.sizes=[8]", "latent.refine_steps=0", "training.batch_size=8"]


def lay(folder: Path, parts: str, count: int, bars: int = 4) -> Path:
    folder.mkdir(exist_ok=True)
    for number, item in enumerate(Demo(parts=parts, clips=count, bars=bars).items()):
        (folder / f"{parts}-{number:02d}.mid").write_bytes(item.read())
    return folder


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("own") / "loops", "drums", 30)


def stiff(clip: gen.NoteSequence) -> gen.NoteSequence:
    """As a step sequencer has it."""
    step = 15.0 / clip.tempos.qpm[0]
    start = np.rint(clip.start / step) * step
    return replace(clip, velocity=np.full(len(clip), 100), start=start, end=start + step / 2)


def test_drums_that_somebody_played_are_told_from_those_that_nobody_did(loops, tmp_path):
    assert look(loops, workers=0).kind == "drums"
    for file in sorted(loops.iterdir())[:6]:
        gen.write_midi(stiff(gen.read_midi(file)), tmp_path / file.name)
    found = look(tmp_path, workers=0)
    assert (found.kind, found.guessed, found.files) == ("hits", True, 6)


def test_a_folder_with_more_melodies_is_of_melodies_and_the_rest_is_left_out_with_a_reason(tmp_path):
    lay(tmp_path, "melody", 5)
    lay(tmp_path, "drums", 2)
    (tmp_path / "notes.mid").write_bytes(b"no MIDI at all")
    found = look(tmp_path, workers=0)

    assert (found.kind, found.files) == ("melody", 5)
    assert {each.name for each in found.left_out} == {"drums-00.mid", "drums-01.mid", "notes.mid"}
    assert all(each.code and each.detail for each in found.left_out)
    assert look(tmp_path, kind="drums", workers=0).files == 2
    with pytest.raises(DataError, match=r"(?s)too small: 5 usable files of melodies.*20 at the least\nleft out: "):
        found.require_enough()


def test_a_folder_that_repeats_itself_is_too_alike(loops, tmp_path):
    files = sorted(loops.iterdir())[:4]
    for number in range(24):
        clip = gen.read_midi(files[number % 4])
        gen.write_midi(replace(clip, velocity=np.clip(clip.velocity - number, 1, 127)), tmp_path / f"{number:02d}.mid")
    found = look(tmp_path, workers=0)

    assert (found.files, found.distinct) == (24, 4)
    with pytest.raises(DataError, match="24 files nearly repeat 4 of them"):
        found.require_enough()


def test_everything_comes_of_one_command_and_again_of_the_same(loops, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["mine", str(loops), "-o", "out", "--samples", "3", "--workers", "0", *QUICK]

    assert main(words) == 0
    said = capsys.readouterr()
    assert "30 files of drums with loudness and timing (guessed" in said.err
    assert "the nearest clip" in said.out
    assert "nearest pieces at" in said.out
    assert "linear code at" in said.out
    report = json.loads(Path("out/report.json").read_text())
    assert report["kind"] == "drums"
    assert report["windows"]["train"] + report["windows"]["test"] == 30
    samples = sorted(Path("out/samples").iterdir())
    assert [file.name for file in samples] == report["samples"]
    copies = json.loads(Path("out/copies.json").read_text())
    assert [each["clip"] for each in copies["clips"]] == report["samples"]
    assert (copies["training"], len(copies["held_out"])) == (report["windows"]["train"], report["windows"]["test"])
    assert all("<title>" in Path("out", page).read_text(encoding="utf-8") for page in ("palette.html", "report.html"))
    verdicts = [each["better"] for each in report["evaluation"]["beside_baselines"]]
    words_said = re.findall(r'class="said">([^<]*)<', Path("out/report.html").read_text(encoding="utf-8"))
    assert words_said.count("better") == verdicts.count("model") > 0  # than silence, at the least
    assert words_said.count("worse") == len([each for each in verdicts if each not in (None, "model")])
    assert main(["replay", str(samples[1])]) == 0

    before = [file.read_bytes() for file in samples]
    written = Path("out/run/metrics.jsonl").read_bytes()
    assert main(words) == 0  # it goes on where it was: at the end
    assert Path("out/run/metrics.jsonl").read_bytes() == written
    assert [file.read_bytes() for file in samples] == before

    capsys.readouterr()
    account = json.loads(Path("out/run/data.json").read_text())
    planted = next(file["id"] for file in account["files"] if file["split"] == "train")
    assert main(["copies", "out/run", str(loops / planted), "--engine", "serial", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(each["copy"], each["nearest"]) for each in found["clips"]] == [(True, planted)], found["clips"]
