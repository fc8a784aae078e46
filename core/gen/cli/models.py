"""``gen models``: list and show the models that come with gen, and keep one's own."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.cli import explain
from gen.cli.options import whole
from gen.errors import CheckpointError, UnknownNameError, UsageError
from gen.system import regular
from gen.system.spelling import hint, listing
from gen.training.cards import Card, read_card
from gen.training.named import DEFAULTS, LABELLED, models, shipped_models

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXAMPLES = {
    "ls": "gen models ls\n  gen models ls --json",
    "show": "gen models show drums_4bar\n  gen models show drums_4bar --json",
    "add": "gen models add runs/drums_4bar-20260101-120000 my-drums --limit 'knows four bars of 4/4 alone'\n"
    "  gen models add my-drums my-drums --evaluation my-drums.json --force",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen models``."""
    parser.description = (
        "List and show the models that come with gen, and keep your own. Wherever a command takes a run, the name of\n"
        "a model will do."
    )
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in _EXAMPLES.values())
    actions = parser.add_subparsers(dest="action", required=True, metavar="{ls,show,add}")

    ls = actions.add_parser("ls", help="the models there are")
    ls.add_argument("--json", action="store_true", help="as JSON")

    show = actions.add_parser("show", help="the card of a model: data and terms, figures beside floors, limits")
    show.add_argument("name", help="a model's name")
    show.add_argument("--json", action="store_true", help="as JSON")

    add = actions.add_parser("add", help="keep a run's model under a name")
    add.add_argument("run", help="a run's folder, or a model's name")
    add.add_argument("name", help="what to call it")
    add.add_argument("--bits", type=int, choices=(8, 16), default=16, help="of a weight: 16 (default), or 8")
    add.add_argument("--step", type=whole, help="which checkpoint (default: the latest)")
    add.add_argument("--command", metavar="TEXT", help="how it was trained, for its card")
    add.add_argument("--licence", metavar="TEXT", help="the terms of its weights, for its card")
    add.add_argument("--limit", action="append", metavar="TEXT", help="what it can't do; may be repeated")
    add.add_argument("--evaluation", metavar="FILE", help="what gen eval NAME --json printed, for its card")
    add.add_argument("--to", metavar="DIR", help="keep it in this folder (default: with your other models)")
    add.add_argument("--force", action="store_true", help="replace a model of that name")
    for name, action in actions.choices.items():
        action.epilog = f"examples:\n  {_EXAMPLES[name]}"


def run(args: argparse.Namespace) -> int:
    """List, show or keep."""
    return {"ls": _list, "show": _show, "add": _add}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    code = 0
    rows: list[dict[str, Any]] = []
    for name, folder in models().items():
        try:
            card = read_card(folder)
        except CheckpointError as error:
            print(explain(error), file=sys.stderr)
            code = 1
            continue
        whose = "gen" if folder.parent == shipped_models() else "own"
        verbs = [verb for verb, model in DEFAULTS.items() if model == name]
        verbs += [f"{verb} --style" for verb, model in DEFAULTS.items() if LABELLED.get(model) == name]
        rows.append({"name": name, "description": card.description, "from": whose, "megabytes": card.bytes / 1e6})
        rows[-1] |= {"default_of": verbs, "sha256": card.sha256, "path": str(folder)}
    if args.json:
        print(json.dumps(rows, indent=2))
        return code
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        default = f"; default of gen {', '.join(row['default_of'])}" if row["default_of"] else ""
        print(f"{row['name']:<{width}}  {row['megabytes']:4.1f} MB  {row['description']}{default}")
    return code


def _show(args: argparse.Namespace) -> int:
    known = models()
    if args.name not in known:
        raise UnknownNameError(f"no model {args.name!r}{hint(args.name, known)} (there: {listing(known)})")
    card = read_card(known[args.name])
    if args.json:
        print(json.dumps(asdict(card), indent=2))
        return 0
    print("\n".join(_lines(card, known[args.name])))
    return 0


def _lines(card: Card, folder: Path) -> Iterator[str]:
    yield f"{card.name}: {card.description}"
    rows = {
        "trained by": card.command,
        "recipe": f"{card.recipe}, seed {card.seed}, {card.steps:,} steps, gen {card.gen}",
        "data": card.data,
        "its terms": card.data_licence,
        "terms": card.licence,
        "weights": f"{card.parameters:,} of {card.bits} bits, {card.bytes / 1e6:.1f} MB, sha256 {card.sha256}",
        "folder": str(folder),
    }
    for label, classes in card.labels.items():
        rows[label] = ", ".join(classes) if classes else f"a number (--control {label}=N)"
    yield from (f"  {label:<11}{text}" for label, text in rows.items() if text)
    yield from (f"  {'limit':<11}{limit}" for limit in card.limits)
    if card.figures:
        yield f"  measured   {card.measured}; beside floors, which need no training to speak of"
        columns = list(dict.fromkeys(name for row in card.figures.values() for name in row))
        width = max(map(len, card.figures))
        yield f"    {'':<{width}}  " + "  ".join(columns)
        for figure, row in card.figures.items():
            cells = (f"{row[name]:.4g}" if name in row else "" for name in columns)
            yield f"    {figure:<{width}}  " + "  ".join(
                f"{cell:>{len(name)}}" for cell, name in zip(cells, columns, strict=True)
            )
    yield from (f"  below its floor: {sentence}" for sentence in card.below)


def _add(args: argparse.Namespace) -> int:
    from gen.checkpoints.packing import keep_model

    told = {"command": args.command, "licence": args.licence, "limits": tuple(args.limit or ()) or None}
    folder = keep_model(
        args.run,
        args.name,
        folder=None if args.to is None else Path(args.to),
        step=args.step,
        bits=args.bits,
        told={name: value for name, value in told.items() if value},
        evaluation=None if args.evaluation is None else _evaluation(args.evaluation),
        force=args.force,
    )
    print(f"{folder} (gen models show {shlex.quote(args.name)})")
    return 0


def _evaluation(path: str) -> dict[str, Any]:
    try:
        found = regular.read_json(Path(path))
    except ValueError as error:
        raise UsageError(f"{path} is not what gen eval --json prints ({error})") from error
    if not isinstance(found, dict) or not {"regimes", "weights", "beside_baselines"} <= found.keys():
        raise UsageError(f"{path} is not what gen eval --json prints")
    return found
