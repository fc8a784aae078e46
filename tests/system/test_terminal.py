"""No text of a stranger commands the terminal that it is shown on."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from gen.cli import explain, main, say
from gen.errors import DataError, RecipeError
from gen.system import terminal

HOSTILE = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\u202egnp.exe\x9b31m\u2066\r\x08\x00\u2028\x7f"


def obeyed(text: str) -> set[str]:
    """What is left in a text that a terminal would obey."""
    return set(text) & (set(HOSTILE) - set("52;cm0gLXJ[exegnp.31m]"))


def test_what_a_terminal_would_obey_is_spelt_out_and_nothing_else_is_touched():
    assert obeyed(terminal.one_line(HOSTILE)) == set()
    assert terminal.one_line("\x1b[2J\udcff\n") == r"\x1b[2J\udcff\n"
    for text in ("Für Elise – 3/4 ♫", "ゲーム\u3000音楽", "می\u200cخواهم", "a\xa0b", "🥁"):
        assert terminal.printable(text) == text


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_whatever_is_printed_while_a_command_runs_is_guarded(capsys, stream):
    with terminal.guarded():
        print(HOSTILE, file=getattr(sys, stream))
    said = getattr(capsys.readouterr(), stream.removeprefix("std"))

    assert obeyed(said) == set()
    assert said.endswith("\\u007f\n")


def test_json_stays_json(capsys):
    with terminal.guarded():
        print(json.dumps({HOSTILE: HOSTILE}))
    assert json.loads(capsys.readouterr().out) == {HOSTILE: HOSTILE}


@pytest.mark.parametrize("shown", [HOSTILE, Text(HOSTILE), Text.assemble("a", (HOSTILE, "bold"))])
@pytest.mark.parametrize("in_table", [False, True])
@pytest.mark.parametrize("colour", [False, True])
def test_tables_and_lines_of_rich_are_guarded(monkeypatch, shown, in_table, colour):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with terminal.guarded():
        console = terminal.console(force_terminal=colour, width=200)
        thing = shown
        if in_table:
            thing = Table("column")
            thing.add_row(shown)
        console.print(thing, markup=False, highlight=False)
    said = out.getvalue()
    if colour:
        said = said.replace("\x1b[1m", "").replace("\x1b[0m", "")

    assert obeyed(said) == set()


def test_a_bar_still_moves_and_what_is_printed_beside_it_is_guarded(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    with terminal.guarded():
        console = terminal.console(stderr=True, force_terminal=True, width=80)
        with Progress(console=console, transient=True) as bar:
            bar.add_task("working", total=2)
            say(HOSTILE)
    said = out.getvalue()

    assert "\x1b[?25l" in said
    assert "\\x1b" not in said.split("working")[0]
    assert not {"\u202e", "\x9b", "\x07", "\x00"} & set(said)
    assert "\x1b]52" not in said


@pytest.mark.parametrize(
    "error",
    [DataError(f"{HOSTILE}\ngen: done"), RecipeError([f"{HOSTILE}\ngen: done", "b"]), OSError(1, "x", "\ngen: done")],
)
def test_no_line_of_an_error_passes_for_a_message_of_its_own(error):
    lines = explain(error).split("\n")

    assert not any(line.startswith("gen: done") for line in lines)


def test_a_stream_without_such_letters_has_them_spelt_out(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    with terminal.guarded():
        print("Für")
    out.flush()
    assert out.buffer.getvalue() == b"F\\xfcr\n"


def test_a_closed_stream_takes_everything(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["recipes", "ls"]) == 0


def test_a_process_with_closed_streams_ends_well():
    done = subprocess.run(
        f"exec {sys.executable} -OO -m gen recipes ls >&- 2>&-", shell=True, executable="/bin/sh", check=False
    )
    assert done.returncode == 0
