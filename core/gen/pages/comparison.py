"""One self-contained HTML page of a comparison, or of the evaluation of one model.

It opens from a file, needs no network and may use none: its content security policy allows nothing but the scripts and
the style sheet written into it, each named by its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from xml.etree.ElementTree import Element

from gen.notes.drum_maps import drum_name
from gen.pages.document import document
from gen.pages.elements import h, part
from gen.pages.findings import (
    accuracy_table,
    arms,
    beside_baselines,
    differences,
    every_figure,
    flags,
    header,
    verdicts,
)
from gen.pages.grid import bars_of
from gen.pages.rates import rates_of, rates_section
from gen.pages.values import Result, section
from gen.pages.ways import Ways, ways_data, ways_of, ways_section
from gen.pages.words import figure_name, regime_name

SCRIPTS = ("base", "chart", "curves", "bars", "ways", "synth", "roll", "player", "clips")
"""In the order in which they run."""


def page(result: Result) -> str:
    """A whole HTML document of a result as ``gen compare`` and ``gen eval`` make it.

    Any key may be missing: what it would show is left out. Texts may hold anything; none of it becomes markup.
    """
    places = {arm: place for place, arm in enumerate(_arm_names(result))}
    ways = ways_of(result)
    main = h(
        "main",
        flags(result),
        arms(result, places),
        differences(result, places),
        verdicts(result, places),
        accuracy_table(result, places),
        rates_section(rates_of(result), places),
        beside_baselines(result, places),
        _drawn(result),
        ways_section(ways, places),
        every_figure(result, places),
    )
    title = str(result.get("title") or "Results")
    return document(title, header(result), main, _data(result, places, ways), SCRIPTS)


def _drawn(result: Result) -> list[Element]:
    """Places that the scripts fill."""
    found = [
        ("bars", "Accuracy by bar", section(result, "by_bar")),
        ("curves", "Curves", section(result, "curves")),
        ("clips", "Clips and their reconstructions" if _arms_measured(result) else "Clips", result.get("clips")),
    ]
    unseen = "This part is drawn by a script, and scripts are switched off."
    return [
        part(f"{name}-title", title, h("noscript", h("p", unseen)), id=name) for name, title, there in found if there
    ]


def _arms_measured(result: Result) -> bool:
    return bool(section(result, "figures"))


def _data(result: Result, places: Mapping[str, int], ways: Ways | None) -> dict[str, Any]:
    """What the scripts draw; lists of pairs in place of mappings, whose keys could mean something in a script."""
    bars = [asdict(each) for each in bars_of(result)]
    curves = section(result, "curves")
    trials: list[dict[str, Any]] = [
        {"name": name, "arm": str(section(curves, name).get("arm", name)), "split": split, "columns": columns}
        for name in curves
        for split in ("train", "validation")
        if (columns := [list(pair) for pair in section(curves, name, split).items()])
    ]
    clips: list[dict[str, Any]] = [
        {
            "name": str(clip.get("name") or ""),
            "seconds": clip.get("seconds"),
            "bars": clip.get("bars"),
            "words": [list(pair) for pair in section(clip, "words").items()],
            "versions": [
                {"name": name, "notes": list(notes or [])} for name, notes in section(clip, "versions").items()
            ],
        }
        for clip in result.get("clips") or []
    ]
    pitches = {int(note[2]) for clip in clips for version in clip["versions"] for note in version["notes"] if note[5]}
    return {
        "arms": list(places),
        "bars": bars,
        "curves": trials,
        "ways": ways_data(ways),
        "clips": clips,
        "words": {
            "regimes": sorted({(bar["regime"], regime_name(bar["regime"])) for bar in bars}),
            "figures": sorted(
                {(bar["figure"], figure_name(bar["figure"])) for bar in bars}
                | {(column[0], figure_name(column[0])) for trial in trials for column in trial["columns"]}
            ),
            "drums": [(pitch, drum_name(pitch)) for pitch in sorted(pitches)],
        },
    }


def _arm_names(result: Result) -> list[str]:
    """Every arm that is named anywhere, those of ``arms`` first: their order decides their colours."""
    curves = section(result, "curves")
    names = (
        *section(result, "arms"),
        *section(result, "figures"),
        *(arm for row in result.get("table") or [] for arm in section(row, "cells")),
        *section(result, "by_bar"),
        *section(result, "studies", "interpolation", "models"),
        *(str(section(curves, name).get("arm", name)) for name in curves),
        *(name for clip in result.get("clips") or [] for name in section(clip, "versions") if name != "original"),
    )
    return [*dict.fromkeys(names)]
