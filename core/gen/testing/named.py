"""Components by name: which there are, how recipes use them, and with what options they can be checked."""

from __future__ import annotations

import math
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gen.errors import UnknownNameError, UsageError
from gen.interfaces.decoder import SegmentDecoder
from gen.model.build import build_converter, sizes_of
from gen.recipes.build import instantiate
from gen.recipes.find import shipped
from gen.recipes.load import COMMAND_LINE, load_recipe, overrides_tree
from gen.recipes.schema import Checker
from gen.recipes.sections import Component, Recipe
from gen.recipes.tree import Node
from gen.recipes.trial import narrow, trial
from gen.registry import Kind, registry
from gen.registry.signatures import GIVEN, KINDS, REQUIRED, arguments_of, component_kind, given_to, is_factory
from gen.system.spelling import hint, listing
from gen.testing import kit
from gen.testing.checks import Report


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
        component = recipe.data.source if kind == "dataset" else getattr(recipe, kind, None)
        found.setdefault(repr((component, recipe.converter)), (name, recipe))
    return dict(found.values())


def _names_in(component: Component) -> Iterator[str]:
    """The names of a component and of those inside it."""
    yield component.type
    for value in component.arguments.values():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(each, Component):
                yield from _names_in(each)


def uses(recipe: Recipe) -> list[Use]:
    """Every component of a recipe, owners before what is inside them. The model is built to see what is given."""
    found = [Use("dataset", recipe.data.source), Use("converter", recipe.converter)]
    converter = build_converter(recipe, mode="eval")
    encoder = _build(Use("encoder", recipe.encoder, sizes_of("encoder", recipe, converter)), found)
    given = {**sizes_of("decoder", recipe, converter), "encoder": encoder}
    _build(Use("decoder", recipe.decoder, given), found)
    training, size = recipe.training, {"latent_size": recipe.latent.size}
    found.append(Use("latent", recipe.latent.type, {**size, "input_size": encoder.output_size}))
    found += [Use("metric", each, {"converter": converter}) for each in recipe.metrics]
    found += [Use("observer", each) for each in training.observers]
    parts: list[tuple[Kind, object, Mapping[str, Any]]] = [
        ("objective", training.objective, size),
        ("optimiser", training.optimiser, {}),
        ("schedule", training.schedule, {}),
    ]
    return found + [Use(kind, each, given) for kind, each, given in parts if isinstance(each, Component)]


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


def components_of(name: str, kind: Kind | None = None) -> list[tuple[Kind, str]]:
    """The components that go by a name, and those of the plugin of that name.

    Raises:
        gen.errors.UnknownNameError: there are none.
    """
    kinds = KINDS if kind is None else (kind,)
    found = {(each, name): None for each in kinds if name in registry().names(each)}
    plugin = next((plugin for plugin in registry().plugins if plugin.name == name), None)
    if plugin is not None:
        found |= {(each, provided): None for each in kinds for provided in sorted(plugin.provides.get(each, ()))}
    if found:
        return list(found)
    names = {each for kind_ in kinds for each in registry().names(kind_)}
    plugins = {plugin.name for plugin in registry().plugins}
    what = "component or plugin" if kind is None else f"{kind}, or plugin with one,"
    raise UnknownNameError(
        f"no {what} named {name!r}{hint(name, names | plugins)} (components: {listing(names)}; "
        f"plugins: {listing(plugins)})"
    )


def uses_of(found: Sequence[tuple[Kind, str]], recipe: Recipe) -> dict[tuple[Kind, str], list[Use]]:
    """How a recipe uses these components, each way once; those that it doesn't use are not there.

    Raises:
        gen.errors.UsageError: it uses none of them.
    """
    ways: dict[tuple[Kind, str], dict[str, Use]] = {}
    there = uses(recipe)
    for use in there:
        if (key := (use.kind, use.component.type)) in found:
            ways.setdefault(key, {}).setdefault(repr((use.component, use.given)), use)
    if not ways:
        asked = " or ".join(f"{kind} {name!r}" for kind, name in found)
        known = ", ".join(dict.fromkeys(f"{use.kind} {use.component.type}" for use in there))
        raise UsageError(f"recipe {recipe.name!r} uses no {asked}; its components are {known}")
    return {key: list(each.values()) for key, each in ways.items()}


def check_named(
    kind: Kind, name: str, words: Sequence[str] = (), *, ways: Sequence[Use] = (), leave_out: Sequence[str] = ()
) -> Iterator[Report]:
    """Check a registered component with options, as a recipe would write them, and sizes: ``key=value`` each.

    Where there are none and the component can't do without, it is checked in every way in which a shipped recipe uses
    it, a few units a layer; where ``ways`` are given, in these.

    Checks that don't apply by design are left out by name.

    Raises:
        gen.errors.UsageError: options that don't fit, or are missing.
        ValueError: a check to leave out that there isn't.
    """
    cls = registry().find(kind, name)
    for use in ways or ([_parsed(kind, name, words)] if words else _ways(kind, name)):
        options: dict[str, Any] = {**use.component.arguments, **use.given}
        if leave_out:
            options["leave_out"] = leave_out
        yield kit.check_component(cls, **options)


def _parsed(kind: Kind, name: str, words: Sequence[str]) -> Use:
    """What the command line says."""
    sizes = [word for word in words if word.partition("=")[0] in GIVEN[kind]]
    options = [word for word in words if word not in sizes]
    tree = overrides_tree(options) or Node({}, COMMAND_LINE)
    node = Node({"type": Node(name, COMMAND_LINE), **tree.entries}, COMMAND_LINE)
    checker = Checker()
    component = checker.component(kind, node, "")
    given = overrides_tree(sizes) or Node({}, COMMAND_LINE)
    values: dict[str, object] = {}
    for key, each in given.entries.items():
        values[key] = each.value
        wanted = str if key == "mode" else int
        if type(each.value) is not wanted and each.value is not None:
            checker.report(COMMAND_LINE, key, f"expected {wanted.__name__}, got {each.value!r}")
    if checker.problems:
        raise UsageError("\n".join(checker.problems))
    return Use(kind, component, values)


def _ways(kind: Kind, name: str) -> list[Use]:
    """What is worth a check, where nobody said anything."""
    if plain := _plain(kind, name):
        return [Use(kind, plain)]
    if ways := list(ways_of_recipes(kind, name)):
        return ways
    arguments = arguments_of(registry().find(kind, name), kind=kind)
    missing = {key: argument for key, argument in arguments.items() if argument.default is REQUIRED}
    inside = {key: _simplest(component_kind(argument.annotation)) for key, argument in missing.items()}
    if None not in inside.values():
        return [Use(kind, Component(name, inside))]
    needs = ", ".join(f"{key}=…" for key in missing)
    raise UsageError(f"{kind} {name!r} can't be checked without {needs}, and no shipped recipe says: give them")


def _simplest(kind: Kind | None) -> Component | None:
    """A component that needs no options and may stand inside another; one of gen's own, where there are any."""
    found = (_plain(kind, name) for name in registry().names(kind) if kind != "decoder" or _inner(name)) if kind else ()
    return next(filter(None, found), None)


def _inner(name: str) -> bool:
    return issubclass(registry().find("decoder", name), SegmentDecoder)


def _plain(kind: Kind, name: str) -> Component | None:
    """A component with its defaults, a few units a layer; None where it can't do without options."""
    arguments = arguments_of(registry().find(kind, name), kind=kind)
    defaults = {key: argument.default for key, argument in arguments.items()}
    return None if REQUIRED in defaults.values() else narrow(Component(name, defaults))


def ways_of_recipes(kind: Kind, name: str) -> Iterator[Use]:
    """Every way in which a shipped recipe uses a component, alone or inside another; of numbers alone the smallest."""
    cheapest: dict[str, tuple[int, Use]] = {}
    if kind not in ("dataset", "converter", "encoder", "decoder"):
        return iter(())  # recipes are shipped with gen's defaults of the others
    for recipe in distinct_recipes(kind).values():
        if kind in ("encoder", "decoder") and name not in _names_in(getattr(recipe, kind)):
            continue
        for use in uses(recipe):
            if (use.kind, use.component.type) == (kind, name):
                numbers = [value for value in use.given.values() if isinstance(value, int) and value > 0]
                priced, key = (math.prod(numbers), use), re.sub(r"\d+", "0", repr(use.component))
                cheapest[key] = min(cheapest.get(key, priced), priced, key=lambda each: each[0])
    return (use for _, use in cheapest.values())
