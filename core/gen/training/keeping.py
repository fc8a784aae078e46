"""Which checkpoints stay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Keep:
    """The latest stay, and besides them some of the best and some as milestones.

    Attributes:
        last: how many of the latest, at least 1.
        best: how many of those with the least validation loss.
        every: those whose step is a multiple of it; None for none.
    """

    last: int
    best: int = 0
    every: int | None = None

    def among(self, losses: Mapping[int, float | None]) -> set[int]:
        """Steps of the checkpoints that stay.

        Args:
            losses: step of each checkpoint that is there, and the validation loss at it; None where none was measured.
        """
        latest = sorted(losses)[-self.last :]
        milestones = [step for step in losses if self.every is not None and step > 0 and step % self.every == 0]
        return {*latest, *ranked(losses)[: self.best], *milestones}


def ranked(losses: Mapping[int, float | None]) -> list[int]:
    """Steps whose validation loss was measured, the best first; of equals the earlier."""
    measured = [(loss, step) for step, loss in losses.items() if loss is not None and math.isfinite(loss)]
    return [step for _, step in sorted(measured)]
