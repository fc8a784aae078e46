"""Decoders that are one `AutoregressiveLstm`: MusicVAE's flat ones (Roberts et al. 2018, section 3) and GrooVAE's.

In the original they are in lstm_models.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from torch import Tensor

from gen import DecoderOutput
from gen.interfaces import SegmentDecoder, TensorflowPlace, tensorflow_places
from gen.nn import remember_
from gen_decoders.heads import BooleanHead, CategoricalHead, GrooveHead, Head, MultiCategoricalHead
from gen_decoders.lstm import AutoregressiveLstm
from gen_decoders.nade import NadeHead

Outputs = Literal["categorical", "multi", "boolean", "nade"]


class SingleLstmDecoder(SegmentDecoder):
    """Passes everything to ``core``; whoever derives from it has options, and so a head."""

    def __init__(self, sizes: Sequence[int], head: Head, **options: Any) -> None:
        super().__init__()
        self.core = AutoregressiveLstm(sizes, head, **options)

    @property
    def ending_size(self) -> int:
        """Cell and hidden state of every layer."""
        return self.core.ending_size

    def forward(
        self, targets: Tensor, lengths: Tensor, z: Tensor, controls: Tensor | None = None, **options: Any
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`; the head's metrics."""
        output: DecoderOutput = self.core(targets, lengths, z, controls, **options)
        return output

    def sample(self, z: Tensor, steps: int, **options: Any) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`."""
        return self.core.sample(z, steps, **options)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Width of each piece of state: cell before hidden, layer by layer."""
        return self.core.state_sizes

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, ``[B, size]`` each, from ``z [B, latent_size]``."""
        return self.core.initial_states(z)

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Raw outputs, the likeliest step and the new states; so whoever exports it can run the loop himself."""
        return self.core.step(previous, z, control, states)

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: all under ``decoder``."""
        return tensorflow_places(self.core, scope="decoder", path="core")


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
            _head(outputs, depths, hidden, output_depth),
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
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training (the original keeps 0.3: 0.7 here).
        residual: add the input of a layer to its output.
        output_depth: three times the number of drums: hits, velocities in [0, 1], offsets in [-1, 1] half steps.
        control_depth, latent_size: widths of the controls (0 for none) and of z.

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
