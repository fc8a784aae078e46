"""``gen plugins``: what is installed, and what is broken and why; actions on plugins are modules of their own."""

from __future__ import annotations

import argparse
import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gen.cli.plugins import check, new

if TYPE_CHECKING:
    from gen.registry import Plugin, Registry

_ACTIONS: dict[str, tuple[ModuleType, str]] = {
    "check": (check, "whether a component keeps what its kind promises"),
    "new": (new, "write the project of a plugin of your own, which works as it is"),
}
"""Action to its module, which has ``add_arguments`` and ``run`` like a command's, and one-line help."""

_EPILOG = """\
examples:
  gen plugins
  gen plugins --verbose
  gen plugins --json
  gen plugins check flat
  gen plugins new decoder lace
  GEN_PLUGINS=encoders,decoders gen plugins     load only these
  GEN_STRICT_PLUGINS=1 gen --debug plugins      stop at the first broken one, with its traceback
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen plugins``."""
    parser.description = "Without an action: list plugins and what each adds; a broken one is left out, and said why."
    parser.epilog = _EPILOG
    parser.add_argument("--verbose", "-v", action="store_true", help="file and line of everything, and whole errors")
    parser.add_argument("--json", action="store_true", help="as JSON")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, (module, text) in _ACTIONS.items():
        module.add_arguments(actions.add_parser(name, help=text))


def run(args: argparse.Namespace) -> int:
    """List, or do what the action says; a list is 0 also where some are broken, for gen works without them."""
    if args.action is not None:
        code: int = _ACTIONS[args.action][0].run(args)
        return code
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
