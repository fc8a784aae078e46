"""What a schedule of the learning rate promises."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Schedule(ABC):
    """How the learning rate changes with the step.

    Its constructor takes the options of a recipe's ``training.schedule`` node. A rate follows from the step alone, so
    there is nothing to save.

    The hook ``register_schedules`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    @abstractmethod
    def share(self, step: int, steps: int) -> float:
        """Where the rate of a step is, between ``min_learning_rate``, 0, and ``learning_rate``, 1.

        Args:
            step: counted from 0.
            steps: of the whole training.
        """
