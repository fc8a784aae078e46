"""What is told of a training while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Observer:
    """Is told of steps, figures, checkpoints and the end; has no part in what is computed.

    Its constructor takes the options of a node of a recipe's ``training.observers``. Every method does nothing unless
    it is written anew. One that raises is left out from then on, with a warning; the training goes on. Under torchrun
    only the first process has observers.

    The hook ``register_observers`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    def on_begin(self, run: Path, recipe: Mapping[str, Any], step: int) -> None:
        """A training begins, or goes on.

        Args:
            run: its directory, in which an observer may make a folder of its own.
            recipe: the resolved recipe, as plain values.
            step: steps that are done; figures of later ones that were told before will be told again.
        """

    def on_step(self, step: int) -> None:
        """``step`` steps are done."""

    def on_log(self, step: int, split: str, figures: Mapping[str, float]) -> None:
        """Figures were written to the metrics: of a training batch, or of the ``validation`` split."""

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint of that step lies in the run, in ``checkpoints/step-N``."""

    def on_end(self, step: int, reason: str) -> None:
        """The training is over after so many steps: ``finished``, ``paused``, a signal, or an exception's name."""
