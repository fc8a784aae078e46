"""How a recipe uses a component, alone or inside another: its options, and the sizes it is given there."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gen.build import build_converter
from gen.recipes.build import instantiate
from gen.recipes.sections import Component, Recipe
from gen.registry import Kind, registry
from gen.registry.signatures import arguments_of, given_to, is_factory


@dataclass(frozen=True)
class Use:
    """A component as a recipe writes it, and what gen or its owner gives to it there."""

    kind: Kind
    component: Component
    given: Mapping[str, Any] = field(default_factory=dict)


def uses(recipe: Recipe) -> list[Use]:
    """Every component of a recipe, owners before what is inside them. The model is built to see what is given."""
    found = [Use("dataset", recipe.data.source), Use("converter", recipe.converter)]
    converter = build_converter(recipe)
    width = converter.input_depth + converter.control_depth
    encoder = _build(Use("encoder", recipe.encoder, {"input_size": width, "steps": converter.steps}), found)
    given = {
        "output_depth": converter.output_depth,
        "control_depth": converter.control_depth,
        "latent_size": recipe.latent.size,
        "steps": converter.steps,
        "encoder": encoder,
    }
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
