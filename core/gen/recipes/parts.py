"""Every component of a recipe, with those inside others."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from gen.errors import PluginError, UnknownNameError
from gen.recipes.sections import Component, Recipe
from gen.registry import Kind, registry
from gen.registry.signatures import arguments_of, component_kind


def parts(recipe: Recipe) -> Iterator[tuple[Kind, Component]]:
    """Kind and component, owners before what is inside them."""
    training = recipe.training
    found: list[tuple[Kind, Component | None]] = [
        ("dataset", recipe.data.source),
        ("dataset", recipe.data.fallback),
        ("converter", recipe.converter),
        ("encoder", recipe.encoder),
        ("decoder", recipe.decoder),
        ("latent", recipe.latent.type),
        ("objective", training.objective),
        ("optimiser", training.optimiser),
        ("schedule", training.schedule if isinstance(training.schedule, Component) else None),
        *(("observer", component) for component in training.observers),
        *(("metric", component) for component in recipe.metrics),
    ]
    for kind, component in found:
        if component is not None:
            yield from with_inside(kind, component)


def with_inside(kind: Kind, component: Component) -> Iterator[tuple[Kind, Component]]:
    """A component, and those inside it; of one that isn't here those inside count as its own kind."""
    yield kind, component
    try:
        schema = arguments_of(registry().find(kind, component.type), kind=kind)
    except (UnknownNameError, PluginError):
        schema = {}
    for name, value in component.arguments.items():
        inner = next(_kinds_in(schema[name].annotation), kind) if name in schema else kind
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(each, Component):
                yield from with_inside(inner, each)


def _kinds_in(annotation: Any) -> Iterator[Kind]:
    """The kinds of component that an annotation allows, at any depth."""
    if (kind := component_kind(annotation)) is not None:
        yield kind
    for inside in typing.get_args(annotation):
        if inside is not ...:
            yield from _kinds_in(inside)
