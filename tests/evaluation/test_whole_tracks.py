"""Figures by bar of examples of several lengths: whole tracks, of which some are over while others play on."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from tiny_models import demo_bytes

import gen
from gen.cli import main
from gen.comparing.bars import bars, bars_intervals
from gen.data.examples import Examples, stack
from gen.evaluation.figures import by_bar, figures
from gen.evaluation.intervals import intervals_by_bar, resampled_by_bar
from gen.evaluation.measure import compared, measure
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import MAIN
from gen.model.build import build_converter, build_model

BARS = (2, 7, 3, 1, 6, 2, 5, 4)
"""Of each track; batches of any size but all have others as their longest."""
LONGEST = max(BARS)
WHOLE = ["converter.slice_bars=null", "encoder.sizes=[8]", "decoder.sizes=[8]", "latent.size=4"]
CERTAIN = ("teacher_forced", "greedy")
"""Regimes that draw nothing step by step."""


class Tracks:
    """Drums, each track an example and a piece; a model of them with weights that say something."""

    def __init__(self) -> None:
        recipe = gen.load_recipe("flat-drums_16bar_tiny", WHOLE)
        self.converter = build_converter(recipe, mode="eval")
        made = [self.converter.to_tensors(gen.read_midi(demo_bytes("drums", bars)))[0] for bars in BARS]
        self.examples: Examples = stack(made, range(len(made)), self.converter.layout)
        self.model = build_model(recipe)
        for parameter in self.model.parameters():
            parameter.data.mul_(3.0)
        self.measurement: Measurement = self.measure(3)

    def measure(self, batch_size: int) -> Measurement:
        return measure(self.model, self.converter, self.examples, step=0, batch_size=batch_size)


@pytest.fixture(scope="module", name="tracks")
def _tracks() -> Tracks:
    return Tracks()


@cache
def said_alone(tracks: Tracks) -> list[tuple[list[bool], ...]]:
    """Which steps of each bar of each track are right, from the mean, likeliest first; each track by itself."""
    size = tracks.converter.steps_per_bar
    assert size is not None
    tracks.model.eval()
    found = []
    for n in range(len(BARS)):
        alone = tracks.examples.take(np.array([n]))
        (length,) = alone.lengths.tolist()
        with torch.no_grad():
            mean = tracks.model.encode(torch.from_numpy(alone.inputs), torch.from_numpy(alone.lengths)).mean
            said = tracks.model.decode(mean, steps=length, temperature=0.0)[0].argmax(-1)
        right = (said.numpy() == alone.outputs[0].argmax(-1)).tolist()
        found.append(tuple(right[start : start + size] for start in range(0, length, size)))
    return found


def test_the_tracks_are_as_long_as_they_were_made(tracks):
    assert tracks.examples.lengths.tolist() == [bars * tracks.converter.steps_per_bar for bars in BARS]
    assert tracks.converter.steps is None


def test_a_bar_is_that_of_the_tracks_that_have_it(tracks):
    found = by_bar(tracks.measurement, tracks.converter)["greedy"]["step_accuracy"]
    assert len(found) == LONGEST
    for bar, accuracy in enumerate(found):
        steps = [right for track in said_alone(tracks) for right in track[bar : bar + 1]]
        flat = [right for each in steps for right in each]
        assert len(steps) == sum(bars > bar for bars in BARS)
        assert accuracy == pytest.approx(sum(flat) / len(flat))


def test_tracks_count_nothing_in_bars_that_they_lack(tracks):
    for regime in MAIN:
        for column in tracks.measurement.regimes[regime].bars.values():
            assert column.shape[:2] == (len(BARS), LONGEST)
            for counts, bars_of_track in zip(column, BARS, strict=True):
                assert not counts[bars_of_track:].any()


def test_bars_together_are_the_whole(tracks):
    for regime in MAIN:
        measured = tracks.measurement.regimes[regime]
        for name in ("steps", "steps_right"):
            np.testing.assert_array_equal(measured.bars[name].sum(axis=1), measured.statistics[name])


@pytest.mark.parametrize("batch_size", [1, 2, 50])
def test_the_size_of_a_batch_changes_no_figure_of_whole_tracks(tracks, batch_size):
    """Relative 1e-4: sums of float32 are taken in another order."""
    other = tracks.measure(batch_size)
    first, second = (figures(each, tracks.converter) for each in (tracks.measurement, other))
    for regime in (*CERTAIN, "latent"):
        assert first[regime] == pytest.approx(second[regime], rel=1e-4, nan_ok=True)
    first, second = (by_bar(each, tracks.converter) for each in (tracks.measurement, other))
    assert first.keys() == second.keys() == set(MAIN)
    for regime in CERTAIN:
        for name, values in first[regime].items():
            assert values == pytest.approx(second[regime][name], rel=1e-4, nan_ok=True)
    assert all(len(values) == LONGEST for values in second["free_running"].values())
    ends, more = (intervals_by_bar(each, tracks.converter, resamples=50) for each in (tracks.measurement, other))
    for regime in CERTAIN:
        for name, pairs in ends[regime].items():
            np.testing.assert_allclose(pairs, more[regime][name], rtol=1e-4)


def test_what_counts_examples_as_such_counts_none_that_are_over(tracks):
    """A converter may count ones; a track that is over is no example of a bar, whichever tracks are beside it."""

    class Counting(type(tracks.converter)):
        def statistics(self, targets, outputs, lengths, qpm):
            return {"examples": np.ones(len(lengths)), "by_kind": np.ones((len(lengths), 2))}

    counting = Counting()
    for size in (1, 3, 50):
        found = measure(tracks.model, counting, tracks.examples, step=0, batch_size=size).regimes["greedy"].bars
        for bar in range(LONGEST):
            having = [float(bars > bar) for bars in BARS]
            assert found["examples"][:, bar].tolist() == having
            assert found["by_kind"][:, bar].tolist() == [[each, each] for each in having]


def test_a_predictor_is_compared_in_the_same_bars(tracks):
    perfect = compared(tracks.converter, tracks.examples, tracks.examples.outputs)
    steps = tracks.measurement.regimes["greedy"].bars["steps"]
    np.testing.assert_array_equal(perfect.bars["steps"], steps)
    np.testing.assert_array_equal(perfect.bars["steps_right"], steps)


def test_a_bar_of_which_one_piece_has_something_has_no_interval(tracks):
    ends = intervals_by_bar(tracks.measurement, tracks.converter, resamples=200)
    of_several = bars_intervals([tracks.measurement, tracks.measure(2)], tracks.converter, resamples=200)
    for found in (ends["greedy"], of_several["greedy"], of_several["gap"]):
        pairs = found["step_accuracy"]
        assert len(pairs) == LONGEST
        assert np.isfinite(pairs[: LONGEST - 1]).all()  # the last but one has two pieces
        assert np.isnan(pairs[LONGEST - 1]).all()  # and the last has one


def test_two_tracks_of_one_piece_are_one(tracks):
    pieces = np.array([0 if bars >= LONGEST - 1 else 1 + n for n, bars in enumerate(BARS)])
    ends = intervals_by_bar(replace(tracks.measurement, pieces=pieces), tracks.converter, resamples=50)
    finite = [bool(np.isfinite(pair).all()) for pair in ends["teacher_forced"]["step_accuracy"]]
    assert finite == [True] * (LONGEST - 2) + [False] * 2


def test_resamples_that_reach_no_such_bar_are_left_out_of_its_interval(tracks):
    """Bar 6 is that of two tracks, and a resample has neither of them in about one of seven cases."""
    values = resampled_by_bar(tracks.measurement, tracks.converter, seed=2, resamples=300)["greedy/step_accuracy"]
    drawn = []
    rng = np.random.default_rng(2)
    for _ in range(3):  # a hundred at a time
        drawn += rng.multinomial(len(BARS), [1 / len(BARS)] * len(BARS), size=100).tolist()
    bar = LONGEST - 2
    each = []
    for often, value in zip(drawn, values[:, bar], strict=True):
        there = [
            (count, track[bar]) for count, track in zip(often, said_alone(tracks), strict=True) if len(track) > bar
        ]
        right = sum(count * sum(steps) for count, steps in there)
        steps = sum(count * len(steps) for count, steps in there)
        assert value == pytest.approx(right / steps if steps else np.nan, nan_ok=True)
        each += [right / steps] if steps else []
    assert 0 < len(each) < len(drawn)
    ends = intervals_by_bar(tracks.measurement, tracks.converter, seed=2, resamples=300)["greedy"]["step_accuracy"]
    assert ends[bar] == pytest.approx(tuple(np.percentile(each, [2.5, 97.5])))


def test_a_mean_over_seeds_has_every_bar(tracks):
    measured = [tracks.measurement, tracks.measure(50)]
    found = bars(measured, tracks.converter)
    assert all(len(values) == LONGEST for regime in found.values() for values in regime.values())


@pytest.mark.slow
def test_a_run_of_whole_tracks_is_evaluated_in_batches_of_any_size(tmp_path, capsys):
    music = tmp_path / "music"
    music.mkdir()
    for bars_of_track in range(1, 13):
        (music / f"{bars_of_track}.mid").write_bytes(demo_bytes("drums", bars_of_track))
    run = tmp_path / "run"
    settings = [*WHOLE, "data.source={type: folder, validation: 0.3, test: 0.3}", "training.steps=1"]
    place = ["--data", str(music), "--store", str(tmp_path / "store"), "--workers", "1", "--device", "cpu"]
    settings += ["training.batch_size=2", "--out", str(run)]
    assert main(["train", "flat-drums_16bar_tiny", *settings, *place]) == 0
    capsys.readouterr()
    said = []
    for batch_size in ("1", "2", "64"):
        options = ["--split", "train", "--batch-size", batch_size, "--resamples", "20", "--json", *place]
        assert main(["eval", str(run), *options]) == 0
        said.append(json.loads(capsys.readouterr().out))
    shares = [each["by_bar"]["greedy"]["step_accuracy"] for each in said]
    assert len(shares[0]) > 4
    assert shares[0] == pytest.approx(shares[1])
    assert shares[0] == pytest.approx(shares[2])
    assert said[0]["by_bar_intervals"]["greedy"]["step_accuracy"][-1] == [None, None]  # one track alone is as long
    page = tmp_path / "page.html"
    assert main(["eval", str(run), "--split", "train", "--batch-size", "2", "--html", str(page), *place]) == 0
    assert "by bar" in capsys.readouterr().out
    assert "Accuracy by bar" in page.read_text(encoding="utf-8")
