"""The one place where gen opens, makes, renames and removes files; strangers may have put anything in their place.

What is read is a regular file, wherever links lead, and no longer than it may be: a pipe or a device would keep us
waiting, or never end. What is written is never reached through a link, so that nothing outside a folder of gen's is
changed. What is wrong is an OSError whose ``strerror`` says so, as if the system had refused.
"""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import stat
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

MOST = 1 << 26
"""Bytes of a file that is read whole, unless told otherwise."""

MOST_JSON = 1 << 28
"""Bytes of a file of JSON: the account of a million files."""

_FLAGS = {name: getattr(os, f"O_{name}", 0) for name in ("BINARY", "CLOEXEC", "NOFOLLOW", "NONBLOCK")}
_READ = os.O_RDONLY | _FLAGS["BINARY"] | _FLAGS["CLOEXEC"] | _FLAGS["NONBLOCK"]
_WRITE = _FLAGS["BINARY"] | _FLAGS["CLOEXEC"] | _FLAGS["NONBLOCK"] | _FLAGS["NOFOLLOW"]
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_BYTES_OF_A_VALUE = 72  # that Python needs for the smallest value that holds others
_SPARE = 1 << 26


def opened(path: Path) -> BinaryIO:
    """A regular file to read from, also through a link."""
    _require_regular(path, path.stat())  # before it is opened: some devices act on that alone
    handle = os.open(path, _READ)
    return _checked(path, handle, "rb")


def require_regular(path: Path) -> None:
    """Raise an OSError unless a regular file is there, for libraries that open a path themselves."""
    _require_regular(path, path.stat())


def read_bytes(path: Path, *, most: int = MOST) -> bytes:
    """The content of a regular file of at most so many bytes; of a longer one, nothing is read."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most + 1) if size <= most else b""  # once more: it may grow, or be one that tells no size
    if size > most or len(content) > most:
        raise OSError(errno.EFBIG, f"more than the {most:,} bytes that such a file may have", str(path))
    return content


def read_text(path: Path, *, most: int = MOST) -> str:
    """As `read_bytes`, UTF-8 text; a ValueError where it is none."""
    return read_bytes(path, most=most).decode("utf-8")


def read_json(path: Path, *, most: int = MOST_JSON) -> Any:
    """As `read_bytes`, and `parse_json` of it."""
    return parse_json(read_bytes(path, most=most))


def parse_json(content: bytes | str) -> Any:
    """Strangers' JSON; whatever is wrong with it, numbers that aren't finite and endless nesting too, is a ValueError.

    So is what would take ten times its size, and more, in memory.
    """
    marks: tuple[Any, ...] = (b",", b"[", b"{") if isinstance(content, bytes) else (",", "[", "{")
    if _BYTES_OF_A_VALUE * sum(map(content.count, marks)) > 8 * len(content) + _SPARE:
        raise ValueError("it has more values than any such file of gen's")
    try:
        return json.loads(content, parse_constant=_not_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _not_finite(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is no finite number")


def _finite(text: str) -> float:
    return value if math.isfinite(value := float(text)) else _not_finite(text)


def resource(package: str, *names: str) -> str:
    """The text of a file that came with a package of gen's."""
    return files(package).joinpath(*names).read_text(encoding="utf-8")


def created(path: Path) -> BinaryIO:
    """A new file to write to; nothing at all may be there."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _WRITE, 0o666), "wb")


def append(path: Path, text: str) -> None:
    """Add a text to a regular file, or make one of it."""
    with _checked(path, _through_no_link(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as file:
        file.write(text.encode())


def updated(path: Path) -> BinaryIO:
    """A regular file to read from and write to from its beginning, an empty one where there was none."""
    return _checked(path, _through_no_link(path, os.O_RDWR | os.O_CREAT), "r+b")


def _through_no_link(path: Path, flags: int) -> int:
    with suppress(FileNotFoundError):
        _require_regular(path, path.lstat())
    return os.open(path, flags | _WRITE, 0o666)


def _checked(path: Path, handle: int, mode: str) -> BinaryIO:
    """A file around a handle, if it is that of a regular one."""
    try:
        _require_regular(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    file: Any = os.fdopen(handle, mode)
    return file  # type: ignore[no-any-return]


def _require_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(number, f"{kind} is there, and not a file", str(path))


def nowhere() -> int:
    """A handle that takes everything and gives nothing."""
    return os.open(os.devnull, os.O_RDWR)


def folder(path: Path) -> Path:
    """Make a folder that a user named, with those above it, unless it is there already, be it through links."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def inner_folder(path: Path) -> Path:
    """Make a folder inside one of gen's, unless it is there already; a link in its place would lead out of it."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode):
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a file")
            raise NotADirectoryError(errno.ENOTDIR, f"{kind} is there, and not a folder", str(path)) from None
    return path


def rename(path: Path, to: Path) -> None:
    """Give a file or a folder another name, in place of a file or a link that has it."""
    path.replace(to)


def remove(path: Path) -> None:
    """Remove a file or a link, if it is there."""
    path.unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Remove a folder with all that is in it, or a link, and not what that leads to; nothing happens where it fails."""
    if path.is_symlink():
        remove(path)
    shutil.rmtree(path, ignore_errors=True)


def free_space(path: Path) -> int:
    """Bytes that are free on the disk of a folder."""
    return shutil.disk_usage(path).free


def resolved(path: Path | str) -> Path:
    """Where a path leads, ``~`` and links followed; unlike Path's own, neither loops nor unknown users are errors."""
    return Path(os.path.realpath(at_home(path)))


def at_home(path: Path | str) -> Path:
    """A path in which ``~`` stands for the home of a user, if there is such a user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def exists(path: Path | str) -> bool:
    """Whether anything is there, for any text at all: one that can't be a path leads nowhere."""
    return os.path.exists(path)  # noqa: PTH110 - unlike Path's, it never raises


def sync(path: Path) -> None:
    """Make a file, or renames within a folder, durable, where the system allows it."""
    try:
        handle = os.open(path, _READ)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_to_disk(file: IO[bytes]) -> None:
    """Make what was written to a file durable."""
    file.flush()
    os.fsync(file.fileno())
