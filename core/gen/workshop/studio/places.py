"""What lies in the folders that a studio was given: runs, and pages. Nothing outside is ever looked at or named.

The page knows a thing by a hash of where it lies, so no path is ever taken from a browser. Links aren't followed.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gen.errors import UsageError
from gen.system import regular

_DEEP, _MOST_SEEN, _MOST_FOUND = 5, 50_000, 500
_FRESH = 3.0  # seconds
_MOST_PAGE = 1 << 25  # bytes

What = Literal["run", "page"]


@dataclass(frozen=True)
class Found:
    """A run or a page: its ``key``, where it lies, and that as a person would say it."""

    what: What
    key: str
    path: Path
    name: str
    changed: float


class Places:
    """Folders to look in; safe for several threads.

    Args:
        folders: they are there, and no part of their paths is a link.
        without: a folder inside them that is somebody else's affair.
    """

    def __init__(self, folders: Sequence[Path], *, without: Path) -> None:
        self._folders, self._without = list(dict.fromkeys(folders)), without
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}
        self._looked = -1e9

    def all(self, what: What) -> list[Found]:
        """The runs or the pages there are, the newest first."""
        with self._lock:
            if time.monotonic() - self._looked > _FRESH:
                found = [each for folder in self._folders for each in self._look(folder)]
                self._found = {each.key: each for each in found}
                self._looked = time.monotonic()
            ordered = sorted(self._found.values(), key=lambda each: -each.changed)
        return [each for each in ordered if each.what == what][:_MOST_FOUND]

    def one(self, what: What, key: str) -> Found:
        """The run or page of a key; a `UsageError` where there is none."""
        found = next((each for each in self.all(what) if each.key == key), None)
        if found is None or not self.is_inside(found.path):
            raise UsageError(f"there is no {what} {key[:40]!r} (any more)")
        return found

    def page(self, key: str) -> bytes:
        """The content of a page."""
        return self.read(self.one("page", key).path, most=_MOST_PAGE)

    def samples(self, run: Found) -> list[str]:
        """Names of the clips that a run's training left."""
        folder = run.path / "samples"
        if not self.is_inside(folder) or not folder.is_dir():
            return []
        return sorted(path.name for path in folder.glob("*.mid") if self.is_inside(path) and path.is_file())[:64]

    def read(self, path: Path, *, most: int) -> bytes:
        """A file in one of the folders."""
        if not self.is_inside(path):
            raise UsageError(f"{path.name[:80]!r} isn't in the studio's folders")
        return regular.read_bytes(path, most=most)

    def is_inside(self, path: Path) -> bool:
        """Whether a path leads through no link into one of the folders."""
        folder = next((each for each in self._folders if path.is_relative_to(each)), None)
        if folder is None or ".." in path.parts:
            return False
        below = [path, *path.parents]
        return not any(each.is_symlink() for each in below[: below.index(folder)])

    def _look(self, folder: Path) -> Iterator[Found]:
        seen = 0
        for place, inner, files in os.walk(folder, followlinks=False):
            here = Path(place)
            depth = len(here.relative_to(folder).parts)
            is_run = "recipe.yaml" in files and not (here / "recipe.yaml").is_symlink()
            inner[:] = sorted(
                name
                for name in inner
                if depth < _DEEP and not name.startswith(".") and not is_run and here / name != self._without
            )
            seen += len(inner) + len(files)
            if seen > _MOST_SEEN:
                return
            if is_run:
                yield self._as_found("run", here, folder)
            yield from (
                self._as_found("page", here / name, folder)
                for name in files
                if name.endswith(".html") and not (here / name).is_symlink()
            )

    def _as_found(self, what: What, path: Path, folder: Path) -> Found:
        key = hashlib.sha256(f"{what} {path}".encode(errors="surrogateescape")).hexdigest()[:20]
        told = path / "metrics.jsonl" if what == "run" else path
        try:
            changed = (told if told.exists() else path).lstat().st_mtime
        except OSError:
            changed = 0.0
        shown = path.relative_to(folder)
        name = str(shown) if shown.parts else folder.name
        name = name if len(self._folders) == 1 or not shown.parts else f"{folder.name}/{name}"
        return Found(what, key, path, name.encode(errors="replace").decode(), changed)
