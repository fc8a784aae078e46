"""What ``gen data check`` found, on a terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gen.data.check.account import Account, cases_of
from gen.data.check.fixes import fix_for
from gen.data.check.inspection import FileCheck
from gen.data.check.run import Run
from gen.system import terminal
from gen.system.terminal import one_line as printable

_MOST_DRUMS = 20  # rows of the table of drum notes; --html and --json have all


def print_tables(found: Run, *, every: bool, failed: bool) -> None:
    """Print what there is, why the rest is not, and, where asked to, every file or those that gave nothing."""
    console = terminal.console(highlight=False)
    account = found.account
    _show_summary(console, account)
    _show_reasons(console, account)
    _show_drums(console, account)
    _show_remarks(console, account)
    for check in account.files:
        if every or (failed and not check.usable):
            _show_file(console, check, account)
    for name, seconds in found.slow:
        print(f"gen: {printable(name)} took {seconds:.1f} s", file=sys.stderr)
    if not (failed or every) and len(account.files) > 1:
        console.print("--files lists every file that gave nothing, --all every file, --html FILE writes a report.")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _table(*heads: str, right: tuple[int, ...]) -> Table:
    table = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place in right:
        table.columns[place].justify = "right"
    return table


def _dim(text: str) -> Padding:
    return Padding(Text(printable(text), "dim"), (0, 0, 0, 2), expand=False)


def _fix(text: str, indent: int = 2) -> Padding:
    return Padding(Text.assemble(("→ ", "green"), printable(text)), (0, 0, 0, indent), expand=False)


def _show_summary(console: Console, account: Account) -> None:
    console.print(Text(f"{_files(len(account.files))} in {printable(account.path)}: {account.usable:,} usable"))
    table = _table("converter", "files", "examples", "window", right=(1, 2))
    for each in account.yields:
        option = each.target.window
        window = f"{option}: {each.target.converter.arguments[option]}" if option else ""
        table.add_row(Text(each.target.label), f"{each.files:,}", f"{each.examples:,}", Text(window))
    console.print(table)


def _show_reasons(console: Console, account: Account) -> None:
    if account.reasons:
        console.print("\n[bold]Why files gave nothing[/bold]")
    for reason in account.reasons:
        who = ", ".join(f"{label} {count:,}" for label, count in reason.converters.items())
        console.print(
            Text.assemble((reason.code, "bold yellow"), f"  {_files(reason.files)}", f"  ({who})" if who else "")
        )
        console.print(_dim(f"{reason.example}: {reason.detail}"))
        console.print(_fix(reason.fix))


def _show_drums(console: Console, account: Account) -> None:
    if not account.unmapped:
        return
    console.print("\n[bold]Drum notes that no class takes[/bold]")
    table = _table("pitch", "General MIDI", "notes", "files", "left out by", right=(0, 2, 3))
    for each in account.unmapped[:_MOST_DRUMS]:
        row = (str(each.pitch), each.name, f"{each.notes:,}", f"{each.files:,}", ", ".join(each.converters))
        table.add_row(*map(Text, row))
    console.print(table)
    if len(account.unmapped) > _MOST_DRUMS:
        console.print(f"… and {len(account.unmapped) - _MOST_DRUMS} more pitches")
    console.print("\nTo count them, save this as my-kit.yaml, correct it, and add --drum-map my-kit.yaml:\n")
    console.print(Text(account.drum_map), soft_wrap=True)


def _show_remarks(console: Console, account: Account) -> None:
    if account.remarks:
        console.print("\n[bold]Worth knowing[/bold]")
    for each in account.remarks:
        console.print(Text.assemble((each.code, "bold"), f"  {_files(each.files)}: ", each.meaning))
        console.print(_dim(f"{each.example}: {each.detail}"))


def _show_file(console: Console, check: FileCheck, account: Account) -> None:
    given = ", ".join(f"{label} {each.examples:,}" for label, each in check.outcomes.items() if each.examples)
    facts = check.facts
    size = "" if facts is None else f" ({facts.bars:,} bars, {facts.notes:,} notes, {facts.drum_notes:,} of them drums)"
    console.print(Text.assemble((printable(check.name), "bold"), size, f": {given or 'nothing'}"))
    for case in cases_of(check, account.plan):
        who = f"{case.target.label}: " if case.target is not None else ""
        console.print(_dim(f"{who}{case.reason.code}: {case.reason.detail}"))
        console.print(_fix(fix_for(case.reason.code, [case]), 4))
