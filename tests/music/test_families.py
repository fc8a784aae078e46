"""What can be asked of a model of any family: windows, reconstructions, interpolations, samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import FAMILIES, demo_clip, tiny_model

import gen
from gen import find_windows, interpolate, reconstruct, sample_clips
from gen.music import controls_of, decode_clips, encode_windows, join_clips, windows_in_turn

pytestmark = pytest.mark.parametrize("family", FAMILIES)


def same(one: gen.NoteSequence, other: gen.NoteSequence) -> bool:
    """Whether two clips play the same; a model computes alone and in company the same but for rounding."""
    return (
        one.pitch.tolist() == other.pitch.tolist()
        and np.allclose(one.start, other.start, atol=1e-4)
        and np.allclose(one.velocity, other.velocity, atol=1)
        and one.tempos.qpm.tolist() == pytest.approx(other.tempos.qpm.tolist())
    )


def test_each_window_stands_where_its_notes_are_in_the_clip(family):
    clip = demo_clip()
    windows = find_windows(tiny_model(family), clip).windows
    assert [window.number for window in windows] == list(range(1, len(windows) + 1))
    step = 60 / 150 / 4
    rhythm = set(np.rint(clip.start / step).astype(int).tolist())
    for window in windows[:3] + windows[-2:]:
        assert len(window.example.starts) == len(window.bars) >= 1
        for start in window.example.starts:
            onsets = set(np.rint((window.clip.start + start) / step).astype(int).tolist())
            assert onsets
            assert onsets <= rhythm
        assert window.bars == tuple(round(start / (16 * step)) + 1 for start in window.example.starts)


def test_a_reconstruction_keeps_the_tempo_and_the_length_of_its_window(family):
    trained = tiny_model(family)
    windows = find_windows(trained, demo_clip()).windows
    (clip,) = reconstruct(trained, windows[1:2])
    assert clip.tempos.qpm.tolist() == pytest.approx([150.0])
    assert clip.total_time == pytest.approx(windows[1].seconds)


def test_the_ends_of_an_interpolation_are_the_reconstructions_of_its_ends(family):
    trained = tiny_model(family)
    windows = find_windows(trained, demo_clip()).windows
    ends = [windows[0], windows[-1]]
    for linear in (False, True):
        clips = interpolate(trained, *ends, steps=3, linear=linear)
        assert len(clips) == 3
        for found, expected in zip((clips[0], clips[-1]), reconstruct(trained, ends), strict=True):
            assert same(found, expected)


def test_the_way_from_a_window_to_itself_stays_there(family):
    """Where the original's formula divides zero by zero."""
    trained = tiny_model(family)
    window = find_windows(trained, demo_clip()).windows[0]
    first, *rest = interpolate(trained, window, window, steps=3)
    assert all(same(first, clip) for clip in rest)


def test_chance_is_the_seeds(family):
    trained = tiny_model(family)
    controls = controls_of(trained, demo_clip())
    window = find_windows(trained, demo_clip()).windows[0]

    def sampled(seed):
        return sample_clips(trained, 2, seed=seed, temperature=1.0, controls=controls)

    assert all(same(one, other) for one, other in zip(sampled(1), sampled(1), strict=True))
    assert not all(same(one, other) for one, other in zip(sampled(1), sampled(2), strict=True))
    drawn = [reconstruct(trained, [window], temperature=1.0, seed=seed)[0] for seed in (1, 1, 2)]
    assert same(drawn[0], drawn[1])
    assert not same(drawn[1], drawn[2])


def test_one_z_for_all_gives_one_clip_again_and_again_without_chance(family):
    trained = tiny_model(family)
    controls = controls_of(trained, demo_clip())
    first, *rest = sample_clips(trained, 3, seed=1, temperature=0.0, controls=controls, same_z=True)
    assert all(same(first, clip) for clip in rest)


def test_windows_encode_alike_alone_and_in_company(family):
    trained = tiny_model(family)
    windows = find_windows(trained, demo_clip()).windows[:3]
    together = encode_windows(trained, windows)
    assert together.mean.shape == (len(windows), trained.recipe.latent.size)
    alone = torch.cat([encode_windows(trained, [window]).mean for window in windows])
    assert torch.allclose(alone, together.mean, atol=1e-5)
    clips = decode_clips(trained, together.mean, controls=windows[0].example.controls)
    assert len(clips) == len(windows)


def test_windows_in_turn_follow_one_another_without_overlap(family):
    trained = tiny_model(family)
    turns = windows_in_turn(find_windows(trained, demo_clip()).windows)
    ends = [start + window.seconds for start, window in turns]
    assert all(start >= end - 0.01 for (start, _), end in zip(turns[1:], ends, strict=False))
    joined = join_clips([window.clip for _, window in turns], [start for start, _ in turns])
    assert joined.total_time == pytest.approx(ends[-1])
    assert len(joined) == sum(len(window.clip) for _, window in turns)
    assert joined.tempos.qpm.tolist() == pytest.approx([150.0])
