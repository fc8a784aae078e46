"""Checkpoints: weights and training state as safetensors, a hash for each, nothing pickled; and which of them stay.

What can't be written or read is a `CheckpointError`, which names the file and what to do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen.errors import CheckpointError
from gen.system import regular
from gen.system.files import directory_atomically, json_text, sha256_of_file, write_atomically
from gen.system.version import __version__

_FORMAT = 1
_NAME = re.compile(r"step-([0-9]{1,15})")
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
            write_atomically(temporary / "meta.json", json_text(meta, indent=2) + "\n")
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
    write_atomically(path / "meta.json", json_text({**_read_meta(path), "validation_loss": loss}, indent=2) + "\n")


def best_checkpoint(folder: Path) -> Path | None:
    """The one with the least validation loss, None where none was measured."""
    best = ranked(_losses(folder))[:1]
    return folder / f"step-{best[0]}" if best else None


def sweep(folder: Path) -> None:
    """Clear away what a killed training left half written or half deleted; nobody else may be writing there."""
    for leftover in (*folder.glob(".step-*.tmp"), *folder.glob(".step-*.old")):
        regular.remove_tree(leftover)


def tidy(folder: Path, keep: Keep) -> None:
    """Delete those that needn't stay, each of them out of sight first: no half of one is ever seen."""
    losses = _losses(folder)
    for step in sorted(losses.keys() - keep.among(losses)):
        hidden = folder / f".step-{step}.old"
        regular.remove_tree(hidden)
        with suppress(OSError):  # one that can't be deleted does no harm
            regular.rename(folder / f"step-{step}", hidden)
            regular.remove_tree(hidden)


def _losses(folder: Path) -> dict[int, float | None]:
    """Step of every checkpoint, and its validation loss."""
    losses: dict[int, float | None] = {}
    for path in checkpoints(folder):
        try:
            loss = _read_meta(path).get("validation_loss")
        except CheckpointError:
            loss = None  # who loads it says what is wrong with it
        losses[int(path.name.removeprefix("step-"))] = loss
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
        return _read_meta(path)["sha256"]["model.safetensors"]
    except (CheckpointError, KeyError) as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from error


_MEANT: Mapping[str, Callable[[Any], bool]] = {
    "step": lambda value: type(value) is int and 0 <= value < 1 << 53,
    "data": lambda value: isinstance(value, str),
    "sha256": lambda value: isinstance(value, dict) and all(isinstance(digest, str) for digest in value.values()),
    "validation_loss": lambda value: value is None or type(value) in (int, float),
}


class _Meta(TypedDict):
    """What ``meta.json`` holds."""

    step: int
    data: str
    sha256: dict[str, str]
    validation_loss: float | None  # missing where an early version wrote it


def _read_meta(path: Path) -> _Meta:
    """The ``meta.json`` of a checkpoint; a `CheckpointError`, without its path, where it isn't as gen writes it."""
    try:
        meta = regular.read_json(path / "meta.json")
        if not isinstance(meta, dict) or type(meta.get("format")) is not int:
            raise ValueError("it names no format")
        if meta["format"] != _FORMAT:
            writer = f"format {meta['format']} was written by gen {meta.get('gen')!r}"[:200]
            raise CheckpointError(f"{writer}; this is gen {__version__}, format {_FORMAT}")
        for name, fits in _MEANT.items():
            if not fits(meta.get(name)):
                raise ValueError(f"{name} is {repr(meta.get(name))[:80]}")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"meta.json is missing or damaged ({type(error).__name__}: {error})") from error
    return cast(_Meta, meta)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, verifying every hash first."""

    def fail(reason: str) -> CheckpointError:
        step = int(match[1]) if (match := _NAME.fullmatch(path.name)) else 0
        earlier = [other for other in checkpoints(path.parent) if int(other.name[5:]) < step]
        way_out = f"; move it away to go on from {earlier[-1].name}" if earlier else ""
        return CheckpointError(f"checkpoint {path}: {reason}{way_out}")

    try:
        meta = _read_meta(path)
    except CheckpointError as error:
        raise fail(str(error)) from error
    tensors = {}
    for part in _PARTS:
        file = path / f"{part}.safetensors"
        try:
            digest, meant = sha256_of_file(file), meta["sha256"].get(file.name)
            if digest != meant:
                raise fail(f"{file.name} is damaged: its sha256 is {digest}, not {meant}")
            tensors[part] = load_file(file)
        except (OSError, SafetensorError) as error:
            raise fail(f"{file.name} can't be read ({error})") from error
    if wrong := next((reason for part in _PARTS if (reason := not_finite(tensors[part]))), ""):
        raise fail(wrong)
    if (match := _NAME.fullmatch(path.name)) and int(match[1]) != meta["step"]:
        raise fail(f"meta.json says that it is of step {meta['step']}")
    return Checkpoint(
        meta["step"], **tensors, data_fingerprint=meta["data"], validation_loss=meta.get("validation_loss")
    )


def not_finite(tensors: Mapping[str, Tensor]) -> str:
    """Which tensor holds numbers that aren't finite, and how many; empty where none does."""
    for name, tensor in tensors.items():
        if (count := tensor.numel() - int(torch.isfinite(tensor).sum())) > 0:
            return f"{name} holds {count:,} numbers that aren't finite"
    return ""


def require_room(folder: Path, needed: int, what: str) -> None:
    """Raise a `CheckpointError` if a folder's disk has no room for so many bytes; the text says how many it has."""
    free = regular.free_space(folder)
    if free < needed:
        raise CheckpointError(
            f"{what} needs {needed / 1e6:,.1f} MB and the disk of {folder} has {free / 1e6:,.1f} MB left"
        )
