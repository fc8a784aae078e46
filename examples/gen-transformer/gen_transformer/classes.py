"""What the numbers of a step mean: one class, or one of each of several streams side by side.

Letters in shape comments: B batch, T steps, N any leading axes, D output depth, K classes of a stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, eq=False)
class Score:
    """How well logits say their targets.

    Attributes:
        nats: ``[B]``, summed over an example's valid steps.
        sums, counts: metrics, as in `gen.DecoderOutput`.
    """

    nats: Tensor
    sums: dict[str, Tensor]
    counts: dict[str, Tensor]


class Streams:
    """Streams of classes.

    Args:
        output_depth: D.
        depths: classes of each stream; None for a single one.

    Raises:
        ValueError: the streams don't add up to a step.
    """

    def __init__(self, output_depth: int, depths: Sequence[int] | None) -> None:
        self.depths = [output_depth] if depths is None else list(depths)
        self.named = depths is not None
        if min(self.depths, default=0) < 1 or sum(self.depths) != output_depth:
            raise ValueError(
                f"depths must be classes of streams that add up to the {output_depth} of a step, not {self.depths}"
            )

    def score(self, logits: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Cross entropy and accuracy of ``logits [B, T, D]`` given ``targets [B, T, D]``, where ``valid [B, T]``."""
        nats = logits.new_zeros(len(logits), dtype=torch.float32)
        sums: dict[str, Tensor] = {}
        counts: dict[str, Tensor] = {}
        pairs = zip(torch.split(logits.float(), self.depths, -1), torch.split(targets, self.depths, -1), strict=True)
        for number, (said, wanted) in enumerate(pairs):
            each = -(wanted * F.log_softmax(said, dim=-1)).sum(-1)  # [B, T]
            nats = nats + torch.where(valid, each, 0.0).sum(1)  # not a product: padding may hold anything
            truth = wanted.argmax(-1)  # [B, T]
            steps = valid.to(said.dtype)
            right = steps * (said.argmax(-1) == truth)
            none = said.new_zeros(len(said), said.shape[-1])  # [B, K]
            suffix = f"/{number}" if self.named else ""
            sums[f"accuracy{suffix}"], counts[f"accuracy{suffix}"] = right.sum(1), steps.sum(1)
            sums[f"mean_per_class_accuracy{suffix}"] = none.scatter_add(1, truth, right)
            counts[f"mean_per_class_accuracy{suffix}"] = none.scatter_add(1, truth, steps)
        return Score(nats, sums, counts)

    def draw(self, logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """One class of each stream as one-hot rows ``[N, D]``; temperature 0 takes the likeliest."""
        rows = []
        for said in torch.split(logits.float(), self.depths, dim=-1):
            if temperature > 0.0:
                chances = F.softmax(said / temperature, dim=-1)
                choice = torch.multinomial(chances.flatten(0, -2), 1, generator=generator).view(said.shape[:-1])
            else:
                choice = said.argmax(-1)
            rows.append(F.one_hot(choice, said.shape[-1]).to(said.dtype))
        return torch.cat(rows, dim=-1)
