"""From a component's description to the component."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from gen.errors import PluginError, RecipeError
from gen.recipes.sections import Component
from gen.registry import Kind, registry
from gen.registry.signatures import arguments_of, component_kind, given_to, is_factory, is_union, sequence_items


def construct(kind: Kind, component: Component, **given: object) -> Any:
    """Construct a component, and the components inside it.

    What gen itself gives (`gen.registry.signatures.GIVEN`) goes to constructors that have a place for it. A component
    inside gets the same, unless its owner asks for a ``Callable`` and gives it sizes itself.

    Raises:
        gen.errors.UnknownNameError: no component of that type.
        gen.errors.PluginError: its class is not there or breaks its contract.
        gen.errors.RecipeError: the constructor refuses a value; with the place it was written at.
    """
    return instantiate(kind, registry().find(kind, component.type), component, **given)


def instantiate(kind: Kind, cls: type, component: Component, **given: object) -> Any:
    """As `construct`, of a class that needn't be registered."""
    schema = arguments_of(cls, kind=kind)
    arguments = {
        name: _built(value, schema[name].annotation if name in schema else None, given)
        for name, value in component.arguments.items()
    }
    try:
        return cls(**given_to(cls, given), **arguments)
    except TypeError as error:
        raise PluginError(f"{kind} {component.type!r} ({cls.__module__}) can't be constructed: {error}") from error
    except ValueError as error:
        name = str(error).split(maxsplit=1)[0] if str(error) else ""  # the argument that a message starts with
        place = component.places.get(name) or component.places.get("") or f"{kind} {component.type!r}"
        raise RecipeError(f"{place}: {error}") from error


def _built(value: object, annotation: Any, given: dict[str, object]) -> object:
    """An argument with the components in it constructed, or made factories where the annotation asks for that."""
    if isinstance(value, Component):
        wanted = _member(annotation, lambda member: component_kind(member) is not None)
        kind = component_kind(wanted)
        if kind is None:
            raise RecipeError(f"{value.places.get('', repr(value.type))}: no component can stand here")
        if is_factory(wanted):  # its owner constructs it, with sizes of its own
            return lambda **sizes: construct(kind, value, **sizes)
        return construct(kind, value, **given)
    if isinstance(value, (list, tuple)):
        items = sequence_items(_member(annotation, lambda member: sequence_items(member) is not None)) or ()
        each = [items[0]] * len(value) if items[-1:] == (...,) else [*items, *[None] * (len(value) - len(items))]
        return type(value)(_built(item, its, given) for item, its in zip(value, each, strict=True))
    return value


def _member(annotation: Any, fits: Callable[[Any], bool]) -> Any:
    """The annotation itself, or the member of a union that fits."""
    members = typing.get_args(annotation) if is_union(annotation) else (annotation,)
    return next((member for member in members if fits(member)), None)
