"""From a file, what it is based on, and overrides to a `Recipe`, or to every problem at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gen.errors import PluginError, RecipeError, UnknownNameError
from gen.recipes.drum_maps import with_drum_map
from gen.recipes.find import display, find
from gen.recipes.schema import Checker
from gen.recipes.sections import Recipe
from gen.recipes.tree import DRUM_MAP, Node, as_component, parse, read_tree
from gen.registry import registry
from gen.system.regular import resolved

MAX_BYTES = 1 << 20
_ABOUT_THE_FILE = ("base", "plugins", "name", "description")  # what a recipe doesn't inherit from what it is based on


def load_recipe(recipe: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and check it whole; nothing is built.

    Args:
        recipe: path of a file or of a run, or the name of a shipped recipe.
        overrides: ``key.path=value`` each, the value in YAML, laid over the file and what it is based on.

    Raises:
        gen.errors.UnknownNameError: no such recipe.
        gen.errors.RecipeError: every problem, as ``file:line:col: key.path: message``.
    """
    path = find(recipe)
    tree = _read(path, above=())
    over = overrides_tree(overrides)
    if over is not None:
        if fixed := [key for key in ("base", "plugins") if key in over.entries]:
            raise RecipeError([f"{COMMAND_LINE}: {key}: can't be set here, only in a file" for key in fixed])
        tree = merge(tree, with_drum_map(over, Path()))
    return _checked(path, tree)


def saved_recipe(path: Path) -> Recipe:
    """The recipe of a run, without observers that aren't here: whoever uses a model needs none of its training's.

    Raises:
        gen.errors.RecipeError: as of `load_recipe`.
    """
    tree = _read(path, above=())
    training = tree.entries.get("training")
    watching = training.entries.get("observers") if training is not None else None
    if training is not None and watching is not None and isinstance(watching.value, list):
        here = [node for node in watching.value if not _is_absent(node)]
        training = replace(training, value=training.entries | {"observers": replace(watching, value=here)})
        tree = replace(tree, value=tree.entries | {"training": training})
    return _checked(path, tree)


def _is_absent(observer: Node) -> bool:
    named = as_component(observer).entries.get("type")
    if named is None or not isinstance(named.value, str):
        return False  # which is a fault of the recipe
    try:
        registry().find("observer", named.value)
    except (UnknownNameError, PluginError):
        return True
    return False


def _checked(path: Path, tree: Node) -> Recipe:
    checker = Checker()
    # a saved recipe tells which versions it was made with; that is for people, and binds nobody
    plugins = tree.entries.get("plugins", Node({}, ""))
    if not isinstance(plugins.value, dict) or not all(isinstance(each.value, str) for each in plugins.value.values()):
        checker.report(plugins.place, "plugins", "expected a mapping of project names to versions")
    stem = path.parent.name if path.name == "recipe.yaml" else path.stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "recipe"
    entries = {"name": Node(name, tree.place), **without(tree, "plugins").entries}
    result = checker.section(Recipe, replace(tree, value=entries), "", origin=display(path), data_path="")
    for project, made_with in plugins.entries.items() if checker.unknown else ():
        if not _is_installed(project):
            what = f"{project} {made_with.value}"
            advice = f"{what}, which it was made with, isn't installed: pip install '{project}=={made_with.value}'"
            checker.report(made_with.place, "plugins", advice)
    if checker.problems:
        raise RecipeError(checker.problems)
    return result


def _is_installed(project: str) -> bool:
    try:
        version(project)
    except (PackageNotFoundError, ValueError):
        return False
    return True


def _read(path: Path, *, above: tuple[Path, ...]) -> Node:
    """A file, laid over what it is based on."""
    name = display(path)
    too_large = f"{name}: larger than {MAX_BYTES >> 20} MiB, which no recipe is"
    node = read_tree(path, name, most=MAX_BYTES, too_large=too_large, not_text=f"{name}: not UTF-8 text")
    if node is None:
        raise RecipeError(f"{name}: is empty; a recipe needs data, converter, encoder and decoder")
    if not isinstance(node.value, dict):
        raise RecipeError(f"{node.place}: a recipe is a mapping of keys to values")
    node = with_drum_map(node, path.parent)
    base = node.entries.get("base")
    if base is None:
        return node
    if not isinstance(base.value, str):
        raise RecipeError(f"{base.place}: base: expected the path or the name of a recipe")
    trail = (*above, resolved(path))
    try:
        base_path = find(base.value, beside=path.parent)
    except UnknownNameError as error:
        raise RecipeError(f"{base.place}: base: {error}") from error
    if resolved(base_path) in trail:
        circle = " → ".join(display(each) for each in (*trail, base_path))
        raise RecipeError(f"{base.place}: base: goes round in a circle: {circle}")
    return merge(without(_read(base_path, above=trail), *_ABOUT_THE_FILE), without(node, "base"))


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


def without(node: Node, *keys: str) -> Node:
    """A mapping without some of its keys."""
    return replace(node, value={key: value for key, value in node.entries.items() if key not in keys})


def overrides_tree(overrides: Sequence[str]) -> Node | None:
    """All overrides as one tree, or None where there are none; the later wins. A RecipeError lists those that aren't
    ``key.path=value`` with a value in YAML.
    """
    tree: Node | None = None
    problems: list[str] = []
    for text in overrides:
        path, equals, value = text.partition("=")
        if not equals or not _KEY_PATH.fullmatch(path):
            problems.append(f"{COMMAND_LINE}: {text!r} is not of the form key.path=value")
            continue
        try:
            node = parse(value, text, place=COMMAND_LINE, number_keys=path.endswith(DRUM_MAP))
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
