"""A studio over a folder of its own, for every module one; skipped where the extra isn't installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from studio_client import Client


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("starlette", "uvicorn"):
        pytest.importorskip(name, reason="needs the extra gen-music[studio]")
    return tmp_path_factory.mktemp("given")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    from studio_client import Client

    made = Client(folder)
    yield made
    made.end()
