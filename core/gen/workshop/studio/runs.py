"""A run as the page watches it: figures of its training so far, and the clips that it left."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from gen.errors import GenError
from gen.training.run import Run, curves
from gen.workshop.studio.places import Found, Places

_POINTS = 400  # of a line
_QUIET = 120.0  # seconds after which a training that says nothing isn't called one


def listed(found: Found) -> dict[str, Any]:
    """A run in a list."""
    return {
        "key": found.key,
        "name": found.name,
        "model": has_model(found.path),
        "training": is_training(found.path, found.changed),
    }


def has_model(run: Path) -> bool:
    """Whether there is a checkpoint to play with."""
    folder = run / "checkpoints"
    return folder.is_dir() and any(path.name.startswith("step-") for path in folder.iterdir())


def is_training(run: Path, changed: float) -> bool:
    """Whether somebody holds the run, and has written of it a short while ago."""
    try:
        held = (run / "lock").lstat().st_size > 0
    except OSError:
        return False
    return held and time.time() - changed < _QUIET


def watched(places: Places, found: Found) -> dict[str, Any]:
    """A run's curves, thinned, and its samples; what can't be read is said."""
    run = Run(found.path)
    lines: dict[str, dict[str, list[Any]]] = {}
    said = ""
    try:
        if places.is_inside(run.metrics_file):
            lines = curves(run)
    except GenError as error:
        said = str(error)
    steps = [columns["step"][-1] for columns in lines.values() if columns.get("step")]
    return {
        **listed(found),
        "step": max(steps, default=0),
        "curves": {split: _thinned(columns) for split, columns in lines.items()},
        "samples": places.samples(found),
        "said": said,
    }


def _thinned(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    count = len(columns.get("step", ()))
    if count <= _POINTS:
        return columns
    chosen = [(place + 1) * count // _POINTS - 1 for place in range(_POINTS)]
    return {name: [values[at] for at in chosen] for name, values in columns.items()}
