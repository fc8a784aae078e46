"""Whoever is told of a training: the caller's observer, and those of the recipe, who can't end it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from gen.errors import PluginError
from gen.interfaces.observer import Observer
from gen.recipes.build import construct
from gen.recipes.resolved import plain
from gen.recipes.sections import Recipe
from gen.registry.signatures import whereabouts
from gen.system import regular


class Display(Protocol):
    """Whoever calls `gen.training.trainer.train` and wants to watch: a progress bar, a test; what it raises ends it."""

    def on_step(self, step: int) -> None:
        """As `gen.interfaces.Observer.on_step`."""

    def on_log(self, step: int, split: str, figures: dict[str, float]) -> None:
        """As `gen.interfaces.Observer.on_log`."""

    def on_checkpoint(self, step: int) -> None:
        """As `gen.interfaces.Observer.on_checkpoint`."""


class Watch:
    """Tells a display and observers the same; an observer that raises is told nothing more."""

    def __init__(self, display: Display | None, observers: Sequence[Observer]) -> None:
        self._display = display
        self._observers = list(observers)
        self._step = 0

    @contextmanager
    def over(self, run: Path, recipe: Recipe, step: int) -> Iterator[Watch]:
        """Tell of the beginning, and whatever happens in the block, of the end."""
        self._step = step
        self._tell("on_begin", run, plain(recipe), step)
        self.ending = "finished"
        try:
            yield self
        except BaseException as error:
            self.ending = type(error).__name__
            raise
        finally:
            self._tell("on_end", self._step, self.ending)

    def on_step(self, step: int) -> None:
        """A step is done."""
        self._step = step
        if self._display is not None:
            self._display.on_step(step)
        self._tell("on_step", step)

    def on_log(self, step: int, split: str, figures: dict[str, float]) -> None:
        """Figures were written."""
        if self._display is not None:
            self._display.on_log(step, split, figures)
        self._tell("on_log", step, split, dict(figures))

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint was."""
        if self._display is not None:
            self._display.on_checkpoint(step)
        self._tell("on_checkpoint", step)

    def _tell(self, what: str, *words: object) -> None:
        for observer in [*self._observers]:
            try:
                getattr(observer, what)(*words)
            except Exception as error:  # a stranger's code: a service that can't be reached, say
                self._observers.remove(observer)
                warnings.warn(
                    f"observer {whereabouts(type(observer))} is told nothing more, for its {what} failed at step "
                    f"{self._step}: {type(error).__name__}: {error}",
                    RuntimeWarning,
                    stacklevel=2,
                )


def observers_of(recipe: Recipe) -> list[Observer]:
    """Those that a recipe names."""
    return [construct("observer", component) for component in recipe.training.observers]


class TensorBoard(Observer):
    """Writes all figures for TensorBoard, into ``RUN/tensorboard/``."""

    def __init__(self) -> None:
        self._board: Any = None

    def on_begin(self, run: Path, recipe: Mapping[str, Any], step: int) -> None:
        """As `gen.interfaces.Observer.on_begin`."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise PluginError("TensorBoard isn't installed: pip install 'gen-music[tensorboard]'") from error
        # steps that are done again count once
        folder = regular.inner_folder(run / "tensorboard")
        self._board = SummaryWriter(str(folder), purge_step=step + 1 if step else None)

    def on_log(self, step: int, split: str, figures: Mapping[str, float]) -> None:
        """As `gen.interfaces.Observer.on_log`."""
        for name, value in figures.items():
            self._board.add_scalar(f"{split}/{name}", value, step)

    def on_end(self, step: int, reason: str) -> None:
        """As `gen.interfaces.Observer.on_end`."""
        self._board.close()
