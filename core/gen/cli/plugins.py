"""``gen plugins``: what is installed, what is broken and why; components checked, and a plugin of one's own begun."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from gen.cli import say
from gen.errors import UsageError
from gen.registry import KINDS
from gen.system.regular import at_home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gen.registry import Kind, Plugin, Registry
    from gen.testing.checks import Report
    from gen.testing.named import Use

_EPILOG = """\
examples:
  gen plugins
  gen plugins --verbose
  gen plugins --json
  gen plugins check flat
  gen plugins show decoder
  gen plugins new decoder lace
  GEN_PLUGINS=encoders,decoders gen plugins     load only these
  GEN_STRICT_PLUGINS=1 gen --debug plugins      stop at the first broken one, with its traceback
"""

_CHECK_EPILOG = """\
examples:
  gen plugins check flat
  gen plugins check flat outputs=nade "sizes=[16]" output_depth=5
  gen plugins check hierarchical --kind encoder
  gen plugins check decoders --json
  gen plugins check flat --recipe recipes/mine.yaml "decoder.sizes=[16]"
  gen plugins check flat --strict --leave-out cuda stepwise segments
"""

_SHOW_EPILOG = """\
examples:
  gen plugins show decoder
  gen plugins show decoder/flat
  gen plugins show adamw
"""

_NEW_EPILOG = """\
examples:
  gen plugins new decoder lace
  gen plugins new converter triplets --out ~/src
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen plugins``."""
    parser.description = "Without an action: list plugins and what each adds; a broken one is left out, and said why."
    parser.epilog = _EPILOG
    parser.add_argument("--verbose", "-v", action="store_true", help="file and line of everything, and whole errors")
    parser.add_argument("--json", action="store_true", help="as JSON")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    _add_check(actions.add_parser("check", help="whether a component keeps what its kind promises"))
    show = actions.add_parser("show", help="what a kind asks of its components, or what one of them is and takes")
    show.description = "The contract of a kind, with shapes; or of a component: whose it is, and its options."
    show.epilog = _SHOW_EPILOG
    show.add_argument("what", metavar="KIND or NAME or KIND/NAME", help=f"a kind ({', '.join(KINDS)}), or a component")
    _add_new(actions.add_parser("new", help="write the project of a plugin of your own, which works as it is"))


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run the conformance kit on a component, or on everything that a plugin provides. Where a component needs\n"
        "options and none are given, it is checked with those of the shipped recipes, a few units a layer; with\n"
        "--recipe, as that recipe uses it, in full size unless --trial says otherwise.\n"
        "Exit code 1 where a check fails."
    )
    parser.epilog = _CHECK_EPILOG
    parser.add_argument("name", help="name of a component, or of a plugin (gen plugins lists both)")
    parser.add_argument(
        "options",
        nargs="*",
        metavar="key=value",
        help="its options as a recipe would write them, and sizes such as output_depth=27; with --recipe, overrides",
    )
    parser.add_argument("--recipe", metavar="FILE", help="check it with the options and sizes of this recipe")
    parser.add_argument("--trial", action="store_true", help="with --recipe: a few units a layer, as gen train --trial")
    parser.add_argument("--kind", choices=KINDS, help="only the component of this kind (default: all of that name)")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="as JSON")
    parser.add_argument("--leave-out", nargs="+", default=[], metavar="CHECK", help="checks that don't apply by design")
    parser.add_argument(
        "--strict", action="store_true", help="exit code 1 also where a check was skipped that nobody left out"
    )


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write gen-NAME/, a project that installs, passes its own tests and trains: change it into yours."
    )
    parser.epilog = _NEW_EPILOG
    parser.add_argument("kind", choices=KINDS, help="what it provides")
    parser.add_argument("name", help="what recipes will call it: lower-case letters, digits, - and _")
    parser.add_argument("--out", default=".", metavar="DIR", help="folder in which gen-NAME is made (default: here)")


def run(args: argparse.Namespace) -> int:
    """List, or do what the action says; a list is 0 also where some are broken, for gen works without them."""
    return {None: _list, "check": _check, "show": _show, "new": _new}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from gen.registry import registry

    found = registry()
    if args.json:
        print(json.dumps(_as_data(found), indent=2))
        return 0
    for plugin in found.plugins:
        _print_plugin(plugin, verbose=args.verbose)
    for broken in found.broken:
        error = broken.error if args.verbose else broken.error.partition("\n")[0]
        print(f"broken plugin {_titled(broken.name, broken.distribution, broken.version)}: {error}")
    if not found.plugins and not found.broken:
        print("no plugins")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Check, and print a report for each component and set of options; 1 where something failed."""
    from gen.testing.named import check_named, components_of

    found, ways, options = components_of(args.name, args.kind), {}, args.options
    if args.recipe is not None:
        ways, options = _as_in_recipe(args, found), ()
        found = list(ways)
    elif args.trial:
        raise UsageError("--trial is for --recipe; without it layers have a few units already, or what you give")
    if options and len(found) > 1:
        names = ", ".join(f"{kind} {name}" for kind, name in found)
        raise UsageError(f"options are for one component: say which with --kind, or by its own name ({names})")
    reports: list[Report] = []
    unchecked: list[str] = []
    for kind, name in found:
        try:
            for report in check_named(kind, name, options, ways=ways.get((kind, name), ()), leave_out=args.leave_out):
                reports.append(report)
                if not args.json:
                    print(report)
                if report.shows_little:
                    count = f"{len(report.unproved)} of {len(report.results)}"
                    say(f"{report.component}: {count} checks were skipped, more than run, so this shows little")
        except UsageError as error:
            if len(found) == 1:
                raise
            unchecked.append(str(error))
        except ValueError as error:  # a check to leave out that this kind hasn't
            raise UsageError(f"--leave-out: {str(error).removeprefix('leave_out ')}") from error
    if args.json:
        print(json.dumps([dataclasses.asdict(report) for report in reports], indent=2))
    if unchecked:
        raise UsageError("\n".join(unchecked))
    failed = any(report.failures or (args.strict and report.unproved) for report in reports)
    return 1 if failed else 0


def _as_in_recipe(args: argparse.Namespace, found: Sequence[tuple[Kind, str]]) -> dict[tuple[Kind, str], list[Use]]:
    """How the recipe of ``--recipe`` uses these components."""
    from gen.recipes.load import load_recipe
    from gen.recipes.trial import trial
    from gen.testing.named import uses_of

    recipe = load_recipe(args.recipe, args.options)
    return uses_of(found, trial(recipe) if args.trial else recipe)


def _show(args: argparse.Namespace) -> int:
    """Print a contract, or every component of a name."""
    from gen.registry import registry
    from gen.registry.contract import contract, described
    from gen.testing.named import components_of

    before, slash, name = args.what.partition("/")
    kind = next((each for each in KINDS if each == before), None)
    if kind is not None and not slash:
        print(contract(kind))
        return 0
    if slash and kind is None:
        raise UsageError(f"there is no kind {before!r}; kinds are {', '.join(KINDS)}")
    found = components_of(name if slash else args.what, kind)
    print("\n\n".join(described(registry(), *each) for each in found))
    return 0


def _new(args: argparse.Namespace) -> int:
    from gen.registry import registry
    from gen.registry.scaffold.project import Names, check_names, new_project

    names = Names(args.kind, args.name)
    check_names(names, registry())
    project = new_project(names, at_home(args.out))
    print(
        f"{project} is a project of its own; {names.module}/{args.kind}.py is where yours begins. To see it work:\n"
        f"  pip install -e '{project}[test]'\n"
        f"  gen plugins check {names.name} --kind {args.kind}\n"
        f"  gen train {project / 'recipes' / f'{names.name}.yaml'}"
    )
    return 0


def _print_plugin(plugin: Plugin, *, verbose: bool) -> None:
    print(_titled(plugin.name, plugin.distribution, plugin.version))
    if verbose and plugin.file:
        print(f"  {plugin.file}")
    adds = [(kind, names) for kind, names in plugin.provides.items() if names]
    if not adds:
        print("  adds nothing")
    for kind, names in adds:
        if not verbose:
            print(f"  {kind + ('' if len(names) == 1 else 's')}: {', '.join(sorted(names))}")
            continue
        for name in sorted(names):
            print(f"  {kind} {name}  {_where(names[name])}")
    for problem in _problems(plugin):
        print(f"  broken {problem}")


def _titled(name: str, distribution: str, version: str) -> str:
    return f"{name} ({distribution} {version})" if distribution else name


def _problems(plugin: Plugin) -> list[str]:
    """Components that the plugin names and that aren't there."""
    from gen.registry.signatures import why_missing

    return [
        f"{kind} {name} ({reference}): {why}"
        for kind, names in plugin.provides.items()
        for name, reference in sorted(names.items())
        if (why := why_missing(reference)) is not None
    ]


def _where(reference: type | str) -> str:
    from gen.registry.signatures import locate

    spot = locate(reference)
    return f"{spot.file}:{spot.line}" if spot is not None else f"{reference} (no source found)"


def _as_data(found: Registry) -> dict[str, Any]:
    return {
        "plugins": [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "file": plugin.file,
                "provides": {
                    kind: {name: _where(reference) for name, reference in sorted(names.items())}
                    for kind, names in plugin.provides.items()
                    if names
                },
                "problems": _problems(plugin),
            }
            for plugin in found.plugins
        ],
        "broken": [vars(broken) for broken in found.broken],
    }
