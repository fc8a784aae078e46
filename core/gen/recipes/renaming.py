"""What is on its way out, in recipes: taken as before, and told with its place."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gen.recipes.tree import Node
from gen.system.deprecation import deprecation_of, renamed_options

_told: dict[str, dict[Any, Any]] = {}
"""What has been said of each file, so that it is said once."""


def with_new_names(cls: type, node: Node, path: str, report: Callable[[str, str, str], None]) -> Node:
    """The same mapping with every option of a class under the name that it has now.

    ``report`` takes the place, the path and the text of a problem: an option that is given under both names.
    """
    entries, places = dict(node.entries), dict(node.keys or {})
    for old, now in renamed_options(cls).items():
        if old not in node.entries:
            continue
        below, place = f"{path}.{old}".lstrip("."), node.key_place(old)
        value = entries.pop(old)
        if now.new in entries:
            report(place, below, f"{now.new!r} is given too, and is the same option; remove {old!r}")
            continue
        _warn(place, f"{below}: {old!r} {now.notice}")
        entries[now.new], places[now.new] = value, place
    return replace(node, value=entries, keys=places)


def tell_deprecated(cls: type, place: str, path: str) -> None:
    """Warn where a recipe names a component that is going to be removed."""
    if text := deprecation_of(cls):
        _warn(place, f"{path}: {text}")


def _warn(place: str, text: str) -> None:
    """Warn at a line of a recipe, as Python does at a line of a module."""
    at = re.fullmatch(r"(.*):(\d+):\d+", place)
    file, line = (at[1], int(at[2])) if at else (place, 1)
    warnings.warn_explicit(text, FutureWarning, file, line, registry=_told.setdefault(file, {}))
