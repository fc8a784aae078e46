"""Finding a recipe by path or by name, from a checkout and from an installed wheel."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from gen.errors import UnknownNameError
from gen.system.regular import resolved
from gen.system.spelling import listing, nearest

SUFFIXES = (".yaml", ".yml")


def beside_the_code(name: str) -> Path:
    """A folder of files that come with gen, beside the code that runs, so that a stale copy is never read: the
    checkout's, also in an editable install; in a wheel a copy inside the package.
    """
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent.parent
    if package.parent.name == "core" and (checkout / "pyproject.toml").is_file():
        return checkout / name
    return package / f"shipped_{name}"


def shipped_folder() -> Path:
    """The folder of the recipes that come with gen."""
    return beside_the_code("recipes")


def shipped() -> dict[str, Path]:
    """Name to path of every shipped recipe, by name."""
    return {path.stem: path for path in sorted(shipped_folder().rglob("*.yaml"))}


def find(recipe: str | os.PathLike[str], *, beside: Path | None = None) -> Path:
    """The file of a recipe.

    A word without a separator or a YAML suffix is a shipped recipe's name first; everything else is the path of a
    file, or of a run, whose own ``recipe.yaml`` is taken. Relative paths start ``beside``, or in the current folder.

    Raises:
        gen.errors.UnknownNameError: no such recipe; with the nearest name.
    """
    text = os.fspath(recipe)
    known = shipped()
    is_name = not text.endswith(SUFFIXES) and Path(text).name == text
    if is_name and text in known:
        return known[text]
    path = Path(text) if beside is None else beside / text
    for place in (path / "recipe.yaml", path):
        if os.path.isfile(place):  # noqa: PTH113 - unlike Path's, it never raises
            return place
    stem = Path(text).stem if text.endswith(SUFFIXES) else Path(text).name
    raise UnknownNameError(_miss(text, stem, path, known, is_name=is_name))


def display(path: Path) -> str:
    """A path the short way, for messages: relative to the current folder where it lies inside it."""
    try:
        return str(resolved(path).relative_to(resolved(Path.cwd())))
    except ValueError:
        return str(path)


def _miss(text: str, stem: str, path: Path, known: dict[str, Path], *, is_name: bool) -> str:
    from gen.recipes.sections import Recipe  # here, for it brings numpy along

    close = nearest(stem, known)
    if is_name and "." in text and text.partition(".")[0] in {section.name for section in fields(Recipe)}:
        return f"{text!r} is no recipe; to change a value, write key.path=value after the recipe"
    if is_name:
        meant = f"; did you mean {close!r}?" if close else ""
        return f"no recipe named {text!r}{meant} (shipped: {listing(known)}; or give the path of a file)"
    if path.is_dir():
        return f"{text} is a folder without a recipe.yaml"
    siblings = {each.name for suffix in SUFFIXES for each in path.parent.glob(f"*{suffix}")}
    neighbour = nearest(path.name, siblings)
    if neighbour is not None:
        return f"no recipe at {text}; did you mean {display(path.parent / neighbour)!r}?"
    return f"no recipe at {text}" + (f"; did you mean the shipped recipe {close!r}?" if close else "")
