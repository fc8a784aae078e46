"""Other hits for some drums of a file; what is locked stays to the byte."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
import torch
from scores import score
from tiny_models import demo_bytes, tiny_model

import gen
from gen.errors import DataError, UsageError
from gen.midi import midi_bytes
from gen.midi.chunks import find_tracks
from gen.model.build import build_model
from gen.music.verbs.drums import Drums, find_drums
from gen.music.verbs.extend import extend
from gen.music.verbs.redo import redo
from gen.music.verbs.selection import Selection, parse_bars
from gen.music.verbs.vary import vary
from gen.recipes.trial import trial
from gen.training.load import Trained

BAND = demo_bytes("band", 8)
HATS = (42, 44, 46, 22, 26)


@cache
def drummer() -> Trained:
    """Untrained, but with something to say."""
    recipe = trial(gen.load_recipe("drums_4bar"))
    model = build_model(recipe).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.3 * torch.randn(weights.shape, generator=generator))
    return Trained(model, recipe, 0)


def hits(drums: Drums, rows: np.ndarray | None = None) -> Counter[tuple[int, ...]]:
    """Track, channel and pitch, onset, velocity and end of hits."""
    rows = np.arange(len(drums)) if rows is None else rows
    columns = (drums.lane, drums.tick, drums.velocity, drums.events.tick[drums.off])
    return Counter(zip(*(column[rows].tolist() for column in columns), strict=True))


def other_tracks(content: bytes) -> list[bytes]:
    own = {int(track) for track in find_drums(BAND).events.track[find_drums(BAND).on]}
    return [content[start:end] for track, (start, end) in enumerate(find_tracks(content).tracks) if track not in own]


def bar_of(drums: Drums) -> np.ndarray:
    return np.rint(drums.tick / drums.resolution * 4).astype(int) // 16 + 1


def test_only_what_is_named_is_played_anew():
    made = redo(drummer(), BAND, Selection(drums=("hats",), bars=(3, 4)))
    before, after = find_drums(BAND), find_drums(made.content)
    locked = np.flatnonzero(~(np.isin(before.pitch, HATS) & np.isin(bar_of(before), (3, 4))))
    assert hits(before, locked) - hits(after) == Counter()
    new = np.flatnonzero([key not in hits(before) for key in hits(after).elements()])
    assert made.said["added"] >= len(new) > 0
    pitches, bars = after.pitch.tolist(), bar_of(after).tolist()
    keys = [*zip(after.lane.tolist(), after.tick.tolist(), after.velocity.tolist(), strict=True)]
    old = {key[:3] for key in hits(before)}
    assert all(pitches[n] in HATS and bars[n] in (3, 4) for n, key in enumerate(keys) if key not in old)
    assert other_tracks(made.content) == other_tracks(BAND)
    assert made.said["kept"] == len(locked)


def test_what_is_kept_is_locked_and_a_seed_is_a_way():
    kept = Selection(keep=("kick", "snare"))
    one, same, other = (redo(drummer(), BAND, kept, seed=seed).content for seed in (1, 1, 2))
    assert one == same != other
    before, after = find_drums(BAND), find_drums(one)
    locked = np.flatnonzero(np.isin(before.pitch, (36, 38)))
    assert hits(before, locked) - hits(after) == Counter()


def test_more_of_a_beat_changes_at_a_larger_amount():
    assert vary(drummer(), BAND, amount=0).content == BAND
    before, last = find_drums(BAND), Counter()
    for amount in (20, 60, 100):
        made = vary(drummer(), BAND, amount=amount)
        gone = hits(before) - hits(find_drums(made.content))
        assert last - gone == Counter()
        assert sum(gone.values()) <= made.said["removed"]
        last = gone
        assert other_tracks(made.content) == other_tracks(BAND)
    assert last
    locked = vary(drummer(), BAND, amount=100, selection=Selection(keep=("kick",), bars=(1, 2)))
    gone = hits(before) - hits(find_drums(locked.content))
    assert {pitch & 127 for pitch, *_ in gone}.isdisjoint({36})
    assert max(tick for _, tick, *_ in gone) < 8.2 * before.resolution


@pytest.mark.parametrize(("bars", "metre"), [(1, (4, 4)), (2, (4, 4)), (5, (3, 4)), (2, (5, 4))])
def test_a_beat_goes_on_behind_itself(bars, metre):
    length = 2.0 * metre[0] / 4 * bars
    notes = " ".join(f"{(36, 42, 38, 42)[n % 4]}:[{n / 4},{n / 4 + 0.1}]" for n in range(round(4 * length)))
    content = midi_bytes(score(f"drums {notes}", metre=metre))
    made = extend(drummer(), content, bars=3, amount=100)
    before, after = find_drums(content), find_drums(made.content)
    assert hits(before) - hits(after) == Counter()
    assert len(after) - len(before) == made.said["added"] > 0
    bar = before.resolution * metre[0]
    new = np.sort(after.tick)[len(before) :]
    assert bars * bar - bar / 8 <= new.min() <= new.max() <= (bars + 3) * bar


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: redo(drummer(), BAND, Selection(drums=("lute",))), UsageError, "or say kick, snare, hats"),
        (lambda: redo(drummer(), BAND, Selection(drums=("kick",), keep=("kick",))), UsageError, "all drums are kept"),
        (lambda: redo(drummer(), BAND, Selection(bars=(90, 91))), DataError, "there is none from 90 on"),
        (lambda: redo(drummer(), BAND, Selection(), amount=0), UsageError, "above 0, and at most 100"),
        (lambda: vary(drummer(), BAND, amount=-1), UsageError, "from 0 to 100"),
        (lambda: extend(drummer(), BAND, bars=0), UsageError, "from 1 to 256"),
        (lambda: vary(tiny_model("tap"), BAND), UsageError, "hears less than what is played"),
        (lambda: parse_bars("4-3"), UsageError, "are no bars"),
    ],
)
def test_what_cannot_be_is_said(act, error, message):
    with pytest.raises(error, match=message):
        act()
