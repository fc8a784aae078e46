"""Sections of a page: what was compared, how and how fairly, then what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from gen.evaluation.regimes import MAIN
from gen.pages import grid
from gen.pages.beside_baselines import INTRODUCTION, baseline_table, below_floors
from gen.pages.elements import h, part
from gen.pages.tables import arm_class, arm_label, difference_plot, fall_plot, figure_cell, grid_table, reach_of, table
from gen.pages.values import Result, count, lost, number, section
from gen.pages.verdict_table import ACCURACIES, judging
from gen.pages.words import full_name, regime_meaning, regime_name

PAPER = "the paper, other data and size"
_FIRST = ("step_accuracy", "hit_f1")
"""Endings of the figures whose verdicts are shown unasked; those of the others can be opened."""
_FEW = 12
"""Settings that differ, up to which they are shown unasked."""


def header(result: Result) -> Element:
    """Title, command and facts."""
    return h(
        "header",
        h("h1", str(result.get("title") or "Results")),
        facts_list(facts(result)),
        h("pre", h("code", str(result["command"])), tabindex=0) if result.get("command") else None,
    )


def facts_list(facts: Iterable[tuple[str, str]]) -> Element:
    """Names and values, side by side."""
    return h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in facts], class_="facts")


def facts(result: Result) -> list[tuple[str, str]]:
    """What was measured, on what and by what: name and value of each fact that is known."""
    seeds = result.get("seeds") or []
    found = [
        ("data", str(result.get("source") or "")),
        ("split", str(result.get("split") or "")),
        ("examples", count(result["examples"]) if result.get("examples") is not None else ""),
        ("pieces", count(result["pieces"]) if result.get("pieces") is not None else ""),
        ("budget", str(result.get("budget") or "")),
        ("seed" if len(seeds) == 1 else "seeds", ", ".join(map(str, seeds))),
        ("temperature", str(result["temperature"]) if result.get("temperature") is not None else ""),
        ("weights", str(result.get("pick") or "")),
        ("data fingerprint", str(result.get("data") or "")),
        ("gen", str(result.get("gen") or "")),
        ("made", str(result.get("made") or "")),
        *((name, str(value)) for name, value in section(result, "machine").items()),
    ]
    return [(name, value) for name, value in found if value]


def flags(result: Result) -> Element | None:
    """What makes the comparison less than fair, or that nothing was found."""
    if "flags" not in result or len(section(result, "arms")) < 2:
        return None
    found = result["flags"] or []
    if not found:
        return h("p", "Nothing that gen checks makes this comparison unfair.", class_="fair")
    items = [h("li", str(sentence)) for sentence in found]
    return part("fairness", "Less than fair", h("ul", items), class_="flags")


def arms(result: Result, places: Mapping[str, int]) -> Element | None:
    """The arms, their sizes, and every training: how long it took, and which of its steps is measured."""
    found = section(result, "arms")
    if not found:
        return None
    several = len(found) > 1
    sized = any(section(found, arm, "parameters") for arm in found)
    table = grid.arms(result, grid.PARTS if sized else ())
    trained = grid.trainings(result)
    caption = "Arms and their parameter counts"
    return part(
        "arms",
        "Arms" if several else "The model",
        h("p", "Trained parameters: encoder, decoder, what lies between them, and all.") if sized else None,
        grid_table(table, caption, places, corner="arm" if several else "model", class_="arms"),
        h("details", h("summary", "Trainings"), grid_table(trained, "Trainings", places, corner="arm"))
        if trained.rows
        else None,
    )


def differences(result: Result, places: Mapping[str, int]) -> Element | None:
    """Settings that are not alike in all arms."""
    found = grid.settings(result)
    if not (found.rows and found.head):
        return None
    caption = "Settings that differ between the arms"
    return part(
        "differences",
        "Settings that differ",
        h(
            "details",
            h("summary", f"{len(found.rows)} setting{'s' if len(found.rows) != 1 else ''}"),
            grid_table(found, caption, places, corner="setting", class_="settings"),
            open=len(found.rows) <= _FEW,
        ),
    )


def accuracy_table(result: Result, places: Mapping[str, int]) -> Element | None:
    """Step accuracies by row and stream, arm by arm, with the paper's below."""
    found = [row for row in result.get("table") or [] if section(row, "cells")]
    if not found:
        return None
    measured = section(result, "figures")
    rows: list[Element] = []
    for row in found:
        cells, paper = section(row, "cells"), section(row, "paper")
        name = row_name(row)
        for place, arm in enumerate(cells):
            whose = section(cells, arm)
            rows.append(
                h(
                    "tr",
                    h("th", name, scope="rowgroup", rowspan=len(cells) + len(paper)) if place == 0 else None,
                    h("th", arm_label(grid.Arm(arm), places), scope="row"),
                    [figure_cell(whose.get(regime)) for regime in MAIN],
                    figure_cell(gap_cell(measured, arm, row)),
                    h("td", fall_plot(whose, f"{name}, {arm}"), class_=arm_class(places.get(arm, 0))),
                    class_="first" if place == 0 else None,
                )
            )
        rows += [_paper_row(name, kind, section(paper, kind)) for kind in paper]
    head = ["", "", *map(regime_name, MAIN), "lost", "accuracy, 0 to 1"]
    return part(
        "accuracy",
        "Accuracy",
        h(
            "p",
            "Share of steps that are right, and below it its 95 % interval. Teacher-forced: every step hears the true "
            "one before; free-running and greedy: the model's own. Lost is what teacher-forced has above free-running. "
            "In the picture, the ring is teacher-forced, the disc free-running.",
        ),
        h("p", ACCURACIES),
        table(head, rows, "Accuracy by arm", class_="accuracy"),
    )


def row_name(row: Mapping[str, Any]) -> str:
    """``16-bar trio, bass``."""
    return ", ".join(str(row[key]) for key in ("row", "stream") if row.get(key))


def gap_cell(figures: Mapping[str, Any], arm: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an arm loses from teacher-forced to free-running: as measured with its interval, else of the means."""
    stream = f"{row['stream']}_" if row.get("stream") else ""
    measured = section(figures, arm, f"gap/{stream}step_accuracy")
    if measured:
        return measured
    return {"mean": lost(*(section(row, "cells", arm, regime).get("mean") for regime in MAIN[:2]))}


def verdicts(result: Result, places: Mapping[str, int]) -> Element | None:
    """Every verdict in words, with its difference drawn; all of one figure share a scale."""
    found = [verdict for verdict in result.get("verdicts") or [] if isinstance(verdict, Mapping)]
    if not found:
        return None
    names = list(dict.fromkeys(str(verdict.get("figure") or "") for verdict in found))
    first = [name for name in names if name.endswith(_FIRST)] or names
    others = [name for name in names if name not in first]
    return part(
        "verdicts",
        "Verdicts",
        h(
            "p",
            f"{judging(result)} In the picture, the stroke is the first arm less the second, "
            "the bar its interval, the rings are the seeds; the thin line is 0. It has the colour of the arm that is "
            "better or loses less, and is grey where neither is shown. Each figure has a scale of its own.",
        ),
        _verdict_table(found, first, "Verdicts", places),
        h(
            "details",
            h("summary", f"Verdicts on {len(others)} more figure{'s' if len(others) != 1 else ''}"),
            _verdict_table(found, others, "More verdicts", places),
        )
        if others
        else None,
    )


def beside_baselines(result: Result, places: Mapping[str, int]) -> Element | None:
    """The arms beside their converter's baselines."""
    found = baseline_table(result)
    if found is None:
        return None
    shown = grid_table(found, "Arms beside the baselines", places, corner="figure", class_="baselines")
    below = [h("li", h("strong", each)) for each in below_floors(section(result, "baselines").get("verdicts") or [])]
    told = h("ul", *below, class_="below") if below else None
    return part("baselines", "Beside the baselines", h("p", INTRODUCTION), told, shown)


def every_figure(result: Result, places: Mapping[str, int]) -> Element | None:
    """All figures of all arms, a table a regime."""
    tables = []
    for regime, found in grid.figures(result).items():
        title, meaning = regime_name(regime) or "figures", regime_meaning(regime)
        summary = h("summary", h("strong", title), f" {meaning}" if meaning else None)
        tables.append(h("details", summary, grid_table(found, f"Figures, {title}", places, seeds=True)))
    if not tables:
        return None
    meaning = "Below each figure its 95 % interval, where there is one, and the figure with every seed."
    return part("figures", "Every figure", h("p", meaning), tables)


def _verdict_table(
    verdicts: Sequence[Mapping[str, Any]], figures: Sequence[str], caption: str, places: Mapping[str, int]
) -> Element:
    rows: list[Element] = []
    for figure in figures:
        of_figure = [verdict for verdict in verdicts if str(verdict.get("figure") or "") == figure]
        reach = reach_of(of_figure)
        rows += [
            _verdict_row(verdict, reach, len(of_figure) if place == 0 else 0, places)
            for place, verdict in enumerate(of_figure)
        ]
    return table(["figure", "verdict", "difference"], rows, caption, class_="verdicts")


def _verdict_row(verdict: Mapping[str, Any], reach: float, rowspan: int, places: Mapping[str, int]) -> Element:
    words = str(verdict.get("words") or "")
    pair = f"{verdict.get('a')} less {verdict.get('b')}"
    difference = number(verdict.get("difference"), signed=True)
    name = full_name(str(verdict.get("figure") or ""))
    place = places.get(str(verdict.get("better")))
    colour = None if place is None else arm_class(place)
    return h(
        "tr",
        h("th", name, scope="rowgroup", rowspan=rowspan) if rowspan else None,
        h("td", words or f"{pair}: {difference}", class_="prose"),
        h("td", difference_plot(verdict, reach, f"{name}: {pair}, {difference}"), class_=colour),
        class_=" ".join(["shown" if verdict.get("better") else "unshown", *(["first"] if rowspan else [])]),
    )


def _paper_row(name: str, kind: str, numbers: Mapping[str, Any]) -> Element:
    figures = [numbers.get(regime) for regime in MAIN]
    cells = {regime: {"mean": numbers.get(regime)} for regime in MAIN}
    return h(
        "tr",
        h("th", kind, h("small", PAPER), scope="row"),
        [h("td", number(figure), class_="figure") for figure in (*figures, lost(*figures[:2]))],
        h("td", fall_plot(cells, f"{name}, {kind}, in the paper")),
        class_="paper",
    )
