"""What the outputs of a step mean: their loss, their sample, their metrics.

Letters in shape comments: N any leading axes, D output depth, K instruments.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LOG_FLOOR = 1e-7  # inside the logarithms of the groove loss, as in the original (lstm_models.py, GrooveLstmDecoder)


class Head(nn.Module, ABC):
    """Reads the projection of a step. A plain object would do, but a head may have parameters."""

    @abstractmethod
    def loss(self, raw: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss and metrics of every step.

        Args:
            raw: ``[N, D]``, the affine map of the LSTM's output.
            targets: ``[N, D]``.

        Returns:
            Nats ``[N]``, and metrics by name, each ``[N]``.
        """

    @abstractmethod
    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Draw steps ``[N, D]`` in the layout of the targets; temperature 0 takes the likeliest."""


class CategoricalHead(Head):
    """One choice among D a step (lstm_models.py, CategoricalLstmDecoder)."""

    def loss(self, raw: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Softmax cross entropy; accuracy of the likeliest class."""
        nats = -(targets * F.log_softmax(raw, dim=-1)).sum(-1)
        return nats, {"accuracy": (raw.argmax(-1) == targets.argmax(-1)).to(raw.dtype)}

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """A one-hot draw from softmax(raw / temperature)."""
        if temperature > 0:
            chances = F.softmax(raw / temperature, dim=-1)
            choice = torch.multinomial(chances.flatten(0, -2), 1, generator=generator).view(raw.shape[:-1])
        else:
            choice = raw.argmax(-1)
        return F.one_hot(choice, raw.shape[-1]).to(raw.dtype)


class GrooveHead(Head):
    """Hits, velocities and offsets of K drums, D = 3K, in this order (GrooVAE section 3; GrooveLstmDecoder).

    Velocity and offset errors count where nothing is hit too: there the targets are 0.
    """

    def loss(self, raw: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Cross entropy of the hits plus squared errors of velocities and offsets, each summed over the drums."""
        hits, velocities, offsets = self._activate(raw)  # [N, K] each
        hit, velocity, offset = targets.chunk(3, dim=-1)
        hits_nats = -(hit * (hits + _LOG_FLOOR).log() + (1 - hit) * (1 - hits + _LOG_FLOOR).log()).sum(-1)  # [N]
        velocities_error = (velocities - velocity).square().sum(-1)  # [N]
        offsets_error = (offsets - offset).square().sum(-1)  # [N]
        parts = {"hits_loss": hits_nats, "velocities_loss": velocities_error, "offsets_loss": offsets_error}
        return hits_nats + velocities_error + offsets_error, parts

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Draw the hits; velocities and offsets are their activations, the same at every temperature."""
        _, velocities, offsets = self._activate(raw)
        logits = raw.chunk(3, dim=-1)[0]
        if temperature > 0:
            hits = torch.bernoulli(torch.sigmoid(logits / temperature), generator=generator)
        else:
            hits = (logits > 0).to(raw.dtype)
        return torch.cat([hits, velocities, offsets], dim=-1)

    @staticmethod
    def _activate(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hits, velocities, offsets = raw.chunk(3, dim=-1)
        return hits.sigmoid(), velocities.sigmoid(), offsets.tanh()
