"""MIDI files made of bytes, and a second reader to compare with."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from gen import NoteSequence

END = (0, "ff 2f 00")


def variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.insert(0, value & 0x7F | 0x80)
    return bytes(out)


def build_file(
    *tracks: Iterable[tuple[int, str]] | bytes, layout: int = 1, division: int = 480, count: int | None = None
) -> bytes:
    """A MIDI file of tracks, each either raw bytes or (delta time, message in hexadecimal); the end is not added."""
    chunks = [struct.pack(">4sIHHH", b"MThd", 6, layout, len(tracks) if count is None else count, division)]
    for track in tracks:
        body = (
            track
            if isinstance(track, bytes)
            else b"".join(variable_length(delta) + bytes.fromhex(message) for delta, message in track)
        )
        chunks += [b"MTrk", struct.pack(">I", len(body)), body]
    return b"".join(chunks)


@pytest.fixture(scope="session")
def midi_file() -> Callable[..., bytes]:
    return build_file


def _table(rows: list[tuple[Any, ...]], width: int) -> np.ndarray:
    return np.array(rows, np.float64).reshape(-1, width)


def read_with_pretty_midi(data: bytes) -> dict[str, Any]:
    import pretty_midi

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tempo events outside the first track, which it goes on to ignore
        midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    owned = [(number, one) for number, one in enumerate(midi.instruments)]
    return {
        "notes": _table(
            [(n.pitch, n.velocity, n.start, n.end, i.program, i.is_drum, k) for k, i in owned for n in i.notes],
            7,
        ),
        "control_changes": _table(
            [(c.time, c.number, c.value, k, i.program, i.is_drum) for k, i in owned for c in i.control_changes], 6
        ),
        "pitch_bends": _table([(b.time, b.pitch, k, i.program, i.is_drum) for k, i in owned for b in i.pitch_bends], 5),
        "tempos": np.stack(midi.get_tempo_changes(), axis=1),
        "time_signatures": _table([(s.time, s.numerator, s.denominator) for s in midi.time_signature_changes], 3),
        "key_signatures": _table(
            [(s.time, s.key_number % 12, s.key_number // 12) for s in midi.key_signature_changes], 3
        ),
        "names": tuple((k, i.name) for k, i in owned if i.name),
        "ticks_per_quarter": midi.resolution,
    }


def as_tables(notes: NoteSequence) -> dict[str, Any]:
    def table(columns: Any) -> np.ndarray:
        return np.stack([getattr(columns, name).astype(np.float64) for name in columns._dtypes], axis=1)

    return {
        "notes": table(notes),
        "control_changes": table(notes.control_changes),
        "pitch_bends": table(notes.pitch_bends),
        "tempos": table(notes.tempos),
        "time_signatures": table(notes.time_signatures),
        "key_signatures": table(notes.key_signatures),
        "names": notes.instrument_names,
        "ticks_per_quarter": notes.ticks_per_quarter,
    }


@pytest.fixture(scope="session")
def agrees_with_pretty_midi() -> Callable[[bytes], None]:
    """Asserts that gen and pretty_midi read a file alike: times and tempos within 1e-9, all else exactly."""
    from gen import read_midi

    def check(data: bytes) -> None:
        expected, found = read_with_pretty_midi(data), as_tables(read_midi(data, original=True))
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            if isinstance(value, np.ndarray):
                np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-9, err_msg=name)
            else:
                assert found[name] == value, name

    return check
