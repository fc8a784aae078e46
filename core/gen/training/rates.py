"""Schedules of the learning rate that are components; two older ones are words, in `gen.model.schedules`."""

from __future__ import annotations

import math

from gen.interfaces.schedule import Schedule


class Constant(Schedule):
    """The whole rate at every step."""

    def share(self, step: int, steps: int) -> float:
        """As `gen.interfaces.Schedule.share`."""
        return 1.0


class Cosine(Schedule):
    """Half a cosine from 1 to 0, which it reaches at the last step (Loshchilov and Hutter 2017)."""

    def share(self, step: int, steps: int) -> float:
        """As `gen.interfaces.Schedule.share`."""
        return 0.5 * (1.0 + math.cos(math.pi * min(step / max(1, steps - 1), 1.0)))


class WarmUp(Schedule):
    """A straight climb, and then another schedule, for which the training begins at its end.

    Args:
        steps: of the climb; its first one is not 0, and its last is 1.
        then: what comes after; the whole rate where None.
    """

    def __init__(self, steps: int = 1000, then: Schedule | None = None) -> None:
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        self.steps = steps
        self.then = then or Constant()

    def share(self, step: int, steps: int) -> float:
        """As `gen.interfaces.Schedule.share`."""
        if step < self.steps:
            return (step + 1) / self.steps
        return self.then.share(step - self.steps, max(1, steps - self.steps))
