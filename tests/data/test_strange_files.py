"""One file never ends or holds up the others: each has its reason, and every example has a file of its own."""

from __future__ import annotations

import os
import struct
import time

import numpy as np
import pytest

import gen
from gen.data import bar_windows, tfds_windows
from gen.data.check.run import check
from gen.data.check.targets import plan
from gen.data.conversion import _in_bounds, converters_of
from gen.data.prepare import export_examples
from gen.interfaces.dataset import Item
from gen.system.crew import LateError, at_most
from gen_converters.groove.converter import GrooveConverter


def recipe_of(folder, *overrides):
    data = f"data={{source: {{type: folder, path: '{folder}', validation: 0.0, test: 0.0}}}}"
    return gen.load_recipe("groovae_4bar", [data, *overrides])


def drums(bars: int = 4, tempo: int = 500_000, ticks: int = 480, metas: bytes = b"") -> bytes:
    """A MIDI file of a stroke on every beat, at so many microseconds a quarter note."""
    track = b"\0\xff\x51\x03" + tempo.to_bytes(3, "big") + metas
    for _ in range(4 * bars):
        track += b"\0\x99\x24\x64" + variable(ticks // 2) + b"\x89\x24\0" + variable(ticks - ticks // 2) + b"\xb9\1\0"
    track += b"\0\xff\x2f\0"
    return struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, ticks, b"MTrk", len(track)) + track


def variable(number: int) -> bytes:
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))


def age(ticks: int = 1) -> bytes:
    """A small file whose last stroke comes after an age."""
    late = variable((1 << 28) - 1)
    track = b"\0\x99\x24\x64\1\x89\x24\0" + late + b"\x99\x24\x64\1\x89\x24\0\0\xff\x2f\0"
    return struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, ticks, b"MTrk", len(track)) + track


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.mid").write_bytes(drums())
    (tmp_path / "fast.mid").write_bytes(drums(tempo=1))
    (tmp_path / "age.mid").write_bytes(age())
    (tmp_path / os.fsdecode(b"n\xe9.mid")).write_bytes(drums(bars=5))
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "zero.mid").symlink_to("/dev/zero")
    return tmp_path


@pytest.mark.parametrize("windows", ["whole", "tfds"])
def test_each_of_some_strange_files_has_a_reason_and_the_others_their_examples(folder, windows):
    options = ["data.windows=tfds", "data.window_bars=4", "converter.hop_size=null"] if windows == "tfds" else []
    began = time.monotonic()
    prepared = gen.prepare(recipe_of(folder, *options))
    found = {file.id: file for file in prepared.report.files}

    assert time.monotonic() - began < 60  # a lid, no measurement: it takes a tenth of a second
    assert set(found) == {"good.mid", "fast.mid", "age.mid", "n\udce9.mid", "pipe.mid", "zero.mid"}
    assert found["good.mid"].examples >= 1
    assert found["n\udce9.mid"].examples >= 1
    for name in ("age.mid", "pipe.mid", "zero.mid"):
        assert found[name].rejection is not None
    if windows == "tfds":
        assert "windows are more than the 5,000" in found["age.mid"].rejection.detail


@pytest.mark.parametrize("tempo", [1, 2, 3, (1 << 24) - 1])
@pytest.mark.parametrize("ticks", [2, 3, 480, 32767])
@pytest.mark.parametrize("bpm", [1e-3, 1.0, 120.0, 6e7, 1e300])
def test_the_fastest_and_the_slowest_are_cut_or_have_a_reason(tempo, ticks, bpm):
    notes = gen.read_midi(drums(tempo=tempo, ticks=ticks))
    try:
        assert len(tfds_windows(notes, 2, bpm, 4)) <= 5_000
    except ValueError as error:
        assert "windows" in str(error)  # noqa: PT017


def test_a_check_of_strange_files_reads_and_says_the_same(folder):
    made, _ = plan(recipes=[], converters=[], bars=None, drum_channels=[], drum_map=None)
    found = {each.name: each for each in check(folder, made, workers=0).account.files}

    assert found["good.mid"].usable
    assert found["n\udce9.mid"].usable
    assert "not a file" in found["pipe.mid"].problem.detail


def test_windows_of_an_age_are_not_made():
    late = gen.read_midi(age())
    with pytest.raises(ValueError, match="more than the 5,000"):
        bar_windows(late, 2)
    with pytest.raises(ValueError, match="more than the 5,000"):
        tfds_windows(late, 2, 120.0, 4)
    many = gen.NoteSequence(pitch=np.array([36]), start=np.array([9_990.0]), end=np.array([9_990.5]))
    assert len(bar_windows(many, 2)) == 4995


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ZeroDivisionError("float division by zero"), "converter-fault", "ZeroDivisionError: float division by zero"),
        (IndexError("x" * 1000), "converter-fault", "IndexError: xxx"),
        (MemoryError(), "converter-fault", "it takes too much memory"),
        (LateError("given up after 60 seconds"), "timed-out", "given up after 60 seconds"),
    ],
)
def test_a_converter_that_fails_on_a_file_is_the_reason_for_it_and_no_end(monkeypatch, error, code, said):
    def fail(*_, **__):
        raise error

    recipe = gen.load_recipe("groovae_4bar")
    monkeypatch.setattr(GrooveConverter, "convert", fail)
    report, examples = _in_bounds(Item("a", "train", drums()), recipe, converters_of(recipe))

    assert (examples, report.rejection.code) == ([], code)
    assert said in report.rejection.detail
    assert len(report.rejection.detail) < 400


def test_a_block_that_takes_too_long_is_given_up_and_others_are_left_alone():
    def forever() -> None:
        while True:
            pass

    with pytest.raises(LateError, match=r"given up after 0\.01 seconds"), at_most(0.01):
        forever()
    with at_most(60.0):
        pass


def test_every_example_is_exported_to_a_file_of_its_own(tmp_path):
    (tmp_path / "in" / "a" / "b").mkdir(parents=True)
    long = "l" * 240
    names = ["a/b/c.mid", "a/b_c.mid", "a_b_c.mid", "a_b_c.MID", "A_B_C.mid", "a_b_c.midi", f"{long}.mid"]
    names += [f"{long}x.mid", "né.mid", "ne\u0301.mid", "x\x1b[2J\n.mid", "..y.mid"[1:]]
    for number, name in enumerate(names):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(drums(tempo=500_000 + number))
    recipe = recipe_of(tmp_path / "in")
    expected = sum(file.examples for file in gen.prepare(recipe).report.files)
    count = export_examples(recipe, tmp_path / "out")
    there = [path.name for path in (tmp_path / "out" / "train").iterdir()]

    assert count == len(there) == expected
    assert expected == len([name for name in names if not name.startswith(".")])
    assert all(name.isprintable() and len(name.encode()) < 200 for name in there)
