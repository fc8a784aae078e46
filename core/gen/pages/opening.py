"""What stands first on a page: what was compared, how, and what makes it less than fair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from gen.pages import grid
from gen.pages.elements import h, part
from gen.pages.tables import grid_table
from gen.pages.values import Result, count, section

FEW = 12
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
        h("p", "Encoder, decoder and total are trained parameters.") if sized else None,
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
    count = len(found.rows)
    caption = "Settings that differ between the arms"
    return part(
        "differences",
        "Settings that differ",
        h(
            "details",
            h("summary", f"{count} setting{'s' if count != 1 else ''}"),
            grid_table(found, caption, places, corner="setting", class_="settings"),
            open=count <= FEW,
        ),
    )
