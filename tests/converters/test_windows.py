"""Windows of whole bars: as the converters count them, and as the TFDS edition of the Groove data set was cut."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.data.windows import bar_windows, last_event, tfds_windows
from gen_converters.groove.converter import GrooveConverter

Maker = Callable[..., gen.NoteSequence]
Reader = Callable[[str], gen.NoteSequence]


def assert_windows_convert_like_a_hop_of_one_bar(notes: gen.NoteSequence, bars: int, tolerance: float) -> int:
    """Each window gives the tensors of the whole file's window, unless it ends with a bar without an onset."""
    windows = bar_windows(notes, bars)
    whole = GrooveConverter(split_bars=bars, hop_size=16, mode="train").to_tensors(notes)
    one_by_one = GrooveConverter(split_bars=bars, mode="train")
    assert len(windows) == len(whole)
    same = 0
    for window, expected in zip(windows, whole, strict=True):
        conversion = one_by_one.convert(window)
        if not expected.outputs[-16:, :9].any():
            assert conversion.rejection is not None
            assert conversion.rejection.code in ("too-short", "no-notes")
            continue
        (example,) = conversion.examples
        np.testing.assert_array_equal(example.outputs[:, :18], expected.outputs[:, :18])
        np.testing.assert_allclose(example.outputs, expected.outputs, rtol=0, atol=tolerance)
        same += 1
    return same


@given(
    hits=st.lists(
        st.tuples(st.sampled_from([36, 38, 42, 46]), st.integers(-60, 12 * 4 * 480), st.integers(1, 127)),
        min_size=1,
        max_size=60,
    ),
    bars=st.integers(1, 4),
    qpm=st.sampled_from([60.0, 120.0, 240.0]),
)
def test_a_window_converts_like_a_hop_of_one_bar_over_the_whole_file(
    hits: list[tuple[int, int, int]], bars: int, qpm: float
) -> None:
    # ticks of 1/480 quarter note at tempos whose bars are whole in binary: half steps are hit, and hit exactly
    pitch, tick, velocity = (np.array(column) for column in zip(*hits, strict=True))
    start = tick * (60.0 / qpm) / 480
    notes = gen.NoteSequence(
        pitch=pitch,
        velocity=velocity,
        start=start,
        end=start + 0.1,
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm])),
    )
    assert_windows_convert_like_a_hop_of_one_bar(notes, bars, 1e-6)


def test_an_early_downbeat_belongs_to_the_window_it_begins(groove: Maker) -> None:
    notes = groove([(36, 0.0, 100), (38, 1.98, 90), (42, 3.95, 80)])
    first, second = bar_windows(notes, 1)[:2]
    assert first.pitch.tolist() == [36]
    assert second.start.tolist() == pytest.approx([-0.02])
    assert second.end.tolist() == pytest.approx([0.08])
    assert (first.total_time, second.total_time) == (2.0, 2.0)
    assert len(bar_windows(notes, 2)) == 2  # the last hit, early for bar 2, makes a third bar


def test_windows_that_do_not_overlap_hold_every_note_once(groove: Maker) -> None:
    rng = np.random.default_rng(2)
    notes = groove([(36, float(t), 100) for t in rng.uniform(0, 15.9, 200)] + [(36, 15.5, 100)])
    windows = bar_windows(notes, 2, hop_bars=2)
    assert len(windows) == 4
    found = np.sort(np.concatenate([window.start + 4.0 * k for k, window in enumerate(windows)]))
    np.testing.assert_allclose(found, np.sort(notes.start), atol=1e-12)


@pytest.mark.parametrize(("bars", "hop"), [(0, 1), (1, 0)])
def test_windows_need_a_length_and_a_hop(groove: Maker, bars: int, hop: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        bar_windows(groove([(36, 0.0, 100)]), bars, hop_bars=hop)


def test_a_bar_that_is_no_whole_number_of_steps_has_no_windows(groove: Maker) -> None:
    with pytest.raises(ValueError, match="a bar of 3/32 isn't a whole number of steps at 4"):
        bar_windows(groove([(36, 0.0, 100)], metre=(3, 32)), 1)


def cut_by_pretty_midi(notes: gen.NoteSequence, bars: int, bpm: float, beats: int) -> list[pretty_midi.PrettyMIDI]:
    """The published edition's procedure with the library it was made with, through real MIDI bytes."""

    def source() -> pretty_midi.PrettyMIDI:
        midi = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=float(notes.tempos.qpm[0]))
        drums = pretty_midi.Instrument(0, is_drum=True)
        drums.notes = [pretty_midi.Note(n.velocity, n.pitch, n.start, n.end) for n in notes]
        midi.instruments.append(drums)
        midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, 0.0))
        return midi

    def reread(midi: pretty_midi.PrettyMIDI) -> pretty_midi.PrettyMIDI:
        data = io.BytesIO()
        midi.write(data)
        return pretty_midi.PrettyMIDI(io.BytesIO(data.getvalue()))

    bar = 60 / bpm * beats
    windows = []
    for first in range(round(source().get_end_time() / bar) - bars + 1):
        midi = source()
        signatures = list(midi.time_signature_changes)
        midi.adjust_times([first * bar, (first + bars) * bar], [0, bars * bar])
        midi.time_signature_changes = signatures
        windows.append(reread(midi))
    return windows


@pytest.mark.parametrize("bars", [2, 4])
def test_tfds_windows_equal_those_that_pretty_midi_cuts(bars: int) -> None:
    rng = np.random.default_rng(11)
    # the file's tempo is a whole number of microseconds, a little off the 97 of the data set's table
    microseconds = int(6e7 / 97)
    second = microseconds / 1e6 / 480
    tick = np.sort(rng.choice(8 * 4 * 480 // 7, 120, replace=False)) * 7  # at most one note at a time
    notes = gen.NoteSequence(
        pitch=rng.choice([36, 38, 42], 120),
        velocity=rng.integers(1, 128, 120),
        start=tick * second,
        end=(tick + 6) * second,
        is_drum=np.array(True),
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([6e7 / microseconds])),
        ticks_per_quarter=480,
    )
    ours, theirs = tfds_windows(notes, bars, 97, 4), cut_by_pretty_midi(notes, bars, 97, 4)
    assert len(ours) == len(theirs) > 3
    for window, midi in zip(ours, theirs, strict=True):
        rows = sorted((n.start, n.pitch, n.velocity, n.end) for n in midi.instruments[0].notes)
        found = sorted((n.start, n.pitch, n.velocity, n.end) for n in window)
        np.testing.assert_allclose(np.array(found), np.array(rows), rtol=0, atol=1e-9)
        assert window.tempos.qpm[0] == pytest.approx(midi.get_tempo_changes()[1][0], rel=1e-12)
        assert window.total_time == pytest.approx(max(row[3] for row in rows))


def test_tfds_windows_lose_notes_that_cross_an_edge(groove: Maker) -> None:
    notes = groove([(36, 0.0, 100), (38, 1.98, 90), (42, 2.5, 80), (46, 3.95, 80), (36, 5.95, 70), (36, 7.8, 1)])
    windows = tfds_windows(notes, 1, 120, 4)
    assert [window.pitch.tolist() for window in windows] == [[36], [42], [], [36]]
    assert windows[1].start.tolist() == pytest.approx([0.5], abs=0.002)


def test_the_last_event_of_any_kind_ends_a_file() -> None:
    note = {"pitch": np.array([36]), "start": np.array([0.0]), "end": np.array([1.0])}
    assert last_event(gen.NoteSequence()) == 0
    assert last_event(gen.NoteSequence(**note)) == 1
    late = np.array([7.0])
    one = np.array([1])
    assert (
        last_event(gen.NoteSequence(**note, control_changes=gen.notes.ControlChanges(late, one, one, one, one, one)))
        == 7
    )
    assert last_event(gen.NoteSequence(**note, pitch_bends=gen.notes.PitchBends(late, one, one, one, one))) == 7
    assert last_event(gen.NoteSequence(**note, tempos=gen.notes.Tempos(late, late))) == 7
    assert last_event(gen.NoteSequence(**note, time_signatures=gen.notes.TimeSignatures(late, one, one))) == 7
    assert last_event(gen.NoteSequence(**note, key_signatures=gen.notes.KeySignatures(late, one, one))) == 7


def test_tfds_windows_need_one_tempo_and_positive_numbers(groove: Maker) -> None:
    two = gen.notes.Tempos(time=np.array([0.0, 1.0]), qpm=np.array([100.0, 120.0]))
    with pytest.raises(ValueError, match="the file has 2 tempos"):
        tfds_windows(gen.NoteSequence(tempos=two), 2, 120, 4)
    with pytest.raises(ValueError, match="must be positive"):
        tfds_windows(groove([(36, 0.0, 100)]), 2, 0, 4)


@pytest.mark.slow
def test_every_file_is_cut_into_as_many_windows_as_the_published_edition(
    golden: Path, groove_info: dict[str, dict[str, str]], read_groove: Reader
) -> None:
    with (golden / "gmd_tfds_windows.csv").open() as lines:
        expected = list(csv.DictReader(lines))
    assert len(expected) == 1150
    totals: Counter[tuple[str, int]] = Counter()
    for row in expected:
        facts = groove_info[row["midi_filename"]]
        beats = int(facts["time_signature"].split("-")[0])
        notes = read_groove(f"groove/{row['midi_filename']}")
        for bars in (2, 4):
            count = len(tfds_windows(notes, bars, int(facts["bpm"]), beats))
            assert count == int(row[f"windows_{bars}bar"]), row
            totals[row["split"], bars] += count
    assert totals == {
        ("train", 4): 17261,
        ("validation", 4): 2121,
        ("test", 4): 2033,
        ("train", 2): 18163,
        ("validation", 2): 2252,
        ("test", 2): 2204,
    }


def test_windows_of_real_files_give_as_many_examples_as_the_published_edition(
    golden: Path, groove_info: dict[str, dict[str, str]], read_groove: Reader
) -> None:
    compared = 0
    with (golden / "gmd_tfds_converted_sample.csv").open() as lines:
        for row in csv.DictReader(lines):
            for bars in (2, 4):
                if not row[f"examples_{bars}bar"]:
                    continue
                facts = groove_info[row["midi_filename"]]
                converter = GrooveConverter(split_bars=bars, mode="train")
                beats = int(facts["time_signature"].split("-")[0])
                windows = tfds_windows(read_groove(f"groove/{row['midi_filename']}"), bars, int(facts["bpm"]), beats)
                found = sum(len(converter.to_tensors(window)) for window in windows)
                assert found == int(row[f"examples_{bars}bar"]), row
                compared += 1
    assert compared == 92


def test_windows_of_a_real_file_convert_like_a_hop_of_one_bar(read_groove: Reader) -> None:
    notes = read_groove("groove/drummer1/session1/1_funk_80_beat_4-4.mid")
    assert assert_windows_convert_like_a_hop_of_one_bar(notes, 4, 1e-6) > 20
