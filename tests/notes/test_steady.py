"""Changes of tempo and metre that no note feels, and those that one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from midi_bytes import TICKS, beat, metre, midi, notes, tempo, track, tune

import gen
from gen.notes.moving import quarters_at
from gen.notes.steadying import steady, without_leading_silence

BAR = 4 * TICKS


def held(sequence: gen.NoteSequence) -> tuple[list[float], list[str]]:
    table = sequence.time_signatures
    return (
        [round(qpm, 3) for qpm in sequence.tempos.qpm.tolist()],
        [f"{top}/{bottom}" for top, bottom in zip(table.numerator.tolist(), table.denominator.tolist(), strict=True)],
    )


def piece(*changes: tuple[int, bytes], struck=None, drums: bool = True) -> gen.NoteSequence:
    default = beat(4) if drums else tune(4)
    return gen.read_midi(midi(track(changes), track(notes(default if struck is None else struck))))


def later(struck, ticks: int):
    return [(tick + ticks, *rest) for tick, *rest in struck]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(0, tempo(120)), (4 * BAR, tempo(100))], ([120], [])),  # after the last note
        ([(0, tempo(120)), (5 * BAR, tempo(100)), (6 * BAR, tempo(50))], ([120], [])),
        ([(0, metre(4)), (4 * BAR, metre(3))], ([120], ["4/4"])),
        ([(0, metre(4)), (BAR, metre(2, 2)), (2 * BAR, metre(4))], ([120], ["4/4"])),  # bars as long
        ([(0, metre(4)), (BAR, metre(8, 8))], ([120], ["4/4"])),
        (
            [(0, tempo(120)), *[(bar * BAR, tempo(120 + bar % 2 * 0.01)) for bar in range(1, 4)]],
            ([120], []),
        ),  # rounding
        ([(0, tempo(100)), (1, tempo(100.05))], ([100], [])),
        ([(0, tempo(100)), (0, tempo(140))], ([140], [])),  # at one place the last
    ],
)
@pytest.mark.parametrize("drums", [True, False])
def test_what_no_note_feels_is_gone_and_every_note_at_its_place(changes, expected, drums):
    found = piece(*changes, drums=drums)
    settled = steady(found)
    assert held(settled) == expected
    np.testing.assert_allclose(quarters_at(settled, settled.start), quarters_at(found, found.start), atol=1e-9)
    gen.notes.quantise(settled)


@pytest.mark.parametrize(
    ("changes", "after", "expected", "place"),
    [
        ([(0, tempo(60)), (BAR, tempo(100))], BAR, ([100], []), 4.0),
        ([(0, tempo(60)), (BAR, tempo(80)), (2 * BAR, tempo(100))], 2 * BAR, ([100], []), 8.0),
        ([(BAR, tempo(90))], BAR, ([90], []), 4.0),
        ([(0, metre(4)), (BAR, metre(3))], BAR, ([120], ["3/4"]), 6.0),
        ([(0, metre(3)), (3 * TICKS, metre(4))], 3 * TICKS, ([120], ["4/4"]), 4.0),
        ([(0, metre(2)), (2 * TICKS, metre(4))], 2 * TICKS, ([120], ["4/4"]), 4.0),
    ],
)
def test_what_is_set_before_the_first_note_holds_from_the_start_and_bars_stay_bars(changes, after, expected, place):
    settled = steady(piece(*changes, struck=later(beat(4), after)))
    assert held(settled) == expected
    assert float(quarters_at(settled, settled.start).min()) == pytest.approx(place)


@pytest.mark.parametrize(("beats", "unit"), [(1, 4), (2, 4), (3, 4), (1, 8), (3, 8), (5, 16)])
@pytest.mark.parametrize("counterpart", [False, True])
def test_a_pickup_goes_to_the_end_of_a_whole_bar(beats, unit, counterpart):
    ticks = beats * 4 * TICKS // unit
    struck = [(0, 10, 38, 100), *later(beat(4), ticks)]
    changes = [(0, metre(beats, unit)), (ticks, metre(4))]
    if counterpart:
        rest = 16 - beats * 16 // unit
        changes.append((ticks + 4 * BAR, metre(rest, 16)))
        struck.append((ticks + 4 * BAR, 10, 36, 100))
    found = piece(*changes, struck=struck)
    settled = steady(found)
    assert held(settled) == ([120], ["4/4"])
    places = quarters_at(settled, settled.start)
    assert float(places.min()) == pytest.approx(4.0 - ticks / TICKS)
    np.testing.assert_allclose(places - places.min(), quarters_at(found, found.start), atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ([(0, tempo(120)), (2 * BAR, tempo(119))], ([120, 119], [])),
        ([(0, tempo(120)), (2 * BAR, tempo(100)), (4 * BAR, tempo(90))], ([120, 100], [])),
        ([(0, metre(4)), (2 * BAR, metre(3))], ([120], ["4/4", "3/4"])),
        ([(0, metre(4)), (BAR, metre(2)), (BAR + 2 * TICKS, metre(4))], ([120], ["4/4", "2/4", "4/4"])),
        ([(0, metre(4)), (BAR + TICKS, metre(2, 2))], ([120], ["4/4", "2/2"])),  # its bars lie elsewhere
        ([(0, metre(5)), (5 * TICKS, metre(4))], ([120], ["5/4", "4/4"])),
        ([(0, metre(1)), (3 * TICKS, metre(4))], ([120], ["1/4", "4/4"])),  # three bars are no pick-up
    ],
)
def test_what_a_note_feels_stays(changes, kept):
    found = piece(*changes, struck=later(beat(4), 0))
    settled = steady(found)
    assert held(settled) == kept
    np.testing.assert_allclose(settled.start, found.start, atol=1e-9)


def test_a_held_note_feels_a_tempo_and_a_drum_that_rings_does_not():
    for channel, expected in ((1, [120, 60]), (10, [120])):
        events = [(0, bytes((0x90 | channel - 1, 60, 90))), (8 * TICKS, bytes((0x80 | channel - 1, 60, 0)))]
        data = midi(track([(0, tempo(120)), (4 * TICKS, tempo(60))]), track(events))
        assert held(steady(gen.read_midi(data)))[0] == expected


def test_one_tempo_and_metre_is_the_same_sequence():
    found = piece((0, tempo(90)), (0, metre(4)))
    assert steady(found) is found
    empty = piece((0, tempo(90)), (BAR, tempo(91)), struck=[])
    assert steady(empty) is empty


def test_everything_that_has_a_time_moves_along():
    found = piece((0, metre(1)), (TICKS, metre(4)), struck=[(0, 10, 38, 99), *later(beat(2), TICKS)])
    chord = gen.notes.Chord(0.5, "C")
    found = found.select(np.arange(len(found)))._with(chords=(chord,))
    settled = steady(found)
    assert settled.chords[0].time == pytest.approx(2.0)
    assert settled.total_time == pytest.approx(found.total_time + 1.5)


@pytest.mark.parametrize(("bars", "early"), [(8, 0), (3, 5), (2, -10), (2, 0)])
def test_whole_bars_of_silence_at_the_start_can_go(bars, early):
    found = piece((0, tempo(100)), (0, metre(4)), struck=later(beat(2), bars * BAR - early))
    cut, count = without_leading_silence(found)
    assert count == bars
    assert float(cut.start.min()) == pytest.approx(-early / TICKS * 0.6)
    assert len(gen.notes.quantise(cut).start_step) == len(found)


def test_a_bar_of_rest_before_the_first_note_stays():
    found = piece((0, tempo(100)), (0, metre(4)), struck=later(beat(2), BAR))
    assert without_leading_silence(found) == (found, 0)


@pytest.mark.parametrize("changes", [[(0, tempo(100)), (9 * BAR, tempo(90))], [(BAR, metre(3))]])
def test_silence_stays_where_bars_change(changes):
    found = piece(*changes, struck=later(beat(4), 8 * BAR))
    assert without_leading_silence(found) == (found, 0)


CHANGE = st.tuples(
    st.integers(0, 6 * BAR),
    st.one_of(
        st.sampled_from([40.0, 119.99, 120.0, 300.0]).map(tempo),
        st.tuples(st.integers(1, 9), st.sampled_from([2, 4, 8])).map(lambda pair: metre(*pair)),
    ),
)


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(CHANGE, max_size=6), bars=st.integers(1, 5), begin=st.integers(0, 3 * BAR))
def test_no_note_is_lost_and_none_moves_against_another(changes, bars, begin):
    found = piece(*changes, struck=later(beat(bars), begin))
    settled = steady(found)
    places, before = quarters_at(settled, settled.start), quarters_at(found, found.start)
    np.testing.assert_allclose(places - places.min(), before - before.min(), atol=1e-6)
    assert (settled.end >= settled.start).all()
    assert len(settled.tempos) <= len(found.tempos)
    again = steady(settled)
    assert held(again) == held(settled)
