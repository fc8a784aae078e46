"""Text from strangers, made fit for a terminal or a page."""

from __future__ import annotations


def printable(text: str) -> str:
    """The same with everything that isn't printable spelled out: control characters, line breaks, half characters.

    A file name may hold any of these, and what a terminal takes for commands.
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
