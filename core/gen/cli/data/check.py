"""``gen data check``: what gen can use of some files, why not of others, and what to do about it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gen.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from gen.data.check.account import Account
    from gen.data.check.inspection import FileCheck
    from gen.data.check.run import Run

EXAMPLES = """\
  gen data check ~/midi
  gen data check archive.zip --recipe groovae_4bar --html report.html
  gen data check ~/midi --converter melody --converter "{type: drums, slice_bars: 4}" --files
  gen data check song.mid --drum-channel 11 --drum-map my-kit.yaml
"""

_MOST_DRUMS = 20  # rows of the table of drum notes; --html and --json have all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen data check``."""
    parser.description = (
        "Try converters on every MIDI file of a folder, of a zip archive, or on one file: how many examples each\n"
        "gives, or why it gives none, and what to do. Exit code 1 where no file is usable at all."
    )
    parser.epilog = f"examples:\n{EXAMPLES}"
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
    parser.add_argument("--bars", type=int, metavar="N", help="length of a window (default: 2, or the converter's own)")
    parser.add_argument(
        "--drum-channel",
        action="append",
        default=[],
        type=int,
        metavar="N",
        help="drums are on this MIDI channel (1 to 16) as well as on 10; may be repeated",
    )
    parser.add_argument(
        "--drum-map", metavar="FILE", help="a YAML file of lines such as '22: 42' or 'Hand Clap: snare'"
    )
    listing = parser.add_mutually_exclusive_group()
    listing.add_argument("--files", action="store_true", help="list every file that gave nothing, with what to do")
    listing.add_argument("--all", action="store_true", help="list every file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a report with plots, one page that needs nothing else")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core; 0: none but this)")
    parser.add_argument(
        "--time-limit", type=float, default=20.0, metavar="S", help="give a file up after so many seconds (default: 20)"
    )


def run(args: argparse.Namespace) -> int:
    """Check, write the report, print."""
    from gen.data.check.run import check
    from gen.data.check.targets import plan
    from gen.recipes.drum_maps import read_drum_map

    _check_numbers(args)
    if args.html:
        _require_place_for_html(Path(args.html).expanduser())
    made, notices = plan(
        recipes=args.recipe,
        converters=args.converter,
        bars=args.bars,
        drum_channels=args.drum_channel,
        drum_map=None if args.drum_map is None else read_drum_map(Path(args.drum_map).expanduser()),
    )
    for notice in notices:
        print(f"gen: {notice}", file=sys.stderr)
    with _progress() as progress:
        found = check(Path(args.path), made, workers=args.workers, limit=args.time_limit, progress=progress)
    if args.html:
        _write_html(found.account, Path(args.html).expanduser())
    if args.json:
        from gen.system.files import json_text

        print(json_text(found.account.to_json(), indent=1))
    else:
        _show(found, args)
    return 0 if found.account.usable else 1


def _check_numbers(args: argparse.Namespace) -> None:
    if args.bars is not None and args.bars < 1:
        raise UsageError(f"--bars {args.bars}: a number of bars from 1 on")
    for channel in args.drum_channel:
        if not 1 <= channel <= 16:
            raise UsageError(f"--drum-channel {channel}: MIDI channels are 1 to 16")
    if args.workers is not None and args.workers < 0:
        raise UsageError(f"--workers {args.workers}: a number of processes from 0 on")
    if not (math.isfinite(args.time_limit) and args.time_limit > 0):
        raise UsageError(f"--time-limit {args.time_limit}: a number of seconds above 0")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
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


def _write_html(account: Account, path: Path) -> None:
    from gen.data.check.page import html_page
    from gen.system.files import write_atomically

    write_atomically(path, html_page(account))
    print(f"gen: report in {path}", file=sys.stderr)


def _show(found: Run, args: argparse.Namespace) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    account = found.account
    _show_summary(console, account)
    _show_reasons(console, account)
    _show_drums(console, account)
    _show_remarks(console, account)
    for check in account.files:
        if args.all or (args.files and not check.usable):
            _show_file(console, check, account)
    for name, seconds in found.slow:
        print(f"gen: {_plain(name)} took {seconds:.1f} s", file=sys.stderr)
    if not (args.files or args.all) and len(account.files) > 1:
        console.print("--files lists every file that gave nothing, --all every file, --html FILE writes a report.")


def _plain(text: str) -> str:
    from gen.data.check.page import printable

    return printable(text)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _show_summary(console: Console, account: Account) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"{_files(len(account.files))} in {_plain(account.path)}: {account.usable:,} usable"))
    table = Table("converter", "files", "examples", "window", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in table.columns[1:3]:
        column.justify = "right"
    for each in account.yields:
        option = each.target.window
        window = f"{option}: {each.target.converter.arguments[option]}" if option else ""
        table.add_row(Text(each.target.label), f"{each.files:,}", f"{each.examples:,}", Text(window))
    console.print(table)


def _show_reasons(console: Console, account: Account) -> None:
    from rich.padding import Padding
    from rich.text import Text

    if account.reasons:
        console.print("\n[bold]Why files gave nothing[/bold]")
    for reason in account.reasons:
        who = ", ".join(f"{label} {count:,}" for label, count in reason.converters.items())
        console.print(
            Text.assemble((reason.code, "bold yellow"), f"  {_files(reason.files)}", f"  ({who})" if who else "")
        )
        console.print(Padding(Text(_plain(f"{reason.example}: {reason.detail}"), "dim"), (0, 0, 0, 2)))
        console.print(Padding(Text.assemble(("→ ", "green"), _plain(reason.fix)), (0, 0, 0, 2)))


def _show_drums(console: Console, account: Account) -> None:
    from rich.table import Table
    from rich.text import Text

    if not account.unmapped:
        return
    console.print("\n[bold]Drum notes that no class takes[/bold]")
    table = Table(
        "pitch", "General MIDI", "notes", "files", "left out by", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for index in (0, 2, 3):
        table.columns[index].justify = "right"
    for each in account.unmapped[:_MOST_DRUMS]:
        row = (str(each.pitch), each.name, f"{each.notes:,}", f"{each.files:,}", ", ".join(each.converters))
        table.add_row(*map(Text, row))
    console.print(table)
    if len(account.unmapped) > _MOST_DRUMS:
        console.print(f"… and {len(account.unmapped) - _MOST_DRUMS} more pitches")
    console.print("\nTo count them, save this as my-kit.yaml, correct it, and add --drum-map my-kit.yaml:\n")
    console.print(Text(account.drum_map), soft_wrap=True)


def _show_remarks(console: Console, account: Account) -> None:
    from rich.padding import Padding
    from rich.text import Text

    if account.remarks:
        console.print("\n[bold]Worth knowing[/bold]")
    for each in account.remarks:
        console.print(Text.assemble((each.code, "bold"), f"  {_files(each.files)}: ", each.meaning))
        console.print(Padding(Text(_plain(f"{each.example}: {each.detail}"), "dim"), (0, 0, 0, 2)))


def _show_file(console: Console, check: FileCheck, account: Account) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from gen.data.check.account import cases_of
    from gen.data.check.fixes import fix_for

    given = ", ".join(f"{label} {each.examples:,}" for label, each in check.outcomes.items() if each.examples)
    facts = check.facts
    size = "" if facts is None else f" ({facts.bars:,} bars, {facts.notes:,} notes, {facts.drum_notes:,} of them drums)"
    console.print(Text.assemble((_plain(check.name), "bold"), size, f": {given or 'nothing'}"))
    for case in cases_of(check, account.plan):
        who = f"{case.target.label}: " if case.target is not None else ""
        line = f"{who}{case.reason.code}: {case.reason.detail}"
        console.print(Padding(Text(_plain(line), "dim"), (0, 0, 0, 2)))
        console.print(Padding(Text.assemble(("→ ", "green"), _plain(fix_for(case.reason.code, [case]))), (0, 0, 0, 4)))
