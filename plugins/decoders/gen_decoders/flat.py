"""MusicVAE's flat decoders (Roberts et al. 2018, section 3) and GrooVAE's; lstm_models.py in the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gen.nn import remember_
from gen_decoders.heads import GrooveHead
from gen_decoders.lstm import SingleLstmDecoder
from gen_decoders.outputs import head_of

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
        output_depth, control_depth, latent_size: widths of a step, of the controls (0 for none) and of z.

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
        if depths is not None and outputs != "multi":
            raise ValueError(f"depths are the streams of outputs: multi; outputs: {outputs} takes none")
        super().__init__(
            sizes,
            head_of(outputs, depths, output_depth, hidden=hidden),
            dropout=dropout,
            residual=residual,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=latent_size,
        )
        remember_(self, memory)


class GrooveDecoder(SingleLstmDecoder):
    """A flat LSTM that says drum hits with their velocities and micro-timing (Gillick et al. 2019, section 3).

    The temperature acts on the hits alone. Metrics are the losses of a step by part: ``hits_loss``,
    ``velocities_loss`` and ``offsets_loss``.

    Args:
        dropout: as of `FlatDecoder`, like the others (the original keeps 0.3: 0.7 here).
        output_depth: three times the number of drums: hits, velocities in [0, 1], offsets in [-1, 1] half steps.

    Raises:
        ValueError: the depth is not a multiple of three.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (256, 256),
        *,
        dropout: float = 0.0,
        residual: bool = False,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        if output_depth % 3:
            raise ValueError(f"a groove has hits, velocities and offsets: depth {output_depth} is no multiple of 3")
        super().__init__(
            sizes,
            GrooveHead(),
            dropout=dropout,
            residual=residual,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=latent_size,
        )
