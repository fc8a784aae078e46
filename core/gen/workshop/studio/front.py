"""The studio's page: its skeleton and what its scripts know from the beginning; the rest they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from gen.notes.drum_maps import drum_name
from gen.pages.elements import embedded_json, h, html, part
from gen.system import regular
from gen.workshop.studio.choices import VERBS
from gen.workshop.studio.looks import MOST_CLIP

STYLES = ("page.css", "studio.css")
_SHARED = ("base", "chart", "synth", "roll", "player", "clips")  # with the pages that comparisons write
SCRIPTS = (*_SHARED, "studio_parts", "studio_ask", "studio_form", "studio_runs", "studio")
"""In the order in which they run."""


def asset(name: str) -> str:
    """A script or a style sheet of the page by its file's name; a KeyError where it has none of that name."""
    if name not in (*STYLES, *(f"{script}.js" for script in SCRIPTS)):
        raise KeyError(name)
    return regular.resource("gen.pages", "assets", name)


def front_page(out: Path) -> str:
    """A whole HTML document; ``out`` is where everything is kept."""
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("title", "gen studio"),
        h("link", rel="icon", href="data:,"),
        [h("link", rel="stylesheet", href=f"/assets/{name}") for name in STYLES],
    )
    body = h(
        "body",
        h("a", "To the clip", href="#clip", class_="skip"),
        h(
            "header",
            h("h1", "gen studio"),
            h("p", "What you bring and what is made of it stays on this machine, in ", h("code", str(out)), "."),
        ),
        h("p", id="errors", role="alert", hidden=True),
        h("p", id="trouble", role="alert", hidden=True),
        h("noscript", h("p", "The studio is drawn by a script, and scripts are switched off.")),
        h("p", id="said", role="status", aria_live="polite"),
        h("main", _sections(), class_="studio"),
        h("script", embedded_json(_data()), type="application/json", id="data"),
        [h("script", src=f"/assets/{name}.js") for name in SCRIPTS],
    )
    return "<!DOCTYPE html>\n" + html(h("html", head, body, lang="en")) + "\n"


def _sections() -> list[Element]:
    """Places that the scripts fill, in the order in which one comes by them."""
    return [
        part("bring-title", "Bring a clip", id="bring"),
        part("clip-title", "The clip", id="clip", tabindex="-1"),
        part("do-title", "Do something", id="do"),
        h(
            "div",
            part("jobs-title", "Under way", id="jobs", hidden=True),
            part("history-title", "History", id="history"),
            class_="made",
        ),
        part("runs-title", "Runs", id="runs"),
        part("pages-title", "Pages", id="pages"),
    ]


def _data() -> dict[str, Any]:
    return {
        "arms": [],
        "clips": [],
        "verbs": [verb.to_json() for verb in VERBS.values()],
        "most": MOST_CLIP,
        "words": {"regimes": [], "figures": [], "drums": [(pitch, drum_name(pitch)) for pitch in range(128)]},
    }
