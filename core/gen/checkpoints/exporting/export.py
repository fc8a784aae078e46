"""A run goes out in another program's format: whole, in a folder of its own, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from gen.checkpoints.exporting.magenta_js import write_magenta_js
from gen.checkpoints.exporting.onnx import write_onnx
from gen.checkpoints.formats.tensorflow import write_tensorflow_checkpoint
from gen.checkpoints.formats.variables import Lazy
from gen.checkpoints.original import OriginalVariables
from gen.errors import CheckpointError, UsageError
from gen.recipes.sections import GAUSSIAN
from gen.system import regular
from gen.system.files import directory_atomically, json_text, require_folder, write_atomically
from gen.system.spelling import hint, listing
from gen.system.version import __version__
from gen.training.load import Trained, load_run

Format = Literal["tf-checkpoint", "magenta-js", "onnx"]
"""Names of the formats."""


def _write_tensorflow(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write ``model.ckpt-STEP`` with every weight and ``global_step``; no optimiser's state."""
    weights = OriginalVariables(trained.model)
    step = np.array(trained.step, np.int64)  # TensorFlow's trainers look for it
    variables = Lazy(["global_step", *weights], lambda name: step if name == "global_step" else weights[name])
    write_tensorflow_checkpoint(folder / f"model.ckpt-{trained.step}", variables)
    return {"variables": len(weights), "parameters": sum(weights[name].size for name in weights)}


_WRITERS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "tf-checkpoint": _write_tensorflow,
    "magenta-js": write_magenta_js,
    "onnx": write_onnx,
}

ACCOUNT = "export.json"
"""Beside the files of an export: what it is, and which files are its own."""


@dataclass(frozen=True)
class Exported:
    """What was written: where, the names of the files, and what the format has to tell, such as ``parameters``."""

    folder: Path
    files: tuple[str, ...]
    details: Mapping[str, Any] = field(default_factory=dict)


def export_run(
    run: str | Path,
    to: Format,
    out: str | Path,
    *,
    step: int | None = None,
    weight_bytes: int | None = None,
    force: bool = False,
) -> Exported:
    """Export a run's model, of the latest checkpoint or of a step's, as ``tf-checkpoint``, ``magenta-js`` or ``onnx``.

    The folder appears when everything is written and checked; until then, what was there stays.

    Args:
        weight_bytes: of ``magenta-js`` alone: 4 (or None) keeps weights exact, 2 and 1 quantise them.
        force: replace an earlier export. A folder with anything else in it is never replaced.

    Raises:
        UsageError: no such format or option, the folder holds something, or what the format needs isn't installed.
        CheckpointError: the format can't hold this model; the text says why.
    """
    if to not in _WRITERS:
        raise UsageError(f"no format {to!r}{hint(to, _WRITERS)} (there: {', '.join(get_args(Format))})")
    options: dict[str, Any] = {}
    if weight_bytes is not None:
        if to != "magenta-js":
            raise UsageError(f"--bytes is for magenta-js; {to} keeps every weight as it is")
        if weight_bytes not in (1, 2, 4):
            raise UsageError(f"--bytes must be 1, 2 or 4, not {weight_bytes}")
        options["weight_bytes"] = weight_bytes
    folder = regular.resolved(out)
    _require_place(folder, force=force)
    trained = load_run(run, step=step, device="cpu")
    if (kind := trained.recipe.latent.type) != GAUSSIAN:
        raise CheckpointError(f"{to} can hold normally distributed latent spaces alone, and this is {kind.type!r}")
    regular.folder(folder.parent)
    with directory_atomically(folder) as temporary:
        details = _WRITERS[to](trained, temporary, **options)
        files = sorted(path.name for path in temporary.iterdir())
        origin = {"recipe": trained.recipe.name, "step": trained.step, "steps": trained.model.steps}
        account = {"format": to, "gen": __version__, **origin, **details, "files": files}
        write_atomically(temporary / ACCOUNT, json_text(account, indent=1) + "\n")
        _require_place(folder, force=force)  # once more: writing took a while
    return Exported(Path(out), (*files, ACCOUNT), details)


def _require_place(folder: Path, *, force: bool) -> None:
    """The folder isn't there, is empty, or is an export that may be replaced."""
    require_folder(folder, option="--out")
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if not there:
        return
    foreign = sorted(there - _own_files(folder))
    if foreign:
        raise UsageError(
            f"{folder} is not empty, and {listing(foreign)} is of no export: choose another --out; "
            "--force replaces nothing but exports"
        )
    if not force:
        raise UsageError(f"{folder} holds an export already; choose another --out, or --force to replace it")


def _own_files(folder: Path) -> set[str]:
    """Files that an earlier export says are its own."""
    try:
        account = regular.read_json(folder / ACCOUNT)
    except (OSError, ValueError):
        return set()
    files = account.get("files") if isinstance(account, dict) else None
    return {ACCOUNT, *(str(name) for name in files)} if isinstance(files, list) else set()
