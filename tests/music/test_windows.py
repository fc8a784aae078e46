"""Windows of a clip, their places, and clips joined in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scores import score
from strategies import sequences
from tiny_models import demo_clip, tiny_model

import gen
from gen.music import join_clips, windows_in_turn
from gen.music.transforming import reconstruct
from gen.music.windows import find_windows
from gen.notes.splitting import split_at_time_changes, time_changes

LOOP = score("drums " + " ".join(f"{36 if beat % 2 == 0 else 38}:[{beat * 0.5}]" for beat in range(32)))
"""The same bar eight times, two seconds each."""


def test_a_loop_is_one_window_that_stands_in_every_bar():
    found = find_windows(tiny_model("drums"), LOOP)
    (window,) = found.windows
    assert window.bars == (1, 2, 3, 4, 5, 6, 7)
    assert str(window) == "window 1: bar 1, 0.00 to 4.00 s, 8 notes; again in bar 2, 3, 4, 5, 6, 7"
    turns = windows_in_turn(found.windows)
    assert [start for start, _ in turns] == [0.0, 4.0, 8.0, 12.0]
    joined = join_clips([window.clip for _, window in turns], [start for start, _ in turns])
    assert joined.start.tolist() == pytest.approx(LOOP.start.tolist())


def test_two_who_play_the_same_make_one_window():
    line = "60:[0,1] 62:[1,2] 64:[2,3] 65:[3,4]"
    (window,) = find_windows(tiny_model("melody"), score(line, f"program 5 {line}")).windows
    assert window.example.starts == (0.0,)


def test_windows_of_a_clip_that_changes_its_tempo_stand_in_its_own_time():
    bars = [score(f"60:[0,0.5] {pitch}:[1,2]", qpm=120) for pitch in (62, 64, 65, 67)]
    slow = [gen.notes.at_tempo(bar, 60) for bar in bars]
    clip = join_clips([*bars, *slow])
    assert clip.tempos.qpm.tolist() == [120, 60]
    assert time_changes(clip) == [8.0]
    windows = find_windows(tiny_model("melody"), clip).windows
    assert [(window.example.qpm, *window.bars) for window in windows][::3] == [(120, 1), (60, 5)]
    assert [window.example.starts[0] for window in windows] == [0, 2, 4, 8, 12, 16]
    turns = windows_in_turn(windows)
    clips = reconstruct(tiny_model("melody"), [window for _, window in turns])
    joined = join_clips(clips, [start for start, _ in turns])
    assert joined.tempos.qpm.tolist() == pytest.approx([120, 60])
    assert joined.tempos.time.tolist() == [0, 8]
    assert joined.total_time == pytest.approx(24)


def test_every_window_is_found_also_where_training_takes_a_few():
    trained = tiny_model("melody", "converter.max_tensors_per_notesequence=2")
    assert len(gen.build_converter(trained.recipe).to_tensors(demo_clip())) == 2
    assert len(find_windows(trained, demo_clip()).windows) > 2


def test_a_drum_model_hears_the_drums_alone_where_there_are_some():
    band = demo_clip()
    alone = band.select(band.is_drum)
    heard, expected = (find_windows(tiny_model("groove"), notes) for notes in (band, alone))
    assert [window.clip.pitch.tolist() for window in heard.windows] == [
        window.clip.pitch.tolist() for window in expected.windows
    ]
    assert heard.notices == [f"skipped {(~band.is_drum).sum()} notes not marked as drums"]
    unmarked = replace(alone, is_drum=np.zeros(len(alone), np.bool_))
    by_pitch = find_windows(tiny_model("groove"), unmarked)
    assert len(by_pitch.windows) == len(expected.windows)
    assert "are not marked as drums (MIDI channel 10) and count by their pitch" in by_pitch.notices[-1]


def test_windows_without_places_follow_one_another():
    windows = find_windows(tiny_model("groove"), demo_clip()).windows[:3]
    for window in windows:
        object.__setattr__(window.example, "starts", ())
    assert [start for start, _ in windows_in_turn(windows)] == pytest.approx([0.0, 6.4, 12.8])
    assert str(replace(windows[0], bars=())) == f"window 1: 6.40 s, {len(windows[0].clip)} notes"


def test_what_is_joined_keeps_its_places_tempos_and_chords():
    first = replace(score("60:[0,1]", qpm=120), chords=(gen.notes.Chord(0.0, "C"),), total_time=2.0)
    second = replace(score("62:[0,1]", qpm=90), chords=(gen.notes.Chord(0.5, "G"),))
    joined = join_clips([first, second])
    assert joined.start.tolist() == [0.0, 2.0]
    assert joined.tempos.time.tolist() == [0.0, 2.0]
    assert joined.tempos.qpm.tolist() == [120.0, 90.0]
    assert joined.chords == (gen.notes.Chord(0.0, "C"), gen.notes.Chord(2.5, "G"))
    assert joined.total_time == 3.0


def test_what_was_played_early_keeps_its_place_but_never_before_zero():
    early = gen.NoteSequence(pitch=[36], start=[-0.02], end=[0.1], total_time=2.0)  # type: ignore[arg-type]
    joined = join_clips([early, early])
    assert joined.start.tolist() == pytest.approx([0.0, 1.98])


def test_nothing_cannot_be_joined():
    with pytest.raises(gen.errors.UsageError, match="no clip to join"):
        join_clips([])


@given(sequences())
def test_parts_begin_where_the_changes_are(notes):
    parts = split_at_time_changes(notes)
    changes = time_changes(notes)
    assert len(parts) in (0, len(changes) + 1)
    assert changes == sorted(set(changes))


@pytest.mark.parametrize("family", ["melody", "drums", "groove", "tap", "multitrack-chords", "chords"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(notes=sequences())
def test_any_sequence_gives_windows_or_a_reason_and_a_way_out(family, notes):
    trained = tiny_model(family)
    if gen.build_converter(trained.recipe).convert(notes).rejection is not None:
        with pytest.raises(gen.errors.DataError, match=r"^this clip: .* can't read it: ") as caught:
            find_windows(trained, notes)
        said = str(caught.value)
        for chord in notes.chords:  # whose symbols may have braces of their own
            said = said.replace(repr(chord.text), "")
        assert "{" not in said
        return
    windows = find_windows(trained, notes).windows
    turns = windows_in_turn(windows)
    assert join_clips([window.clip for _, window in turns], [start for start, _ in turns]).total_time > 0


CHORDS = "converter.chord_encoding=triads"


@pytest.mark.parametrize("family", ["melody", "trio", "multitrack"])
def test_chords_share_a_clip_equally(family):
    converter = gen.build_converter(tiny_model(family, CHORDS).recipe)
    controls = converter.chord_controls(["Am"])
    assert controls.shape == (converter.steps, converter.control_depth)
    said = controls.argmax(axis=1)
    assert set(said.tolist()) - {0} == {1 + 12 + 9}
    if converter.steps_per_bar is not None:
        halves = converter.chord_controls(["C", "G"], steps=8).argmax(axis=1)
        assert halves.tolist() == [1] * 4 + [8] * 4
        with pytest.raises(ValueError, match="9 chords can't share 8 steps"):
            converter.chord_controls(["C"] * 9, steps=8)
    with pytest.raises(ValueError, match="to no key: leave the key out"):
        converter.chord_controls(["C"], key=0)
    with pytest.raises(ValueError, match="'X' can't be read"):
        converter.chord_controls(["X"])


def test_models_in_a_key_need_one():
    converter = gen.build_converter(tiny_model("melody", CHORDS, "converter.condition_on_key=true").recipe)
    with pytest.raises(ValueError, match="give the key as well"):
        converter.chord_controls(["C"])
    controls = converter.chord_controls(["C"], key=10)
    assert controls[:, 49:].argmax(axis=1).tolist() == [10] * 32
    assert controls.sum(axis=1).tolist() == [2.0] * 32


def test_models_that_play_to_no_chords_say_so():
    for family in ("melody", "drums", "groove", "hits", "trio", "multitrack"):
        with pytest.raises(ValueError, match="doesn't play to chords"):
            gen.build_converter(tiny_model(family).recipe).chord_controls(["C"])
