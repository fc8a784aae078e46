"""How a recipe uses a component, alone or inside another: its options, and the sizes it is given there."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gen.model.build import build_converter, sizes_of
from gen.recipes.build import instantiate
from gen.recipes.find import shipped
from gen.recipes.load import load_recipe
from gen.recipes.sections import Component, Recipe
from gen.recipes.trial import trial
from gen.registry import Kind, registry
from gen.registry.signatures import arguments_of, given_to, is_factory


@dataclass(frozen=True)
class Use:
    """A component as a recipe writes it, and what gen or its owner gives to it there."""

    kind: Kind
    component: Component
    given: Mapping[str, Any] = field(default_factory=dict)


def distinct_recipes(kind: Kind) -> dict[str, Recipe]:
    """Shipped recipes, a few units a layer, that differ in their component of a kind or in their converter."""
    found: dict[str, tuple[str, Recipe]] = {}
    for name in shipped():
        recipe = trial(load_recipe(name))
        component = recipe.data.source if kind == "dataset" else getattr(recipe, kind)
        found.setdefault(repr((component, recipe.converter)), (name, recipe))
    return dict(found.values())


def names(component: Component) -> Iterator[str]:
    """The names of a component and of those inside it."""
    yield component.type
    for value in component.arguments.values():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(each, Component):
                yield from names(each)


def uses(recipe: Recipe) -> list[Use]:
    """Every component of a recipe, owners before what is inside them. The model is built to see what is given."""
    found = [Use("dataset", recipe.data.source), Use("converter", recipe.converter)]
    converter = build_converter(recipe)
    encoder = _build(Use("encoder", recipe.encoder, sizes_of("encoder", recipe, converter)), found)
    given = {**sizes_of("decoder", recipe, converter), "encoder": encoder}
    _build(Use("decoder", recipe.decoder, given), found)
    return found


def _build(use: Use, found: list[Use]) -> Any:
    """Build a component in such a way that those inside it are found, too."""
    cls = registry().find(use.kind, use.component.type)
    found.append(Use(use.kind, use.component, given_to(cls, use.given)))
    schema = arguments_of(cls, kind=use.kind)

    def watched(value: object) -> object:
        if isinstance(value, Component):
            return lambda **sizes: _build(Use(use.kind, value, sizes), found)
        return [watched(each) for each in value] if isinstance(value, (list, tuple)) else value

    arguments = {
        name: watched(value) if _asks_for_factories(schema[name].annotation) else value
        for name, value in use.component.arguments.items()
    }
    return instantiate(use.kind, cls, Component(use.component.type, arguments), **use.given)


def _asks_for_factories(annotation: Any) -> bool:
    return is_factory(annotation) or any(map(_asks_for_factories, typing.get_args(annotation)))
