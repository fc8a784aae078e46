"""From a file and overrides to a `Recipe`, or to every problem at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gen.errors import RecipeError, UnknownNameError
from gen.recipes.drum_maps import with_drum_map
from gen.recipes.find import display, find
from gen.recipes.merge import COMMAND_LINE, merge, overrides_tree, without
from gen.recipes.schema import Checker
from gen.recipes.sections import Recipe
from gen.recipes.tree import Node, parse

MAX_BYTES = 1 << 20

_ABOUT_THE_FILE = ("base", "plugins", "name", "description")
"""Keys that speak of one file; a recipe that is based on it doesn't inherit them."""


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
        fixed = [key for key in ("base", "plugins") if key in over.entries]
        if fixed:
            raise RecipeError([f"{COMMAND_LINE}: {key}: can't be set here, only in a file" for key in fixed])
        tree = merge(tree, with_drum_map(over, Path()))
    checker = Checker()
    result = _check(tree, path, checker)
    if checker.problems:
        raise RecipeError(checker.problems)
    return result


def _check(tree: Node, path: Path, checker: Checker) -> Recipe:
    entries = dict(tree.entries)
    _check_plugins(entries.pop("plugins", None), checker)
    stem = path.parent.name if path.name == "recipe.yaml" else path.stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "recipe"
    entries.setdefault("name", Node(name, tree.place))
    return checker.section(Recipe, replace(tree, value=entries), "", origin=display(path))


def _check_plugins(node: Node | None, checker: Checker) -> None:
    """A saved recipe tells which versions it was made with; that is for people, and binds nobody."""
    if node is None:
        return
    if not isinstance(node.value, dict) or not all(isinstance(each.value, str) for each in node.entries.values()):
        checker.report(node.place, "plugins", "expected a mapping of project names to versions")


def _read(path: Path, *, above: tuple[Path, ...]) -> Node:
    """A file, laid over what it is based on."""
    name = display(path)
    node = parse(_text(path, name), name)
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
    trail = (*above, path.resolve())
    try:
        base_path = find(base.value, beside=path.parent)
    except UnknownNameError as error:
        raise RecipeError(f"{base.place}: base: {error}") from error
    if base_path.resolve() in trail:
        circle = " → ".join(display(each) for each in (*trail, base_path))
        raise RecipeError(f"{base.place}: base: goes round in a circle: {circle}")
    return merge(without(_read(base_path, above=trail), *_ABOUT_THE_FILE), without(node, "base"))


def _text(path: Path, name: str) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecipeError(f"{name}: larger than {MAX_BYTES >> 20} MiB, which no recipe is")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{name}: not UTF-8 text (byte {error.start})") from error
