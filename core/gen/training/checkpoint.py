"""Checkpoints: weights and training state as safetensors, a hash for each, nothing pickled."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen.errors import CheckpointError
from gen.files import directory_atomically, sha256_of_file
from gen.version import __version__

_FORMAT = 1
_NAME = re.compile(r"step-(\d+)")
_PARTS = ("model", "state")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A point in training.

    Attributes:
        step: steps done.
        model: the model's state dict.
        state: what training needs to go on exactly: optimiser moments, state of the random generator.
        data_fingerprint: of the data it was trained on.
    """

    step: int
    model: Mapping[str, Tensor]
    state: Mapping[str, Tensor]
    data_fingerprint: str


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
    """Write ``folder/step-N`` so that it is there whole or not at all; then drop all but the ``keep`` latest.

    Raises:
        CheckpointError: no room or no permission; checkpoints already there are untouched.
    """
    path = folder / f"step-{checkpoint.step}"
    try:
        with directory_atomically(path) as temporary:
            hashes = {}
            for part in _PARTS:
                file = temporary / f"{part}.safetensors"
                tensors = getattr(checkpoint, part)
                save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, file)
                hashes[file.name] = sha256_of_file(file)
            meta = {
                "format": _FORMAT,
                "step": checkpoint.step,
                "gen": __version__,
                "data": checkpoint.data_fingerprint,
                "sha256": hashes,
            }
            (temporary / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        kept = latest_checkpoint(folder)
        rest = f"{kept.name} is still there" if kept else "none was written before"
        raise CheckpointError(
            f"could not write checkpoint {path}: {reason}. Earlier checkpoints are untouched ({rest}); "
            "make room, then go on with --resume"
        ) from error
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    found = [(int(match[1]), path) for path in folder.glob("step-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def latest_checkpoint(folder: Path) -> Path | None:
    """The one with the most steps, or None."""
    found = checkpoints(folder)
    return found[-1] if found else None


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, verifying every hash first.

    Raises:
        CheckpointError: a file is missing, damaged or of a format this version doesn't know; the text names it and,
            where there is one, an earlier checkpoint.
    """

    def fail(reason: str) -> CheckpointError:
        step = int(match[1]) if (match := _NAME.fullmatch(path.name)) else 0
        earlier = [other for other in checkpoints(path.parent) if int(other.name[5:]) < step]
        way_out = f"; move it away to go on from {earlier[-1].name}" if earlier else ""
        return CheckpointError(f"checkpoint {path}: {reason}{way_out}")

    try:
        meta = json.loads((path / "meta.json").read_text())
        version, step, hashes, data = meta["format"], int(meta["step"]), dict(meta["sha256"]), str(meta["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise fail(f"meta.json is missing or damaged ({type(error).__name__}: {error})") from error
    if version != _FORMAT:
        raise fail(
            f"format {version} was written by gen {meta.get('gen')}; this is gen {__version__}, format {_FORMAT}"
        )
    tensors = {}
    for part in _PARTS:
        file = path / f"{part}.safetensors"
        try:
            digest = sha256_of_file(file)
            if digest != hashes.get(file.name):
                raise fail(f"{file.name} is damaged: its sha256 is {digest}, not {hashes.get(file.name)}")
            tensors[part] = load_file(file)
        except (OSError, SafetensorError) as error:
            raise fail(f"{file.name} can't be read ({error})") from error
    return Checkpoint(step, tensors["model"], tensors["state"], data)
