"""What a decoder says, spread as people spread it: a monotone map of values that is fitted after training.

Letters in shape comments: N any leading axes, T steps, K drums, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

POSITIONS = 4
"""Sixteenths of a beat, as in the figures of grooves."""

_QUANTILES = 129
_MOST = 1_000_000  # values of a position that quantiles are taken of; of more they are hardly others


class QuantileMap(nn.Module):
    """Maps values some way to the quantiles of those that were played, by position within the beat.

    The likeliest value of a hit is nearer to the middle than what is played: a model that is trained for small errors
    plays more evenly than people do. A value that is greater than a tenth of all that the model says of training hits
    becomes what is greater than a tenth of all that was played there (histogram matching). The order of values stays,
    so loud hits stay the loud ones. New, it changes nothing.

    Args:
        share: how much of the way values go, above 0 and up to 1. The more, the more they are spread as in the training
            examples, and the farther each is from the likeliest.
    """

    said: Tensor
    played: Tensor

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        even = torch.linspace(-1.0, 1.0, _QUANTILES).repeat(POSITIONS, 1)
        self.register_buffer("said", even)  # [4, Q]
        self.register_buffer("played", even.clone())  # [4, Q]

    def forward(self, values: Tensor) -> Tensor:
        """Values ``[N, T, K]``, from -1 to 1, of steps from the beginning of a beat on."""
        steps = values.shape[-2]
        found = torch.empty_like(values)
        for position in range(min(POSITIONS, steps)):
            here = values[..., position::POSITIONS, :]
            said, played = (each[position].to(values.dtype) for each in (self.said, self.played))  # [Q]
            above = torch.searchsorted(said, here.contiguous()).clamp(1, len(said) - 1)
            low, high = said[above - 1], said[above]
            part = ((here - low) / (high - low).clamp(min=1e-9)).clamp(0.0, 1.0)
            goal = torch.lerp(played[above - 1], played[above], part)
            found[..., position::POSITIONS, :] = torch.lerp(here, goal, self.share)
        return found

    @torch.no_grad()
    def fit(self, said: Sequence[Tensor], played: Sequence[Tensor]) -> None:
        """Take the quantiles of both, position by position; one without two values stays as it is.

        Args:
            said: what the decoder says of the hits of training examples, a vector for each of four positions.
            played: what they were.
        """
        for position, (own, real) in enumerate(zip(said, played, strict=True)):
            if min(len(own), len(real)) > 1:
                self.said[position] = _quantiles(own)
                self.played[position] = _quantiles(real)


def _quantiles(values: Tensor) -> Tensor:
    """From the least to the greatest of ``[n]``, in equal parts of them: ``[Q]``."""
    values = values[:: len(values) // _MOST + 1].float().sort().values
    place = torch.linspace(0.0, len(values) - 1.0, _QUANTILES, device=values.device)
    below = place.long()
    return torch.lerp(values[below], values[(below + 1).clamp(max=len(values) - 1)], place - below)


def by_position(values: Tensor, chosen: Tensor) -> list[Tensor]:
    """The chosen of values ``[B, T, K]`` at each of four positions of the beat, on the CPU; ``chosen`` is as large."""
    steps = range(min(POSITIONS, values.shape[1]))
    found = [values[:, each::POSITIONS][chosen[:, each::POSITIONS]].cpu() for each in steps]
    return found + [values.new_zeros(0).cpu()] * (POSITIONS - len(found))
