"""Plugins made on the spot, as really installed projects: a module and its metadata in a folder on the path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """``install("boom", source)`` makes ``gen-boom 1.0`` with a module ``gen_boom`` that an entry point names."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def make(name: str, source: str, *, version: str = "1.0", requires: Sequence[str] = ()) -> None:
        (tmp_path / f"gen_{name}.py").write_text(source)
        metadata = tmp_path / f"gen_{name}-{version}.dist-info"
        metadata.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: gen-{name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (metadata / "METADATA").write_text("\n".join(lines) + "\n")
        (metadata / "entry_points.txt").write_text(f"[gen]\n{name} = gen_{name}\n")

    yield make
    for module in set(sys.modules) - before:
        if module.startswith("gen_"):
            del sys.modules[module]
