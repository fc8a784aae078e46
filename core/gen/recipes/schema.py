"""Checks a tree against the constructors it is meant for, and collects every problem with its place.

The schema of a section is its dataclass, that of a component the constructor of the class its ``type`` names: there is
no second description to keep in step.
"""

from __future__ import annotations

import dataclasses
import math
import re
import typing
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal, TypeVar, get_origin

from gen.errors import PluginError, UnknownNameError
from gen.notes.drum_maps import DrumMap
from gen.recipes.drum_maps import drum_map_of
from gen.recipes.sections import Component
from gen.recipes.tree import Node, as_component
from gen.registry import Kind, registry
from gen.registry.signatures import (
    GIVEN,
    REQUIRED,
    Argument,
    arguments_of,
    component_kind,
    is_union,
    sequence_items,
    spell,
)
from gen.system.deprecation import deprecation_of, renamed_options
from gen.system.spelling import hint

S = TypeVar("S")

_KIND_OF: Mapping[str, Kind] = {"source": "dataset", "fallback": "dataset", "observers": "observer"}
"""Of fields that are components and aren't called after their kind."""
_SHAPES: Mapping[type, str] = {list: "a list", dict: "a mapping", type(None): "null"}

_NOTHING: Any = object()  # in the place of a value that is required and wrong
_told: dict[str, dict[Any, Any]] = {}  # what has been said of each file, so that it is said once


class Checker:
    """Turns nodes into values. What is wrong goes to ``problems``; a value is then only a stand-in."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def report(self, place: str, path: str, message: str) -> None:
        """Add a problem, once: an alias or a base may lead to the same place twice."""
        problem = f"{place}: {path}: {message}" if path else f"{place}: {message}"
        if problem not in self.problems:
            self.problems.append(problem)

    def section(self, cls: type[S], node: Node, path: str, **given: object) -> S:
        """A section from its node, with defaults where the node is wrong; nothing at all is an empty mapping.

        The key path, for messages, is empty for the recipe itself; fields that are ``given`` aren't the node's to set.
        """
        if node.value is None:
            node = Node({}, node.place)
        if hasattr(cls, "KIND"):
            node = as_component(node)
        if not isinstance(node.value, dict):
            self.report(node.place, path, f"expected a mapping, got {describe(node)}")
            node = Node({}, node.place)
        node = _with_type(cls, self._with_new_names(cls, node, path))
        fields = {name: field for name, field in _fields_of(cls).items() if name not in given}
        values = self._arguments(repr(path) if path else "a recipe", node, path, fields, tuple(given))
        while _NOTHING not in values.values():
            try:
                return cls(**values, **given)
            except ValueError as error:
                name = str(error).split(maxsplit=1)[0]
                culprit = node.entries.get(name)
                if culprit is None:
                    self.report(node.place, path, str(error))
                    break
                self.report(culprit.place, _join(path, name), str(error))
                if fields[name].default in (REQUIRED, values[name]):
                    break
                values[name] = fields[name].default  # so that the next check has its say too
        return typing.cast(S, _NOTHING)

    def component(self, kind: Kind, node: Node, path: str) -> Component:
        """A component from its node, every argument there, defaults filled in."""
        node = as_component(node)
        if not isinstance(node.value, dict):
            self.report(node.place, path, f"expected a component such as {{type: NAME}}, got {describe(node)}")
            return Component("")
        named = node.entries.get("type")
        if named is None or not isinstance(named.value, str):
            what = "has no type" if named is None else f"expected the name of a {kind}, got {describe(named)}"
            where = path if named is None else _join(path, "type")
            self.report((named or node).place, where, f"{what} (available: {', '.join(registry().names(kind))})")
            return Component("")
        try:
            cls = registry().find(kind, named.value)
        except (UnknownNameError, PluginError) as error:
            self.report(named.place, _join(path, "type"), str(error))
            return Component(named.value)
        if text := deprecation_of(cls):
            _warn(named.place, f"{_join(path, 'type')}: {text}")
        node = self._with_new_names(cls, node, path)
        arguments = arguments_of(cls, kind=kind)
        values = self._arguments(repr(named.value), node, path, arguments, GIVEN[kind], "type")
        places = {key: f"{child.place}: {_join(path, key)}" for key, child in node.entries.items()}
        places[""] = f"{node.place}: {path}"
        return Component(named.value, {key: values[key] for key in arguments if key in values}, places)

    def value(self, annotation: Any, node: Node, path: str) -> Any:
        """A value of an annotated type from its node."""
        kind = component_kind(annotation)
        if kind is not None:
            return self.component(kind, node, path)
        if annotation is DrumMap:
            return drum_map_of(node, lambda place, message: self.report(place, path, message))
        if dataclasses.is_dataclass(annotation):
            return self.section(typing.cast(type, annotation), node, path)
        if is_union(annotation):
            return self._union(annotation, node, path)
        items = sequence_items(annotation)
        if items is not None and isinstance(node.value, list):
            return self._sequence(annotation, items, node.value, node, path)
        value = node.value
        if get_origin(annotation) is Literal:
            choices = typing.get_args(annotation)
            if not any(value == choice and type(value) is type(choice) for choice in choices):
                self._mismatch(annotation, node, path)
            return value
        if annotation is float and type(value) is int:
            with suppress(OverflowError):
                return float(value)
            self.report(node.place, path, "too large a number")
            return 0.0
        if isinstance(value, float) and math.isnan(value):
            self.report(node.place, path, ".nan is no number to go by")
            return 0.0
        if type(value) is not (annotation or type(None)):
            self._mismatch(annotation, node, path)
        return value

    def _arguments(
        self, label: str, node: Node, path: str, arguments: Mapping[str, Argument], given: tuple[str, ...], *known: str
    ) -> dict[str, Any]:
        """Values for all of ``arguments``: from the node, else the default, else `_NOTHING` and a problem."""
        values: dict[str, Any] = {}
        for key, child in node.entries.items():
            below = _join(path, key)
            if key in arguments:
                before = len(self.problems)
                value = self._value_of(arguments[key], child, below)
                fine = len(self.problems) == before or _is_component(arguments[key].annotation)
                values[key] = value if fine else _stand_in(arguments[key])
            elif key in given:
                self.report(node.key_place(key), below, f"{key!r} is given by gen itself and can't be set; remove it")
            elif key not in known:
                advice = hint(key, [*arguments, *known]) or f" (it takes: {', '.join(arguments) or 'nothing'})"
                self.report(node.key_place(key), below, f"{label} takes no {key!r}{advice}")
        for name, argument in arguments.items():
            if name not in values and argument.default is REQUIRED:
                self.report(node.place, path, f"{label} needs {name!r} ({_wanted(argument)})")
                values[name] = _stand_in(argument)
            elif name not in values:
                values[name] = self._default(label, argument, node, path)
        return values

    def _with_new_names(self, cls: type, node: Node, path: str) -> Node:
        """The same mapping with every option of a class under the name that it has now."""
        entries, places = dict(node.entries), dict(node.keys or {})
        for old, now in renamed_options(cls).items():
            if old not in node.entries:
                continue
            below, place = _join(path, old), node.key_place(old)
            value = entries.pop(old)
            if now.new in entries:
                self.report(place, below, f"{now.new!r} is given too, and is the same option; remove {old!r}")
                continue
            _warn(place, f"{below}: {old!r} {now.notice}")
            entries[now.new], places[now.new] = value, place
        return replace(node, value=entries, keys=places)

    def _value_of(self, argument: Argument, node: Node, path: str) -> Any:
        if _is_component(argument.annotation):
            if node.value is None and argument.default is None:
                return None
            if argument.name == "type":  # of a section that is a component as well
                return self.component(typing.cast(Kind, path.split(".")[-2]), node, path.removesuffix(".type"))
            kind = _KIND_OF.get(argument.name, typing.cast(Kind, argument.name))
            if isinstance(node.value, str) and (words := _choices(argument.annotation)):
                if node.value in words:
                    return node.value
                if node.value not in (names := registry().names(kind)):
                    advice = hint(node.value, [*words, *names])
                    wanted = ", ".join([*map(repr, words), *names])
                    self.report(node.place, path, f"expected one of {wanted}, got {describe(node)}{advice}")
                    return argument.default
            return self.component(kind, node, path)
        if sequence_items(argument.annotation) == (Component, ...) and isinstance(node.value, list):
            kind = _KIND_OF[argument.name]
            return tuple(self.component(kind, child, f"{path}[{index}]") for index, child in enumerate(node.value))
        return self.value(argument.annotation, node, path)

    def _default(self, label: str, argument: Argument, node: Node, path: str) -> Any:
        """A default in the form that reading it back would give."""
        if isinstance(argument.default, Component):
            return argument.default
        trial = Checker()
        value = trial.value(argument.annotation, _written(argument.default), argument.name)
        if trial.problems:
            default = f"{argument.name}={argument.default!r}"
            self.report(
                node.place, path, f"a fault of {label}: its default {default} is no {spell(argument.annotation)}"
            )
        return value

    def _union(self, annotation: Any, node: Node, path: str) -> Any:
        members = sorted(typing.get_args(annotation), key=lambda member: member is not type(node.value))
        if DrumMap in members and node.value is not None:  # it knows better than "expected one of" what is wrong
            return self.value(DrumMap, node, path)
        closest: Checker | None = None
        for member in members:
            trial = Checker()
            value = trial.value(member, node, path)
            if not trial.problems:
                return value
            takes_lists, takes_mappings = sequence_items(member) is not None, component_kind(member) is not None
            if (takes_lists and isinstance(node.value, list)) or (takes_mappings and isinstance(node.value, dict)):
                closest = trial
        if closest is None:
            self._mismatch(annotation, node, path)
        else:
            self.problems += [problem for problem in closest.problems if problem not in self.problems]
        return node.value

    def _sequence(self, annotation: Any, items: tuple[Any, ...], nodes: list[Node], node: Node, path: str) -> Any:
        if items[-1:] == (...,):
            items = (items[0],) * len(nodes)
        elif len(items) != len(nodes):
            self.report(node.place, path, f"expected {spell(annotation)}, got {len(nodes)} items")
            return ()
        pairs = enumerate(zip(items, nodes, strict=True))
        values = [self.value(item, child, f"{path}[{index}]") for index, (item, child) in pairs]
        return values if get_origin(annotation) is list else tuple(values)

    def _mismatch(self, annotation: Any, node: Node, path: str) -> None:
        advice = hint(node.value, _choices(annotation)) if isinstance(node.value, str) else ""
        self.report(node.place, path, f"expected {spell(annotation)}, got {describe(node)}{advice}")


def _with_type(cls: type, node: Node) -> Node:
    """A section that is a component as well, with the options of the latter below its ``type``."""
    named = node.entries.get("type")
    if not hasattr(cls, "KIND") or named is None or not isinstance(named.value, str):
        return node
    takes: Mapping[str, Argument] = {}
    with suppress(UnknownNameError, PluginError):  # which is told where the type is looked at
        takes = arguments_of(registry().find(cls.KIND, named.value), kind=cls.KIND)
    own = _fields_of(cls)
    inside = {key for key in node.entries if key not in own and (key in takes or hint(key, takes))}
    entries = {key: child for key, child in node.entries.items() if key not in inside}
    entries["type"] = Node({"type": named, **{key: node.entries[key] for key in inside}}, node.place, node.keys)
    return replace(node, value=entries)


def describe(node: Node) -> str:
    """A written value and its type: ``'two' (str)``, ``true (bool)``, ``a list``."""
    value = node.value
    if type(value) in _SHAPES:
        return _SHAPES[type(value)]
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{text} ({type(value).__name__})"


def _fields_of(cls: type) -> dict[str, Argument]:
    hints = typing.get_type_hints(cls)
    found = {}
    for field in dataclasses.fields(cls):
        default = REQUIRED if field.default is dataclasses.MISSING else field.default
        made = default if field.default_factory is dataclasses.MISSING else field.default_factory()
        found[field.name] = Argument(field.name, hints[field.name], made)
    return found


def _choices(annotation: Any) -> list[str]:
    """The texts that an annotation's literals allow."""
    members = typing.get_args(annotation) if is_union(annotation) else (annotation,)
    literals = [member for member in members if get_origin(member) is Literal]
    return [choice for literal in literals for choice in typing.get_args(literal) if isinstance(choice, str)]


def _is_component(annotation: Any) -> bool:
    """Whether a field of a section is a component, or one that may be left out."""
    return Component in (typing.get_args(annotation) if is_union(annotation) else (annotation,))


def _stand_in(argument: Argument) -> Any:
    if argument.annotation is Component:
        return Component("")
    return _NOTHING if argument.default is REQUIRED else argument.default


def _wanted(argument: Argument) -> str:
    if argument.annotation is Component:
        return "a component"
    return "a mapping" if dataclasses.is_dataclass(argument.annotation) else spell(argument.annotation)


def _written(value: object) -> Node:
    """A default as if it had been written in a recipe; anything that can't be becomes its own text."""
    if isinstance(value, (list, tuple)):
        return Node([_written(item) for item in value], "default")
    plain = value is None or type(value) in (int, float, bool, str)
    return Node(typing.cast(Any, value) if plain else {}, "default")


def _join(path: str, key: str) -> str:
    return ".".join(part for part in (path, key) if part)


def _warn(place: str, text: str) -> None:
    """Warn at a line of a recipe, as Python does at a line of a module."""
    at = re.fullmatch(r"(.*):(\d+):\d+", place)
    file, line = (at[1], int(at[2])) if at else (place, 1)
    warnings.warn_explicit(text, FutureWarning, file, line, registry=_told.setdefault(file, {}))
