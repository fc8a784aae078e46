"""The interpolation study as a whole: models that copy, models of every family, and what can't be studied."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
import torch
from tiny_models import demo_clip, tiny_model

import gen
from gen.data.examples import Examples, stack
from gen.studies.interpolation import interpolation_study
from gen.studies.paths import Pairs, draw_pairs, latent_ways

STEPS, CLASSES = 6, 4
FAMILIES = ("melody", "drums", "nade", "trio", "chords", "hierarchy")
FEW = {"pairs": 6, "positions": 3}


@cache
def examples_of(family: str) -> Examples:
    """Examples of a made-up clip, as of several files."""
    converter = gen.build_converter(tiny_model(family).recipe)
    found = converter.to_tensors(demo_clip(bars=40), rng=np.random.default_rng(0))[:8]
    return stack(found, [number % 3 for number in range(len(found))], converter.layout)


def test_a_model_that_copies_makes_no_error_at_the_ends(random_examples, copying_model):
    study = interpolation_study({"copy": copying_model()}, random_examples, random_examples, pairs=20, temperature=0)
    path, coins = study.models["copy"]["steps"], study.baseline["steps"]
    apart = coins.distance_to_b.mean[0]
    assert len(study.positions) == len(path.cost.mean) == 11
    assert path.distance_to_a.mean[0] == path.distance_to_b.mean[-1] == 0
    assert path.distance_to_a.mean[-1] == path.distance_to_b.mean[0] == apart > 0.5
    assert path.distance_to_a == path.distance_to_said_a
    assert path.cost.mean[0] == pytest.approx(coins.cost.mean[0])
    assert path.excess_cost.mean[0] == path.excess_cost.mean[-1] == pytest.approx(0, abs=1e-12)
    assert path.excess_cost == path.excess_cost_over_said


def test_the_baseline_begins_at_a_ends_at_b_and_goes_evenly(random_examples):
    coins = interpolation_study({}, random_examples, random_examples, pairs=100, seed=4).baseline["steps"]
    apart = coins.distance_to_b.mean[0]
    assert coins.distance_to_a.mean[0] == coins.distance_to_b.mean[-1] == 0
    assert coins.distance_to_a.mean[-1] == apart
    np.testing.assert_allclose(coins.distance_to_a.mean, np.linspace(0, apart, 11), atol=0.1)  # four deviations
    assert coins.excess_cost.mean[0] == coins.excess_cost.mean[-1] == pytest.approx(0, abs=1e-12)


def test_the_way_of_a_pair_is_on_the_sphere_between_its_latent_vectors(random_examples, copying_model):
    model = copying_model()
    weights = (0.0, 0.25, 0.5, 1.0)
    rows = draw_pairs(random_examples.source, 15, np.random.default_rng(0))
    pairs = Pairs(random_examples.take(rows[:, 0]), random_examples.take(rows[:, 1]))
    (way,) = latent_ways(model, "copy", pairs, weights, temperature=0, draw=False, seed=0, progress=lambda count: None)
    given = torch.cat(model.decoder.given).view(6, 15, -1)  # four positions and the two ends
    for number, (a, b) in enumerate(rows.tolist()):
        first, second = (torch.from_numpy(random_examples.outputs[row].reshape(-1)) for row in (a, b))
        angle = torch.arccos(torch.dot(first, second) / first.norm() / second.norm())
        assert angle > 0.1
        for k, t in enumerate(weights):
            z = (torch.sin((1 - t) * angle) * first + torch.sin(t * angle) * second) / torch.sin(angle)
            torch.testing.assert_close(given[k, number], z, atol=1e-6, rtol=1e-5)
            said = given[k, number].view(STEPS, CLASSES).argmax(-1)
            assert way.along[k, number].tolist() == said.tolist()
        assert given[4, number].tolist() == first.tolist()
        assert given[5, number].tolist() == second.tolist()


def test_the_ends_are_said_once_more_to_compare_with():
    examples, models = examples_of("drums"), {"drums": tiny_model("drums").model}
    sure = interpolation_study(models, examples, examples, temperature=0, **FEW).models["drums"]["steps"]
    unsure = interpolation_study(models, examples, examples, temperature=1, **FEW).models["drums"]["steps"]
    assert sure.distance_to_said_a.mean[0] == sure.distance_to_said_b.mean[-1] == 0
    assert unsure.distance_to_said_a.mean[0] > 0.5 < unsure.distance_to_said_b.mean[-1]  # untrained: nearly all chance


@pytest.mark.parametrize("family", FAMILIES)
def test_models_of_every_family_with_tokens_can_be_studied(family):
    examples, model = examples_of(family), tiny_model(family).model
    streams = ["melody", "bass", "drums"] if family == "trio" else None
    study = interpolation_study({family: model}, examples, examples, streams=streams, **FEW)
    assert list(study.models[family]) == list(study.baseline) == (streams or ["steps"])
    assert study.pairs == 6
    assert study.controlled == (family == "chords")
    for path in study.models[family].values():
        for curve in (path.distance_to_a, path.distance_to_said_b, path.cost):
            assert (np.array(curve.low) <= curve.mean).all()
            assert (np.array(curve.mean) <= curve.high).all()
        assert 0 < max(path.distance_to_a.mean) <= 1
        assert min(path.cost.mean) > 0


def test_the_same_seed_gives_the_same_study_whichever_models_are_beside(random_examples):
    examples = examples_of("drums")
    model, other = tiny_model("drums").model, tiny_model("drums", "latent.size=3").model
    before = torch.random.get_rng_state()
    alone = interpolation_study({"one": model}, examples, examples, **FEW)
    beside = interpolation_study({"other": other, "one": model}, examples, examples, **FEW)
    again = interpolation_study({"other": other, "one": model}, examples, examples, **FEW)
    seeded = interpolation_study({"one": model}, examples, examples, seed=1, **FEW)
    assert beside.to_json() == again.to_json()
    assert alone.models["one"] == beside.models["one"]
    assert alone.baseline == beside.baseline
    assert alone.models["one"] != seeded.models["one"]
    assert torch.equal(before, torch.random.get_rng_state())


def test_z_can_be_a_draw_and_the_model_stays_in_its_mode(random_examples, copying_model):
    model = copying_model().train()
    drawn = interpolation_study({"copy": model}, random_examples, random_examples, draw=True, temperature=0, **FEW)
    assert model.training
    assert drawn.draw
    assert drawn.models["copy"]["steps"].distance_to_a.mean[0] > 0


def test_models_are_compared_with_the_first_pair_by_pair():
    examples = examples_of("drums")
    models = {"one": tiny_model("drums").model, "other": tiny_model("drums", "latent.size=3").model}
    study = interpolation_study(models, examples, examples, **FEW)
    one, other = (study.models[name]["steps"].cost.mean for name in models)
    found = study.differences["other"]["steps"].cost
    assert list(study.differences) == ["other"]
    np.testing.assert_allclose(found.mean, np.array(other) - one)
    same = interpolation_study({"one": models["one"], "two": models["one"]}, examples, examples, **FEW)
    assert set(same.differences["two"]["steps"].cost.low) == {0.0}


def over_pieces(values: list[float], ends: list[tuple[int, int]], rng: np.random.Generator) -> tuple[float, float]:
    """The interval of a mean over pairs, resample by resample and pair by pair."""
    names = sorted({piece for pair in ends for piece in pair})
    means = []
    for times in rng.multinomial(len(names), [1 / len(names)] * len(names), 2000):
        weights = [int(times[names.index(a)] * times[names.index(b)]) for a, b in ends]
        if sum(weights):
            means.append(sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights))
    low, high = np.percentile(means, [2.5, 97.5])
    return low, high


def test_intervals_are_over_the_files_of_both_ends_and_those_of_differences_over_the_same(make, copying_model):
    sequences = np.random.default_rng(3).integers(CLASSES, size=(12, STEPS)).tolist()
    files = [number % 5 * 10 for number in range(12)]
    examples = make(sequences, source=files)
    constant = copying_model()
    with torch.no_grad():
        constant.mean.weight.zero_()  # says class 0 at every step
    models = {"copy": copying_model(), "constant": constant}
    study = interpolation_study(models, examples, examples, pairs=30, positions=3, temperature=0, seed=8)
    streams = np.random.default_rng(8).spawn(4)
    rows = draw_pairs(examples.source, 30, streams[1]).tolist()
    ends = [(files[a], files[b]) for a, b in rows]
    apart = [sum(x != y for x, y in zip(sequences[a], sequences[b], strict=True)) / STEPS for a, b in rows]
    silent = [sum(x != 0 for x in sequences[a]) / STEPS for a, _ in rows]
    more = [one - other for one, other in zip(silent, apart, strict=True)]
    for curve, values in (
        (study.baseline["steps"].distance_to_a, apart),
        (study.models["copy"]["steps"].distance_to_a, apart),
        (study.models["constant"]["steps"].distance_to_a, silent),
        (study.differences["constant"]["steps"].distance_to_a, more),
    ):
        end = curve.at(-1)
        assert end.mean == pytest.approx(sum(values) / len(values))
        rng = np.random.default_rng(8).spawn(4)[3]
        assert (end.low, end.high) == pytest.approx(over_pieces(values, ends, rng))


@pytest.mark.parametrize("source", [[0] * 6, [0, 0, 1, 1, 1, 0]])
def test_of_fewer_than_three_files_there_is_no_interval_and_null_in_json(make, copying_model, source):
    examples = make(np.random.default_rng(3).integers(CLASSES, size=(6, STEPS)).tolist(), source=source)
    models = {"one": copying_model(), "two": copying_model()}
    study = interpolation_study(models, examples, examples, **FEW)
    assert np.isnan(study.baseline["steps"].cost.high).all()
    found = study.to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for curves in (found["baseline"], found["models"]["two"], found["differences"]["two"]):
        assert curves["steps"]["cost"]["low"] == curves["steps"]["distance_to_a"]["high"] == [None] * 3
        assert None not in curves["steps"]["cost"]["mean"]


def test_controls_are_those_of_the_first_example_all_the_way(make, copying_model):
    rng = np.random.default_rng(0)
    chords = rng.integers(3, size=8).tolist()
    examples = make(rng.integers(CLASSES, size=(8, STEPS)).tolist(), controls=chords)
    model = copying_model(width=CLASSES + 3)
    study = interpolation_study({"copy": model}, examples, examples, pairs=10, positions=4, temperature=0)
    assert study.controlled
    heard = torch.cat(model.decoder.heard).view(6, 10, STEPS, 3)  # four positions and the two ends
    assert (heard == heard[0]).all()
    first = draw_pairs(examples.source, 10, np.random.default_rng(0).spawn(4)[1])[:, 0]
    assert heard[0].argmax(-1)[:, 0].tolist() == [chords[row] for row in first]
    assert study.models["copy"]["steps"].distance_to_a.mean[0] == 0


def test_examples_of_different_lengths_are_compared_where_both_have_steps(make, copying_model):
    examples = make([[0, 1, 2], [0, 3, 2, 1, 1, 1]])
    model = copying_model()
    study = interpolation_study({"copy": model}, examples, examples, temperature=0, **FEW)
    assert study.pairs == 2  # there and back
    assert study.baseline["steps"].distance_to_b.mean[0] == pytest.approx(1 / 3)
    assert study.models["copy"]["steps"].distance_to_a.mean[0] == 0


def test_steps_whose_tokens_are_the_training_examples_own_cost_less(make, copying_model):
    riff = make([[0, 1, 2, 3, 0, 1]] * 5)
    other = make([[0, 1, 2, 3, 0, 1], [3, 1, 3, 1, 0, 0]], source=[0, 1])
    study = interpolation_study({}, other, riff, **FEW)
    usual, unusual = (
        interpolation_study({}, make([line] * 2), riff, **FEW).baseline["steps"].cost.mean[0]
        for line in ([0, 1, 2, 3, 0, 1], [3, 1, 3, 1, 0, 0])
    )
    assert study.baseline["steps"].cost.mean[0] == pytest.approx((usual + unusual) / 2)
    assert usual < unusual


def test_the_n_gram_models_count_in_no_more_examples_than_they_may(random_examples):
    few = interpolation_study({}, random_examples, random_examples, training_examples=3, **FEW)
    many = interpolation_study({}, random_examples, random_examples, **FEW)
    assert (few.training_examples, many.training_examples) == (3, 12)
    assert few.baseline["steps"].cost != many.baseline["steps"].cost
    assert few.baseline["steps"].distance_to_a == many.baseline["steps"].distance_to_a


def test_progress_counts_to_the_end(random_examples, copying_model):
    told = []
    models = {"one": copying_model(), "two": copying_model()}
    interpolation_study(models, random_examples, random_examples, progress=lambda *done: told.append(done), **FEW)
    assert told[-1] == (60, 60)  # two models, three positions and two ends, six pairs
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_json_holds_everything_under_its_name(random_examples, copying_model):
    study = interpolation_study({"copy": copying_model()}, random_examples, random_examples, **FEW)
    found = study.to_json()
    assert json.loads(json.dumps(found)) == found
    assert found["positions"] == [0.0, 0.5, 1.0]
    assert found["confidence"] == 0.95
    assert found["models"]["copy"]["steps"]["cost"]["low"] == list(study.models["copy"]["steps"].cost.low)
    assert found["baseline"]["steps"].keys() == found["models"]["copy"]["steps"].keys()


@pytest.mark.parametrize(
    ("family", "complaint"),
    [("groove", "grooves with their loudness and timing can't"), ("multitrack", "lists of events for several tracks")],
)
def test_what_has_no_distance_step_by_step_is_refused(family, complaint):
    examples = examples_of(family)
    with pytest.raises(gen.errors.UsageError, match=complaint):
        interpolation_study({}, examples, examples)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"pairs": 0}, "pairs must be at least 1, not 0"),
        ({"positions": 1}, "positions must be at least 2, not 1"),
        ({"order": 0}, "order must be at least 1, not 0"),
        ({"training_examples": 0}, "training_examples must be at least 1, not 0"),
        ({"temperature": -0.5}, "temperature must be 0 or more, not -0.5"),
        ({"temperature": float("nan")}, "temperature must be 0 or more, not nan"),
    ],
)
def test_arguments_out_of_range_are_refused(random_examples, options, complaint):
    with pytest.raises(gen.errors.UsageError, match=complaint):
        interpolation_study({}, random_examples, random_examples, **options)


def test_things_that_do_not_belong_together_are_refused(random_examples, copying_model):
    with pytest.raises(gen.errors.UsageError, match="another converter than the training examples"):
        interpolation_study({}, random_examples, examples_of("drums"))
    with pytest.raises(gen.errors.UsageError, match="longer says 8 steps, and the held-out examples have 6"):
        interpolation_study({"longer": copying_model(8)}, random_examples, random_examples)


def test_a_decoder_that_says_no_class_of_the_converter_is_named(random_examples, copying_model):
    model = copying_model()
    model.decoder.sample = lambda z, steps, **_: torch.full((len(z), steps, CLASSES), 0.5)
    with pytest.raises(gen.errors.PluginError, match=r"the decoder of blurred says .* neither one-hot nor empty"):
        interpolation_study({"blurred": model}, random_examples, random_examples)
