"""Suggestions for what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that ``word`` most resembles, or None where nothing is close."""
    import difflib

    by_lower = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def hint(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"``, or nothing."""
    name = nearest(word, known)
    return "" if name is None else f"; did you mean {name!r}?"


def listing(names: Iterable[str] | Iterable[int], *, limit: int = 8) -> str:
    """Names or numbers in order, as text for a message; a long list is cut and says so."""
    ordered = sorted(names)
    shown = ", ".join(map(str, ordered[:limit])) or "none"
    return shown if len(ordered) <= limit else f"{shown} and {len(ordered) - limit} more"
