"""The GrooVAE decoder (Gillick et al. 2019, section 3; lstm_models.py, GrooveLstmDecoder)."""

from __future__ import annotations

from collections.abc import Sequence

from gen_decoders.heads import GrooveHead
from gen_decoders.lstm import AutoregressiveLstm
from gen_decoders.single import SingleLstmDecoder


class GrooveDecoder(SingleLstmDecoder):
    """A flat LSTM that says drum hits with their velocities and micro-timing.

    The temperature acts on the hits alone. Metrics are the losses of a step by part: ``hits_loss``,
    ``velocities_loss`` and ``offsets_loss``.

    Args:
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training (the original keeps 0.3: 0.7 here).
        residual: add the input of a layer to its output.
        output_depth: three times the number of drums: hits, velocities in [0, 1], offsets in [-1, 1] half steps.
        control_depth: width of the controls, 0 for none.
        latent_size: width of z.

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
        super().__init__()
        if output_depth % 3:
            raise ValueError(f"a groove has hits, velocities and offsets: depth {output_depth} is no multiple of 3")
        self.core = AutoregressiveLstm(
            sizes,
            GrooveHead(),
            dropout=dropout,
            residual=residual,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=latent_size,
        )
