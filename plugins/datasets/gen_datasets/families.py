"""Which pieces belong together, so that no two of them end up on two sides of a split."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def families(marks: Sequence[Sequence[Hashable]]) -> list[int]:
    """The family of each piece: pieces that share a mark, or are joined by a chain of such, are of one.

    Args:
        marks: of each piece, what it shares with its family: a title, a signature.

    Returns:
        For each piece the place of the first piece of its family.
    """
    parent = list(range(len(marks)))

    def head(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first_with: dict[Hashable, int] = {}
    for at, own in enumerate(marks):
        for mark in own:
            one, other = sorted((head(at), head(first_with.setdefault(mark, at))))
            parent[other] = one
    return [head(at) for at in range(len(marks))]
