"""Weights & Biases and MLflow, each imported when a training begins and not before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from gen.interfaces import Observer


class WandbObserver(Observer):
    """Sends figures to Weights & Biases, or keeps them in the run to be sent by ``wandb sync``.

    A training that goes on goes on there, too: a run's id is kept in ``RUN/wandb-id.txt``.

    Args:
        project: its name there.
        mode: ``offline`` needs no network and no account.
    """

    def __init__(self, project: str = "gen", *, mode: Literal["offline", "online"] = "offline") -> None:
        self.project, self.mode = project, mode
        self._run: Any = None

    def on_begin(self, run: Path, recipe: Mapping[str, Any], step: int) -> None:
        """As `gen.interfaces.Observer.on_begin`."""
        place = run / "wandb-id.txt"
        known = place.read_text() if place.exists() else None
        self._run = import_module("wandb").init(
            project=self.project,
            name=run.name,
            dir=str(run),
            config=dict(recipe),
            mode=self.mode,
            id=known,
            resume="allow",
        )
        place.write_text(self._run.id)

    def on_log(self, step: int, split: str, figures: Mapping[str, float]) -> None:
        """As `gen.interfaces.Observer.on_log`."""
        self._run.log({f"{split}/{name}": value for name, value in figures.items()}, step=step)

    def on_end(self, step: int, reason: str) -> None:
        """As `gen.interfaces.Observer.on_end`."""
        self._run.finish(exit_code=0 if reason in ("finished", "paused") else 1)


class MlflowObserver(Observer):
    """Sends figures to MLflow, or writes them into a folder: by default ``RUN/mlruns``.

    Args:
        experiment: its name there.
        uri: of a tracking server; None for the folder.
    """

    def __init__(self, experiment: str = "gen", *, uri: str | None = None) -> None:
        self.experiment, self.uri = experiment, uri
        self._client: Any = None
        self._id = ""

    def on_begin(self, run: Path, recipe: Mapping[str, Any], step: int) -> None:
        """As `gen.interfaces.Observer.on_begin`."""
        self._client = import_module("mlflow").MlflowClient(self.uri or (run / "mlruns").absolute().as_uri())
        place = run / "mlflow-id.txt"
        if place.exists():
            self._id = place.read_text()
            return
        there = self._client.get_experiment_by_name(self.experiment)
        experiment = self._client.create_experiment(self.experiment) if there is None else there.experiment_id
        self._id = self._client.create_run(experiment, run_name=run.name).info.run_id
        place.write_text(self._id)
        for section, values in recipe.items():
            self._client.log_param(self._id, section, str(values)[:500])

    def on_log(self, step: int, split: str, figures: Mapping[str, float]) -> None:
        """As `gen.interfaces.Observer.on_log`."""
        for name, value in figures.items():
            self._client.log_metric(self._id, f"{split}/{name}", value, step=step)

    def on_end(self, step: int, reason: str) -> None:
        """As `gen.interfaces.Observer.on_end`."""
        self._client.set_terminated(self._id, "FINISHED" if reason in ("finished", "paused") else "KILLED")
