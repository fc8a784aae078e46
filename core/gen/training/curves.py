"""The metrics of a run as curves."""

from __future__ import annotations

from typing import Any

from gen.training.run import Run

_LEFT_OUT = ("step", "split", "steps_per_second", "skipped_updates")


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
