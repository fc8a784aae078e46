"""Loudness and timing for the drums of a file, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scores import score
from tiny_models import demo_bytes, talkative, tiny_model

import gen
from gen.errors import DataError, UsageError
from gen.midi import midi_bytes
from gen.midi.chunks import find_tracks
from gen.model.build import build_converter
from gen.music.verbs.bars import lay_windows
from gen.music.verbs.drums import find_drums
from gen.music.verbs.humanize import humanize
from gen.recipes.trial import trial
from gen.training.load import Trained


@cache
def humaniser() -> Trained:
    """Untrained, but with something to say."""
    return talkative(trial(gen.load_recipe("drums_2bar_humanize")))


def chunks(content: bytes) -> list[bytes]:
    return [content[start:end] for start, end in find_tracks(content).tracks]


def stiff(bars: float, *, metre: tuple[int, int] = (4, 4), step: float = 0.25) -> bytes:
    """Eighths at 120."""
    hits = " ".join(f"{(42, 36, 38)[n % 3]}:[{step * n},{step * n + 0.1}]" for n in range(round(bars * 2 / step)))
    return midi_bytes(score(f"drums {hits}", metre=metre))


def test_the_drums_of_a_band_keep_every_hit_and_the_band_every_byte():
    band = demo_bytes()
    made = humanize(humaniser(), band)
    before, after = find_drums(band), find_drums(made.content)
    assert made.said["hits"] == len(before) == len(after) > 100
    assert sorted(before.pitch) == sorted(after.pitch)
    assert made.said["changed"] > 100
    own = {int(track) for track in before.events.track[before.on]}
    pairs = list(enumerate(zip(chunks(band), chunks(made.content), strict=True)))
    assert [track for track, (old, new) in pairs if old != new] == sorted(own)
    clips = [gen.read_midi(content) for content in (band, made.content)]
    assert len(clips[0]) == len(clips[1])
    for table in ("tempos", "time_signatures", "key_signatures"):
        assert [*getattr(clips[0], table)._tuples()] == [*getattr(clips[1], table)._tuples()]


def test_an_amount_of_0_is_the_file_and_more_does_more():
    band = demo_bytes()
    assert humanize(humaniser(), band, amount=0).content == band
    before = find_drums(band)
    order = np.lexsort((before.on, before.tick, before.lane))
    last = np.zeros((2, len(before)))
    for amount in (20, 50, 80, 100):
        after = find_drums(humanize(humaniser(), band, amount=amount).content)
        own = np.lexsort((after.on, after.tick, after.lane))
        by = np.abs([
            after.velocity[own] - before.velocity[order], after.tick[own] - before.tick[order]
        ])  # fmt: skip
        assert (by >= last).all()
        last = by
    assert (last.max(1) > 0).all()


@pytest.mark.parametrize("only", ["velocity", "timing"])
def test_only_one_of_the_two_changes_on_demand(only):
    before, after = find_drums(stiff(2)), find_drums(humanize(humaniser(), stiff(2), only=only).content)
    assert (before.velocity.tolist() == after.velocity.tolist()) == (only == "timing")
    assert (before.tick.tolist() == after.tick.tolist()) == (only == "velocity")


@pytest.mark.parametrize(
    ("bars", "metre"), [(0.25, (4, 4)), (1, (4, 4)), (3, (4, 4)), (7, (3, 4)), (2, (5, 4)), (3, (7, 8)), (2, (1, 64))]
)
def test_a_clip_of_any_length_and_metre_is_played_to_its_end(bars, metre):
    made = humanize(humaniser(), stiff(bars, metre=metre))
    assert made.said["as_written"] == 0
    before, after = find_drums(stiff(bars, metre=metre)), find_drums(made.content)
    assert len(before) == len(after)
    assert after.velocity[-1] != before.velocity[-1]


def test_a_loop_of_one_bar_is_heard_as_often_as_a_window_has_bars():
    twice = find_drums(humanize(humaniser(), midi_bytes(looped(2))).content)
    once = find_drums(humanize(humaniser(), midi_bytes(looped(1))).content)
    assert once.velocity.tolist() == twice.velocity[: len(once)].tolist()


def looped(times: int) -> gen.NoteSequence:
    hits = [f"{pitch}:[{2 * bar + at},{2 * bar + at + 0.1}]" for bar in range(times) for pitch, at in BEAT]
    return score("drums " + " ".join(hits))


BEAT = [(36, 0.0), (42, 0.25), (38, 0.5), (42, 0.75), (36, 1.0), (38, 1.5)]


def test_windows_that_overlap_share_each_hit_and_the_nearer_its_middle_the_more():
    bar, step = np.repeat([3, 4, 5, 9], 16), np.tile(np.arange(16), 4)
    windows = lay_windows(bar, 2, overlapping=True)
    assert windows.bars.tolist() == [[3, 4], [4, 5], [5, 6], [8, 9]]
    heard = [*windows.fading(bar, step, 16)]
    assert_allclose(np.sum([share for _, _, share in heard], axis=0), 1.0)
    for window, at, share in heard:
        own = share > 0
        assert (windows.bars[window, at // 16] == bar)[own].all()
        assert (at % 16 == step).all()
    (_, _, first), (_, _, second) = heard
    assert first[:16].tolist() == second[48:].tolist() == [1.0] * 16  # a single window has these
    assert_allclose(first[16:32], np.arange(1, 17) / 17)


def test_a_tom_is_played_as_the_drum_that_it_was_in_training():
    recipe = humaniser().recipe
    trained, other = (build_converter(recipe, mode=mode).drum_classes for mode in ("train", "infer"))
    assert trained is not None
    assert other is not None
    number = {pitch: k for k, pitches in enumerate(trained) for pitch in pitches}
    apart = [pitch for k, pitches in enumerate(other) for pitch in pitches if number.get(pitch, k) != k]
    assert apart
    for pitch in apart:
        ways = [
            find_drums(humanize(humaniser(), midi_bytes(score(f"drums {struck}:[0,0.1] 36:[0.5,0.6]"))).content)
            for struck in (pitch, trained[number[pitch]][0])
        ]
        assert ways[0].velocity.tolist() == ways[1].velocity.tolist()


def test_what_lies_on_another_channel_is_found_or_asked_for():
    drums = score("drums " + " ".join(f"{pitch}:[{t},{t + 0.1}]" for bar in range(3) for pitch, t in BEAT))
    elsewhere = midi_bytes(replace(drums, is_drum=np.array(False)))
    assert "channel 1 is taken for the drums" in " ".join(humanize(humaniser(), elsewhere).notices)
    tune = midi_bytes(score("60:[0,0.5] 62:[0.5,1] 64:[1,2]"))
    with pytest.raises(DataError, match=r"tune: no drums found.*--drum-channel N; there are notes on 1"):
        humanize(humaniser(), tune, name="tune")
    assert humanize(humaniser(), tune, channels=[1]).said["hits"] == 3
    with pytest.raises(DataError, match="no note on channel 10 or 3"):
        humanize(humaniser(), tune, channels=[3])


def test_hits_that_a_model_guesses_away_stay_as_written_and_are_counted():
    made = humanize(tiny_model("humanize"), stiff(2))
    before, after = find_drums(stiff(2)), find_drums(made.content)
    assert len(after) == len(before)
    assert made.said["as_written"] > 0
    assert f"{made.said['as_written']} hits that the model wouldn't play stay as written" in " ".join(made.notices)


def test_overlapping_and_endless_notes_of_one_drum_lose_nothing():
    notes = score("drums 36:[0,0.6] 38:[0,0.1] 36:[0.5,0.7] 36:[0.74,0.75] 38:[0.75,0.8]")
    content = midi_bytes(notes)
    endless = content.replace(b"\x99\x26", b"\x99\x31", 1)  # a crash whose note-off is a snare's
    for each in (content, endless):
        made = humanize(humaniser(), each).content
        assert len(find_drums(made)) == len(find_drums(each))
        assert len(gen.read_midi(made)) == len(gen.read_midi(each))


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="from 0 to 100"):
        humanize(humaniser(), stiff(1), amount=101)
    with pytest.raises(UsageError, match="humanize off"):
        humanize(tiny_model("groove"), stiff(1))
    with pytest.raises(UsageError, match="doesn't say drums with loudness and timing"):
        humanize(tiny_model("melody"), stiff(1))
