"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import find_chromium
from hypothesis import settings

settings.register_profile("no-deadline", settings(), deadline=None)  # no test measures time by the clock
settings.load_profile("no-deadline")

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prepared examples of tests, and models that they keep, lie apart from the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEN_CACHE_DIR", str(folder))
        patch.setenv("GEN_MODELS_DIR", str(folder / "models"))
        yield folder


@pytest.fixture(scope="session")
def program() -> str:
    """The path of a Chromium; tests that need one are skipped where there is none."""
    found = find_chromium()
    if found is None:
        pytest.skip("needs Chromium, which isn't there (set GEN_CHROMIUM to its path)")
    return found


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real MIDI and the original's outputs, which lies beside a developer's checkout."""
    if not (_SHARED / "golden" / "README.md").is_file():
        pytest.skip(f"needs real data and reference outputs in {_SHARED}, which is not there")
    return _SHARED


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """Outputs of the original implementation."""
    return shared / "golden"


@pytest.fixture(scope="session")
def groove_zip(shared: Path) -> Path:
    """The official Groove MIDI Dataset archive (CC BY 4.0, Google LLC)."""
    return shared / "data" / "groove-v1.0.0-midionly.zip"
