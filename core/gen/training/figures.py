"""Figures of a training batch, gathered slice by slice and from every process.

Letters in shape comments: B examples of a slice, Z latent size, K ratios of a metric.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gen.interfaces.decoder import pooled
from gen.model.vae import Loss, Reconstruction

_ACTIVE = 0.01  # variance over examples (Burda et al. 2016, appendix C)


class Tally:
    """Sums over the slices of a batch, in float64."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    @torch.no_grad()
    def add(self, loss: Loss, result: Reconstruction) -> None:
        """Count a slice in."""
        mean = result.posterior.mean.cpu().double()  # [B, Z]; not every device has float64
        examples = len(mean)
        self._add("examples", torch.tensor(float(examples)))
        for name, value in loss.figures().items():
            self._add(f"loss.{name}", torch.tensor(value, dtype=torch.float64) * examples)
        self._add("mean", mean.sum(0))
        self._add("square", mean.square().sum(0))
        for name, total in result.decoded.sums.items():
            self._add(f"sum.{name}", total.cpu().double().sum(0))  # [] or [K]
            self._add(f"count.{name}", result.decoded.counts[name].cpu().double().sum(0))

    def gather(self, add_up: Callable[[Tensor], Tensor]) -> None:
        """Add what other processes counted, by a function that adds a vector up over all of them."""
        together = add_up(torch.cat([value.flatten() for value in self._sums.values()]))
        pieces = torch.split(together, [value.numel() for value in self._sums.values()])
        shapes = [value.shape for value in self._sums.values()]
        self._sums = {name: piece.view(shape) for name, piece, shape in zip(self._sums, pieces, shapes, strict=True)}

    def figures(self) -> dict[str, float]:
        """Means over examples, pooled metrics, and how many dimensions of z differ between examples."""
        sums, examples = self._sums, self._sums["examples"]
        found = {
            name.removeprefix("loss."): (total / examples).item()
            for name, total in sums.items()
            if name.startswith("loss.")
        }
        for name, total in sums.items():
            if name.startswith("sum."):
                metric = name.removeprefix("sum.")
                found[metric] = pooled(total[None], sums[f"count.{metric}"][None]).item()
        if examples > 1:
            mean = sums["mean"] / examples
            variance = (sums["square"] / examples - mean.square()) * examples / (examples - 1)  # [Z]
            found["active_units"] = int((variance > _ACTIVE).sum())
        return found

    def _add(self, name: str, value: Tensor) -> None:
        value = value.cpu().double()
        self._sums[name] = self._sums[name] + value if name in self._sums else value
