"""pretty_midi as a second reader of the same bytes, and as a container to convert to and from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen

Build = Callable[..., bytes]
Check = Callable[[bytes], None]


def message(status: int, channel: int, *data: int) -> str:
    return bytes((status | channel, *data)).hex()


CHANNELS = st.sampled_from([0, 1, 9])
PITCHES = st.sampled_from([36, 60])
MESSAGES = st.one_of(
    st.builds(message, st.just(0x90), CHANNELS, PITCHES, st.sampled_from([0, 1, 100])),
    st.builds(message, st.just(0x90), CHANNELS, PITCHES, st.sampled_from([0, 90])),
    st.builds(message, st.just(0x80), CHANNELS, PITCHES, st.just(64)),
    st.builds(message, st.just(0xC0), CHANNELS, st.integers(0, 2)),
    st.builds(message, st.just(0xB0), CHANNELS, st.integers(0, 127), st.integers(0, 127)),
    st.builds(message, st.just(0xE0), CHANNELS, st.integers(0, 127), st.integers(0, 127)),
    st.sampled_from(
        ["ff510307a120", "ff51030f4240", "ff580403021808", "ff5902fd01", "ff030141", "ff0300", "f003010203"]
    ),
)
TRACK = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 10, 200, 20_000]), MESSAGES), max_size=40)


@settings(max_examples=400, deadline=None)
@given(tracks=st.lists(TRACK, min_size=1, max_size=3), division=st.sampled_from([1, 96, 480, 32767]))
def test_any_events_read_as_pretty_midi_reads_them(
    midi_file: Build, agrees_with_pretty_midi: Check, tracks: list[list[tuple[int, str]]], division: int
) -> None:
    agrees_with_pretty_midi(midi_file(*([*track, (0, "ff2f00")] for track in tracks), division=division))


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from([0, 1, 300]), st.sampled_from(["3c00", "3c40", "3d00", "3d40"])), max_size=40
    )
)
def test_running_status_reads_as_pretty_midi_reads_it(
    midi_file: Build, agrees_with_pretty_midi: Check, pairs: list[tuple[int, str]]
) -> None:
    agrees_with_pretty_midi(midi_file([(0, "903c40"), *pairs, (0, "ff2f00")], [(0, "993c40"), *pairs, (0, "ff2f00")]))


def test_going_to_pretty_midi_and_back_changes_nothing() -> None:
    notes = gen.NoteSequence(
        np.array([60, 36, 62]),
        np.array([0, 100, 127]),
        np.array([0.1, 0.123456789, 1.0]),
        np.array([0.2, 0.5, 2.0]),
        np.array([7, 0, 7]),
        np.array([False, True, False]),
        np.array([0, 1, 0]),
        tempos=gen.notes.Tempos(np.array([0.0, 1.0]), np.array([100.0, 120.0])),
        time_signatures=gen.notes.TimeSignatures(np.zeros(1), np.array([3]), np.array([4])),
        key_signatures=gen.notes.KeySignatures(np.zeros(1), np.array([9]), np.array([1])),
        control_changes=gen.notes.ControlChanges(np.array([0.3]), np.array([64]), np.array([127]), 0, 7, False),  # type: ignore[arg-type]
        pitch_bends=gen.notes.PitchBends(np.array([0.4]), np.array([-100]), 0, 7, False),  # type: ignore[arg-type]
        instrument_names=((0, "Lead"),),
    )
    back = gen.midi.from_pretty_midi(gen.midi.to_pretty_midi(notes))
    order = np.argsort(notes.instrument, kind="stable")
    for name in notes._dtypes:
        np.testing.assert_array_equal(getattr(back, name), getattr(notes, name)[order])
    for table in ("time_signatures", "key_signatures", "control_changes", "pitch_bends"):
        for name in getattr(notes, table)._dtypes:
            np.testing.assert_array_equal(getattr(getattr(back, table), name), getattr(getattr(notes, table), name))
    np.testing.assert_allclose(back.tempos.qpm, notes.tempos.qpm, rtol=1e-9)
    np.testing.assert_allclose(back.tempos.time, notes.tempos.time, rtol=0, atol=1e-9)
    assert back.instrument_names == notes.instrument_names
    assert back.total_time == 2.0


def test_pretty_midi_writes_what_it_was_given() -> None:
    notes = gen.NoteSequence(np.array([60]), 90, np.array([0.5]), np.array([1.0]))  # type: ignore[arg-type]
    file = io.BytesIO()
    gen.midi.to_pretty_midi(notes).write(file)
    (note,) = gen.read_midi(file.getvalue())
    assert (note.pitch, note.velocity, note.start, note.end) == (60, 90, pytest.approx(0.5), pytest.approx(1.0))


def test_a_pretty_midi_object_with_impossible_notes_is_refused() -> None:
    import pretty_midi

    midi = pretty_midi.PrettyMIDI()
    midi.instruments.append(pretty_midi.Instrument(0))
    midi.instruments[0].notes.append(pretty_midi.Note(200, 60, 0.0, 1.0))
    with pytest.raises(gen.errors.MidiError, match="velocity 200"):
        gen.midi.from_pretty_midi(midi)


def midi_names(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.endswith((".mid", ".midi"))]


@pytest.mark.slow
def test_every_file_of_the_groove_dataset_reads_as_pretty_midi_reads_it(
    groove_zip: Path, agrees_with_pretty_midi: Check
) -> None:
    with zipfile.ZipFile(groove_zip) as archive:
        names = midi_names(archive)
        assert len(names) == 1150
        for name in names:
            agrees_with_pretty_midi(archive.read(name))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "every"), [("multitrack.zip", 25), ("melodies.zip", 25)])
def test_other_collections_read_as_pretty_midi_reads_them(
    shared: Path, agrees_with_pretty_midi: Check, name: str, every: int
) -> None:
    with zipfile.ZipFile(shared / "data" / name) as archive:
        names = midi_names(archive)[::every]
        assert len(names) > 50
        for member in names:
            agrees_with_pretty_midi(archive.read(member))
