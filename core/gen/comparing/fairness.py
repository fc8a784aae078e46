"""Whether arms can be compared at all, and what besides the variant differs between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import torch

from gen.comparing.arms import Arm, Budget
from gen.data.provenance import differences, flat
from gen.errors import UsageError
from gen.interfaces.converter import Converter
from gen.model.build import build_model
from gen.recipes.resolved import plain
from gen.system.spelling import listing
from gen.training.run import Run

_MATCHED = 0.05  # of the larger decoder: as near as the recipes called *_matched are
_SHOWN = 6
_HOW = (
    "log_every",
    "eval_every",
    "eval_batches",
    "checkpoint_every",
    "keep_checkpoints",
    "keep_best",
    "keep_every",
    "seed",
)
"""Settings of a training that say how it is watched, and not what comes of it, or that the comparison sets."""


@dataclass(frozen=True)
class Size:
    """Trained parameters of an arm: of its encoder, its decoder, and in all."""

    encoder: int
    decoder: int
    total: int


def require_comparable(arms: Sequence[Arm]) -> None:
    """Make sure that the arms say the same music in the same steps, learned from the same data.

    Raises:
        UsageError: converters or data differ; the text says which settings do.
    """
    first = arms[0]
    for other in arms[1:]:
        for what, before, now in (
            ("converters", first.recipe.converter, other.recipe.converter),
            ("data", _data(first), _data(other)),
        ):
            changes = differences(flat(plain(before)), flat(plain(now)))
            changes.sort(key=lambda text: not text.startswith("type "))  # of another type, the rest is no wonder
            if changes:
                more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
                raise UsageError(
                    f"{first.name} and {other.name} can't be compared: their {what} differ "
                    f"(from the one to the other, {'; '.join(changes[:_SHOWN])}{more}), so their figures are about "
                    "different things; compare recipes with one converter and one data section"
                )


def sizes(arms: Sequence[Arm], converter: Converter) -> dict[str, Size]:
    """The size of each arm's model, by name; no weights are made."""
    found = {}
    for arm in arms:
        with torch.device("meta"):
            model = build_model(arm.recipe, converter)
        encoder, decoder = (
            sum(parameter.numel() for parameter in part.parameters() if parameter.requires_grad)
            for part in (model.encoder, model.decoder)
        )
        found[arm.name] = Size(encoder, decoder, model.parameter_count())
    return found


def settings_that_differ(arms: Sequence[Arm]) -> dict[str, dict[str, str]]:
    """Every setting that isn't alike in all arms: dotted name to arm to value, as a recipe would have it."""
    flats = {arm.name: _settings(arm) for arm in arms}
    names = sorted({name for settings in flats.values() for name in settings})
    found = {name: {arm: _spelt(settings, name) for arm, settings in flats.items()} for name in names}
    return {name: values for name, values in found.items() if len({*values.values()}) > 1}


def flags(arms: Sequence[Arm], sizes: Mapping[str, Size], budget: Budget, seeds: Sequence[int]) -> list[str]:
    """What makes the comparison less than fair, a sentence each; empty where nothing does."""
    found = []
    decoders = {name: size.decoder for name, size in sizes.items()}
    least, most = min(decoders, key=decoders.__getitem__), max(decoders, key=decoders.__getitem__)
    if decoders[least] < (1 - _MATCHED) * decoders[most]:
        found.append(
            f"decoders are not matched: {most} has {decoders[most]:,} parameters, {least} {decoders[least]:,} "
            f"({decoders[most] / decoders[least]:.2f} times as many)"
        )
    if len({size.encoder for size in sizes.values()}) > 1:
        found.append("encoders are not of one size")
    for section, meaning in (
        ("latent", "the price of the latent space differs"),
        ("training.batch_size", "batch sizes differ, so that the same steps are other numbers of examples"),
        ("training.learning_rate", "learning rates differ"),
        ("training.sampling", "scheduled sampling differs"),
        ("data.augment", "augmentation differs"),
    ):
        values = [attrgetter(section)(arm.recipe) for arm in arms]
        if any(value != values[0] for value in values):
            found.append(f"{meaning} ({section})")
    for arm in arms:
        if arm.init_from:
            more = "" if all(other.init_from for other in arms) else "; arms of which this isn't said begin with none"
            found.append(f"{arm.name} begins with the weights of {listing(list(map(str, arm.init_from)))}{more}")
    before = [arm for arm in arms if arm.run is not None]
    steps = {arm.name: str(budget if arm.run is None else Budget(Run(arm.run).steps_done())) for arm in arms}
    if before and len(set(steps.values())) > 1:
        each = ", ".join(f"{name} {count}" for name, count in steps.items())
        found.append(f"budgets are not matched: {each}")
    if len(seeds) == 1 or before:
        found.append(
            "one training an arm: how far another seed of the same recipe would be from it is unknown"
            if len(before) == len(arms) or len(seeds) == 1
            else "arms that were trained before have one training each, the others several"
        )
    return found


def _data(arm: Arm) -> dict[str, Any]:
    """What decides the examples; what is drawn while training doesn't."""
    data: dict[str, Any] = plain(arm.recipe.data)
    del data["fallback"]
    if not arm.recipe.data.augment.frozen:
        del data["augment"]
    return data


def _settings(arm: Arm) -> dict[str, Any]:
    recipe: dict[str, Any] = plain(arm.recipe)
    for key in ("name", "description", "origin"):
        del recipe[key]
    for key in _HOW:
        del recipe["training"][key]
    return flat(recipe)


def _spelt(settings: Mapping[str, Any], name: str) -> str:
    if name not in settings:
        return "–"
    value = settings[name]
    return value if isinstance(value, str) else json.dumps(value)
