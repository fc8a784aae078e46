"""The rules by which events become notes, on files made of bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gen

Build = Callable[..., bytes]
END = (0, "ff2f00")


def rows(notes: gen.NoteSequence) -> list[tuple[int, int, float, float]]:
    return [(note.pitch, note.velocity, note.start, note.end) for note in notes]


@pytest.fixture
def read_track(midi_file: Build, agrees_with_pretty_midi: Callable[[bytes], None]) -> Callable[..., gen.NoteSequence]:
    """Reads a file of one track, 480 ticks to the quarter at 120 qpm, and holds it against pretty_midi."""

    def read(*events: tuple[int, str]) -> gen.NoteSequence:
        data = midi_file([*events, END], layout=0)
        agrees_with_pretty_midi(data)
        return gen.read_midi(data, original=True)

    return read


def test_the_acceptance_file_gives_exactly_its_three_notes(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track(
        (0, "903c64"),
        (240, "903c5a"),
        (240, "803c00"),
        (0, "903e40"),
        (0, "803e00"),
        (0, "904046"),
        (120, "904047"),
        (0, "804000"),
        (100, "904150"),
    )
    assert rows(notes) == [(60, 100, 0.0, 0.5), (60, 90, 0.25, 0.5), (64, 70, 0.5, 0.625)]
    assert notes.total_time == 0.625
    assert (notes.tempos.time.tolist(), notes.tempos.qpm.tolist()) == ([0.0], [120.0])
    assert len(notes.time_signatures) == 0
    assert notes.ticks_per_quarter == 480


def test_a_note_off_closes_every_open_note_of_its_pitch(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "903c01"), (48, "903c02"), (48, "903c03"), (384, "803c40"), (480, "803c40"))
    assert rows(notes) == [(60, 1, 0.0, 0.5), (60, 2, 0.05, 0.5), (60, 3, 0.1, 0.5)]


def test_a_note_on_without_velocity_is_a_note_off(read_track: Callable[..., gen.NoteSequence]) -> None:
    assert rows(read_track((0, "903c64"), (480, "903c00"))) == [(60, 100, 0.0, 0.5)]


def test_a_note_of_no_length_disappears(read_track: Callable[..., gen.NoteSequence]) -> None:
    assert rows(read_track((0, "903c64"), (0, "803c00"), (480, "803c00"))) == []


def test_a_note_that_begins_as_another_ends_goes_on(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "903c01"), (480, "903c02"), (0, "803c00"), (480, "803c00"))
    assert rows(notes) == [(60, 1, 0.0, 0.5), (60, 2, 0.5, 1.0)]


def test_two_note_offs_at_one_tick_close_the_old_note_and_discard_the_new(
    read_track: Callable[..., gen.NoteSequence],
) -> None:
    notes = read_track((0, "903c01"), (480, "903c02"), (0, "803c00"), (0, "803c00"), (480, "803c00"))
    assert rows(notes) == [(60, 1, 0.0, 0.5)]


def test_notes_kept_open_in_a_chain_each_end_with_the_next(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track(
        (0, "903c01"), (48, "903c02"), (0, "803c00"), (48, "903c03"), (0, "803c00"), (48, "903c04"), (0, "803c00")
    )
    assert rows(notes) == [(60, 1, 0.0, 0.05), (60, 2, 0.05, 0.1), (60, 3, 0.1, 0.15)]


def test_a_note_never_closed_is_dropped_and_a_stray_note_off_ignored(
    read_track: Callable[..., gen.NoteSequence],
) -> None:
    assert rows(read_track((0, "803c00"), (10, "903d64"), (10, "803c00"))) == []


def test_channels_and_tracks_close_only_their_own_notes(midi_file: Build) -> None:
    data = midi_file([(0, "903c01"), (0, "913c02"), (480, "803c00"), END], [(960, "813c00"), (0, "803c00"), END])
    assert rows(gen.read_midi(data)) == [(60, 1, 0.0, 0.5)]


def test_running_status_goes_on_through_meta_events(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "903c64"), (0, "3e64"), (0, "ff0103414243"), (480, "3c00"), (0, "ff7f00"), (480, "3e00"))
    assert rows(notes) == [(60, 100, 0.0, 0.5), (62, 100, 0.0, 1.0)]


def test_running_status_of_one_data_byte_is_followed(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "c005"), (0, "06"), (0, "d011"), (5, "12"), (5, "13"), (0, "903c64"), (480, "3c00"))
    assert notes.program.tolist() == [6]
    assert rows(notes) == [(60, 100, pytest.approx(10 / 960), pytest.approx(490 / 960))]


def test_system_exclusive_messages_are_skipped(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "903c64"), (120, "f0057e7f0901f7"), (120, "f7024005"), (240, "803c00"))
    assert rows(notes) == [(60, 100, 0.0, 0.5)]
    assert notes.program.tolist() == [0]


def test_long_delta_times_are_read(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track((0, "903c64"), (200, "903d64"), (20_000, "803c00"), (3_000_000, "803d00"))
    assert notes.end.tolist() == pytest.approx([20_200 / 960, 3_020_200 / 960])


def test_the_program_at_the_end_of_a_note_decides_its_instrument(read_track: Callable[..., gen.NoteSequence]) -> None:
    notes = read_track(
        (0, "c005"), (0, "903c64"), (0, "903e64"), (240, "803c00"), (0, "c007"), (240, "803e00"), (0, "903c64"),
        (10, "c005"), (230, "803c00"),
    )  # fmt: skip
    assert [(note.pitch, note.program, note.instrument) for note in notes] == [(60, 5, 0), (60, 5, 0), (62, 7, 1)]


def test_instruments_are_numbered_by_their_first_ending_note(midi_file: Build) -> None:
    data = midi_file(
        [(0, "903c64"), (0, "993c64"), (240, "893c00"), (240, "803c00"), END],
        [(0, "903c64"), (10, "803c00"), END],
    )
    notes = gen.read_midi(data)
    assert [(note.instrument, note.is_drum, note.end) for note in notes] == [
        (0, True, 0.25),
        (1, False, 0.5),
        (2, False, pytest.approx(10 / 960)),
    ]


def test_tempo_and_signatures_outside_the_first_track_are_ignored(
    midi_file: Build, agrees_with_pretty_midi: Callable[[bytes], None]
) -> None:
    data = midi_file(
        [(0, "ff510307a120"), (480, "ff51030f4240"), (0, "ff580403021808"), (0, "ff5902fd00"), END],
        [(0, "ff510301ffff"), (0, "ff580407031808"), (0, "ff59020101"), (480, "903c64"), (480, "803c00"), END],
    )
    agrees_with_pretty_midi(data)
    notes = gen.read_midi(data, original=True)
    assert rows(notes) == [(60, 100, 0.5, 1.5)]
    assert notes.tempos.qpm.tolist() == pytest.approx([120.0, 60.0])
    metres = notes.time_signatures
    assert (metres.time.tolist(), metres.numerator.tolist(), metres.denominator.tolist()) == ([0.5], [3], [4])
    assert (notes.key_signatures.key.tolist(), notes.key_signatures.mode.tolist()) == ([3], [0])  # three flats


def test_a_repeated_tempo_is_left_out_and_the_last_at_tick_zero_holds(
    read_track: Callable[..., gen.NoteSequence],
) -> None:
    notes = read_track(
        (0, "ff510306ddd0"), (0, "ff51030f4240"), (480, "ff51030f4240"), (480, "ff510307a120"), (0, "903c64"),
        (480, "803c00"),
    )  # fmt: skip
    assert notes.tempos.time.tolist() == [0.0, 2.0]
    assert notes.tempos.qpm.tolist() == [60.0, 120.0]
    assert rows(notes) == [(60, 100, 2.0, 2.5)]


def test_controls_before_the_first_note_are_held_for_every_instrument_to_come(
    read_track: Callable[..., gen.NoteSequence],
) -> None:
    notes = read_track(
        (0, "b00764"), (0, "e00050"), (0, "903c64"), (480, "803c00"), (0, "b04000"),
        (0, "c008"), (0, "b0417f"), (0, "903c64"), (480, "803c00"), (0, "b0420a"), (0, "b10764"),
    )  # fmt: skip
    changes = notes.control_changes
    assert list(zip(changes.instrument.tolist(), changes.number.tolist(), strict=True)) == [
        (i, number) for i in (0, 1) for number in (7, 64, 65, 66)
    ]
    assert notes.pitch_bends.bend.tolist() == [(0x50 << 7) - 8192] * 2


def test_controls_without_an_instrument_vanish_and_do_not_lengthen_the_piece(
    read_track: Callable[..., gen.NoteSequence],
) -> None:
    notes = read_track((0, "903c64"), (480, "803c00"), (480, "b10740"), (480, "b00740"))
    assert notes.total_time == 0.5
    assert notes.control_changes.time.tolist() == [1.5]


def test_an_instrument_bears_the_name_its_track_had_by_then(midi_file: Build) -> None:
    data = midi_file(
        [(0, "ff030141"), (0, "ff0302c962"), (0, "903c64"), (10, "803c00"), (0, "ff030143"), END],
        [(0, "903c64"), (10, "803c00"), (0, "ff030144"), END],
    )
    assert gen.read_midi(data).instrument_names == ((0, "Éb"),)


def test_a_path_a_string_and_bytes_read_alike(midi_file: Build, tmp_path: Path) -> None:
    data = midi_file([(0, "903c64"), (480, "803c00"), END])
    path = tmp_path / "clip.mid"
    path.write_bytes(data)
    assert (
        rows(gen.read_midi(path)) == rows(gen.read_midi(str(path))) == rows(gen.read_midi(data)) == [(60, 100, 0, 0.5)]
    )


def test_a_file_without_notes_is_an_empty_sequence_with_a_tempo(midi_file: Build) -> None:
    notes = gen.read_midi(midi_file([END], b""))
    assert len(notes) == 0
    assert notes.total_time == 0.0
    assert notes.tempos.qpm.tolist() == [120.0]


def test_unknown_chunks_and_bytes_after_the_last_track_are_skipped(midi_file: Build) -> None:
    one = midi_file([(0, "903c64"), (480, "803c00"), END])
    data = one[:14] + b"XFIH\0\0\0\x03abc" + one[14:] + b"MTrk or not"
    assert rows(gen.read_midi(data)) == [(60, 100, 0.0, 0.5)]


def test_a_track_that_ends_in_running_status_does_not_read_on_into_the_next_chunk(midi_file: Build) -> None:
    # "MTrk" read as an event would be a delta time and two data bytes.
    track = [(0, "903c64"), *((10, "3c00" if i % 2 == 0 else "3c64") for i in range(9)), END]
    data = midi_file(track, track, track)
    assert np.bincount(gen.read_midi(data).instrument).tolist() == [5, 5, 5]


def test_many_tracks_keep_their_pitches_apart(midi_file: Build) -> None:
    tracks = [[(0, f"9f{pitch:02x}64"), (480, f"8f{pitch:02x}00"), END] for pitch in range(70)]
    assert gen.read_midi(midi_file(*tracks)).pitch.tolist() == list(range(70))
