"""Damaged and malicious MIDI files, and hundreds of real ones, through every converter: examples, or a reason.

benchmarks/fuzz_midi.py does the same with 20,000 mutations of real files, and measures time and memory.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from midi_mutations import MUTATIONS, mutated
from promises import assert_promises_kept

import gen
from gen.registry import registry
from gen_datasets.demo.source import Demo

EACH = 20
"""Mutated files of each kind."""


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    """Small files of drums, melodies and bands."""
    return [
        item.read()
        for parts in ("drums", "melody", "trio", "band")
        for item in list(Demo(parts=parts, clips=2, bars=4).items())
    ]


@pytest.fixture(scope="module")
def converters() -> list[gen.Converter]:
    found = [registry().find("converter", name)() for name in registry().names("converter")]
    small = {"slice_bars": 2, "chord_encoding": "triads"}
    return [*found, *(registry().find("converter", name)(**small) for name in ("melody", "trio"))]


def outcome(data: bytes, converters: list[gen.Converter]) -> str:
    """``notes``, or the code of the error."""
    try:
        notes = gen.read_midi(data)
    except gen.errors.MidiError as error:
        return error.code
    for converter in converters:
        assert_promises_kept(converter, converter.convert(notes, rng=np.random.default_rng(0)))
    return "notes"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_file_gives_examples_or_a_reason(
    name: str, files: list[bytes], converters: list[gen.Converter]
) -> None:
    unchanged = 0
    for number in range(EACH):
        rng = np.random.default_rng([1, number])
        data = files[number % len(files)]
        mutant = MUTATIONS[name](data, rng)
        unchanged += mutant == data
        outcome(mutant, converters)
    assert unchanged < EACH


def test_several_mutations_give_examples_or_a_reason(files: list[bytes], converters: list[gen.Converter]) -> None:
    seen: Counter[str] = Counter()
    for number in range(3 * EACH):
        rng = np.random.default_rng([2, number])
        data, names = mutated(files[number % len(files)], rng)
        assert 1 <= len(names) <= 3
        seen[outcome(data, converters)] += 1
    assert {"notes", "truncated", "damaged"} <= seen.keys()  # neither all read nor all refused


@pytest.mark.slow
def test_every_tenth_real_multitrack_file_gives_examples_or_a_reason(
    shared: Path, converters: list[gen.Converter]
) -> None:
    with zipfile.ZipFile(shared / "data" / "multitrack.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".mid"))[::10]
        assert len(names) > 100
        for name in names:
            assert outcome(archive.read(name), converters) == "notes", name
