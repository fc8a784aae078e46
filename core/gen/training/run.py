"""A run directory: everything about one training, by its path alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.errors import CheckpointError, UsageError
from gen.system import regular
from gen.system.files import json_text, locked, require_folder, write_atomically
from gen.system.spelling import hint
from gen.training.named import CARD, models, run_folder

if TYPE_CHECKING:
    from gen.data.report import Report
    from gen.recipes.sections import Recipe

_BEGINNINGS = re.compile(r"data\.json|init\.json|\..*\.part")
_MOST_METRICS = 1 << 28  # bytes: of a million lines
_LEFT_OUT = ("step", "split", "steps_per_second", "skipped_updates")


class Run:
    """Where a training keeps its recipe, metrics, data report and checkpoints; the directory need not exist yet."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        """Where it is; to open one by path or by a model's name, see `opened`."""
        self.recipe_file = self.path / "recipe.yaml"
        """The resolved recipe."""
        self.metrics_file = self.path / "metrics.jsonl"
        """One JSON object a line: ``step``, ``split`` and figures."""
        self.import_file = self.path / "import.json"
        """Of an imported model: what was imported."""
        self.initial_file = self.path / "init.json"
        """Of a training that began with the weights of another: which it took, and which not."""
        self.checkpoints = self.path / "checkpoints"
        """The folder of checkpoints."""

    @classmethod
    def opened(cls, run: Path | str) -> Run:
        """The run at a path, or the model of a name (see `gen.training.named.run_folder`)."""
        return cls(run_folder(run))

    @contextmanager
    def being_trained(self) -> Iterator[None]:
        """Let no other process train here for the length of the block, which may stand inside another of this run."""
        require_folder(self.path, option="--out")
        regular.folder(self.path)
        with locked(self.path, doing="being trained"):
            yield

    def require_new(self) -> None:
        """Raise a `UsageError` if the directory is none, or holds something already.

        What a training left that was killed before it had begun doesn't count.
        """
        require_folder(self.path, option="--out")
        if self.path.exists() and any(not self._is_a_beginning(path) for path in self.path.iterdir()):
            raise UsageError(f"{self.path} is not empty: choose another --out, or --resume {self.path}")

    def _is_a_beginning(self, path: Path) -> bool:
        if path.name == "lock":
            return True
        if self.recipe_file.exists() or not (self.path / "lock").exists():
            return False
        if path == self.checkpoints:
            return all(inside.name == "step-0" or inside.name.startswith(".step-0.") for inside in path.iterdir())
        return bool(_BEGINNINGS.fullmatch(path.name))

    def require_resumable(self) -> None:
        """Raise a `UsageError` if there is no training to go on with: the model was imported, or is kept by name."""
        if (self.path / CARD).exists():
            raise UsageError(
                f"{self.path} holds a model's weights alone; it can be measured and played, but not resumed: "
                f"start a new run with them, with --init-from {self.path.name}"
            )
        if self.import_file.exists():
            raise UsageError(
                f"{self.path} holds an imported model: weights alone, without the optimiser's state and the data "
                "that a training goes on from; it can be measured and sampled from, but not resumed"
            )

    def create(
        self,
        recipe_text: str,
        report: Report,
        *,
        data: str | None = None,
        samples: int | None = None,
        begin: Callable[[], None] | None = None,
    ) -> None:
        """Lay out a new run; a run that is killed on the way is none, and may be started again.

        ``data`` is where the data lies, if it was given apart from the recipe, and ``samples`` how many clips the run
        is to end with, also where it is resumed, if that was said; ``begin`` writes what belongs to the run from its
        first moment on, such as initial weights.
        """
        self.require_new()
        with self.being_trained():
            self.require_new()  # again, since only now nobody else can start here
            regular.remove_tree(self.checkpoints)
            for leftover in (self.initial_file, *self.path.glob(".*.part")):
                regular.remove(leftover)
            regular.inner_folder(self.checkpoints)
            if begin is not None:
                begin()
            account = {"path": None if data is None else str(regular.resolved(data)), **report.to_json()}
            account |= {} if samples is None else {"samples": samples}
            write_atomically(self.path / "data.json", json_text(account, indent=1) + "\n")
            write_atomically(self.recipe_file, recipe_text)  # last: with it, the directory is a run

    def recipe(self) -> Recipe:
        """The recipe it was started with, but for observers that aren't here; a `UsageError` if this is no run."""
        from gen.recipes.load import saved_recipe

        if not self.recipe_file.is_file():
            why = "it has no recipe.yaml" if self.path.is_dir() else "there is no such directory"
            if self.path.name == str(self.path):
                why += f", and no model of that name{hint(self.path.name, models())} (gen models ls)"
            raise UsageError(f"{self.path} is no run directory: {why}; a run is what gen train made, as runs/NAME-DATE")
        path = self.account().get("path")
        recipe = saved_recipe(self.recipe_file)
        return replace(recipe, data_path=path) if isinstance(path, str) and "\0" not in path else recipe

    def data_fingerprint(self) -> str:
        """Of the data it was trained on; empty where that is not known."""
        return str(self.account().get("fingerprint", ""))

    def data_path(self) -> str | None:
        """Where that data lay, if it was given apart from the recipe and is still there."""
        path = self.account().get("path")
        return path if isinstance(path, str) and regular.exists(path) else None

    def samples(self) -> int | None:
        """How many clips it is to end with, if that was said when it began."""
        count = self.account().get("samples")
        return count if type(count) is int and count >= 0 else None

    def account(self) -> dict[str, Any]:
        """What is known of the data it was trained on; empty where nothing is."""
        try:
            account = regular.read_json(self.path / "data.json")
        except (OSError, ValueError):
            return {}
        return account if isinstance(account, dict) else {}

    def log(self, step: int, split: str, figures: Mapping[str, float]) -> None:
        """Append one line of metrics."""
        line = json_text({"step": step, "split": split, **figures})
        regular.append(self.metrics_file, line + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All complete lines of metrics; one cut short by a crash, or that is none of gen's, is left out with the rest.

        Raises:
            CheckpointError: something else is in the file's place.
        """
        if not self.metrics_file.exists():
            return []
        try:
            text = regular.read_text(self.metrics_file, most=_MOST_METRICS)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CheckpointError(f"{self.metrics_file} can't be read: {reason}; move it away to go on") from error
        lines = []
        for line in text.split("\n"):
            try:
                found = regular.parse_json(line)
            except ValueError:
                break
            if not _are_figures(found):
                break
            lines.append(found)
        return lines

    def has_logged(self, step: int, split: str) -> bool:
        """Whether there are metrics of that step."""
        return any((line["step"], line["split"]) == (step, split) for line in self.metrics())

    def sync_metrics(self) -> None:
        """Make the metrics so far durable: a checkpoint never outlives those of its own past."""
        if self.metrics_file.exists():
            with regular.opened(self.metrics_file) as file:
                os.fsync(file.fileno())

    def rewind(self, step: int) -> None:
        """Forget metrics after ``step``, which the resumed training writes again, and clear away half-written files."""
        for leftover in self.path.glob(".*.part"):
            regular.remove(leftover)
        kept = [line for line in self.metrics() if line["step"] <= step]
        write_atomically(self.metrics_file, "".join(json_text(line) + "\n" for line in kept))

    def steps_done(self) -> int:
        """Steps of the latest checkpoint; 0 where there is none yet."""
        found = self._latest()
        return 0 if found is None else int(found.name.removeprefix("step-"))

    def latest(self) -> Path:
        """The latest checkpoint; a `CheckpointError` where there is none."""
        found = self._latest()
        if found is None:
            raise CheckpointError(
                f"{self.path} has no checkpoint yet: its training stopped, or is still, before the first one"
            )
        return found

    def _latest(self) -> Path | None:
        from gen.training.checkpoint import latest_checkpoint

        return latest_checkpoint(self.checkpoints)


def _are_figures(line: Any) -> bool:
    """Whether that is a line of metrics: a step, a split, and numbers, null where they weren't finite."""
    if not isinstance(line, dict) or type(line.get("step")) is not int or not isinstance(line.get("split"), str):
        return False
    return all(value is None or type(value) in (int, float) for name, value in line.items() if name != "split")


def curves(run: Run) -> dict[str, dict[str, list[Any]]]:
    """Columns of a run's metrics by split: ``step``, and every figure that each line of that split has."""
    found: dict[str, dict[str, list[Any]]] = {}
    for split in ("train", "validation"):
        lines = [line for line in run.metrics() if line["split"] == split]
        if not lines:
            continue
        names = [name for name in lines[0] if name not in _LEFT_OUT and all(name in line for line in lines)]
        found[split] = {name: [line[name] for line in lines] for name in ("step", *names)}
    return found
