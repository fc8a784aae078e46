"""Reading strangers' zip archives: nothing is unpacked, and nothing is trusted."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gen.errors import DataError
from gen.system import regular

_END, _END_64, _LOCATOR = 22, 56, 20  # bytes of the records that close an archive, without a comment
_LONGEST_END = _END + (1 << 16)
_ASTRAY = re.compile(r"^[A-Za-z]:|[\\\0]")  # a drive, a Windows separator, what ends a name in C


@dataclass(frozen=True)
class ZipLimits:
    """How much an archive may claim before it is taken for a bomb."""

    members: int = 200_000
    """Number of files and folders."""
    member_bytes: int = 64 << 20
    """Bytes of one file, unpacked."""
    total_bytes: int = 4 << 30
    """Bytes of all files together, unpacked; bounds archives whose members share their data too."""
    ratio: int = 200
    """Bytes unpacked for a byte packed, asked only of files above ``ratio_from``: short runs of zeros are harmless."""
    ratio_from: int = 1 << 20


class ZipMembers:
    """The files of a zip archive by name, read straight from it.

    The whole directory is checked before anything is read, so one bad member refuses the archive.

    Raises:
        DataError: not a zip archive, cut short, encrypted, too large for the limits, or with a member that is not a
            plain file or folder, appears twice, or whose name could lead out of a folder.
    """

    def __init__(self, path: Path, *, limits: ZipLimits | None = None) -> None:
        self.path = path
        try:
            file = regular.opened(path)
        except OSError as error:
            raise DataError(f"{path} can't be read: {error.strerror or error}") from error
        limits = limits or ZipLimits()
        with ExitStack() as undo:
            undo.callback(file.close)
            try:
                _require_few(path, file, limits.members)
                self._zip = undo.enter_context(zipfile.ZipFile(file))
            except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error, OSError) as error:
                raise DataError(f"{path} is not a whole zip archive ({error}); fetch it again") from error
            self._members = _checked(path, self._zip.infolist(), limits)
            self._open = undo.pop_all()

    def __enter__(self) -> ZipMembers:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __iter__(self) -> Iterator[str]:
        """Names of the files, in the archive's order."""
        return iter(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """The bytes of one file; a `DataError` where there is no such file, or its data is damaged."""
        if name not in self._members:
            raise DataError(f"{self.path} holds no {name!r}")
        try:
            return self._zip.read(self._members[name])  # stops at the size that was checked, then compares the CRC
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError) as error:
            raise DataError(f"{self.path}: {name!r} is damaged ({error}); fetch the archive again") from error


def safe_relative(name: str) -> bool:
    """Whether a name written with ``/`` stays inside the folder it is joined to, on every system."""
    return {"", ".", ".."}.isdisjoint(name.split("/")) and not _ASTRAY.search(name)


def _require_few(path: Path, file: BinaryIO, most: int) -> None:
    """Count the entries of the directory where `zipfile` will look for it, before that makes an object of each."""
    size = file.seek(0, 2)
    tail_at = file.seek(max(0, size - _LONGEST_END))
    tail = file.read()
    plain = tail[-_END:].startswith(b"PK\5\6") and tail.endswith(b"\0\0")  # without a comment behind it
    at = len(tail) - _END if plain else tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END:
        return  # no archive, as `zipfile` will say
    end = tail_at + at
    (length,) = struct.unpack_from("<L", tail, at + 12)
    if tail[max(0, at - _LOCATOR) : at].startswith(b"PK\6\7"):
        file.seek(max(0, end - _LOCATOR - _END_64))
        record = file.read(_END_64)
        if record.startswith(b"PK\6\6"):
            end -= _LOCATOR + _END_64
            (length,) = struct.unpack_from("<Q", record, 40)
    count, left = 0, min(length, end)
    file.seek(end - left)
    carried = b""
    while left and count <= most:
        chunk = file.read(min(left, 1 << 20))
        left -= len(chunk)
        count += (carried + chunk).count(b"PK\1\2")
        carried = chunk[-3:]
        if not chunk:
            break
    file.seek(0)
    _require_at_most(most, path, count)


def _require_at_most(most: int, path: Path, count: int) -> None:
    if count > most:
        raise DataError(f"{path} holds more members than the {most:,} allowed: unpack it, and give the folder")


def _checked(path: Path, members: list[zipfile.ZipInfo], limits: ZipLimits) -> dict[str, zipfile.ZipInfo]:
    _require_at_most(limits.members, path, len(members))
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in members:
        name = member.filename.removesuffix("/")
        problem = _problem(member, name, limits) or ("appears twice" if name in found else "")
        if problem:
            raise DataError(f"{path}: member {member.orig_filename!r} {problem}; the archive was refused")
        found[name] = member
        total += member.file_size
        if total > limits.total_bytes:
            raise DataError(f"{path} unpacks to more than {limits.total_bytes:,} bytes; the archive was refused")
    return {name: member for name, member in found.items() if not member.is_dir()}


def _problem(member: zipfile.ZipInfo, name: str, limits: ZipLimits) -> str | None:
    # zipfile cuts a name at a zero byte, and on Windows turns backslashes: look at the name as it was written
    if not safe_relative(name) or not safe_relative(member.orig_filename.removesuffix("/")):
        return "has a name that could lead out of its folder"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed by method {member.compress_type}; only stored and deflated members are read"
    if member.file_size > limits.member_bytes:
        return f"unpacks to {member.file_size:,} bytes, more than the {limits.member_bytes:,} allowed"
    if member.file_size > limits.ratio_from and member.file_size > limits.ratio * max(1, member.compress_size):
        return f"unpacks to {member.file_size:,} bytes from {member.compress_size:,}, as bombs do"
    return None
