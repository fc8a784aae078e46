"""The same model with a few units: whether a recipe works from end to end, before hours are spent on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gen.recipes.sections import GAUSSIAN, Component, LatentSection, Recipe

UNITS = 8
BATCH = 4
STEPS = 2

_WIDTHS = ("sizes", "size", "hidden", "vector", "embedding_size")  # arguments that say how wide a layer is
_PIECES = ("piece", "pieces")
_TIMES: dict[str, Any] = dict.fromkeys(("steps", "eval_every", "checkpoint_every"), STEPS)
_TIMES |= {"log_every": 1, "eval_batches": 1}

SETS = frozenset(f"training.{name}" for name in ("batch_size", *_TIMES))
"""What a trial sets, whatever a recipe says."""


def trial(recipe: Recipe) -> Recipe:
    """A recipe of the same structure for a few seconds: layers of 8 units, batches of 4, two steps.

    Data, converter, levels, streams, outputs and schedules are the recipe's own. Widths are what encoders and decoders
    call ``sizes``, ``size``, ``hidden``, ``vector`` and ``embedding_size``, at any depth; what has other names stays as
    large as it is. So does z where parts of it belong to parts of the clip (``piece``, ``pieces``), which must fit.
    """
    batch = min(recipe.training.batch_size, BATCH)
    in_pieces = any(cuts_z(component) for component in (recipe.encoder, recipe.decoder))
    return replace(
        recipe,
        name=f"{recipe.name}-trial",
        encoder=narrow(recipe.encoder),
        decoder=narrow(recipe.decoder),
        latent=recipe.latent if in_pieces else _narrow_latent(recipe.latent),
        training=replace(recipe.training, batch_size=batch, **_TIMES),
    )


def _narrow_latent(latent: LatentSection) -> LatentSection:
    """A narrow z, where nothing but a number of dimensions is meant by its size."""
    return replace(latent, size=min(latent.size, UNITS)) if latent.type == GAUSSIAN else latent


def cuts_z(component: Component) -> bool:
    """Whether a component, or one inside it, cuts z into pieces."""
    inner = [value for value in component.arguments.values() if isinstance(value, Component)]
    return any(component.arguments.get(name) for name in _PIECES) or any(map(cuts_z, inner))


def narrow(component: Component) -> Component:
    """The component, and those inside it, with layers of a few units."""
    arguments = {name: _narrowed(value, width=name in _WIDTHS) for name, value in component.arguments.items()}
    return replace(component, arguments=arguments)


def _narrowed(value: object, *, width: bool) -> object:
    """An argument: a width, or each of several, of at most `UNITS`, and components narrowed; text and None as is."""
    if isinstance(value, (list, tuple)):
        return type(value)(_narrowed(each, width=width) for each in value)
    if isinstance(value, Component):
        return narrow(value)
    return min(value, UNITS) if width and type(value) is int else value
