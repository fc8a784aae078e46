"""One recipe over another: ``base:`` and the command line's ``key.path=value``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gen.errors import RecipeError
from gen.recipes.tree import NUMBER_KEYED, Node, parse

COMMAND_LINE = "command line"

_KEY_PATH = re.compile(r"[^\s.=]+(\.[^\s.=]+)*")


def merge(base: Node, over: Node) -> Node:
    """``over`` laid on ``base``: mappings merge key by key, anything else is replaced.

    A component whose ``type`` changes keeps none of the base's arguments, which were another class's. A bare name over
    a component is a change of its type. Every value keeps the place it was written at.
    """
    if isinstance(base.value, dict):
        over = as_component(over)
    elif isinstance(over.value, dict):
        base = as_component(base)
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    types = [node.entries["type"].value for node in (base, over) if "type" in node.entries]
    if len(types) == 2 and types[0] != types[1]:
        return over
    entries = dict(base.entries)
    for key, node in over.entries.items():
        entries[key] = merge(entries[key], node) if key in entries else node
    places = {key: over.key_place(key) if key in over.entries else base.key_place(key) for key in entries}
    return Node(entries, over.place, places)


def as_component(node: Node) -> Node:
    """``name`` written out as ``{type: name}``; anything else as it is."""
    return Node({"type": node}, node.place, {"type": node.place}) if isinstance(node.value, str) else node


def without(node: Node, *keys: str) -> Node:
    """A mapping without some of its keys."""
    return replace(node, value={key: value for key, value in node.entries.items() if key not in keys})


def overrides_tree(overrides: Sequence[str]) -> Node | None:
    """All overrides as one tree, or None where there are none. Where two set the same key, the later wins.

    Raises:
        gen.errors.RecipeError: every override that isn't ``key.path=value`` with a value in YAML.
    """
    tree: Node | None = None
    problems: list[str] = []
    for text in overrides:
        path, equals, value = text.partition("=")
        if not equals or not _KEY_PATH.fullmatch(path):
            problems.append(f"{COMMAND_LINE}: {text!r} is not of the form key.path=value")
            continue
        try:
            node = parse(value, text, place=COMMAND_LINE, number_keys=path.endswith(NUMBER_KEYED))
        except RecipeError as error:
            problems += [problem.replace(COMMAND_LINE, f"{COMMAND_LINE}: {path}", 1) for problem in error.problems]
            continue
        node = node or Node(None, COMMAND_LINE)
        for key in reversed(path.split(".")):
            node = Node({key: node}, COMMAND_LINE, {key: COMMAND_LINE})
        tree = node if tree is None else merge(tree, node)
    if problems:
        raise RecipeError(problems)
    return tree
