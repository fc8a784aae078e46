"""What a person watches while gen trains: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from gen.recipes.sections import Recipe
from gen.system import terminal
from gen.training.figures import CollapseAlarm, Figures


class _Bar(Progress):
    """A progress bar with a line of figures below it, which a narrow terminal may wrap."""

    figures = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        yield Text(self.figures)


class TrainingDisplay:
    """Observes a training, of which some steps were done before, and shows it on stderr; use as a context manager."""

    def __init__(self, recipe: Recipe, *, done: int = 0) -> None:
        self._console = terminal.console(stderr=True)
        self._progress = _Bar(
            TextColumn("training"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            expand=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("", total=recipe.training.steps, completed=done)
        self._alarm = CollapseAlarm()

    def __enter__(self) -> TrainingDisplay:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_step(self, step: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=step)

    def on_log(self, step: int, split: str, figures: Figures) -> None:
        """Show the figures; warn once where the posterior has collapsed."""
        line = _line(figures)
        if split == "train":
            self._progress.figures = line
        if split != "train" or not self._console.is_terminal:
            self._console.print(f"step {step:>6} {split:<10} {line}", highlight=False, soft_wrap=True)
        if split == "train" and (text := self._alarm.look(figures)) is not None:
            self._console.print(f"[yellow]warning[/]: {text}", highlight=False, soft_wrap=True)

    def on_checkpoint(self, step: int) -> None:
        """Nothing to show: the end of the training says where the run is."""


def _line(figures: Figures) -> str:
    shown = {"loss": "loss {:.2f}", "reconstruction": "recon {:.2f}", "kl_bits": "KL {:.1f} bits"}
    parts = [text.format(figures[name]) for name, text in shown.items() if name in figures]
    parts += [f"{name.removesuffix('_loss')} {value:.3f}" for name, value in figures.items() if name.endswith("_loss")]
    parts += [f"accuracy {figures['accuracy']:.3f}"] if "accuracy" in figures else []
    if "steps_per_second" in figures:
        parts.append(f"{figures['steps_per_second']:.2f} steps/s")
    if figures.get("skipped_updates"):
        parts.append(f"{figures['skipped_updates']:.0f} skipped")
    return " · ".join(parts)
