"""``gen recipes``: list, show, copy and check recipes."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import explain
from gen.errors import GenError, RecipeError, UsageError
from gen.recipes.find import display, find, shipped
from gen.system.terminal import one_line

if TYPE_CHECKING:
    from gen.recipes.sections import Recipe

_EXAMPLES = {
    "ls": "gen recipes ls\n  gen recipes ls --json",
    "show": "gen recipes show groovae_4bar\n  gen recipes show groovae_4bar latent.size=32 --resolved",
    "cp": "gen recipes cp groovae_4bar mine.yaml",
    "check": "gen recipes check mine.yaml\n  gen recipes check groovae_4bar training.batch_size=64",
}

_OVERRIDE = re.compile(r"[A-Za-z_][\w.\[\]-]*=")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen recipes``."""
    parser.description = (
        "List, show, copy and check recipes. A recipe is a path, or the name of one that came with gen."
    )
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in _EXAMPLES.values())
    actions = parser.add_subparsers(dest="action", required=True, metavar="{ls,show,cp,check}")

    ls = actions.add_parser("ls", help="the recipes that came with gen")
    ls.add_argument("--json", action="store_true", help="as JSON")

    show = actions.add_parser("show", help="print a recipe")
    show.add_argument("recipe", help="path or name")
    show.add_argument("overrides", nargs="*", metavar="key.path=value", help="changes, shown in the resolved recipe")
    show.add_argument("--resolved", action="store_true", help="with bases, overrides and every default filled in")

    cp = actions.add_parser("cp", help="copy a recipe, to edit it")
    cp.add_argument("recipe", help="path or name")
    cp.add_argument("destination", nargs="?", default=".", help="file or folder (default: here, under its own name)")
    cp.add_argument("--force", action="store_true", help="overwrite")

    check = actions.add_parser("check", help="check recipes without training")
    check.add_argument(
        "recipes", nargs="+", metavar="RECIPE", help="paths or names, and key.path=value for all of them"
    )
    for name, action in actions.choices.items():
        action.epilog = f"examples:\n  {_EXAMPLES[name]}"


def run(args: argparse.Namespace) -> int:
    """List, show, copy or check."""
    return {"ls": _list, "show": _show, "cp": _copy, "check": _check}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    rows = [{"name": name, "description": _description(path), "path": str(path)} for name, path in shipped().items()]
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        print(one_line(f"{row['name']:<{width}}  {row['description']}".rstrip()))
    return 0


def _description(path: Path) -> str:
    """What a file says of itself; a listing needn't check the rest of it."""
    from gen.recipes.tree import parse

    try:
        node = parse(_text(path), str(path))
    except (RecipeError, OSError):
        return "(can't be read; see gen recipes check)"
    written = node.entries.get("description") if node is not None else None
    return str(written.value) if written is not None else ""


def _show(args: argparse.Namespace) -> int:
    if args.resolved or args.overrides:
        from gen.recipes import load_recipe, resolved_yaml

        text = resolved_yaml(load_recipe(args.recipe, args.overrides))
    else:
        text = _text(find(args.recipe))
    print(text, end="" if text.endswith("\n") else "\n")
    return 0


def _text(path: Path) -> str:
    from gen.recipes.load import MAX_BYTES
    from gen.system.regular import read_text

    try:
        return read_text(path, most=MAX_BYTES)
    except UnicodeDecodeError as error:
        raise RecipeError(f"{display(path)}: not UTF-8 text (byte {error.start})") from error


def _copy(args: argparse.Namespace) -> int:
    source, destination = find(args.recipe), Path(args.destination)
    if destination.is_dir():
        destination = destination / source.name
    from gen.system.files import write_atomically

    if destination.exists() and not args.force:
        raise UsageError(f"{destination} is there already; give another name, or --force to overwrite it")
    write_atomically(destination, _text(source))
    print(one_line(f"{destination} (gen train {destination})"))
    return 0


def _check(args: argparse.Namespace) -> int:
    from gen.recipes import load_recipe
    from gen.system.regular import exists

    overrides = [word for word in args.recipes if _OVERRIDE.match(word) and not exists(word)]
    recipes = [word for word in args.recipes if word not in overrides]
    if not recipes:
        raise UsageError("which recipe? (gen recipes check --help shows how it is used)")
    code = 0
    for recipe in recipes:
        try:
            found = load_recipe(recipe, overrides)
            open_ones = [label.name for label in found.data.labels if not label.learned]
            more = f", and those for what the training files have of {', '.join(open_ones)}" if open_ones else ""
            print(one_line(f"{display(find(recipe))}: fine, {_size(_closed(found)):,} parameters{more}"))
        except GenError as error:
            print(explain(error), file=sys.stderr)
            code = max(code, error.exit_code)
    return code


def _closed(recipe: Recipe) -> Recipe:
    """A recipe with one class of each label whose classes only the data tell."""
    labels = [label if label.learned else replace(label, classes=("any",)) for label in recipe.data.labels]
    return replace(recipe, data=replace(recipe.data, labels=tuple(labels)))


def _size(recipe: Recipe) -> int:
    """Of the model, built without memory for its weights: constructors have a say about values too."""
    import torch

    from gen.model.build import build_converter, build_model

    converter = build_converter(recipe)
    try:
        with torch.device("meta"):
            model = build_model(recipe, converter)
    except GenError:
        raise
    except Exception:  # not every initialiser can do without numbers: once more, with weights
        model = build_model(recipe, converter)
    return model.parameter_count()
