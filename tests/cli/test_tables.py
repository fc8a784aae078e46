"""What commands print in a terminal of any width, in a pipe and in a log: nothing of a table is cut."""

from __future__ import annotations

import re

import pytest
from made_results import ARMS, comparison, humanisation
from rich.console import Console

from gen.cli.tables.comparison import print_tables
from gen.cli.tables.sheet import Sheet


def shown(sheet: Sheet, width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(sheet)
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def sheet() -> Sheet:
    found = Sheet("a title", ["name", "first", "second", "third"])
    found.add_group("a group")
    found.add_row("a_name_without_spaces_of_38_characters_x", "0.123\n0.100–0.140", "[bold]", "0.5\n0.4–0.6")
    return found


def test_where_all_fits_a_row_is_a_line(sheet: Sheet) -> None:
    lines = shown(sheet, 100)

    assert len(lines) == 5
    assert re.fullmatch(r"a_name_\S+_x +0.123 0.100–0.140 +\[bold\] +0.5 0.4–0.6", lines[-1])


@pytest.mark.parametrize("width", [30, 50, 60])
def test_where_it_does_not_columns_follow_below_and_no_letter_is_lost(sheet: Sheet, width: int) -> None:
    lines = shown(sheet, width)

    assert max(map(len, lines)) <= width
    letters = sorted("".join(lines).replace(" ", "").replace("─", ""))
    for text in ("0.100–0.140", "[bold]", "0.4–0.6"):
        assert any(text in line for line in lines)
    assert set("a_name_without_spaces_of_38_characters_x") <= set(letters)


@pytest.mark.parametrize("width", [50, 80])
def test_a_comparison_of_three_arms_is_whole_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = comparison()
    result["baselines"] = humanisation(tuple(ARMS))["baselines"]
    print_tables(result)
    said = capsys.readouterr().out

    assert max(map(len, said.splitlines())) <= width
    cells = [cell for row in result["table"] for of in row["cells"].values() for cell in of.values()]
    for cell in cells:
        assert f"{cell['low']:.3f}–{cell['high']:.3f}" in said
    assert said.count("first less second") == 3
    assert "no difference shown" in said
    heads = [line.split() for line in said.splitlines() if "teacher-forced" in line and "free-running" in line]
    assert all(len(set(head)) == len(head) for head in heads)


def test_the_parameters_of_an_arm_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    result = comparison()
    for arm in result["arms"].values():
        arm["parameters"]["total"] += 1_000
    print_tables(result)
    rows = capsys.readouterr().out.partition("trained parameters")[2].splitlines()[3:6]
    counts = [[int(word.replace(",", "")) for word in row.split()[1:]] for row in rows]

    assert [row[2] for row in counts] == [1_000] * 3
    assert [sum(row[:3]) for row in counts] == [row[3] for row in counts]
