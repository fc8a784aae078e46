"""The table of accuracies for papers and spreadsheets."""

from __future__ import annotations

import csv
import io
import re

import pytest
from made_results import ARMS, DEEP, FLAT, comparison

from gen.pages.paper_table import csv_table, latex_table


def test_the_csv_has_a_line_a_figure_with_its_interval() -> None:
    result = comparison()
    rows = list(csv.DictReader(io.StringIO(csv_table(result))))
    cell = result["table"][0]["cells"][DEEP]["free_running"]
    (line,) = (row for row in rows if (row["arm"], row["regime"]) == (DEEP, "free_running"))

    assert [float(line[key]) for key in ("accuracy", "low", "high")] == [cell["mean"], cell["low"], cell["high"]]
    assert len(rows) == 4 * len(ARMS) + 2 * 3
    assert {row["arm"]: row["accuracy"] for row in rows if row["from"] == "paper" and row["regime"] == "gap"} == {
        "flat": repr(0.883 - 0.620), "hierarchical": repr(0.919 - 0.812)
    }  # fmt: skip


def test_the_latex_is_a_tabular_of_six_columns_with_names_spelt_out() -> None:
    text = latex_table(comparison())
    rows = [line for line in text.splitlines() if line.endswith(r" \\")]

    assert [row.count("&") for row in rows] == [5] * (1 + len(ARMS) + 2)
    assert r"\texttt{" + FLAT.replace("_", r"\_") + "}" in rows[1]
    assert re.search(r"0\.\d{3} \{\\scriptsize \[0\.\d{3}, 0\.\d{3}\]\}", rows[1])
    assert r"\textit{0.812}" in rows[-1]
    assert [text.count(line) for line in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]


def test_hostile_names_are_no_commands() -> None:
    result = comparison()
    result["table"][0]["cells"] = {"\\input{x}\n\\end{tabular}": result["table"][0]["cells"][FLAT]}

    assert r"\textbackslash{}input\{x\} \textbackslash{}end" in latex_table(result)


@pytest.mark.parametrize("table", [None, [], [{}], [{"cells": {"a": None}, "paper": None}]])
def test_of_a_result_without_a_table_nothing_is_left_but_heads(table: object) -> None:
    assert len(csv_table({"table": table}).splitlines()) == 1
    assert latex_table({"table": table}).endswith("\\end{tabular}\n")
