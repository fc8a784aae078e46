"""Rows as tokens: one number for what a stream says at a step.

Letters in shape comments: N sequences, T steps, D depth.
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
