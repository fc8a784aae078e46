"""``gen data``: which data sets there are, and what becomes of their files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli.data import check
from gen.cli.options import add_preparation
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.data.report import Report

_EPILOG = """\
examples:
  gen data ls
  gen data get groove
  gen data prepare recipes/groovae_4bar.yaml --data groove-v1.0.0-midionly.zip
  gen data prepare groovae_4bar data.windows=tfds data.window_bars=4 converter.hop_size=null
  gen data prepare groovae_4bar --export four-bars/ --limit 50
  gen data check ~/midi --html report.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen data``."""
    parser.description = "List data sets, fetch them, and see what a recipe makes of every file."
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("ls", help="list the data sources").add_argument("--json", action="store_true")
    get = actions.add_parser("get", help="download a data set once")
    get.add_argument("source", help="name of a data source (gen data ls)")
    prepare = actions.add_parser("prepare", help="extract the examples of a recipe, and say why files gave none")
    prepare.add_argument("recipe", help="path or name of a recipe")
    prepare.add_argument("overrides", nargs="*", metavar="key.path=value", help="change a value of the recipe")
    add_preparation(prepare)
    prepare.add_argument("--export", metavar="DIR", help="write every example as a MIDI file into DIR/SPLIT/")
    prepare.add_argument("--limit", type=int, metavar="N", help="with --export: at most N files a split")
    prepare.add_argument("--rejected", action="store_true", help="list every file that gave nothing, with its reason")
    prepare.add_argument("--json", action="store_true", help="print everything as JSON")
    check.add_arguments(actions.add_parser("check", help="what gen can use of your files, and why not of others"))


def run(args: argparse.Namespace) -> int:
    """Dispatch."""
    return {"ls": _ls, "get": _get, "prepare": _prepare, "check": check.run}[args.action](args)


def _ls(args: argparse.Namespace) -> int:
    from gen.data.prepare import prepared_root
    from gen.data.store import list_stores
    from gen.registry import registry

    sources = []
    for name in registry().names("dataset"):
        cls = registry().find("dataset", name)
        summary = (cls.__doc__ or "").strip().splitlines()[0]
        sources.append({"name": name, "summary": summary, "plugin": registry().provider("dataset", name).name})
    stores = list_stores(prepared_root())
    if args.json:
        print(json.dumps({"sources": sources, "prepared": stores}, indent=2))
        return 0
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("name", "what it is", "plugin", title="data sources")
    for row in sources:
        table.add_row(*row.values())
    console.print(table)
    if stores:
        table = Table("prepared examples", "train", "validation", "test", "MB", title=f"in {prepared_root()}")
        for store in stores:
            counts = [f"{store['examples'][split]:,}" for split in ("train", "validation", "test")]
            table.add_row(
                store["name"], *(counts if store["whole"] else ("unfinished", "", "")), f"{store['bytes'] / 1e6:.1f}"
            )
        console.print(table)
        console.print("Any of these folders may be deleted; what is needed is made again.")
    return 0


def _get(args: argparse.Namespace) -> int:
    from gen.model.build import build_source
    from gen.recipes.sections import Component

    source = build_source(Component(args.source))
    path = source.fetch()
    print(f"{source.title}; {source.licence}", file=sys.stderr)
    print(path if path is not None else f"{args.source} needs no download")
    return 0


def _prepare(args: argparse.Namespace) -> int:
    from gen.cli.preparing import prepare_for
    from gen.errors import DataError
    from gen.recipes import load_recipe

    if args.limit is not None and (args.limit < 1 or not args.export):
        raise UsageError(f"--limit {args.limit}: a number of files from 1 on, and only with --export")
    recipe = load_recipe(args.recipe, args.overrides)
    prepared = prepare_for(args, recipe, path=args.data)
    report = prepared.report
    if args.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        _tables(report, rejected=args.rejected)
    if not prepared.splits:
        raise DataError(f"no example at all: {report.why_empty('train')}")
    if args.export:
        from gen.data.prepare import export_examples

        count = export_examples(recipe, Path(args.export), path=args.data, limit=args.limit)
        print(f"{count:,} MIDI files in {args.export}", file=sys.stderr)
    return 0


def _tables(report: Report, *, rejected: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False)  # names of files and options may hold square brackets
    if report.notice:
        console.print(Text.assemble(("NOTICE", "bold yellow"), f": {report.notice}"))
    console.print(f"{report.title}\n{report.licence}\nfingerprint {report.fingerprint[:16]}, windows: {report.windows}")
    groups: list[tuple[str, dict[str, dict[str, int]]]] = [("split", dict(report.by_split().items()))]
    groups += [(key, report.by_metadata(key)) for key in ("drummer", "style", "time_signature")]
    for key, totals in groups:
        if not totals:
            continue
        table = Table(key, "files", "used", "windows", "examples")
        for column in table.columns[1:]:
            column.justify = "right"
        for name, counts in totals.items():
            table.add_row(name, *(f"{counts[column]:,}" for column in ("files", "used", "windows", "examples")))
        console.print(table)
    reasons = Table("reason", "files", "for instance")
    for code, count in report.rejections().most_common():
        first = next(file for file in report.files if file.rejection is not None and file.rejection.code == code)
        reasons.add_row(code, str(count), f"{first.id}: {first.rejection.detail if first.rejection else ''}")
    if reasons.row_count:
        console.print(reasons)
    if rejected:
        for file in report.files:
            if file.rejection is not None:
                console.print(
                    f"{file.id}: {file.rejection.code}: {file.rejection.detail}", highlight=False, soft_wrap=True
                )
    elif report.rejections():
        console.print(
            f"{sum(report.rejections().values())} files gave no example; --rejected lists each with its reason"
        )
    notices = [(file.id, notice) for file in report.files for notice in file.notices]
    if notices:
        console.print(f"{len(notices)} notices; the first: {notices[0][0]}: {notices[0][1]}")
