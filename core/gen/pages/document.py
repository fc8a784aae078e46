"""A page as one file: style sheet, scripts and data inside, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import embedded_json, h, html
from gen.system import regular


def document(title: str, header: Element, main: Element, data: Any, scripts: Sequence[str]) -> str:
    """A whole HTML document: `data` as JSON for the scripts, which are named by their files and run in that order."""
    names = ("page.css", *(f"{name}.js" for name in scripts))
    style, *texts = (regular.resource("gen.pages", "assets", name) for name in names)
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=_policy(style, texts)),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("title", title),
        h("style", style),
    )
    body = h(
        "body",
        header,
        h("p", id="errors", role="alert", hidden=True),
        main,
        h("script", embedded_json(data), type="application/json", id="data"),
        [h("script", text) for text in texts],
    )
    return "<!DOCTYPE html>\n" + html(h("html", head, body, lang="en")) + "\n"


def _policy(style: str, scripts: Sequence[str]) -> str:
    """Nothing from anywhere; of what is inline, only what is known."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {' '.join(map(_digest, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
