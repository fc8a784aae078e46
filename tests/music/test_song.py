"""Songs: a letter is the same wherever it comes again, fills stand where they are asked for, loops have no seam."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tiny_models import tiny_model

import gen
from gen.cli import main
from gen.errors import UsageError
from gen.music.songs import song, together
from gen.training.load import Trained

BAR = 2.0  # seconds


@cache
def drummer() -> Trained:
    return gen.load_run("drums_4bar")


@cache
def singer() -> Trained:
    return gen.load_run("melody_2bar")


def part(clip: gen.NoteSequence, first: int, last: int) -> set[tuple[int, int]]:
    """Notes by pitch and sixteenth from one bar to another, counted from 0."""
    at = np.floor(clip.start / BAR * 16 + 0.5).astype(int)
    inside = (at >= 16 * first) & (at < 16 * last)
    return set(zip(clip.pitch[inside].tolist(), (at[inside] - 16 * first).tolist(), strict=True))


def test_a_letter_is_the_same_section_wherever_it_comes_again():
    made = song(drummer(), form="ABA", bars=12, fill_every=0)
    assert part(made.clip, 0, 4) == part(made.clip, 8, 12) != part(made.clip, 4, 8)
    assert list(made.loops) == ["A", "B"]
    loop = {(pitch, step % 64) for pitch, step in part(made.loops["A"], 0, 5)}  # its early first hits are at its end
    assert loop == part(made.clip, 0, 4)
    assert made.z.shape == (2, drummer().recipe.latent.size)
    assert song(drummer(), form="ABA", bars=12, fill_every=0, seed=1).z.tolist() != made.z.tolist()


def test_fills_stand_at_the_end_of_every_fourth_bar_and_a_crash_behind_each():
    plain, filled = (song(drummer(), form="AA", bars=16, fill_every=n, ending=False).clip for n in (0, 4))
    assert song(drummer(), form="AA", bars=16, fill_every=4).said["fills"] == 4
    for bar in range(16):
        one, other = part(plain, bar, bar + 1), part(filled, bar, bar + 1)
        if bar % 4 == 3:
            assert one != other
        elif bar % 4:
            assert one == other
        else:
            assert (49, 0) in other
            assert {note for note in one if note[1]} == {note for note in other if note[1]}


def test_a_song_ends_with_a_stroke_or_goes_round():
    ends, round_ = (song(drummer(), form="A", bars=4, ending=ending).clip for ending in (True, False))
    assert (ends.total_time, round_.total_time) == (5 * BAR, 4 * BAR)
    assert {pitch for pitch, step in part(ends, 4, 5)} == {36, 49}
    assert round_.start.min() >= 0
    assert round_.end.max() <= round_.total_time
    early = [loop for seed in range(4) for loop in song(drummer(), form="A", bars=4, seed=seed).loops.values()]
    assert any((clip.start > clip.total_time - BAR / 32).any() for clip in early)  # what belongs to its first beat


def test_a_melody_has_no_fills_and_holds_its_last_note():
    made = song(singer(), form="AABA", bars=16)
    assert made.notices == ("fills are for drums: there are none",)
    assert part(made.clip, 0, 4) == part(made.clip, 4, 8)
    assert made.clip.end[made.clip.start.argmax()] == made.clip.total_time == 17 * BAR
    both = together(song(drummer(), form="AABA", bars=16).clip, made.clip)
    assert len({*both.instrument.tolist()}) == 2


def test_the_command_writes_the_song_and_its_loops_the_same_each_time(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["song", "--form", "ab", "--bars", "4", "--melody", "melody_2bar", "--loops", "--qpm", "90"]
    assert main([*words, "-o", "one"]) == 0
    assert sorted(path.name for path in tmp_path.glob("one/*")) == [
        "drums_4bar-AB-seed0-A.mid",
        "drums_4bar-AB-seed0-B.mid",
        "drums_4bar-AB-seed0.mid",
    ]
    assert main(["replay", "one/drums_4bar-AB-seed0-B.mid"]) == 0
    assert {*gen.read_midi("one/drums_4bar-AB-seed0.mid").is_drum.tolist()} == {True, False}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "A4"}, "1 to 64 letters"),
        ({"form": "ABC", "bars": 32}, "as many for each of 3 sections, not 32"),
        ({"fill_every": -1}, "a fill every 1 to 512 bars"),
    ],
)
def test_a_song_that_cannot_be_says_why(options, message):
    with pytest.raises(UsageError, match=message):
        song(tiny_model("groove"), **options)


def test_a_model_that_plays_to_controls_or_without_bars_says_so():
    for family in ("hits", "multitrack"):
        with pytest.raises(UsageError, match="can't make a song"):
            song(tiny_model(family))
