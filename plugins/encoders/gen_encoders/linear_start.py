"""An encoder with a linear code of the clip beside it, which z begins as.

Letters in shape comments: B batch, T steps, I depth of a step, E the core's vector, K components, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from gen import Encoder
from gen.nn import linear, principal_components
from gen_encoders.whole import whole_clips

_SEED = 0  # of the first directions of the decomposition


class LinearStartEncoder(Encoder):
    """Reads a clip with any encoder and, beside it, as its principal components.

    Before the first step of training the components of the training clips are found and the posterior is made the best
    linear code at the free bits: mean and standard deviation tell at once what such a code can tell, the decoder learns
    from a z that means something, and the core learns what a linear code lacks. The embedding is the core's vector and
    then the components.

    Args:
        core: any encoder.
        size: components, about as many as z has.
        trained: whether the components are weights like others after that, rather than fixed.
        input_size: depth of inputs and controls together.
        steps: of every example.

    Raises:
        ValueError: no components, or examples that vary in length.
    """

    started_: Tensor

    def __init__(
        self,
        core: Callable[..., Encoder],
        size: int = 256,
        *,
        trained: bool = False,
        input_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if steps is None:
            raise ValueError(
                "linear_start reads clips of one length, and this converter's vary: set slice_bars or its like"
            )
        self.steps = steps
        self.core = core(input_size=input_size, steps=steps)
        self.components = linear(steps * input_size, size)
        self.components.requires_grad_(trained)
        self.register_buffer("started_", torch.zeros((), dtype=torch.bool))

    @property
    def output_size(self) -> int:
        """The core's, and the components."""
        return self.core.output_size + self.components.out_features

    @property
    def started(self) -> bool:
        """Whether the components are those of some training examples."""
        return bool(self.started_)

    @torch.no_grad()
    def start_from(
        self, batches: Callable[[], Iterator[tuple[Tensor, Tensor]]], mean: nn.Linear, stddev: nn.Linear, bits: float
    ) -> None:
        """As `gen.interfaces.StartsFromExamples.start_from`."""
        size = min(self.components.out_features, mean.out_features)
        found = principal_components(
            lambda: (self._flat(inputs, lengths) for inputs, lengths in batches()),
            size,
            generator=torch.Generator().manual_seed(_SEED),
        )
        told = found.shares(bits)  # [K], fewer where an example has fewer numbers
        size = len(told)
        noise = found.become(self.components, told, noise_size=len(stddev.bias))
        straight = mean.weight[:size, self.core.output_size :]  # [K, size]
        straight.copy_(torch.eye(*straight.shape))
        stddev.bias.copy_(noise)
        self.started_.fill_(True)

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`.

        Args:
            inputs: float ``[B, T, input_size]``, of at most ``steps`` steps.
            lengths: int64 ``[B]``, or ``[B, segments]``.
            generator: source of the core's draws.
        """
        known = self.components(self._flat(inputs, lengths))  # [B, K]
        return torch.cat([self.core(inputs, lengths, generator=generator), known], dim=-1)

    def _flat(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """``[B, T, I]`` to ``[B, T * I]``, zeros past each example's length."""
        return whole_clips(inputs, lengths, self.steps).flatten(1)
