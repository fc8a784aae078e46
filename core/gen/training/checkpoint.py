"""Checkpoints: weights and training state as safetensors, a hash for each, nothing pickled; and which of them stay.

What can't be written or read is a `CheckpointError`, which names the file and what to do.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen.errors import CheckpointError
from gen.system.files import directory_atomically, json_text, sha256_of_file, write_atomically
from gen.system.version import __version__

_FORMAT = 1
_NAME = re.compile(r"step-(\d+)")
_PARTS = ("model", "state")
_OVERHEAD = 64 << 10  # bytes of headers, meta.json and directories
_MARGIN = 1.02


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A point in training: steps done, the model's state dict, and what training needs to go on exactly."""

    step: int
    model: Mapping[str, Tensor]
    state: Mapping[str, Tensor]  # the optimiser's moments and counts
    data_fingerprint: str  # of the data it was trained on
    validation_loss: float | None = None  # at this step; None where it wasn't measured

    @property
    def size(self) -> int:
        """Bytes that it takes on disk, a little more rather than less."""
        tensors = (*self.model.values(), *self.state.values())
        return int(_MARGIN * sum(tensor.numel() * tensor.element_size() for tensor in tensors)) + _OVERHEAD


@dataclass(frozen=True)
class Keep:
    """The latest stay, at least one, and besides them some with the least validation loss and some as milestones.

    ``every`` keeps those whose step is a multiple of it.
    """

    last: int
    best: int = 0
    every: int | None = None

    def among(self, losses: Mapping[int, float | None]) -> set[int]:
        """Steps of those that stay, given the validation loss of each that is there; None where it wasn't measured."""
        latest = sorted(losses)[-self.last :]
        milestones = [step for step in losses if self.every is not None and step > 0 and step % self.every == 0]
        return {*latest, *ranked(losses)[: self.best], *milestones}


def ranked(losses: Mapping[int, float | None]) -> list[int]:
    """Steps whose validation loss was measured, the best first; of equals the earlier."""
    measured = [(loss, step) for step, loss in losses.items() if loss is not None and math.isfinite(loss)]
    return [step for _, step in sorted(measured)]


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, keep: int | Keep) -> Path:
    """Write ``folder/step-N`` so that it is there whole or not at all; then drop those that needn't stay.

    ``keep`` says which do, or how many of the latest.
    """
    path = folder / f"step-{checkpoint.step}"
    try:
        require_room(folder, checkpoint.size, "it")
        with directory_atomically(path) as temporary:
            hashes = {}
            for part in _PARTS:
                file = temporary / f"{part}.safetensors"
                tensors = getattr(checkpoint, part)
                save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, file)
                hashes[file.name] = sha256_of_file(file)
            meta = {"format": _FORMAT, "step": checkpoint.step, "gen": __version__, "data": checkpoint.data_fingerprint}
            meta |= {"validation_loss": checkpoint.validation_loss, "sha256": hashes}
            (temporary / "meta.json").write_text(json_text(meta, indent=2) + "\n")
    except (OSError, SafetensorError, CheckpointError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        kept = latest_checkpoint(folder)
        rest = f"{kept.name} is still there" if kept else "none was written before"
        raise CheckpointError(
            f"could not write checkpoint {path}: {reason}. Earlier checkpoints are untouched ({rest}); "
            "make room, then go on with --resume"
        ) from error
    tidy(folder, Keep(keep) if isinstance(keep, int) else keep)
    return path


def note_validation_loss(path: Path, loss: float) -> None:
    """Write into a checkpoint a loss that was measured after it was saved."""
    meta = json.loads((path / "meta.json").read_text())
    write_atomically(path / "meta.json", json_text({**meta, "validation_loss": loss}, indent=2) + "\n")


def best_checkpoint(folder: Path) -> Path | None:
    """The one with the least validation loss, None where none was measured."""
    best = ranked(_losses(folder))[:1]
    return folder / f"step-{best[0]}" if best else None


def sweep(folder: Path) -> None:
    """Clear away what a killed training left half written or half deleted; nobody else may be writing there."""
    for leftover in (*folder.glob(".step-*.tmp"), *folder.glob(".step-*.old")):
        shutil.rmtree(leftover, ignore_errors=True)


def tidy(folder: Path, keep: Keep) -> None:
    """Delete those that needn't stay, each of them out of sight first: no half of one is ever seen."""
    losses = _losses(folder)
    for step in sorted(losses.keys() - keep.among(losses)):
        hidden = folder / f".step-{step}.old"
        shutil.rmtree(hidden, ignore_errors=True)
        with suppress(OSError):  # one that can't be deleted does no harm
            (folder / f"step-{step}").rename(hidden)
            shutil.rmtree(hidden)


def _losses(folder: Path) -> dict[int, float | None]:
    """Step of every checkpoint, and its validation loss."""
    losses: dict[int, float | None] = {}
    for path in checkpoints(folder):
        try:
            loss = json.loads((path / "meta.json").read_text()).get("validation_loss")
        except (OSError, ValueError, AttributeError, RecursionError):
            loss = None  # who loads it says what is wrong with it
        losses[int(path.name.removeprefix("step-"))] = loss if isinstance(loss, float) else None
    return losses


def checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    found = [(int(match[1]), path) for path in folder.glob("step-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def latest_checkpoint(folder: Path) -> Path | None:
    """The one with the most steps, or None."""
    found = checkpoints(folder)
    return found[-1] if found else None


def weights_digest(path: Path) -> str:
    """The SHA-256 of a checkpoint's weights, as its ``meta.json`` has it: `load_checkpoint` holds the file to it."""
    try:
        return str(json.loads((path / "meta.json").read_text())["sha256"]["model.safetensors"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"checkpoint {path}: meta.json is missing or damaged ({error!r})") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, verifying every hash first."""

    def fail(reason: str) -> CheckpointError:
        step = int(match[1]) if (match := _NAME.fullmatch(path.name)) else 0
        earlier = [other for other in checkpoints(path.parent) if int(other.name[5:]) < step]
        way_out = f"; move it away to go on from {earlier[-1].name}" if earlier else ""
        return CheckpointError(f"checkpoint {path}: {reason}{way_out}")

    try:
        meta = json.loads((path / "meta.json").read_text())
        version, step, hashes, data = meta["format"], int(meta["step"]), dict(meta["sha256"]), str(meta["data"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise fail(f"meta.json is missing or damaged ({type(error).__name__}: {error})") from error
    if version != _FORMAT:
        writer = f"format {version} was written by gen {meta.get('gen')}"
        raise fail(f"{writer}; this is gen {__version__}, format {_FORMAT}")
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
    loss = meta.get("validation_loss")
    loss = float(loss) if isinstance(loss, (int, float)) else None
    return Checkpoint(step, **tensors, data_fingerprint=data, validation_loss=loss)


def require_room(folder: Path, needed: int, what: str) -> None:
    """Raise a `CheckpointError` if a folder's disk has no room for so many bytes; the text says how many it has."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CheckpointError(
            f"{what} needs {needed / 1e6:,.1f} MB and the disk of {folder} has {free / 1e6:,.1f} MB left"
        )
