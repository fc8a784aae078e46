"""How near clips are to the training: planted copies are found, however they are played, and others aren't flagged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_models import demo_clip

import gen
from gen.music.copies import copy_meter
from gen_datasets.demo.source import Demo


def clips(parts: str, count: int, bars: int = 4) -> list[gen.NoteSequence]:
    return [gen.read_midi(item.read()) for item in Demo(parts=parts, clips=count, bars=bars).items()]


@pytest.fixture(scope="module")
def drums() -> list[gen.NoteSequence]:
    return clips("drums", 40)


def test_planted_copies_of_drums_are_copies_and_nothing_else_is(drums):
    training, held_out, others = drums[:24], drums[24:34], drums[34:]
    louder = replace(training[5], velocity=np.clip(training[5].velocity + 9, 1, 127))
    meter = copy_meter([training[3], louder, *others], training, held_out, names=[f"s{n}" for n in range(8)])

    assert [each.copy for each in meter.clips] == [True, True, *[False] * 6]
    assert [each.nearest for each in meter.clips[:2]] == ["training clip 4", "training clip 6"]
    assert [each.velocity for each in meter.clips[:2]] == [0.0, pytest.approx(9.0, abs=0.6)]
    assert {each.clip for each in meter.flagged} >= {"s0", "s1"}
    assert len(meter.held_out) == 10
    assert meter.limit == sorted(meter.held_out)[8]  # of ten the nearest but one
    assert all(each.flagged == (each.copy or each.shared > meter.limit) for each in meter.clips)


def test_a_copy_of_which_some_notes_are_changed_is_near(drums):
    training = drums[:24]
    most = np.arange(len(training[7])) % 12 != 0
    meter = copy_meter([training[7].select(most)], training, drums[24:34])

    (found,) = meter.clips
    assert found.nearest == "training clip 8"
    kept = int(most.sum())
    assert found.shared == pytest.approx(2 * kept / (kept + len(most)), abs=0.02)
    assert not found.copy


def test_a_transposed_melody_is_a_copy_and_says_how_far_it_was_moved():
    tunes = clips("melody", 20)
    higher = replace(tunes[2], pitch=tunes[2].pitch + 5)
    meter = copy_meter([higher, tunes[19]], tunes[:12], tunes[12:18])

    assert (meter.clips[0].copy, meter.clips[0].moved, meter.clips[0].nearest) == (True, -5, "training clip 3")
    assert not meter.clips[1].copy


def test_music_that_is_all_alike_is_said_to_be(drums):
    meter = copy_meter([drums[0]], drums[:3], [drums[1], drums[2]])
    assert "2 of 2 held-out clips are note for note a training clip" in meter.caution
    assert meter.clips[0].flagged

    alone = copy_meter([drums[5]], drums[:3], [])
    assert "nothing was held out" in alone.caution
    assert not alone.clips[0].flagged


def test_a_clip_without_notes_is_near_to_nothing():
    empty = demo_clip("drums", 2).select(np.zeros(len(demo_clip("drums", 2)), bool))
    (found,) = copy_meter([empty], [demo_clip("drums", 2)], []).clips
    assert (found.shared, found.nearest, found.copy) == (0.0, "", False)
