"""Worked examples of the multitrack converter, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scores import score, written

import gen
from gen_converters.multitrack.converter import MultitrackConverter

PUBLISHED: dict[str, Any] = {"num_velocity_bins": 8}
PIANO_AND_DRUMS = (
    "64:[0,2] 60:[0,4] 67:[2,4] 62:[4,6] 59:[4,8] 67:[6,8]",
    "drums 40:[0,.125] 50:[0,.125] 50:[2,2.125] 40:[4,4.125] 50:[4,4.125] 50:[6,6.125]",
)


def tokens(example: gen.Example, *, rows: int = 64) -> list[str]:
    """The classes of each list, as far as its length says; what lies behind it must be empty."""
    lists = example.outputs.reshape(-1, rows, example.outputs.shape[1])
    lengths = np.asarray(example.length).tolist()
    said = []
    for one, length in zip(lists, lengths, strict=True):
        assert (one[:length].sum(axis=1) == 1).all()
        assert not one[length:].any()
        said.append(" ".join(str(number) for number in one[:length].argmax(axis=1)))
    return said


def test_a_window_is_a_program_events_and_an_end_for_each_track() -> None:
    converter = MultitrackConverter(hop_size_bars=2, chunk_size_bars=2)
    assert (converter.steps, converter.output_depth, converter.control_depth) == (512, 482, 0)
    examples = converter.to_tensors(score(*PIANO_AND_DRUMS))
    assert [example.outputs.shape for example in examples] == [(512, 482)] * 2
    assert np.asarray(examples[0].length).tolist() == [10, 12, 1, 1, 1, 1, 1, 1]
    assert tokens(examples[0]) == [
        "352 60 64 351 192 67 351 188 195 481",
        "480 40 50 261 168 178 345 50 261 178 345 481",
        *6 * ["481"],
    ]


def test_the_published_models_read_bars_with_eight_degrees_of_loudness() -> None:
    converter = MultitrackConverter(**PUBLISHED)
    examples = converter.to_tensors(score(*PIANO_AND_DRUMS))
    assert [example.outputs.shape for example in examples] == [(512, 490)] * 4
    assert all(example.inputs is example.outputs and example.controls is None for example in examples)
    assert np.asarray(examples[0].length).tolist() == [8, 9, 1, 1, 1, 1, 1, 1]
    assert tokens(examples[0])[:3] == ["360 358 60 64 351 188 192 489", "488 358 40 50 261 168 178 345 489", "489"]
    assert tokens(examples[1])[0] == "360 358 67 351 195 489"  # the held 60 doesn't go on
    (clip,) = converter.from_tensors(examples[0].outputs[np.newaxis])
    assert written(clip) == [(40, 0, 0.125), (50, 0, 0.125), (60, 0, 2), (64, 0, 2)]
    rows = {(note.instrument, note.program, note.is_drum, note.velocity) for note in clip}
    assert rows == {(0, 0, False, 97), (1, 0, True, 97)}
    assert clip.total_time == 2.0


TWO_CHUNKS = {**PUBLISHED, "hop_size_bars": 2}


def test_a_chunk_without_notes_forgets_its_program() -> None:
    notes = score("64:[0,1] 65:[.5,1]", "program 33 40:[0,.5] 41:[2.5,3] 41:[3.5,4]")
    (example,) = MultitrackConverter(**TWO_CHUNKS).to_tensors(notes)
    assert example.outputs.shape == (1024, 490)
    said = tokens(example)
    assert said[:3] == ["360 358 64 279 65 279 192 193 303 489", "393 358 40 279 168 327 489", "489"]
    assert said[8:11] == ["488 351 489", "393 279 358 41 279 169 279 41 279 169 489", "489"]


def test_decoding_takes_a_program_from_the_first_chunk_with_notes() -> None:
    notes = score("64:[2,3] 65:[2.5,3] 67:[3,4]", "program 33 40:[0,.5] 41:[2.5,3] 41:[3.5,4]")
    converter = MultitrackConverter(**TWO_CHUNKS)
    rows = converter.to_tensors(notes)[0].outputs[np.newaxis]
    (clip,) = converter.from_tensors(rows)
    assert {(note.program, note.is_drum) for note in clip} == {(0, False), (33, False)}
    (original,) = converter.from_tensors(rows, original_decode=True)
    assert {(note.program, note.is_drum) for note in original} == {(0, True), (33, False)}


def test_a_chunk_keeps_the_loudness_of_its_notes() -> None:
    notes = score("64 v20:[0,1] 65 v20:[2,3]", "program 33 40:[0,1] 41:[1,2] 42:[2,3] 43:[3,4]")
    (example,) = MultitrackConverter(**TWO_CHUNKS, min_total_events=1).to_tensors(notes)
    said = tokens(example)
    assert said[0] == "360 353 64 303 192 303 489"
    assert said[8] == "360 353 65 303 193 303 489"
    (clip,) = MultitrackConverter(**TWO_CHUNKS).from_tensors(example.outputs[np.newaxis])
    assert {note.velocity for note in clip if note.instrument == 0} == {17}


def test_a_note_that_rounds_to_the_end_of_its_window_is_left_out() -> None:
    notes = score("60:[0,.5] 62:[.5,1] 64:[1,2]", "program 33 40:[1.995,2.5]")
    (example,) = MultitrackConverter(**PUBLISHED).to_tensors(notes)
    assert tokens(example)[1] == "488 351 489"


def test_chords_stand_beside_the_events() -> None:
    chords = (gen.notes.Chord(0.0, "C"), gen.notes.Chord(1.0, "F"))
    notes = score("64:[0,1] 65:[.5,1] 60:[0,2]", chords=chords)
    converter = MultitrackConverter(**PUBLISHED, chord_encoding="triads", min_num_instruments=1)
    assert converter.control_depth == 49
    (example,) = converter.to_tensors(notes)
    assert tokens(example)[:2] == ["360 358 60 64 279 65 279 192 193 303 188 489", "489"]
    assert example.controls is not None
    lists = example.controls.reshape(8, 64, 49)
    assert lists[0, :12].argmax(axis=1).tolist() == [0, 1, 1, 1, 1, 1, 1, 6, 6, 6, 6, 6]
    assert (lists[:, 0].argmax(axis=1) == 0).all()
    assert (lists.sum(axis=2).sum(axis=1) == [12, 1, 1, 1, 1, 1, 1, 1]).all()
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], example.controls[np.newaxis])
    assert clip.chords == chords


def test_a_window_without_any_event_has_no_chords() -> None:
    """The original raises."""
    converter = MultitrackConverter(**PUBLISHED, chord_encoding="triads")
    rows = np.zeros((1, 512, 490), np.float32)
    rows[0, ::64, 489] = 1
    controls = np.zeros((1, 512, 49), np.float32)
    (clip,) = converter.from_tensors(rows, controls)
    assert (len(clip), clip.chords, clip.total_time) == (0, (), 2.0)


def test_of_two_chords_at_a_step_the_last_one_holds_unless_told_to_reject() -> None:
    chords = (gen.notes.Chord(0.0, "C"), gen.notes.Chord(1e-9, "F"), gen.notes.Chord(1.0, "G"))
    notes = score("64:[0,1] 65:[.5,1] 60:[0,2]", "drums 36:[0] 36:[1]", chords=chords)
    (example,) = MultitrackConverter(**PUBLISHED, chord_encoding="triads").to_tensors(notes)
    assert example.controls is not None
    assert example.controls[:12].argmax(axis=1).tolist() == [0, 6, 6, 6, 6, 6, 6, 8, 8, 8, 8, 8]
    strict = MultitrackConverter(**PUBLISHED, chord_encoding="triads", coincident_chords="reject").convert(notes)
    assert strict.rejection is not None
    assert strict.rejection.code == "coincident-chords"


def test_melodic_tracks_come_by_program_and_drums_last() -> None:
    notes = score(
        "drums 36:[0,1]", "program 40 60:[0,1]", "program 3 61:[0,1]", "program 40 62:[0,1]", "drums 38:[0,1]"
    )
    (example,) = MultitrackConverter().to_tensors(notes)
    assert [line.split()[:2] for line in tokens(example)[:6]] == [
        ["355", "61"],
        ["392", "60"],
        ["392", "62"],
        ["480", "36"],
        ["480", "38"],
        ["481"],
    ]


def test_an_instrument_that_changes_its_program_is_two_tracks() -> None:
    """In the original it's a crash."""
    notes = score("60:[0,1] 62:[1,2]", "drums 36:[0] 36:[1]")
    program = notes.program.copy()
    program[1] = 12
    changed = gen.NoteSequence(
        **{name: getattr(notes, name) for name in gen.NoteSequence._dtypes if name != "program"}, program=program
    )
    (example,) = MultitrackConverter().to_tensors(changed)
    assert [line.split()[0] for line in tokens(example)[:4]] == ["352", "364", "480", "481"]


def test_the_sustain_pedal_holds_notes() -> None:
    pedal = gen.notes.ControlChanges(
        time=np.array([0.0, 1.5]),
        number=np.array([64, 64]),
        value=np.array([127, 0]),
        instrument=0,
        program=0,
        is_drum=False,
    )
    notes = score("60:[0,.5] 62:[.5,1]", "drums 36:[0] 36:[1.6]", control_changes=pedal)
    (example,) = MultitrackConverter(min_total_events=1).to_tensors(notes)
    assert tokens(example)[0] == "352 60 279 62 303 188 190 279 481"


def test_notes_without_any_loudness_are_counted_not_played() -> None:
    """In the original they are a crash."""
    conversion = MultitrackConverter(**PUBLISHED).convert(score("60 v0:[0,1] 62:[0,2] 64:[1,2]", "drums 36:[0] 36:[1]"))
    assert tokens(conversion.examples[0])[0] == "360 358 62 303 64 303 190 192 489"
    assert conversion.notices == ["skipped 1 notes without any loudness"]


def test_windows_that_do_not_fit_are_counted_by_reason() -> None:
    notes = score("60:[0,1] 62:[0,1] 64:[1,2] 60:[2,3]", "drums 36:[0] 36:[1]")
    conversion = MultitrackConverter().convert(notes)
    assert len(conversion.examples) == 1
    assert conversion.notices == ["1 of 2 windows gave no example: too-few-tracks 1"]


CHROMATIC = " ".join(f"{40 + note}:[{note / 32},{(note + 1) / 32}]" for note in range(64))


@pytest.mark.parametrize(
    ("notes", "options", "code", "values"),
    [
        (gen.NoteSequence(), {}, "no-notes", ""),
        (score(*PIANO_AND_DRUMS, metre=(3, 4)), {}, "wrong-metre", "3/4"),
        (score(*PIANO_AND_DRUMS, qpm=0.0), {}, "bad-tempo", "0 quarter notes a minute"),
        (
            score(PIANO_AND_DRUMS[0]),
            {},
            "too-few-tracks",
            "4 of 4 windows of 1 bar have fewer than 2 tracks (the most is 1)",
        ),
        (score(*["60:[0,1]"] * 3), {"max_num_instruments": 2}, "too-many-tracks", "(the most is 3)"),
        (score(CHROMATIC, "drums 36:[0]"), {}, "too-many-events", "more than 62 events a chunk (the most is 192)"),
        (score("60:[0,1]", "drums 36:[0]"), {"min_total_events": 20}, "too-few-events", "(the most is 8)"),
        (score("20:[0,1]", "drums 36:[0]"), {"min_pitch": 21}, "pitch-range", "21 to 127"),
        (score(*PIANO_AND_DRUMS), {"first_subsequence_only": True}, "several-windows", "4 windows"),
        (
            score(*PIANO_AND_DRUMS, chords=(gen.notes.Chord(0.0, "Csus4"),)),
            {"chord_encoding": "triads", "min_total_events": 1},
            "unknown-chord",
            "'Csus4'",
        ),
        (
            score(*PIANO_AND_DRUMS, chords=(gen.notes.Chord(0.0, "{H}"),)),
            {"chord_encoding": "triads", "min_total_events": 1},
            "unreadable-chord",
            "'{H}'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_what_gives_no_example_says_why(
    notes: gen.NoteSequence, options: dict[str, Any], code: str, values: str
) -> None:
    rejection = MultitrackConverter(**options).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == code
    assert values in rejection.detail


def test_too_much_can_be_squeezed_in() -> None:
    notes = score(CHROMATIC, "program 5 60:[0,2]", "drums 36:[0]")
    options: dict[str, Any] = {
        "max_num_instruments": 2,
        "drop_tracks_and_truncate": True,
        "max_events_per_instrument": 16,
        "min_total_events": 1,
    }
    (example,) = MultitrackConverter(**options).to_tensors(notes)
    assert np.asarray(example.length).tolist() == [16, 5]
    assert tokens(example, rows=16)[0] == "352 40 257 168 41 256 169 42 257 170 43 256 171 44 257 481"
    training = MultitrackConverter(**options, mode="train")
    drawn = set()
    for seed in range(20):
        (example,) = training.to_tensors(notes, rng=np.random.default_rng(seed))
        drawn.add(" ".join(line.split()[0] for line in tokens(example, rows=16)))
    assert drawn == {"352 357", "352 480", "357 480"}
    with pytest.raises(ValueError, match="rng"):
        training.to_tensors(notes)


def test_a_limit_takes_the_first_windows_or_draws_in_training() -> None:
    notes = score(*PIANO_AND_DRUMS)
    every = [example.outputs.tobytes() for example in MultitrackConverter().to_tensors(notes)]
    limited = MultitrackConverter(max_tensors_per_notesequence=2).to_tensors(notes)
    assert [example.outputs.tobytes() for example in limited] == every[:2]
    training = MultitrackConverter(max_tensors_per_notesequence=2, mode="train")
    drawn = [example.outputs.tobytes() for example in training.to_tensors(notes, rng=np.random.default_rng(3))]
    assert len(drawn) == 2
    assert all(rows in every for rows in drawn)


def test_clips_play_at_any_tempo_and_in_their_metre() -> None:
    converter = MultitrackConverter(quarters_per_bar=3)
    notes = score("60:[0,1.5] 62:[0,1.5] 64:[0,1.5]", "drums 36:[0]", metre=(3, 4))
    (example,) = converter.to_tensors(notes)
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], qpm=60.0)
    assert clip.total_time == 3.0
    (again,) = converter.to_tensors(clip)
    np.testing.assert_array_equal(again.outputs, example.outputs)


def test_figures_judge_tokens_programs_and_onsets() -> None:
    converter = MultitrackConverter(**PUBLISHED)
    examples = converter.to_tensors(score(*PIANO_AND_DRUMS))
    targets = np.stack([example.outputs for example in examples])
    lengths = np.stack([example.length for example in examples])
    qpm = np.full(4, 120.0)
    columns = converter.statistics(targets, targets, lengths, qpm)
    assert {name: column.shape for name, column in columns.items()} == dict.fromkeys(columns, (4,))
    perfect = converter.summarise({name: float(column.sum()) for name, column in columns.items()})
    assert perfect == dict.fromkeys(
        ("event_accuracy", "program_accuracy", "onset_precision", "onset_recall", "onset_f1"), 1.0
    )
    wrong = targets[:1].copy()
    wrong[0, 0] = np.eye(490)[365]  # another program
    wrong[0, 2] = np.eye(490)[61]  # another pitch
    sums = converter.statistics(targets[:1], wrong, lengths[:1], qpm[:1])
    figures = converter.summarise({name: float(column.sum()) for name, column in sums.items()})
    assert figures == pytest.approx(
        {
            "event_accuracy": 1 - 2 / 23,
            "program_accuracy": 0.5,
            "onset_precision": 0.75,
            "onset_recall": 0.75,
            "onset_f1": 0.75,
        }
    )
    nothing = converter.summarise(dict.fromkeys(sums, 0.0))
    assert all(np.isnan(value) for value in nothing.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hop_size_bars": 3, "chunk_size_bars": 2}, "no multiple"),
        ({"num_velocity_bins": 128}, "0 to 127"),
        ({"min_num_instruments": 9}, "more than max_num_instruments 8"),
        ({"max_events_per_instrument": 2}, "3 or more"),
        ({"min_pitch": 50, "max_pitch": 40}, "no range"),
        ({"steps_per_quarter": 961}, "at most 960"),
        ({"coincident_chords": "both"}, "last or reject"),
        ({"hop_size_bars": 0}, "above 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MultitrackConverter(**options)


@pytest.mark.parametrize(
    ("outputs", "controls"), [((1, 512, 491), None), ((1, 511, 490), None), ((1, 512, 490), (1, 511, 49))]
)
def test_arrays_of_another_shape_are_refused(outputs: tuple[int, ...], controls: tuple[int, ...] | None) -> None:
    converter = MultitrackConverter(**PUBLISHED, chord_encoding="triads")
    with pytest.raises(ValueError, match=r"expected|controls are"):
        converter.from_tensors(np.zeros(outputs), None if controls is None else np.zeros(controls))
