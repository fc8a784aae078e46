from __future__ import annotations

import stat
import struct
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen.data import ZipLimits, ZipMembers, safe_relative
from gen.errors import DataError


def _zip(path: Path, members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _refusal(path: Path, limits: ZipLimits | None = None) -> str:
    with pytest.raises(DataError) as error:
        ZipMembers(path, limits=limits)
    assert str(path) in str(error.value)
    return str(error.value)


def test_members_are_read_in_the_order_of_the_archive_and_folders_are_not_files(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"top/": b"", "top/b.mid": b"two", "top/a.mid": b"one", "top/Icon\r": b""})
    with ZipMembers(path) as members:
        assert list(members) == ["top/b.mid", "top/a.mid", "top/Icon\r"]
        assert members.read("top/a.mid") == b"one"
        assert "top/c.mid" not in members
        with pytest.raises(DataError, match=r"holds no 'top/c\.mid'"):
            members.read("top/c.mid")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.mid",
        "a/../../evil.mid",
        "/etc/evil.mid",
        "C:/evil.mid",
        "c:evil.mid",
        "..\\evil.mid",
        "a//b.mid",
        "./a",
    ],
)
def test_a_name_that_could_lead_out_of_the_folder_refuses_the_archive(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "evil.zip", {"good.mid": b"x", name: b"x"})
    message = _refusal(path)
    assert "could lead out of its folder" in message
    assert repr(name) in message
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_name_with_a_zero_byte_is_judged_as_it_was_written(tmp_path: Path) -> None:
    path = _zip(tmp_path / "nul.zip", {"a.midXevil": b"x"})
    path.write_bytes(path.read_bytes().replace(b"a.midXevil", b"a.mid\0evil"))
    assert "could lead out of its folder" in _refusal(path)


def test_a_symbolic_link_refuses_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.mid")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "link or a device" in _refusal(path)


def test_a_member_that_appears_twice_refuses_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.mid", b"one")
        archive.writestr("a.mid", b"two")
    assert "'a.mid' appears twice" in _refusal(path)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path) -> None:
    path = _zip(tmp_path / "bomb.zip", {"zeros.mid": bytes(2 << 20)})
    assert "as bombs do" in _refusal(path)


def test_sizes_and_counts_beyond_the_limits_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "big.zip", {"a": bytes(600), "b": bytes(600)}, compression=zipfile.ZIP_STORED)
    assert "600 bytes, more than the 500" in _refusal(path, ZipLimits(member_bytes=500))
    assert "more than 1,000 bytes" in _refusal(path, ZipLimits(total_bytes=1000))
    assert "more members than the 1 allowed" in _refusal(path, ZipLimits(members=1))


def test_a_member_that_claims_less_than_it_unpacks_to_is_damaged_and_never_overflows(tmp_path: Path) -> None:
    data = bytes(range(256)) * 64
    path = _zip(tmp_path / "liar.zip", {"a.mid": data})
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", len(data)), struct.pack("<I", 100)))
    with ZipMembers(path) as members, pytest.raises(DataError, match=r"'a\.mid' is damaged"):
        members.read("a.mid")


def test_an_encrypted_member_refuses_the_archive(tmp_path: Path) -> None:
    path = _zip(tmp_path / "locked.zip", {"a.mid": b"secret"})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(bytes(raw))
    assert "is encrypted" in _refusal(path)


def test_a_member_packed_by_another_method_refuses_the_archive(tmp_path: Path) -> None:
    path = _zip(tmp_path / "lzma.zip", {"a.mid": b"x" * 100}, compression=zipfile.ZIP_LZMA)
    assert "only stored and deflated" in _refusal(path)


def test_something_else_than_an_archive_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "not.zip"
    path.write_bytes(b"MThd, but no archive")
    assert "not a whole zip archive" in _refusal(path)
    assert "can't be read" in _refusal(tmp_path / "nowhere.zip")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_gives_its_members_or_a_data_error(tmp_path: Path, data: st.DataObject) -> None:
    members = {"groove/info.csv": b"a,b\n1,2\n" * 20, "groove/x.mid": bytes(range(200))}
    raw = bytearray(_zip(tmp_path / "whole.zip", members).read_bytes())
    cut = data.draw(st.integers(0, len(raw)))
    for position in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=6)):
        raw[position] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.zip"
    path.write_bytes(bytes(raw[: max(cut, len(raw) - cut)]))
    with suppress(DataError), ZipMembers(path) as archive:  # any other error fails the test
        for name in archive:
            # a changed name finds the same bytes; changed bytes never pass the CRC
            assert archive.read(name) in (*members.values(), b"")


@given(st.text("ab./\\:C\0", max_size=12))
def test_a_safe_name_stays_below_the_folder_it_is_joined_to(name: str) -> None:
    if safe_relative(name):
        folder = Path("/data/set")
        assert (folder / name).parts[:3] == folder.parts
        assert ".." not in (folder / name).parts


@pytest.mark.parametrize("wide", [False, True], ids=["zip", "zip64"])
@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_a_directory_of_too_many_entries_is_refused_before_an_object_is_made_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: bool, comment: bytes
) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 210_000
    size, end = len(directory), b""
    if wide:
        end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 210_000, 210_000, size, 0)
        end += struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
        size = 0xFFFFFFFF
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, 0xFFFFFFFF if wide else 0, len(comment)) + comment
    path = tmp_path / "many.zip"
    path.write_bytes(directory + end)
    monkeypatch.setattr("zipfile.ZipFile", None)  # which would make them

    assert "more members than the 200,000 allowed" in _refusal(path)
