"""``--html`` and ``--png`` of every command that writes clips: what came of them beside what they were made of."""

from __future__ import annotations

import argparse
import json
import re
from importlib import import_module
from itertools import chain

import pytest
from tiny_models import demo_bytes, tiny_run

from gen import cli
from gen.cli import main
from gen.music.provenance import Origin, read_origin, signed


def clips_of(page: str) -> list[dict]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])["clips"]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sight")
    for family in ("groove", "humanize", "tap"):
        tiny_run(family, folder / family)
    (folder / "beat.mid").write_bytes(demo_bytes("drums", 4))
    return folder


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        ("sample groove -n 2", [[".*-000.mid"], [".*-001.mid"]]),
        ("reconstruct groove beat.mid", [["original", "beat-reconstruction.mid"]]),
        ("interpolate groove beat.mid beat.mid --steps 2", [["beat-to-.*-001.mid", ".*-002.mid", ".*-joined.mid"]]),
        ("humanize humanize beat.mid", [["original", "beat-humanized.mid"]]),
        ("drumify tap beat.mid --window 1", [["original", "beat-window1-drums.mid"]]),
        ("vary groove beat.mid", [["original", "beat-varied.mid"]]),
    ],
)
def test_a_command_shows_what_it_made_beside_what_it_was_made_of(words, versions, here, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(here)
    page, picture = tmp_path / "seen" / "page.html", tmp_path / "picture.png"
    asked = [*words.split(), "-o", str(tmp_path / "out"), "--html", str(page), "--png", str(picture)]

    assert main(asked) == 0
    assert {str(page), str(picture)} <= set(capsys.readouterr().out.split())
    assert picture.read_bytes().startswith(b"\x89PNG")
    shown = clips_of(page.read_text(encoding="utf-8"))
    names = [[version["name"] for version in clip["versions"]] for clip in shown]
    assert [len(each) for each in names] == [len(each) for each in versions]
    for own, wanted in zip(chain(*names), chain(*versions), strict=True):
        assert re.fullmatch(wanted, own)
    assert all(len(note) == 7 for clip in shown for version in clip["versions"] for note in version["notes"])
    assert all(len(clip["words"]) == len(clip["versions"]) for clip in shown)
    made = next((tmp_path / "out").glob("*.mid"))
    assert not {"--html", "--png", str(page)} & set(read_origin(made.read_bytes()).command)

    assert main([*asked[:-4], "--force", "--html", str(page)]) == 0
    assert main([*asked[:-6], "-o", str(tmp_path / "other"), "--html", str(page)]) == 2  # it is there already
    assert not (tmp_path / "other").exists()


def test_every_command_that_writes_clips_has_both():
    without = []
    for name, (module, _) in cli.COMMANDS.items():
        parser: argparse.ArgumentParser = cli.command_parser(name, import_module(module))
        options = parser._option_string_actions
        if "--wav" in options and "--plain" in options and not {"--html", "--png"} <= set(options):
            without.append(name)
    assert without == []


def test_a_strangers_file_has_replay_write_no_page(here, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(here)
    victim = tmp_path / "page.html"
    for option in (["--html", str(victim)], [f"--png={victim}"]):
        origin = Origin("r", "m", 0, ("vary", "groove", "beat.mid", *option), file="beat-varied.mid")
        (tmp_path / "lure.mid").write_bytes(signed(demo_bytes("drums", 4), origin))
        assert main(["replay", str(tmp_path / "lure.mid")]) == 1
        assert not victim.exists()
