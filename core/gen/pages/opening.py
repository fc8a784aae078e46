"""What stands first on a page: what was compared, how, and what makes it less than fair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.tables import arm_label, table
from gen.pages.values import DASH, Result, count, finite, section

FEW = 12
"""Settings that differ, up to which they are shown unasked."""


def header(result: Result) -> Element:
    """Title, command and facts."""
    return h(
        "header",
        h("h1", str(result.get("title") or "Results")),
        h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in facts(result)], class_="facts"),
        h("pre", h("code", str(result["command"])), tabindex=0) if result.get("command") else None,
    )


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
    return h(
        "section",
        h("h2", "Less than fair", id="fairness"),
        h("ul", [h("li", str(sentence)) for sentence in found]),
        class_="flags",
        aria_labelledby="fairness",
    )


def arms(result: Result, places: Mapping[str, int]) -> Element | None:
    """The arms, and their sizes."""
    found = section(result, "arms")
    if not found:
        return None
    parts = ("encoder", "decoder", "total")
    sized = any(section(found, arm, "parameters") for arm in found)
    rows = [
        h(
            "tr",
            h("th", arm_label(arm, places), scope="row"),
            [h("td", count(section(found, arm, "parameters").get(part)), class_="figure") for part in parts if sized],
            h("td", count(section(found, arm).get("trials")), class_="figure"),
            h("td", str(section(found, arm).get("description") or DASH), class_="prose"),
        )
        for arm in found
    ]
    head = ["arm" if len(found) > 1 else "model", *(part for part in parts if sized), "trainings", "what it is"]
    return h(
        "section",
        h("h2", "Arms" if len(found) > 1 else "The model", id="arms"),
        h("p", "Encoder, decoder and total are trained parameters.") if sized else None,
        table(head, rows, "Arms and their parameter counts", class_="arms"),
        trainings(result, places),
        aria_labelledby="arms",
    )


def trainings(result: Result, places: Mapping[str, int]) -> Element | None:
    """Every training: how long it took, and which of its steps is measured."""
    found = trials(result)
    if not found:
        return None
    rows = [
        h("tr", h("th", arm_label(arm, places), scope="row"), [h("td", text, class_="figure") for text in texts])
        for arm, *texts in found
    ]
    return h("details", h("summary", "Trainings"), table(TRIAL_HEAD, rows, "Trainings"))


TRIAL_HEAD = ("arm", "seed", "measured at step", "minutes of training")


def trials(result: Result) -> list[tuple[str, str, str, str]]:
    """Arm, seed, step that is measured, and minutes of each training."""
    return [
        (
            str(trial.get("arm")),
            str(trial.get("seed", DASH)),
            count(trial.get("measured_at_step")),
            DASH if (seconds := finite(trial.get("training_seconds"))) is None else f"{seconds / 60:,.1f}",
        )
        for trial in result.get("trials") or []
    ]


def differences(result: Result, places: Mapping[str, int]) -> Element | None:
    """Settings that are not alike in all arms."""
    found = section(result, "differences")
    names = list(section(result, "arms")) or _arms_of(found)
    if not found or not names:
        return None
    rows = [
        h(
            "tr",
            h("th", h("code", setting), scope="row"),
            [h("td", h("code", str(section(found, setting).get(arm, DASH)))) for arm in names],
        )
        for setting in found
    ]
    head: list[Children] = ["setting", *(arm_label(arm, places) for arm in names)]
    return h(
        "section",
        h("h2", "Settings that differ", id="differences"),
        h(
            "details",
            h("summary", f"{len(found)} setting{'s' if len(found) != 1 else ''}"),
            table(head, rows, "Settings that differ between the arms", class_="settings"),
            open=len(found) <= FEW,
        ),
        aria_labelledby="differences",
    )


def _arms_of(differences: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(arm for setting in differences for arm in section(differences, setting)))
