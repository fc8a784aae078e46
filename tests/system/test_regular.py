"""Files that aren't files, links where gen writes, and JSON of strangers."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from gen.errors import UsageError
from gen.system import regular
from gen.system.files import directory_atomically, locked, sha256_of_file, write_atomically


def strange(kind: str, path: Path) -> Path:
    """Something at a path that is no regular file."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    return path


KINDS = ("pipe", "folder", "device", "socket")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read", [regular.opened, regular.read_bytes, regular.read_json, sha256_of_file])
def test_what_is_no_file_is_not_read_and_keeps_nobody_waiting(tmp_path, kind, read):
    with pytest.raises(OSError, match="and not a file"):
        read(strange(kind, tmp_path / "x"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("write", [lambda path: regular.append(path, "x"), regular.updated])
def test_what_is_no_file_is_not_written_to(tmp_path, kind, write):
    with pytest.raises(OSError, match="and not a file"):
        write(strange(kind, tmp_path / "x"))


def test_a_link_is_read_through_and_never_written_through(tmp_path):
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("precious")
    link.symlink_to(victim)

    assert regular.read_text(link) == "precious"
    for write in (lambda: regular.append(link, "x"), lambda: regular.updated(link), lambda: regular.created(link)):
        with pytest.raises(OSError, match=r"a link is there|File exists"):
            write()
    write_atomically(link, "new")
    assert victim.read_text() == "precious"
    assert (link.read_text(), link.is_symlink()) == ("new", False)


def test_a_file_beyond_its_bound_is_not_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(11))
    with pytest.raises(OSError, match="more than the 10 bytes"):
        regular.read_bytes(path, most=10)
    assert len(regular.read_bytes(path, most=11)) == 11


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder"])
def test_a_lock_that_is_none_is_refused_and_nothing_is_emptied(tmp_path, kind):
    victim, lock = tmp_path / "victim", tmp_path / "run" / "lock"
    victim.write_text("precious")
    lock.parent.mkdir()
    if kind == "link":
        lock.symlink_to(victim)
    elif kind == "hard link":
        lock.hardlink_to(victim)
    else:
        strange(kind, lock)
    with pytest.raises(UsageError, match="lock"), locked(lock.parent, doing="being tried"):
        pass
    assert victim.read_text() == "precious"


def test_a_lock_of_a_process_that_is_gone_is_taken_over(tmp_path):
    (tmp_path / "lock").write_text("123")
    with locked(tmp_path, doing="being tried"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    assert (tmp_path / "lock").read_text() == ""


def test_a_folder_inside_one_of_gens_is_no_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "samples").symlink_to("elsewhere")
    with pytest.raises(NotADirectoryError, match="a link is there"):
        regular.inner_folder(tmp_path / "samples")
    assert regular.inner_folder(tmp_path / "own") == regular.inner_folder(tmp_path / "own")


def test_what_a_folder_takes_the_place_of_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").touch()
    (tmp_path / "export").symlink_to("elsewhere")
    with directory_atomically(tmp_path / "export") as folder:
        (folder / "new").touch()
    assert (tmp_path / "elsewhere" / "precious").exists()
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["new"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"step": 1e999}', "1e999 is no finite number"),
        (b'{"step": NaN}', "NaN is no finite number"),
        (b'{"step": -Infinity}', "-Infinity is no finite number"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"[" + b"[]," * 2_000_000 + b"[]]", "more values"),
        (b"9" * 5000, "digits|integer"),
        ("{'é'}".encode("latin-1"), "decode"),
        (b"", "Expecting value"),
    ],
    ids=range(9),
)
def test_json_that_is_none_is_always_a_value_error(content, reason):
    with pytest.raises(ValueError, match=reason):
        regular.parse_json(content)


@pytest.mark.parametrize("text", ["\0", "a" * 100_000, "a/" * 10_000, "\udcff", "/dev/null/x"])
def test_no_text_is_too_strange_to_ask_whether_it_is_a_path(text):
    assert not regular.exists(text)
