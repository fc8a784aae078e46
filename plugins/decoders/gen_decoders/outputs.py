"""Heads by the names that recipes have for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gen_decoders.heads import BooleanHead, CategoricalHead, Head, MultiCategoricalHead

Outputs = Literal["categorical", "multi", "boolean"]


def head_of(outputs: Outputs, depths: Sequence[int] | None, output_depth: int) -> Head:
    """Make a head.

    Args:
        outputs: what a step says: ``categorical`` one of ``output_depth`` classes, ``multi`` one class of each of
            several streams, ``boolean`` one bit.
        depths: ``multi`` only: classes of each stream.
        output_depth: width of a step.

    Raises:
        ValueError: options that don't go together.
    """
    if (depths is None) == (outputs == "multi"):
        raise ValueError(f"depths are the streams of outputs: multi, which needs them; outputs is {outputs}")
    if depths is not None:
        if min(depths, default=0) < 1 or sum(depths) != output_depth:
            raise ValueError(
                f"depths must be classes of streams that add up to the {output_depth} of a step, not {list(depths)}"
            )
        return MultiCategoricalHead(depths)
    if outputs == "boolean":
        if output_depth != 1:
            raise ValueError(f"outputs: boolean says one bit a step, but steps are {output_depth} wide")
        return BooleanHead()
    return CategoricalHead()
