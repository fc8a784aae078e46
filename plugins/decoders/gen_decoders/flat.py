"""The flat decoders of MusicVAE (Roberts et al. 2018, section 3; lstm_models.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gen.nn import remember_
from gen_decoders.heads import BooleanHead, CategoricalHead, Head, MultiCategoricalHead
from gen_decoders.lstm import AutoregressiveLstm
from gen_decoders.nade import NadeHead
from gen_decoders.single import SingleLstmDecoder

Outputs = Literal["categorical", "multi", "boolean", "nade"]


class FlatDecoder(SingleLstmDecoder):
    """A stacked LSTM that says a whole sequence step by step.

    Args:
        sizes: units of each layer, bottom first.
        outputs: what a step says. ``categorical``: one of ``output_depth`` classes. ``multi``: one class of each of
            several streams, together. ``boolean``: one bit. ``nade``: ``output_depth`` bits that depend on each other.
        depths: ``multi`` only: classes of each stream.
        hidden: ``nade`` only: its hidden units.
        dropout: probability of dropping an input of any layer, in training.
        residual: add the input of a layer to its output.
        memory: steps that the longest memory lasts, with biases drawn to that end; None for the original's
            initialisation.
        output_depth: width of a step.
        control_depth: width of the controls, 0 for none.
        latent_size: width of z.

    Raises:
        ValueError: options that don't go together.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (256, 256),
        *,
        outputs: Outputs = "categorical",
        depths: Sequence[int] | None = None,
        hidden: int = 128,
        dropout: float = 0.0,
        residual: bool = False,
        memory: int | None = None,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        if depths is not None and outputs != "multi":
            raise ValueError(f"depths are the streams of outputs: multi; outputs: {outputs} takes none")
        self.core = AutoregressiveLstm(
            sizes,
            _head(outputs, depths, hidden, output_depth),
            dropout=dropout,
            residual=residual,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=latent_size,
        )
        remember_(self, memory)


def _head(outputs: Outputs, depths: Sequence[int] | None, hidden: int, output_depth: int) -> Head:
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
