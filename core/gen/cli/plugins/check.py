"""``gen plugins check``: whether components keep what their kinds promise."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING

from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.testing.checks import Report

_KINDS = ("encoder", "decoder", "converter", "dataset")

_EPILOG = """\
examples:
  gen plugins check flat
  gen plugins check flat outputs=nade "sizes=[16]" output_depth=5
  gen plugins check hierarchical --kind encoder
  gen plugins check decoders --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen plugins check``."""
    parser.description = (
        "Run the conformance kit on a component, or on everything that a plugin provides. Where a component needs\n"
        "options and none are given, it is checked with those of the shipped recipes, a few units a layer.\n"
        "Exit code 1 where a check fails."
    )
    parser.epilog = _EPILOG
    parser.add_argument("name", help="name of a component, or of a plugin (gen plugins lists both)")
    parser.add_argument(
        "options",
        nargs="*",
        metavar="key=value",
        help="its options as a recipe would write them, and sizes such as output_depth=27",
    )
    parser.add_argument("--kind", choices=_KINDS, help="only the component of this kind (default: all of that name)")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Check, and print a report for each component and set of options; 1 where something failed."""
    from gen.testing.named import check_named, components_of

    found = components_of(args.name, args.kind)
    if args.options and len(found) > 1:
        names = ", ".join(f"{kind} {name}" for kind, name in found)
        raise UsageError(f"options are for one component: say which with --kind, or by its own name ({names})")
    reports: list[Report] = []
    unchecked: list[str] = []
    for kind, name in found:
        try:
            for report in check_named(kind, name, args.options):
                reports.append(report)
                if not args.json:
                    print(report)
        except UsageError as error:
            if len(found) == 1:
                raise
            unchecked.append(str(error))
    if args.json:
        print(json.dumps([dataclasses.asdict(report) for report in reports], indent=2))
    if unchecked:
        raise UsageError("\n".join(unchecked))
    return 1 if any(report.failures for report in reports) else 0
