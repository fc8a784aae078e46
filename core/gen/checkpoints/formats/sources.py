"""Where the files of a checkpoint lie: a folder, or an archive that is read in place; and finding them by any name."""

from __future__ import annotations

import gzip
import io
import mmap
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, cast

from gen.data.archives import safe_relative
from gen.errors import CheckpointError
from gen.system import regular
from gen.system.spelling import listing

_MOST_MEMBERS = 10_000
_MOST_BYTES = 16 << 30  # of an archive, unpacked
_MOST_RATIO = 200  # bytes unpacked for a byte packed, as `gen.data.ZipLimits` has it
_CHUNK = 1 << 20

STATE_FILE = "checkpoint"
"""Beside the checkpoints of a training, names the latest (checkpoint_state.proto, as text)."""

_ENDINGS = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
_MOST_STATE_BYTES = 1 << 20


class Folder:
    """The files of a folder, without those in folders below it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def names(self) -> frozenset[str]:
        """Of the files that are there now; parts are separated by ``/``."""
        return frozenset(each.name for each in self.path.iterdir() if each.is_file())

    def open(self, name: str) -> memoryview:
        """A file's bytes, mapped into memory and not read yet."""
        path = self.path / name
        try:
            with regular.opened(path) as file:
                return _mapped(file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise CheckpointError(f"{path} can't be read: {reason}") from error


class Tar:
    """The files of a tar archive, which may be packed by gzip (then a temporary file holds it unpacked).

    Raises:
        CheckpointError: not a whole archive, too large, or with a member that is not a plain file or folder, appears
            twice, or whose name could lead out of a folder; nothing of it is used then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with regular.opened(path) as file:
                if file.read(2) == b"\x1f\x8b":
                    with tempfile.TemporaryFile() as plain:
                        file.seek(0)
                        _gunzip(path, file, plain)
                        self._content = _mapped(plain)
                else:
                    self._content = _mapped(file)
        except OSError as error:
            raise CheckpointError(f"{path} can't be read: {error.strerror or error}") from error
        self._members = _members(path, self._content)
        self.names = frozenset(self._members)
        """Of the files in it."""

    def open(self, name: str) -> memoryview:
        """As `Folder.open`."""
        if name not in self._members:
            raise CheckpointError(f"{self.path} holds no {name!r}")
        offset, size = self._members[name]
        return self._content[offset : offset + size]


Source = Folder | Tar  # files by name


def _mapped(file: IO[bytes]) -> memoryview:
    if not file.seek(0, 2):
        return memoryview(b"")  # nothing can't be mapped
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _gunzip(path: Path, file: IO[bytes], plain: IO[bytes]) -> None:
    limit = min(_MOST_BYTES, _MOST_RATIO * path.stat().st_size)
    try:
        with gzip.open(file) as packed:
            while chunk := packed.read(_CHUNK):
                plain.write(chunk)
                if plain.tell() > limit:
                    raise CheckpointError(f"{path} unpacks to more than {limit:,} bytes; the archive was refused")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CheckpointError(f"{path} is not whole ({error}); fetch it again") from error
    plain.flush()


def _members(path: Path, content: memoryview) -> Mapping[str, tuple[int, int]]:
    """Offset and size of each file."""
    end = len(content)
    found: dict[str, tuple[int, int]] = {}
    # not the file itself: tarfile reads as many bytes as a header says, and a file would make room for them all
    bounded = content.obj if end else io.BytesIO()
    try:
        with tarfile.open(fileobj=cast(IO[bytes], bounded), mode="r:") as archive:
            for member in _in_order(path, archive):
                name = member.name.removeprefix("./").rstrip("/")
                if name not in ("", ".") and not safe_relative(name):
                    raise CheckpointError(
                        f"{path}: {member.name!r} could lead out of a folder; the archive was refused"
                    )
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise CheckpointError(f"{path}: {name!r} is no plain file; the archive was refused")
                if name in found:
                    raise CheckpointError(f"{path}: {name!r} is there twice; the archive was refused")
                if member.size < 0 or member.offset_data + member.size > end:
                    raise CheckpointError(f"{path}: {name!r} reaches past the archive's end; fetch it again")
                found[name] = (member.offset_data, member.size)
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError) as error:
        raise CheckpointError(f"{path} is neither a checkpoint nor a whole tar archive of one ({error})") from error
    return found


def _in_order(path: Path, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Every member, one after another; sizes below zero would lead some versions of Python back, and round for ever."""
    at, count = -1, 0
    while (member := archive.next()) is not None:
        count += 1
        if member.offset_data <= at or count > _MOST_MEMBERS:
            raise CheckpointError(f"{path} has members out of order, or more than {_MOST_MEMBERS:,} of them")
        at = member.offset_data
        yield member


def locate(path: Path) -> tuple[Source, str]:
    """Where a checkpoint's files are, and their common name there.

    The path is that name or one of the files; a folder, whose newest checkpoint is meant; or a tar archive.
    """
    if path.is_dir():
        return _newest(Folder(path))
    folder = Folder(path.parent)
    if path.with_name(f"{path.name}.index").is_file():
        return folder, path.name
    if ending := _ENDINGS.search(path.name):
        return folder, path.name[: ending.start()]
    if not path.exists():
        near = sorted(each.stem for each in path.parent.glob("*.index")) if path.parent.is_dir() else []
        raise CheckpointError(f"there is no checkpoint {path} (in that folder: {listing(near)})")
    return _newest(folder) if path.name == STATE_FILE else _newest(Tar(path))


def _newest(source: Source) -> tuple[Source, str]:
    """The checkpoint that a ``checkpoint`` file names, or else the one of the highest step."""
    prefixes = sorted(name.removesuffix(".index") for name in source.names if name.endswith(".index"))
    if not prefixes:
        raise CheckpointError(f"{source.path} holds no checkpoint: neither a file NAME.index nor weights_manifest.json")
    for state in sorted(name for name in source.names if PurePosixPath(name).name == STATE_FILE):
        named = _named(bytes(source.open(state)[:_MOST_STATE_BYTES]))
        prefix = str(PurePosixPath(state).with_name(named)) if named else ""
        if prefix in prefixes:
            return source, prefix
    return source, max(prefixes, key=lambda prefix: (step_of(prefix), prefix))


def _named(state: bytes) -> str | None:
    """The name in a ``checkpoint`` file, without the folders of the machine that wrote it."""
    found = re.search(rb'^\s*model_checkpoint_path:\s*"([^"\n]*)"', state, re.MULTILINE)
    if found is None:
        return None
    name = PureWindowsPath(found[1].decode(errors="replace")).name  # takes both kinds of separator
    return None if name in ("", "..") else name


def step_of(prefix: str) -> int:
    """By a name that ends in ``-STEP``; -1 where it doesn't."""
    match = re.search(r"-(\d{1,18})$", prefix)
    return int(match[1]) if match else -1
