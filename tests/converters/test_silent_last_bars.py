"""A clip of somebody's is as long as it says, also where its last bars are silent; examples for training aren't."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.drums.converter import DrumsConverter
from gen_converters.groove.converter import GrooveConverter
from gen_converters.melody.converter import MelodyConverter

BAR = 2.0  # seconds

KINDS: dict[str, tuple[type, dict[str, Any]]] = {
    "groove": (GrooveConverter, {"split_bars": 2}),
    "groove at every bar": (GrooveConverter, {"split_bars": 2, "hop_size": 16}),
    "drums": (DrumsConverter, {"slice_bars": 2}),
    "melody": (MelodyConverter, {"slice_bars": 2}),
}


def clip(bars: int, total: float) -> gen.NoteSequence:
    """A beat, or tune, of so many bars in a clip of a length in bars."""
    start = np.arange(0.0, bars * BAR, 0.5)
    drums = np.isin(np.arange(len(start) * 2) % 2, 0)
    return gen.NoteSequence(
        pitch=np.where(drums, 38, 60),
        start=np.repeat(start, 2),
        end=np.repeat(start, 2) + 0.2,
        is_drum=drums,
        instrument=(~drums).astype(np.int64),
        total_time=total * BAR,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("bars", "total", "windows"), [(1, 2, 1), (1, 9, 1), (3, 4, 3), (1, 1.5, 0), (2, 2, 1)])
def test_silence_that_a_clip_says_it_ends_with_fills_its_last_window(kind, bars, total, windows):
    cls, options = KINDS[kind]
    found = cls(**options, mode="infer").convert(clip(bars, total))
    if kind == "groove":
        windows = -(-windows // 2)
    assert len(found.examples) == len({(each.starts, each.outputs.tobytes()) for each in found.examples})
    places = sorted(start for each in found.examples for start in each.starts)
    assert len(places) == windows
    assert all(each.length == 32 for each in found.examples)
    if (bars, total) == (1, 2):
        (window,) = cls(**options, mode="infer").from_tensors(found.examples[0].outputs[None])
        assert window.start.max() < BAR - 0.1
        assert window.end.max() <= BAR + 0.01
        assert window.total_time == pytest.approx(2 * BAR)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_training_takes_no_silence_at_the_end(kind, mode):
    cls, options = KINDS[kind]
    rejection = cls(**options, mode=mode).convert(clip(1, 2), rng=np.random.default_rng(0)).rejection
    assert rejection is not None
    assert rejection.code == "too-short"
    assert "1 bar " in rejection.detail
