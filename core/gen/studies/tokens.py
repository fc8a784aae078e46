"""Rows as tokens, one number for what a stream says at a step, and how usual a sequence of them is.

The latter by the last few tokens before each: an n-gram model with interpolated back-off. With h the tokens before, h'
the same without the first, c(h, w) how often w followed h, c(h) how often anything did and k(h) how many different
tokens did:

    P(w | h) = (c(h, w) + k(h) P(w | h')) / (c(h) + k(h))

down to P(w) = 1 / vocabulary; where nothing ever followed h, P(w | h) is P(w | h') (Witten and Bell 1991, method C,
interpolated as in Chen and Goodman 1998, section 2.5). A sequence's first tokens have only those before them as
context: examples are cut from pieces, so that their beginnings are no event of their own.

Letters in shape comments: N sequences, T steps, D depth, G different n-grams, C different contexts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.errors import UsageError
from gen.interfaces.rows import Field, Flags, Floats, OneHot, Rows, Stored

Tokens = npt.NDArray[np.int64]

_MOST_FLAGS = 62
"""So that every combination of flags, and their number, is an int64."""


@dataclass(frozen=True)
class Stream:
    """What one field of a row says, as tokens numbered from 0; ``vocabulary`` is how many there can be."""

    name: str
    vocabulary: int


def streams_of(fields: Sequence[Field], names: Sequence[str] | None = None) -> tuple[Stream, ...]:
    """A stream for each field of a converter's outputs, called ``steps``, or ``stream 1`` and so on, where not named.

    Raises:
        UsageError: a field isn't made of tokens, or there is another number of names, or one twice.
    """
    for field in fields:
        if isinstance(field, Floats):
            raise UsageError(
                f"outputs with {field.width} columns of real numbers have no tokens to compare step by step: "
                "converters whose steps are classes or on-off flags (melody, drums, trio) can be studied, grooves "
                "with their loudness and timing can't"
            )
        if isinstance(field, Flags) and field.width > _MOST_FLAGS:
            raise UsageError(
                f"{field.width} on-off flags are too many for one token a step; {_MOST_FLAGS} can be studied"
            )
    if names is None:
        names = ["steps"] if len(fields) == 1 else [f"stream {number}" for number in range(1, len(fields) + 1)]
    if len(names) != len(fields) or len(set(names)) != len(names):
        raise UsageError(f"{len(fields)} streams need as many different names, not {list(names)}")
    sizes = (field.width + 1 if isinstance(field, OneHot) else 1 << field.width for field in fields)  # a class, or none
    return tuple(map(Stream, names, sizes))


def tokens_of(rows: Rows) -> tuple[Tokens, ...]:
    """Tokens ``[N, T]`` of each field of stored rows ``[N, T]``, without making them wide.

    A class is its number, and no class the number after the last. Flags are the bits of a number, the first one
    highest. The fields must be ones that `streams_of` takes.
    """
    return tuple(_tokens(field, stored) for field, stored in zip(rows.fields, rows.stored, strict=True))


def _tokens(field: Field, stored: Stored) -> Tokens:
    if isinstance(field, OneHot):
        return stored.astype(np.int64)
    size = stored.shape[-1]
    spare = 8 * size - field.width  # unused bits, the lowest of the last byte
    shifts = 8 * np.arange(size - 1, 0, -1, dtype=np.int64) - spare
    high: Tokens = (stored[..., :-1].astype(np.int64) << shifts).sum(-1)
    low: Tokens = stored[..., -1].astype(np.int64) >> spare
    return high + low


@dataclass(frozen=True, eq=False)
class _Level:
    """What followed contexts of one length. Contexts are numbered as the n-grams of the level below are."""

    grams: Tokens  # [G], sorted: number of the context times the base, plus number of the token
    counts: Tokens  # [G]: how often each was seen
    totals: Tokens  # [C]: how often anything followed each context
    kinds: Tokens  # [C]: how many different tokens did


class NGrams:
    """An n-gram model of sequences of tokens.

    Args:
        tokens: int64 ``[N, T]``, to count in.
        lengths: valid steps ``[N]``; all of them where None.
        vocabulary: how many different tokens there can be, seen or not, numbered from 0.
        order: n; a token is looked at with up to n - 1 before it.

    Raises:
        ValueError: an order below 1, or tokens outside the vocabulary.
    """

    def __init__(
        self, tokens: Tokens, lengths: npt.NDArray[np.int64] | None = None, *, vocabulary: int, order: int = 5
    ) -> None:
        if order < 1:
            raise ValueError(f"the order of an n-gram model must be at least 1, not {order}")
        steps = tokens.shape[1]
        valid = np.arange(steps) < (steps if lengths is None else lengths[:, np.newaxis])  # [1 or N, T]
        usable = np.broadcast_to(valid, tokens.shape)
        self.order = order
        self.vocabulary = vocabulary
        self._require(tokens[usable])
        self._seen = np.unique(tokens[usable])
        self._base = len(self._seen) + 1
        self._levels: list[_Level] = []
        words = self._words(tokens)  # [N, T]
        contexts = np.zeros_like(words)
        count = 1
        for _ in range(order):
            keys = contexts[usable] * self._base + words[usable]
            grams, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
            owners = grams // self._base
            totals = np.bincount(owners, counts, minlength=count).astype(np.int64)
            self._levels.append(_Level(grams, counts, totals, np.bincount(owners, minlength=count)))
            # an n-gram is the context of the token after it
            contexts[usable] = places
            contexts = np.roll(contexts, 1, axis=1)
            usable = valid & np.roll(usable, 1, axis=1)
            usable[:, :1] = False
            count = len(grams)

    def cost(self, tokens: Tokens) -> npt.NDArray[np.float64]:
        """Negative log probability of each token given those before it, in nats, ``[N, T]``.

        Steps past a sequence's end may hold any token: no step before them sees it.

        Raises:
            ValueError: tokens outside the vocabulary.
        """
        self._require(tokens)
        words = self._words(tokens)
        chances = np.full(tokens.shape, 1.0 / self.vocabulary)
        contexts = np.zeros_like(words)
        known = np.ones(tokens.shape, np.bool_)  # whether the context was ever seen
        for level in self._levels:
            if not len(level.grams):  # all sequences were shorter than this
                break
            keys = contexts * self._base + words
            places = np.minimum(np.searchsorted(level.grams, keys), len(level.grams) - 1)
            found = known & (level.grams[places] == keys)
            counts = np.where(found, level.counts[places], 0)
            totals = np.where(known, level.totals[contexts], 0)
            kinds = level.kinds[contexts]
            mixed = (counts + kinds * chances) / np.maximum(totals + kinds, 1)
            chances = np.where(totals > 0, mixed, chances)
            contexts = np.roll(np.where(found, places, 0), 1, axis=1)
            known = np.roll(found, 1, axis=1)
            known[:, :1] = False
        nats: npt.NDArray[np.float64] = -np.log(chances)
        return nats

    def _words(self, tokens: Tokens) -> Tokens:
        """Tokens numbered without gaps, so that keys stay small; those never seen are one number more."""
        places = np.searchsorted(self._seen, tokens)
        seen = places < len(self._seen)
        seen[seen] = self._seen[places[seen]] == tokens[seen]
        return np.where(seen, places, len(self._seen))

    def _require(self, tokens: Tokens) -> None:
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise ValueError(
                f"tokens from {tokens.min()} to {tokens.max()} don't fit a vocabulary of {self.vocabulary}, from 0"
            )
