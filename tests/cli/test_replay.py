"""Files that say how they were made, and are made again from it; `gen humanize` as a user types it."""

from __future__ import annotations

import json

import pytest
import torch
from tiny_models import demo_bytes, tiny_run

import gen
from gen.cli import main
from gen.music import read_origin
from gen.music.provenance import Origin, signed, unpacked


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with two runs and a clip, in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    for family in ("humanize", "groove"):
        tiny_run(family, tmp_path / family)
    (tmp_path / "band.mid").write_bytes(demo_bytes("band", 6))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("humanize humanize band.mid --amount 70", "band-humanized.mid"),
        ("sample groove -n 2 --temperature 1", "groovae_4bar_small-trial-seed0-001.mid"),
        ("reconstruct groove band.mid --window 1", "band-window1-reconstruction.mid"),
        ("interpolate groove band.mid band.mid --window-a 1 --window-b 2 --steps 2", "band-to-band-002.mid"),
    ],
)
def test_a_file_is_made_again_from_what_it_says(words, file, here, capsys):
    assert main([*words.split(), "-o", "out"]) == 0
    content = (here / "out" / file).read_bytes()
    origin = read_origin(content)
    assert sorted(origin.command) == sorted(words.split())
    assert origin.file == file
    assert unpacked(origin.z).ndim == 2
    assert set(origin.inputs) == ({"band.mid"} if "band.mid" in words else set())
    threads = torch.get_num_threads()
    torch.set_num_threads(2 if threads == 1 else 1)
    try:
        assert main(["replay", f"out/{file}", "-o", "again.mid"]) == 0
    finally:
        torch.set_num_threads(threads)
    assert "the same, byte for byte" in capsys.readouterr().err
    assert (here / "again.mid").read_bytes() == content


def test_a_clip_is_the_same_however_many_are_asked_for(here):
    for count in (1, 3, 11):
        assert main(["sample", "groove", "-n", str(count), "--temperature", "1", "-o", str(count)]) == 0
    for number in range(3):
        name = f"groovae_4bar_small-trial-seed0-{number:03d}.mid"
        files = [here / str(count) / name for count in (1, 3, 11)]
        assert len({path.read_bytes() for path in files if path.exists()}) == 1


def test_what_has_changed_since_is_said(here, capsys):
    assert main(["humanize", "humanize", "band.mid", "-o", "made.mid"]) == 0
    (here / "band.mid").write_bytes(demo_bytes("band", 5))
    assert main(["replay", "made.mid"]) == 1
    assert "band.mid isn't what made.mid was made of: it has changed since" in capsys.readouterr().err
    (here / "band.mid").unlink()
    assert main(["replay", "made.mid"]) == 1
    assert "made.mid was made of band.mid: can't read band.mid" in capsys.readouterr().err


def test_plain_files_say_nothing_and_an_amount_of_0_is_the_clip(here, capsys):
    assert main(["humanize", "humanize", "band.mid", "--amount", "0", "--plain", "-o", "plain.mid", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == ["plain.mid"]
    assert (told["changed"], told["hits"] > 0) == (0, True)
    assert (here / "plain.mid").read_bytes() == (here / "band.mid").read_bytes()
    assert main(["replay", "plain.mid"]) == 1
    assert "doesn't say how it was made" in capsys.readouterr().err


def test_a_file_made_of_one_that_gen_made_says_the_last_command(here):
    assert main(["humanize", "humanize", "band.mid", "-o", "one.mid"]) == 0
    assert main(["humanize", "humanize", "one.mid", "--amount", "5", "-o", "two.mid"]) == 0
    origin = read_origin((here / "two.mid").read_bytes())
    assert (origin.turn, origin.command[2]) == (2, "one.mid")
    assert len(gen.read_midi(here / "two.mid")) == len(gen.read_midi(here / "band.mid"))


def test_what_is_there_is_kept(here, capsys):
    assert main(["humanize", "humanize", "band.mid", "-o", "band.mid", "--force"]) == 2
    assert "band.mid is the clip itself" in capsys.readouterr().err
    (here / "one.mid").write_bytes(b"")
    assert main(["humanize", "humanize", "band.mid", "-o", "one.mid"]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["train", "groovae_4bar"], ["data", "fetch", "groove"], ["replay", "x.mid"], []])
def test_a_strangers_file_has_nothing_run_but_what_writes_clips(command, here, capsys):
    origin = Origin("r", "0", 0, tuple(command), file="x.mid")
    (here / "x.mid").write_bytes(signed((here / "band.mid").read_bytes(), origin))
    before = sorted(here.iterdir())
    assert main(["replay", "x.mid"]) == 1
    assert "is none of the commands that write clips: apply, continue, drumify" in capsys.readouterr().err
    assert sorted(here.iterdir()) == before
