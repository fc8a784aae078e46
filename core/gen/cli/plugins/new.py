"""``gen plugins new``: the project of a plugin of one's own, which works as it is."""

from __future__ import annotations

import argparse
from pathlib import Path

_KINDS = ("encoder", "decoder", "converter", "dataset")

_EPILOG = """\
examples:
  gen plugins new decoder lace
  gen plugins new converter triplets --out ~/src
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen plugins new``."""
    parser.description = (
        "Write gen-NAME/, a project that installs, passes its own tests and trains: change it into yours."
    )
    parser.epilog = _EPILOG
    parser.add_argument("kind", choices=_KINDS, help="what it provides")
    parser.add_argument("name", help="what recipes will call it: lower-case letters, digits, - and _")
    parser.add_argument("--out", default=".", metavar="DIR", help="folder in which gen-NAME is made (default: here)")


def run(args: argparse.Namespace) -> int:
    """Write the project, and say how to go on."""
    from gen.registry import registry
    from gen.registry.scaffold.project import Names, check_names, new_project

    names = Names(args.kind, args.name)
    check_names(names, registry())
    project = new_project(names, Path(args.out).expanduser())
    print(
        f"{project} is a project of its own; {names.module}/{args.kind}.py is where yours begins. To see it work:\n"
        f"  pip install -e '{project}[test]'\n"
        f"  gen plugins check {names.name} --kind {args.kind}\n"
        f"  gen train {project / 'recipes' / f'{names.name}.yaml'}"
    )
    return 0
