"""What was made is kept whole, by names that lead nowhere else, and is there again when the studio is opened again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import demo_bytes

from gen.errors import UsageError
from gen.system.files import write_atomically
from gen.workshop.studio.history import History, Written, file_name, shortened


def add(history: History, name: str = "a.mid", verb: str = "vary", **told):
    def fill(folder: Path) -> Written:
        write_atomically(folder / name, demo_bytes("drums", 2))
        return Written((name,), ("kept",))

    return history.add(verb, fill, **told)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("beat.mid", "beat.mid"),
        ("Beat 2 (take).MIDI", "Beat 2 _take.mid"),
        ("../../etc/passwd", "passwd.mid"),
        ("C:\\clips\\a.mid", "a.mid"),
        ("--out=x.mid", "out_x.mid"),
        (".mid", "clip.mid"),
        ("", "clip.mid"),
        ("\0\n<b>.mid", "b.mid"),
        ("été.mid", "été.mid"),
        ("é" * 200 + ".mid", "é" * 50 + ".mid"),
    ],
)
def test_a_clip_is_kept_by_a_name_that_is_harmless(given, kept):
    assert file_name(given) == kept
    assert len(kept.encode()) <= 104


def test_a_long_name_keeps_its_end():
    assert shortened("x" * 300 + "-humanized.mid").endswith("-humanized.mid")


def test_what_was_made_is_there_again_with_all_that_was_said_of_it(tmp_path):
    history = History(tmp_path)
    first = add(history, verb="clip")
    second = add(history, of=[(1, "a.mid")], after=(1, "a.mid"), command=["vary", "0001-clip/a.mid"])

    again = History(tmp_path)
    assert again.since(0) == [first, second]
    assert again.since(1) == [second]
    assert add(again).number == 3


def test_what_fails_leaves_nothing_and_gives_its_number_to_nobody(tmp_path):
    history = History(tmp_path)

    def fill(folder: Path) -> Written:
        write_atomically(folder / "half.mid", b"half")
        raise UsageError("no")

    with pytest.raises(UsageError):
        history.add("vary", fill)
    assert list(tmp_path.iterdir()) == []
    assert add(history).number == 2


def test_what_a_killed_studio_left_half_done_is_cleared_away_and_the_rest_is_let_alone(tmp_path):
    for name in (".0001-vary.123.tmp", ".0002-clip.9.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.mid").write_bytes(b"half")
    for name in ("mine", "0009-vary", "0010-UPPER"):
        (tmp_path / name).mkdir()
    (tmp_path / "0011-vary").write_text("a file")

    history = History(tmp_path)
    assert history.since(0) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0009-vary", "0010-UPPER", "0011-vary", "mine"]
    assert add(history).number == 12


@pytest.mark.parametrize(
    "spoil",
    [
        lambda about: about.update(files=["../../secret.mid"]),
        lambda about: about.update(files=["entry.json"]),
        lambda about: about.update(files=["missing.mid"]),
        lambda about: about.update(files=[]),
        lambda about: about.update(verb="clip"),
        lambda about: about.update(number=7),
        lambda about: about.update(of=[["1", "a.mid"]]),
        lambda about: about.update(after=3),
        lambda about: about.pop("said"),
    ],
)
def test_a_folder_that_says_something_else_is_none_of_the_studios(spoil, tmp_path):
    (tmp_path / "secret.mid").write_bytes(b"secret")
    out = tmp_path / "a" / "studio"
    out.mkdir(parents=True)
    add(History(out))
    file = out / "0001-vary" / "entry.json"
    about = json.loads(file.read_text())
    spoil(about)
    file.write_text(json.dumps(about))

    assert History(out).since(0) == []


def test_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret.mid"
    secret.write_bytes(b"secret")
    out = tmp_path / "studio"
    out.mkdir()
    history = History(out)
    add(history)
    clip = out / "0001-vary" / "a.mid"
    clip.unlink()
    clip.symlink_to(secret)

    with pytest.raises(UsageError, match="a link has taken the place"):
        history.read((1, "a.mid"), most=100)
    assert History(out).since(0) == []


@pytest.mark.parametrize("place", [(1, "b.mid"), (2, "a.mid"), (1, "../0001-vary/a.mid"), (1, "entry.json")])
def test_only_files_of_entries_can_be_had(tmp_path, place):
    history = History(tmp_path)
    add(history)
    with pytest.raises(UsageError, match="there is no"):
        history.path(place)


def test_a_full_disk_is_said_before_anything_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr("gen.system.regular.free_space", lambda path: 1000)
    with pytest.raises(UsageError, match="nearly full"):
        add(History(tmp_path))
    assert list(tmp_path.iterdir()) == []
