"""A result in Markdown, to be committed and read where it lies.

Texts come from strangers: in sentences every sign that means something in Markdown or HTML is escaped, and names stand
in code spans, where nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from gen.evaluation.regimes import GAP, MAIN
from gen.pages.beside_baselines import INTRODUCTION as BESIDE
from gen.pages.beside_baselines import baseline_table, below_floors
from gen.pages.findings import PAPER, facts, gap_cell, row_name
from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid, arms, bars_of, figures, settings, trainings
from gen.pages.rates import INTRODUCTION as RATES
from gen.pages.rates import rates_of
from gen.pages.values import DASH, Result, interval, lost, number, section
from gen.pages.ways import DIFFERENCES, INTRODUCTION, MEASURES, ways_of
from gen.pages.words import figure_name, full_name, regime_name

_BY_BAR = ("step_accuracy", "hit_f1")


def markdown(result: Result) -> str:
    """A whole document, ending in a line feed, of a result as for `gen.pages.comparison.page`."""
    command = one_line(result.get("command") or "")
    parts = [
        f"# {sentence(result.get('title') or 'Results')}",
        f"    {command}" if command else "",
        _listed(facts(result)),
        _fairness(result),
        *_headed("Parameters" if len(section(result, "arms")) > 1 else "Model", grid_text(arms(result))),
        *_headed("Accuracy", _accuracy(result)),
        *_headed("Rate and distortion", rates_markdown(result)),
        *_headed("Beside the baselines", _baselines(result)),
        *_headed("Verdicts", "\n".join(f"- {sentence(each, opens=True)}" for each in _verdicts(result))),
        *_headed("Accuracy by bar", "\n\n".join(_by_bar(result))),
        *_headed("Interpolation", ways_markdown(result)),
        *_headed("Settings that differ", grid_text(settings(result))),
        *_headed("Trainings", grid_text(trainings(result), "arm")),
        *_headed(
            "Every figure",
            "\n\n".join(
                grid_text(each, sentence(regime_name(regime) or "figure")) for regime, each in figures(result).items()
            ),
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _fairness(result: Result) -> str:
    if "flags" not in result or len(section(result, "arms")) < 2:
        return ""
    flags = result["flags"] or []
    if not flags:
        return "Nothing that gen checks makes this comparison unfair."
    return "**Less than fair:**\n\n" + "\n".join(f"- {sentence(flag, opens=True)}" for flag in flags)


def _accuracy(result: Result) -> str:
    """After the paper's table 1: the arms side by side, and the paper's beside them; a line a model and regime."""
    found = [row for row in result.get("table") or [] if section(row, "cells")]
    names = list(dict.fromkeys(arm for row in found for arm in section(row, "cells")))
    papers = list(dict.fromkeys(kind for row in found for kind in section(row, "paper")))
    measured = section(result, "figures")
    rows = [
        [
            sentence(row_name(row)),
            regime_name(regime),
            *(
                figure_text(gap_cell(measured, arm, row) if regime == GAP else section(row, "cells", arm, regime))
                for arm in names
            ),
            *(_paper(section(row, "paper", kind), regime) for kind in papers),
        ]
        for row in found
        for regime in (*MAIN, GAP)
    ]
    head = ["", "", *map(code, names), *(f"*{sentence(kind)}, in the paper*" for kind in papers)]
    table = markdown_table(head, rows, right=range(2, len(head)))
    notes = "Share of steps that are right, with its 95 % interval." + (f" In italics: {PAPER}." if papers else "")
    return f"{notes}\n\n{table}" if table else ""


def _paper(numbers: Mapping[str, Any], regime: str) -> str:
    text = number(lost(*map(numbers.get, MAIN[:2])) if regime == GAP else numbers.get(regime))
    return text if text == DASH else f"*{text}*"


def _baselines(result: Result) -> str:
    found = baseline_table(result)
    if found is None:
        return ""
    below = [f"- **{sentence(each)}**" for each in below_floors(section(result, "baselines").get("verdicts") or [])]
    return "\n\n".join([*(["\n".join(below)] if below else []), BESIDE, grid_text(found)])


def _verdicts(result: Result) -> list[str]:
    return [
        str(each.get("words") or f"{full_name(str(each.get('figure')))}: {each.get('a')} less {each.get('b')} is "
            f"{number(each.get('difference'), signed=True)} ({interval(each, signed=True) or 'no interval'})")
        for each in result.get("verdicts") or []
    ]  # fmt: skip


def _by_bar(result: Result) -> Iterator[str]:
    """A table a figure: regime by regime the arms, and last what each loses from teacher-forced to free-running."""
    found = [bars for bars in bars_of(result) if bars.figure.endswith(_BY_BAR) and bars.values]
    for figure in dict.fromkeys(bars.figure for bars in found):
        rows = [
            [regime_name(regime), code(bars.arm), *map(number, bars.values)]
            for regime in (*MAIN, GAP)
            for bars in found
            if bars.figure == figure and bars.regime == regime
        ]
        bars = max(map(len, rows), default=2) - 2
        head = [sentence(figure_name(figure)), "bar", *(str(bar + 1) for bar in range(bars))]
        rows = [row + [DASH] * (bars + 2 - len(row)) for row in rows]
        yield markdown_table(head, rows, right=range(2, bars + 2))


def ways_markdown(result: Result) -> str:
    """How the interpolation study was made, its ends and middle, and differences; empty where the result has none."""
    ways = ways_of(result)
    if ways is None:
        return ""
    several = len(ways.streams) > 1
    found, differences = (
        [ways.row(line, *([Code(stream)] if several else [])) for stream, lines in streams.items() for line in lines]
        for streams in (ways.streams, ways.differences)
    )
    head = [*(["stream"] if several else []), *ways.heads()]
    parts = (
        INTRODUCTION,
        "\n".join(f"- **{each.title}**: {each.measured} {each.reading}" for each in MEASURES),
        _listed(ways.facts),
        grid_text(Grid(head, found)),
        DIFFERENCES if differences else "",
        grid_text(Grid(head, differences)),
    )
    return "\n\n".join(part for part in parts if part)


def rates_markdown(result: Result) -> str:
    """How the rate study is read, and a table a figure; empty where the result has none."""
    rates = rates_of(result)
    if rates is None:
        return ""
    tables = [grid_text(grid, sentence(figure_name(name))) for name, grid in rates.grids()]
    return "\n\n".join([RATES, *tables])


def _listed(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {sentence(name)}: {sentence(value)}" for name, value in facts)


def _headed(title: str, text: str) -> Sequence[str]:
    return (f"## {title}", text) if text else ()


def sentence(text: object, *, opens: bool = False) -> str:
    """Text as it is read, on one line, with nothing in it that Markdown or HTML would take for its own.

    What ``opens`` stands first on its line or in its item, where it could also start a heading or a list.
    """
    line = escape(one_line(text), quote=False)
    line = re.sub(r"([\\`*\[\]])", r"\\\1", line)
    line = line.replace("|", "&#124;").replace("~", "&#126;")  # not every Markdown lets these be escaped otherwise
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)  # inside a word it means nothing
    return re.sub(r"^([#+=-])|^(\d+)([.)])", r"\2\\\1\3", line) if opens else line


def code(text: object) -> str:
    """A name in a code span that also holds in a table; one with ``|``, which Markdowns disagree on there, as text."""
    line = one_line(text)
    if not line or "|" in line:
        return sentence(line) or DASH
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}"


def one_line(text: object) -> str:
    """Text without line breaks or anything that UTF-8 can't say."""
    return " ".join(str(text).encode("utf-8", "replace").decode("utf-8").split())


def figure_text(cell: Mapping[str, Any], said: str | None = None) -> str:
    """A figure, and its interval behind it where there is one; a difference with its sign and what it shows."""
    signed = said is not None
    ends = interval(cell, signed=signed)
    return number(cell.get("mean"), signed=signed) + (f" ({ends})" if ends else "") + (f": {said}" if said else "")


def grid_text(grid: Grid, corner: str = "") -> str:
    """A grid as a table, ``corner`` the head of its first column; numbers are set to the right."""
    first = grid.rows[0] if grid.rows else []
    right = [place for place, cell in enumerate(first) if isinstance(cell, (Count, Figure))]
    head = [corner, *map(_cell, grid.head)]
    return markdown_table(head, [list(map(_cell, row)) for row in grid.rows], right=right)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return figure_text(cell.cell, cell.said)
    if isinstance(cell, Arm) and cell.is_model:
        return f"{code(cell.name)} less {code(cell.less)}" if cell.less else code(cell.name)
    if isinstance(cell, Code):
        return code(cell.text)
    return cell.text if isinstance(cell, Count) else sentence(cell.name if isinstance(cell, Arm) else cell)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """A table, with the columns of those numbers set to the right; empty without rows."""
    if not rows:
        return ""
    line = ["--:" if place in right else "---" for place in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, line, *rows))
