"""What the converter tests share: readers of real MIDI and of the original's outputs, and a maker of small grooves."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen


@pytest.fixture(scope="session")
def groove_files(groove_zip: Path) -> dict[str, bytes]:
    """The bytes of every MIDI file of the Groove MIDI Dataset, by its path in the archive."""
    with zipfile.ZipFile(groove_zip) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith((".mid", ".midi"))}


@pytest.fixture(scope="session")
def groove_info(groove_zip: Path) -> dict[str, dict[str, str]]:
    """The rows of info.csv, by ``midi_filename``."""
    with zipfile.ZipFile(groove_zip) as archive:
        text = io.TextIOWrapper(archive.open("groove/info.csv"), "utf-8")
        return {row["midi_filename"]: row for row in csv.DictReader(text)}


@pytest.fixture(scope="session")
def read_groove(groove_files: dict[str, bytes]) -> Callable[[str], gen.NoteSequence]:
    """Read a file of the archive by path, each only once."""
    cache: dict[str, gen.NoteSequence] = {}

    def read(name: str) -> gen.NoteSequence:
        if name not in cache:
            cache[name] = gen.read_midi(groove_files[name], original=True)
        return cache[name]

    return read


@pytest.fixture(scope="session")
def golden_group(golden: Path) -> Callable[[str], tuple[dict[str, Any], Any]]:
    """A group of the original's conversions: what its JSON says and its arrays."""

    def load(name: str) -> tuple[dict[str, Any], Any]:
        folder = golden / "converters"
        return json.loads((folder / f"{name}.json").read_text()), np.load(folder / f"{name}.npz")

    return load


Hit = tuple[int, float, int]


@pytest.fixture(scope="session")
def groove() -> Callable[..., gen.NoteSequence]:
    """A maker of drum sequences from (pitch, onset in seconds, velocity)."""

    def make(hits: list[Hit], *, qpm: float = 120.0, metre: tuple[int, int] = (4, 4), **more: Any) -> gen.NoteSequence:
        start = np.array([onset for _, onset, _ in hits], np.float64)
        return gen.NoteSequence(
            pitch=np.array([pitch for pitch, _, _ in hits], np.int64),
            velocity=np.array([velocity for _, _, velocity in hits], np.int64),
            start=start,
            end=start + 0.1,
            is_drum=np.array(True),
            tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm])),
            time_signatures=gen.notes.TimeSignatures(
                time=np.zeros(1), numerator=np.array([metre[0]]), denominator=np.array([metre[1]])
            ),
            **more,
        )

    return make
