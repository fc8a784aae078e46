"""Figures of batches: of training, gathered slice by slice and from every process, and of held-out examples.

Letters in shape comments: B examples of a slice, Z latent size, K ratios of a metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.interfaces.decoder import pooled
from gen.interfaces.objective import Loss, Reconstruction
from gen.model.vae import VAE
from gen.nn import without_dropout
from gen.training.batch import to_device

Figures = dict[str, float]

COLLAPSED_BITS = 0.5
_PATIENCE = 20  # lines of metrics; every model looks collapsed for some steps at the start
_ACTIVE = 0.01  # variance over examples (Burda et al. 2016, appendix C)


class Tally:
    """Sums over batches or slices of one, in float64 so that many small ones don't lose digits."""

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
        self._sums = {
            name: piece.view(value.shape) for (name, value), piece in zip(self._sums.items(), pieces, strict=True)
        }

    def means(self) -> Figures:
        """Means over examples, and pooled metrics."""
        sums, found = self._sums, {}
        for name, total in sums.items():
            kind, _, figure = name.partition(".")
            if kind == "loss":
                found[figure] = (total / sums["examples"]).item()
            elif kind == "sum":
                found[figure] = pooled(total[None], sums[f"count.{figure}"][None]).item()
        return found

    def figures(self) -> Figures:
        """`means`, and how many dimensions of z differ between examples."""
        found, examples = self.means(), self._sums["examples"]
        if examples > 1:
            mean = self._sums["mean"] / examples
            variance = (self._sums["square"] / examples - mean.square()) * examples / (examples - 1)  # [Z]
            found["active_units"] = int((variance > _ACTIVE).sum())
        return found

    def _add(self, name: str, value: Tensor) -> None:
        value = value.cpu().double()
        self._sums[name] = self._sums[name] + value if name in self._sums else value


@torch.no_grad()
def held_out_loss(
    model: VAE, examples: Examples, *, step: int, batch_size: int, seed: int, max_batches: int | None = None
) -> Figures:
    """Teacher-forced loss, its parts, and the decoder's metrics, as means over examples (metrics: over their counts).

    The first ``max_batches`` batches are used, or all. The training step sets the weight of the KL. z is drawn once
    for each example; the same seed makes evaluations comparable. The model is left in the mode it was in.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    tally = Tally()
    with without_dropout(model):
        for number, chunk in enumerate(examples.batches(batch_size)):
            if number == max_batches:
                break
            batch = to_device(chunk, model.device)
            result = model(batch.inputs, batch.outputs, batch.lengths, batch.controls, generator=generator)
            tally.add(model.loss(result, step, generator=generator), result)
    return tally.means()


class CollapseAlarm:
    """Says once that the decoder has stopped listening to z: over some lines of figures in a row, KL stayed below
    `COLLAPSED_BITS` or no dimension of z differed between examples.
    """

    def __init__(self) -> None:
        self._lines = 0
        self._said = False

    def look(self, figures: Mapping[str, float]) -> str | None:
        """Look at the figures of a training batch; text for people if it is time to say it."""
        collapsed = figures["kl_bits"] < COLLAPSED_BITS or figures.get("active_units", 1) == 0
        self._lines = self._lines + 1 if collapsed else 0
        if self._said or self._lines < _PATIENCE:
            return None
        self._said = True
        return (
            f"KL is {figures['kl_bits']:.2f} bits, and has been near nothing for {self._lines} lines of figures: the "
            "decoder hardly uses z (posterior collapse). Raise latent.free_bits, lower latent.max_beta, give "
            "latent.beta_rate (such as 0.9999, a slow start), or raise decoder.dropout."
        )
