"""``gen attributes``: fit and list what can be turned up and down in a model's clips."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gen.cli import say
from gen.cli.options import add_device, add_preparation, add_run, prepare_for, require_at_least, whole

if TYPE_CHECKING:
    from gen.music.attributes import Attributes

_EPILOG = """\
examples:
  gen attributes ls
  gen attributes ls melody_2bar --paper
  gen attributes fit runs/drums_4bar-20260101-120000 --data groove-v1.0.0-midionly.zip
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen attributes``."""
    parser.description = (
        "What gen apply can turn up and down: directions in a model's latent space, each with what it changes. A row\n"
        "is a vector, a column an attribute that was measured; numbers are spreads (standard deviations) of clips."
    )
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="{fit,ls}")
    ls = actions.add_parser("ls", help="the attributes of a model, and their effects")
    add_run(ls, default_for="apply")
    ls.add_argument("--paper", action="store_true", help="effects of the paper's vectors, which aren't fitted together")
    ls.add_argument("--json", action="store_true", help="as JSON")
    fit = actions.add_parser("fit", help="fit them to a run's training clips, and keep them beside its recipe")
    add_run(fit)
    fit.add_argument("--limit", type=whole, default=2000, metavar="N", help="clips to hear (default 2000)")
    fit.add_argument("--step", type=whole, help="which checkpoint (default: the latest)")
    add_device(fit)
    add_preparation(fit)


def run(args: argparse.Namespace) -> int:
    """List or fit."""
    if args.action == "ls":
        from gen.music.attributes import read_attributes

        return _print(read_attributes(args.run), paper=args.paper, as_json=args.json)
    from gen.music.attributes import fit_attributes, keep_attributes
    from gen.training.load import load_run
    from gen.training.run import Run

    require_at_least(args, limit=16)
    trained = load_run(args.run, step=args.step, device=args.device)
    prepared = prepare_for(args, trained.recipe, path=args.data or Run.opened(args.run).data_path())
    found = fit_attributes(trained, prepared.require("train").evenly(args.limit), data=prepared.fingerprint)
    path = keep_attributes(args.run, found)
    say(f"kept in {path}")
    return _print(found, paper=False, as_json=False)


def _print(found: Attributes, *, paper: bool, as_json: bool) -> int:
    from gen.music.attributes import MEANING
    from gen.system.files import json_text

    effects = (found.plain if paper else found.effects).tolist()
    if as_json:
        rows: dict[str, Any] = {
            name: {"means": MEANING[name], "spread": spread, "effects": dict(zip(found.names, row, strict=True))}
            for name, spread, row in zip(found.names, found.spread.tolist(), effects, strict=True)
        }
        print(json_text({"attributes": rows, "left_out": list(found.left_out), "examples": found.examples}, indent=1))
        return 0
    width = max(map(len, found.names))
    print(" ".join([" " * width, *(f"{name:>11}" for name in found.names)]))
    for name, row in zip(found.names, effects, strict=True):
        print(" ".join([f"{name:<{width}}", *(f"{value:>+11.2f}" for value in row)]))
    print()
    for name, spread in zip(found.names, found.spread.tolist(), strict=True):
        print(f"{name:<{width}}  {MEANING[name]}; a spread is {spread:.3g}")
    for name in found.left_out:
        print(f"{name:<{width}}  left out: no direction tells it")
    return 0
