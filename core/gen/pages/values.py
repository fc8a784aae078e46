"""Reading a result, of which any part may be missing, and writing its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]
DASH = "–"
NOT_SHOWN = "no difference shown"
_MINUS = "−"
_FORMS = {999.5: ",.0f", 99.95: ".1f", 9.995: ".2f", 0.0005: ".3f"}  # from that size on


def section(result: Result, *keys: str) -> dict[str, Any]:
    """A mapping inside a result, by the keys that lead to it; empty where there is none. Its keys are strings."""
    found: Any = result
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return {str(key): value for key, value in found.items()} if isinstance(found, Mapping) else {}


def finite(value: Any) -> float | None:
    """A number, or None for what is missing, no number, infinite, NaN or too large for a float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        figure = float(value)
    except OverflowError:  # JSON's integers have any number of digits
        return None
    return figure if math.isfinite(figure) else None


def number(value: Any, *, signed: bool = False) -> str:
    """A figure in three or four digits; a dash for none."""
    figure = finite(value)
    if figure is None:
        return DASH
    size = abs(figure)
    form = next((form for least, form in _FORMS.items() if size >= least), ".1e" if size else ".3f")
    return (_MINUS if figure < 0 else "+" if signed and figure > 0 else "") + f"{size:{form}}"


def lost(forced: Any, free: Any) -> float | None:
    """Teacher-forced accuracy less free-running; None where either is missing."""
    first, second = finite(forced), finite(free)
    return None if first is None or second is None else first - second


def count(value: Any) -> str:
    """A whole number with thousands set apart; a dash for none."""
    figure = finite(value)
    return DASH if figure is None else f"{figure:,.0f}"


def interval(cell: Result, *, signed: bool = False) -> str:
    """``0.871 to 0.895``; empty where an end is missing."""
    low, high = (finite(cell.get(end)) for end in ("low", "high"))
    if low is None or high is None:
        return ""
    return f"{number(low, signed=signed)} to {number(high, signed=signed)}"


def direction(cell: Result) -> str:
    """Whether a difference is shown by its interval: ``more``, ``less``, or that none is; empty without an interval."""
    low, high = (finite(cell.get(end)) for end in ("low", "high"))
    if low is None or high is None:
        return ""
    return "more" if low > 0 else "less" if high < 0 else NOT_SHOWN


def shown_by(verdict: Result) -> str:
    """What a verdict for nobody shows, and why where its interval leaves out 0; empty without an interval."""
    said = direction(verdict)
    return said if said in ("", NOT_SHOWN) else f"{NOT_SHOWN}: the seeds disagree"


def seeds_of(cell: Result) -> list[float]:
    """The figure with each seed, those that are numbers."""
    seeds = cell.get("seeds")
    if not isinstance(seeds, (list, tuple)):
        return []
    return [seed for seed in map(finite, seeds) if seed is not None]
