"""HTML made of elements, so that no text can become markup: names come from strangers' recipes and files.

Elements are the standard library's; its serialiser escapes text and attributes. Scripts and style sheets are the only
content that HTML takes as it is, and those are gen's own (see `embedded_json` for data).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from gen.system.files import json_text

Child = Element | str
Children = Child | Iterable[Child] | None


def h(name: str, /, *children: Children, **attributes: object) -> Element:
    """An element of text, elements, or several of them; None is left out.

    In attributes ``class_`` stands for ``class``, other underscores for hyphens; None and False are left out, True is
    an attribute without a value.
    """
    element = Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            element.set(key.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    for child in children:
        _append(element, child)
    return element


def part(name: str, title: str, /, *children: Children, **attributes: object) -> Element:
    """A section below a heading with that id."""
    return h("section", h("h2", title, id=name), *children, **attributes, aria_labelledby=name)


def html(element: Element) -> str:
    """The element as HTML, without what UTF-8 can't say: file names may hold bytes that are no text."""
    text: str = tostring(element, encoding="unicode", method="html")
    return text.encode("utf-8", "replace").decode("utf-8")


def embedded_json(value: object) -> str:
    """JSON that stays data inside a ``script`` element: no ``<`` that could end it or open a comment.

    The text is ASCII; numbers that aren't finite are null.
    """
    return json_text(value).translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"})  # only in strings


def _append(element: Element, child: Children) -> None:
    if child is None:
        return
    if isinstance(child, Element):
        element.append(child)
    elif isinstance(child, str):
        if len(element):
            element[-1].tail = (element[-1].tail or "") + child
        else:
            element.text = (element.text or "") + child
    else:
        for each in child:
            _append(element, each)
