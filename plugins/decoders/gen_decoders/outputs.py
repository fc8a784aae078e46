"""Heads by the names that recipes have for them."""

from __future__ import annotations

from collections.abc import Sequence

from gen_decoders.heads import BooleanHead, CategoricalHead, Head, MultiCategoricalHead
from gen_decoders.nade import NadeHead


def head_of(outputs: str, depths: Sequence[int] | None, output_depth: int, *, hidden: int = 0) -> Head:
    """Make the head of ``outputs``, as `FlatDecoder` takes them; options that don't fit are a ValueError."""
    if outputs == "categorical":
        return CategoricalHead()
    if outputs == "multi":
        if depths is None or min(depths, default=0) < 1 or sum(depths) != output_depth:
            given = "none" if depths is None else f"{list(depths)}, {sum(depths)} in all"
            raise ValueError(
                f"depths must be classes of streams that add up to the {output_depth} of a step, not {given}"
            )
        return MultiCategoricalHead(depths)
    if outputs == "boolean":
        if output_depth != 1:
            raise ValueError(f"outputs: boolean says one bit a step, but steps are {output_depth} wide")
        return BooleanHead()
    if outputs == "nade":
        if hidden < 1:
            raise ValueError(f"hidden must be at least 1, not {hidden}")
        return NadeHead(output_depth, hidden)
    raise ValueError(f"outputs must be categorical, multi, boolean or nade, not {outputs!r}")
