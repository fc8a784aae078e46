"""``gen data``: which data sets there are, what becomes of their files, and what gen can use of yours."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import MOST_PROCESSES, add_hearing, add_preparation, prepare_for, require_at_most, whole
from gen.errors import DataError, UsageError
from gen.system import terminal
from gen.system.regular import at_home
from gen.system.terminal import one_line

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

_LONGEST = 1_000_000  # seconds for a file

_CHECK_EPILOG = """\
examples:
  gen data check ~/midi
  gen data check archive.zip --recipe groovae_4bar --html report.html
  gen data check ~/midi --converter melody --converter "{type: drums, slice_bars: 4}" --files
  gen data check song.mid --drum-channel 11 --drum-map my-kit.yaml
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
    prepare.add_argument("--limit", type=whole, metavar="N", help="with --export: at most N files a split")
    prepare.add_argument("--rejected", action="store_true", help="list every file that gave nothing, with its reason")
    prepare.add_argument("--json", action="store_true", help="print everything as JSON")
    _add_check(actions.add_parser("check", help="what gen can use of your files, and why not of others"))


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Try converters on every MIDI file of a folder, of a zip archive, or on one file: how many examples each\n"
        "gives, or why it gives none, and what to do. Exit code 1 where no file is usable at all."
    )
    parser.epilog = _CHECK_EPILOG
    parser.add_argument("path", help="a folder, a zip archive, or a MIDI file")
    parser.add_argument(
        "--recipe", action="append", default=[], metavar="NAME", help="try a recipe's converter; may be repeated"
    )
    parser.add_argument(
        "--converter",
        action="append",
        default=[],
        metavar="NAME",
        help="try a converter, by name or as {type: NAME, option: value}; may be repeated (default: all)",
    )
    parser.add_argument("--bars", type=whole, metavar="N", help="bars of a window (default: 2, or the converter's own)")
    add_hearing(parser, channels=None)
    listing = parser.add_mutually_exclusive_group()
    listing.add_argument("--files", action="store_true", help="list every file that gave nothing, with what to do")
    listing.add_argument("--all", action="store_true", help="list every file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a report with plots, one page that needs nothing else")
    parser.add_argument("--workers", type=whole, metavar="N", help="processes (default: one a core; 0: none but this)")
    parser.add_argument(
        "--time-limit", type=float, default=20.0, metavar="S", help="give a file up after so many seconds (default: 20)"
    )


def run(args: argparse.Namespace) -> int:
    """Dispatch."""
    return {"ls": _ls, "get": _get, "prepare": _prepare, "check": _check}[args.action](args)


def _ls(args: argparse.Namespace) -> int:
    from gen.data.prepare import prepared_root
    from gen.data.store import list_stores
    from gen.registry import registry

    sources = []
    for name in registry().names("dataset"):
        cls = registry().find("dataset", name)
        summary = (cls.__doc__ or "").strip().partition("\n")[0]
        sources.append({"name": name, "summary": summary, "plugin": registry().provider("dataset", name).name})
    stores = list_stores(prepared_root())
    if args.json:
        print(json.dumps({"sources": sources, "prepared": stores}, indent=2))
        return 0
    from rich.table import Table

    console = terminal.console()
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
    say(f"{source.title}; {source.licence}")
    print(path if path is not None else f"{args.source} needs no download")
    return 0


def _prepare(args: argparse.Namespace) -> int:
    from gen.data.prepare import with_learned_labels
    from gen.recipes import load_recipe

    if args.limit is not None and (args.limit < 1 or not args.export):
        raise UsageError(f"--limit {args.limit}: a number of files from 1 on, and only with --export")
    recipe = with_learned_labels(load_recipe(args.recipe, args.overrides), path=args.data)
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
        say(f"{count:,} MIDI files in {args.export}")
    return 0


def _tables(report: Report, *, rejected: bool) -> None:
    from rich.table import Table

    console = terminal.console(markup=False)  # names of files and options may hold square brackets
    for line in (report.title, report.licence, f"fingerprint {report.fingerprint[:16]}, windows: {report.windows}"):
        console.print(one_line(line))
    groups: list[tuple[str, dict[str, dict[str, int]]]] = [("split", dict(report.by_split().items()))]
    groups += [(key, report.by_metadata(key)) for key in ("drummer", "style", "time_signature")]
    for key, totals in groups:
        if not totals:
            continue
        table = Table(key, "files", "used", "windows", "examples")
        for column in table.columns[1:]:
            column.justify = "right"
        for name, counts in totals.items():
            table.add_row(
                one_line(name), *(f"{counts[column]:,}" for column in ("files", "used", "windows", "examples"))
            )
        console.print(table)
    useless = [(file.id, file.rejection) for file in report.files if file.rejection is not None]
    reasons = Table("reason", "files", "for instance")
    for code, count in report.rejections().most_common():
        instance = next(one_line(f"{name}: {why.detail}") for name, why in useless if why.code == code)
        reasons.add_row(code, str(count), instance)
    if reasons.row_count:
        console.print(reasons)
    if rejected:
        for name, why in useless:
            console.print(one_line(f"{name}: {why.code}: {why.detail}"), highlight=False, soft_wrap=True)
    elif useless:
        console.print(f"{len(useless)} files gave no example; --rejected lists each with its reason")
    notices = [(file.id, notice) for file in report.files for notice in file.notices]
    if notices:
        console.print(one_line(f"{len(notices)} notices; the first: {notices[0][0]}: {notices[0][1]}"))


def _check(args: argparse.Namespace) -> int:
    """Check, write the report, print."""
    from gen.data.check.page import html_page
    from gen.data.check.run import check
    from gen.data.check.targets import plan
    from gen.recipes.drum_maps import read_drum_map
    from gen.system.files import json_text, write_atomically

    _check_numbers(args)
    place = at_home(args.html) if args.html else None
    if place is not None:
        _require_place_for_html(place)
    made, notices = plan(
        recipes=args.recipe,
        converters=args.converter,
        bars=args.bars,
        drum_channels=args.drum_channel,
        drum_map=None if args.drum_map is None else read_drum_map(at_home(args.drum_map)),
    )
    for notice in notices:
        say(f"gen: {notice}")
    with _progress() as progress:
        found = check(Path(args.path), made, workers=args.workers, limit=args.time_limit, progress=progress)
    if place is not None:
        write_atomically(place, html_page(found.account))
        say(f"gen: report in {place}")
    if args.json:
        print(json_text(found.account.to_json(), indent=1))
    else:
        from gen.cli.tables.data_check import print_tables

        print_tables(found, every=args.all, failed=args.files)
    return 0 if found.account.usable else 1


def _check_numbers(args: argparse.Namespace) -> None:
    if args.bars is not None and args.bars < 1:
        raise UsageError(f"--bars {args.bars}: a number of bars from 1 on")
    for channel in args.drum_channel:
        if not 1 <= channel <= 16:
            raise UsageError(f"--drum-channel {channel}: MIDI channels are 1 to 16")
    if args.workers is not None and args.workers < 0:
        raise UsageError(f"--workers {args.workers}: a number of processes from 0 on")
    require_at_most(args, workers=MOST_PROCESSES)
    if not 0 < args.time_limit <= _LONGEST:
        raise UsageError(f"--time-limit {args.time_limit:g}: a number of seconds above 0, and at most {_LONGEST:,}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal."""
    from rich.progress import Progress

    console = terminal.console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _require_place_for_html(path: Path) -> None:
    """Make sure that a report may be written: a file that is there must be one, too."""
    from gen.data.check.page import is_report

    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise UsageError(f"--html {path}: that is a folder; name a file")
    if path.exists() and not is_report(path):
        raise UsageError(f"--html {path}: there is a file, and it is no report of gen's; name another")
