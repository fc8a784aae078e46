"""Fetching one published file: whole and as published, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from gen.errors import DataError
from gen.system import regular, terminal
from gen.system.files import file_atomically, sha256_of_file

_CHUNK = 1 << 16
_SPARE_ROOM = 16 << 20  # bytes left free beside the file: a disk filled to the brim breaks other programs
_STALE_AFTER = 24 * 3600  # seconds after which a part file has no living owner


def cache_root() -> Path:
    """Where this user's downloads and prepared examples are kept: ``GEN_CACHE_DIR``, or the system's place for such."""
    import platformdirs

    own = os.environ.get("GEN_CACHE_DIR")
    return regular.at_home(own) if own else platformdirs.user_cache_path("gen-music", appauthor=False)


def cache_dir() -> Path:
    """Where downloaded data sets are kept for this user; it may not exist yet."""
    return cache_root() / "datasets"


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file; a `DataError` where it can't be read."""
    try:
        return sha256_of_file(path)
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}") from error


def download(url: str, destination: Path, *, sha256: str, size: int, timeout: float = 30.0) -> Path:
    """Fetch ``url`` to ``destination``, which comes to exist only complete, checked and on the disk.

    The bytes go to a hidden part file in the same folder, which is renamed at the end. A progress bar is drawn on
    the standard error where that is a terminal.

    Args:
        url: an http or https address.
        destination: the file to make, and what is returned; missing folders above it are made too.
        sha256, size: the published checksum, in hex, and length in bytes.
        timeout: seconds to wait for the server to answer, and then for each piece.

    Raises:
        DataError: no connection, no room, a refusal, or bytes other than those published. Nothing is left behind.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DataError(f"{url} is not an http or https address")
    try:
        regular.folder(destination.parent)
        _sweep(destination)
        free = regular.free_space(destination.parent)
        if free < (needed := size + _SPARE_ROOM):
            raise DataError(f"{destination.parent} has {free / 1e6:,.1f} MB free; {url} needs {needed / 1e6:,.1f} MB")
        with file_atomically(destination) as part, _progress(destination.name, size) as advance:
            _receive(url, part, sha256=sha256, size=size, timeout=timeout, advance=advance)
    except OSError as error:
        raise DataError(f"can't write {destination}: {error.strerror or error}") from error
    return destination


def _receive(
    url: str, part: BinaryIO, *, sha256: str, size: int, timeout: float, advance: Callable[[int], None]
) -> None:
    """Copy the body of ``url`` to ``part``, never more than ``size`` bytes; the rest as `download`."""
    digest = hashlib.sha256()
    received = 0
    request = urllib.request.Request(url, headers={"User-Agent": "gen-music"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            while block := response.read(_CHUNK):
                received += len(block)
                if received > size:
                    raise DataError(f"{url} sent more than the {size:,} bytes that were published; nothing was kept")
                digest.update(block)
                try:
                    part.write(block)
                except OSError as error:  # told apart here from the connection's own errors, which are OSErrors too
                    raise DataError(f"can't write the download: {error.strerror or error}") from error
                advance(len(block))
    except urllib.error.HTTPError as error:
        raise DataError(f"{url} answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # a URLError is an OSError
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{url} could not be reached or broke off: {reason}") from error
    if received != size:
        raise DataError(f"{url} broke off after {received:,} of {size:,} bytes; nothing was kept")
    if digest.hexdigest() != sha256:
        raise DataError(f"{url} has checksum {digest.hexdigest()}, but {sha256} was published; nothing was kept")


def _sweep(destination: Path) -> None:
    """Remove the hidden files of downloads of the same file that were killed long ago."""
    for path in destination.parent.glob(f".{destination.name}.*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE_AFTER:
                regular.remove(path)


@contextmanager
def _progress(label: str, size: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere; what is yielded takes the number of bytes that came."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = terminal.console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=size)
        yield lambda count: bar.advance(task, count)
