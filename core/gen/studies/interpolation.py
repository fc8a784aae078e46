"""The interpolation study: what models say on the way from one held-out example to another (Roberts et al. 2018).

A good latent space changes one piece of music into another a little at a time, through music: along the way the
distance to the start rises evenly, and what is said stays as usual as the ends are. Mixing the two step by step changes
as evenly, and leaves music at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gen.data.examples import Examples
from gen.errors import UsageError
from gen.model.vae import VAE
from gen.studies.measures import CONFIDENCE, Resampling, WayCurves, WayValues, measure, minus
from gen.studies.paths import Pairs, Way, coin_ways, draw_pairs, latent_ways
from gen.studies.tokens import NGrams, streams_of, tokens_of


@dataclass(frozen=True)
class InterpolationStudy:
    """Curves of several models over the same pairs, and of the data-space baseline; by stream, in the rows' order.

    What has the name of an argument of `interpolation_study` is that, or how many of them there were.

    Attributes:
        positions: K numbers from 0, at A, to 1, at B: where on the way curves have their values.
        controlled: whether the models played to controls, which are then A's all the way.
        models: curves by model and stream.
        differences: each model but the first, minus the first, pair by pair; by model and stream. An interval
            without 0 in it shows a difference. All intervals are over the same draws of pieces of music.
        baseline: curves of steps drawn from A or B by a coin, by stream. So at position 0 `distance_to_b` is the
            distance between A and B, and `cost` that of A.
    """

    positions: tuple[float, ...]
    pairs: int
    temperature: float
    seed: int
    draw: bool
    order: int
    training_examples: int
    controlled: bool
    models: Mapping[str, Mapping[str, WayCurves]]
    differences: Mapping[str, Mapping[str, WayCurves]]
    baseline: Mapping[str, WayCurves]

    def to_json(self) -> dict[str, Any]:
        """Everything under its name, with the ``confidence`` of intervals; bounds that there aren't are None."""
        return {**asdict(self, dict_factory=_plain), "confidence": CONFIDENCE}


def interpolation_study(
    models: Mapping[str, VAE],
    held_out: Examples,
    training: Examples,
    *,
    pairs: int = 256,
    positions: int = 11,
    temperature: float = 0.5,
    seed: int = 0,
    draw: bool = False,
    order: int = 5,
    training_examples: int = 20_000,
    streams: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> InterpolationStudy:
    """Go from held-out examples to others through the latent spaces of models, and measure on the way.

    Everything that is drawn comes from the seed, and a model's curves don't depend on which others are studied.

    Args:
        models: by the names that results have; all of them of the converter that the examples are of. Each is left in
            the mode it was in.
        held_out: ends of the ways. Their ``source`` says which piece of music each is of: pairs are of different
            pieces where there are several, and intervals are over pieces.
        training: what the n-gram models count in.
        pairs: how many ways; fewer where the examples don't give as many.
        positions: K, at equal distances, both ends included.
        temperature: of the decoders; 0 takes the likeliest.
        seed: of every draw.
        draw: z of the ends is drawn from the posterior, instead of its mean.
        order: n of the n-gram models, one a stream.
        training_examples: the most that they count in; drawn where there are more.
        streams: names for the streams, one a field of the outputs' layout; ``steps``, or ``stream 1`` and so on where
            None.
        progress: called with the number of sequences that were decoded, and of all that will be.

    Raises:
        UsageError: a converter whose outputs aren't tokens at times, examples of different converters, a model of other
            examples, fewer than two held-out examples, or an argument out of its range.
        PluginError: a decoder says rows that the converter has no meaning for.
    """
    for name, value, least in (
        ("pairs", pairs, 1),
        ("positions", positions, 2),
        ("order", order, 1),
        ("training_examples", training_examples, 1),
    ):
        if value < least:
            raise UsageError(f"{name} must be at least {least}, not {value}")
    if not temperature >= 0:
        raise UsageError(f"temperature must be 0 or more, not {temperature}")
    if held_out.layout != training.layout:
        raise UsageError("the held-out examples are of another converter than the training examples")
    if held_out.lengths.ndim > 1:
        raise UsageError(
            "these examples are lists of events for several tracks: their rows aren't times that two examples share, "
            "so there is no distance step by step"
        )
    described = streams_of(held_out.layout.outputs, streams)
    choosing, pairing, tossing, resampling = np.random.default_rng(seed).spawn(4)
    counted = _some(training, training_examples, choosing)
    ngrams = [
        NGrams(tokens, counted.lengths, vocabulary=stream.vocabulary, order=order)
        for stream, tokens in zip(described, tokens_of(counted.stored("outputs")), strict=True)
    ]
    rows = draw_pairs(held_out.source, pairs, pairing)
    drawn = Pairs(held_out.take(rows[:, 0]), held_out.take(rows[:, 1]))
    first, second = drawn.tokens()
    weights = tuple(np.linspace(0.0, 1.0, positions).tolist())

    total = len(models) * (positions + 2) * len(rows)
    done = 0

    def decoded(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, total)

    def measured(ways: Sequence[Way]) -> dict[str, WayValues]:
        return {
            stream.name: measure(way, a, b, drawn.lengths, weights, model)
            for stream, way, a, b, model in zip(described, ways, first, second, ngrams, strict=True)
        }

    values = {
        name: measured(
            latent_ways(model, name, drawn, weights, temperature=temperature, draw=draw, seed=seed, progress=decoded)
        )
        for name, model in models.items()
    }
    resamples = Resampling(held_out.source[rows], resampling)
    reference = next(iter(values.values()), {})
    return InterpolationStudy(
        positions=weights,
        pairs=len(rows),
        temperature=temperature,
        seed=seed,
        draw=draw,
        order=order,
        training_examples=len(counted),
        controlled="controls" in held_out.parts,
        models={name: _curves(found, resamples) for name, found in values.items()},
        differences={
            name: _curves({stream: minus(of, reference[stream]) for stream, of in found.items()}, resamples)
            for name, found in list(values.items())[1:]
        },
        baseline=_curves(measured(coin_ways(first, second, weights, tossing)), resamples),
    )


def _plain(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return [each if math.isfinite(each) else None for each in value] if isinstance(value, tuple) else value

    return {name: plain(value) for name, value in items}


def _curves(values: Mapping[str, WayValues], resamples: Resampling) -> dict[str, WayCurves]:
    return {
        stream: WayCurves(**{name: resamples.curve(each) for name, each in of.items()}) for stream, of in values.items()
    }


def _some(examples: Examples, most: int, rng: np.random.Generator) -> Examples:
    """At most so many of them, drawn, in order."""
    if len(examples) <= most:
        return examples
    return examples.take(np.sort(rng.choice(len(examples), most, replace=False)))
