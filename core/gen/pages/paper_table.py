"""The table of accuracies for a paper and for a spreadsheet: LaTeX with booktabs, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from gen.evaluation.regimes import GAP, MAIN
from gen.pages.findings import gap_cell, row_name
from gen.pages.values import DASH, Result, finite, lost, number, section
from gen.pages.words import regime_name

_COLUMNS = (*MAIN, GAP)
_SPELT = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "–": "--",
}

Line = tuple[str, str, bool, Mapping[str, Mapping[str, Any]]]
"""Row, who, whether that is the paper, and a cell for each regime."""


def csv_table(result: Result) -> str:
    """A line a row, stream, arm and regime, with the mean over seeds and its 95 % interval; empty where none is."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "arm", "from", "regime", "accuracy", "low", "high"])
    for row, who, published, cells in table_lines(result):
        for regime, cell in cells.items():
            values = [finite(cell.get(key)) for key in ("mean", "low", "high")]
            if values[0] is not None:
                told = ["" if value is None else repr(value) for value in values]
                writer.writerow([row, who, "paper" if published else "gen", regime, *told])
    return text.getvalue()


def latex_table(result: Result) -> str:
    """A tabular to be included; the paper's numbers in italics, intervals small."""
    heads = " & ".join(_latex(regime_name(regime)) for regime in _COLUMNS)
    lines = [
        "% needs \\usepackage{booktabs}; shares of steps that are right, and 95 % intervals",
        f"\\begin{{tabular}}{{ll{'r' * len(_COLUMNS)}}}",
        "\\toprule",
        f" & & {heads} \\\\",
    ]
    before = None
    for row, who, published, cells in table_lines(result):
        lines += ["\\midrule"] if row != before else []
        name = f"\\textit{{{_latex(who)}, in the paper}}" if published else f"\\texttt{{{_latex(who)}}}"
        values = " & ".join(_value(cells.get(regime) or {}, italic=published) for regime in _COLUMNS)
        lines.append(f"{_latex(row) if row != before else ''} & {name} & {values} \\\\")
        before = row
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def table_lines(result: Result) -> Iterator[Line]:
    """Every arm of every row, and what the paper has there."""
    measured = section(result, "figures")
    for row in result.get("table") or []:
        name = row_name(row)
        for arm in section(row, "cells"):
            cells = {regime: section(row, "cells", arm, regime) for regime in MAIN}
            yield name, arm, False, {**cells, GAP: gap_cell(measured, arm, row)}
        for model in section(row, "paper"):
            numbers = section(row, "paper", model)
            told = {**numbers, GAP: lost(*(numbers.get(regime) for regime in MAIN[:2]))}
            yield name, model, True, {regime: {"mean": value} for regime, value in told.items()}


def _value(cell: Mapping[str, Any], *, italic: bool) -> str:
    mean, *ends = (number(cell.get(key)) for key in ("mean", "low", "high"))
    text = _latex("" if mean == DASH else mean)
    text = f"\\textit{{{text}}}" if italic and text else text
    return text if DASH in ends or not text else f"{text} {{\\scriptsize [{', '.join(map(_latex, ends))}]}}"


def _latex(text: str) -> str:
    return "".join(_SPELT.get(sign, sign if sign.isprintable() else " ") for sign in text)
