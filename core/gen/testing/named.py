"""Components by name: which there are, and with what options they can be checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from gen.errors import UnknownNameError, UsageError
from gen.recipes.load import COMMAND_LINE, overrides_tree
from gen.recipes.schema import Checker
from gen.recipes.sections import Component
from gen.recipes.tree import Node
from gen.recipes.trial import narrow
from gen.registry import Kind, registry
from gen.registry.signatures import GIVEN, KINDS, REQUIRED, arguments_of, component_kind
from gen.system.spelling import hint, listing
from gen.testing.kit import check_converter, check_dataset, check_decoder, check_encoder
from gen.testing.report import Report
from gen.testing.uses import distinct_recipes, names, uses

_CHECK: Mapping[Kind, Callable[..., Report]] = {
    "encoder": check_encoder,
    "decoder": check_decoder,
    "converter": check_converter,
    "dataset": check_dataset,
}
Way = tuple[dict[str, object], dict[str, object]]
"""Options, and sizes."""


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


def check_named(kind: Kind, name: str, words: Sequence[str] = ()) -> Iterator[Report]:
    """Check a registered component.

    Args:
        kind: of it.
        name: of it.
        words: ``key=value`` each, options as a recipe would write them, and sizes. Where there are none and the
            component can't do without, it is checked in every way in which a shipped recipe uses it, a few units a
            layer.

    Raises:
        gen.errors.UsageError: options that don't fit, or are missing.
    """
    cls = registry().find(kind, name)
    for options, given in [_parsed(kind, name, words)] if words else _ways(kind, name):
        yield _CHECK[kind](cls, **options, **given)


def _parsed(kind: Kind, name: str, words: Sequence[str]) -> Way:
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
    return dict(component.arguments), values


def _ways(kind: Kind, name: str) -> list[Way]:
    """What is worth a check, where nobody said anything."""
    if plain := _plain(kind, name):
        return [(dict(plain.arguments), {})]
    if ways := list(_of_recipes(kind, name)):
        return ways
    arguments = arguments_of(registry().find(kind, name), kind=kind)
    missing = {key: argument for key, argument in arguments.items() if argument.default is REQUIRED}
    inside = {key: _simplest(component_kind(argument.annotation)) for key, argument in missing.items()}
    if None not in inside.values():
        return [(dict(inside), {})]
    needs = ", ".join(f"{key}=…" for key in missing)
    raise UsageError(f"{kind} {name!r} can't be checked without {needs}, and no shipped recipe says: give them")


def _simplest(kind: Kind | None) -> Component | None:
    """A component that needs no options; one of gen's own, where there are any."""
    found = (_plain(kind, name) for name in registry().names(kind)) if kind else ()
    return next(filter(None, found), None)


def _plain(kind: Kind, name: str) -> Component | None:
    """A component with its defaults, a few units a layer; None where it can't do without options."""
    arguments = arguments_of(registry().find(kind, name), kind=kind)
    defaults = {key: argument.default for key, argument in arguments.items()}
    return None if REQUIRED in defaults.values() else narrow(Component(name, defaults))


def _of_recipes(kind: Kind, name: str) -> Iterator[Way]:
    """Every way in which a shipped recipe uses a component, alone or inside another; of sizes the smallest."""
    cheapest: dict[str, tuple[int, Way]] = {}
    for recipe in distinct_recipes(kind).values():
        if kind in ("encoder", "decoder") and name not in names(getattr(recipe, kind)):
            continue
        for use in uses(recipe):
            if (use.kind, use.component.type) == (kind, name):
                numbers = [value for value in use.given.values() if isinstance(value, int) and value > 0]
                way = (math.prod(numbers), (dict(use.component.arguments), dict(use.given)))
                key = repr(use.component)
                cheapest[key] = min(cheapest.get(key, way), way, key=lambda each: each[0])
    return (way for _, way in cheapest.values())
