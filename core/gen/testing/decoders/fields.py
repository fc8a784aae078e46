"""What a decoder declares that it says, held against what it does say (`gen.interfaces.SaysFields`)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, SaysFields
from gen.interfaces.rows import Field, Flags, Floats, OneHot
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import DecoderSubject

_EXAMPLES = 256

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a require_fields() that was written for another output, returns a bool, or takes the Floats of a converter that "
    "doesn't tell for real numbers",
    needs=["determinism"],
)
def says_fields(subject: DecoderSubject) -> None:
    """Of a `gen.interfaces.SaysFields`: it takes fields such as it says, and refuses those that it never says."""
    decoder = subject.component
    if not isinstance(decoder, SaysFields):
        skipped("it is no gen.interfaces.SaysFields, so recipes believe that it can say any steps")
    if (why := _refusal(decoder, [Floats(subject.depth)])) is not None:
        failed(f"{subject.depth} numbers, which is what a converter has that doesn't tell, are refused: {why}")
    rows = subject.sample(subject.noise(_EXAMPLES, seed=4), seed=4).flatten(0, 1)  # [N, D]
    said = fields_of(rows)
    if (why := _refusal(decoder, said)) is not None:
        failed(f"it says {spelled(said)}, and refuses them: {why}")
    if any(isinstance(each, Decoder) and not isinstance(each, SaysFields) for each in decoder.modules()):
        return  # a part that doesn't know what it says is believed
    never: list[list[Field]] = []
    if any(not isinstance(field, Flags) for field in said) and subject.depth > 1:
        never.append([Flags(subject.depth)])
    if (len(said) > 1 or isinstance(said[0], Floats)) and subject.depth > 1:
        never.append([OneHot(subject.depth)])
    for fields in never:
        if _refusal(decoder, fields) is None:
            failed(f"it says {spelled(said)}, and takes steps of {spelled(fields)}, which it can't say")


def _refusal(decoder: SaysFields, fields: Sequence[Field]) -> str | None:
    """Why a decoder can't say these; None where it can."""
    try:
        decoder.require_fields(tuple(fields))
    except ValueError as error:
        return str(error) or failed(f"{spelled(fields)} are refused without a word")
    return None


def fields_of(rows: Tensor) -> list[Field]:
    """The narrowest fields that hold all of these rows ``[N, D]``; a `Verdict` where they are too few to tell."""
    real = ((rows != 0) & (rows != 1)).any(0).tolist()
    found: list[Field] = []
    column = 0
    for is_real, run in groupby(real):
        width = len(list(run))
        part, column = rows[:, column : column + width], column + width
        found += [Floats(width)] if is_real else _choices(part)
    return found


def _choices(rows: Tensor) -> list[Field]:
    """Rows of 0 and 1: runs of columns of which always one alone is 1, as narrow as may be, and flags between them."""
    if (rows.sum(1) == 1).all() and rows.shape[1] > 1:
        return [OneHot(rows.shape[1])]
    before = torch.cat([rows.new_zeros(len(rows), 1), rows.cumsum(1)], dim=1)  # [N, D + 1]
    found: list[Field] = []
    start = flags = 0
    while start < rows.shape[1]:
        among = before[:, start + 1 :] - before[:, start : start + 1]
        one = (among == 1).all(0).nonzero().flatten()
        width = int(one[0]) + 1 if len(one) else 0
        if width > 1:
            found += [Flags(start - flags)] if start > flags else []
            found.append(OneHot(width))
            start = flags = start + width
        else:
            start += 1
    found += [Flags(start - flags)] if start > flags else []
    unused = (rows == rows[:1]).all(0)  # [D]
    if unused.any() and any(isinstance(field, OneHot) for field in found):
        skipped("some of its columns are the same in all that it says, so where a class ends can't be told")
    return found


def spelled(fields: Sequence[Field]) -> str:
    """Fields for people: ``OneHot(4), Flags(5)``."""
    return ", ".join(f"{type(field).__name__}({field.width})" for field in fields)
