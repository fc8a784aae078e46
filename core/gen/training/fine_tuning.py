"""Fine-tuning: beginning with the weights of another training, as many as fit, and parts that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from gen.errors import CheckpointError, RecipeError, UsageError
from gen.model.vae import VAE
from gen.system.files import json_text, write_atomically
from gen.system.spelling import hint, listing
from gen.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from gen.training.run import Run


@dataclass(frozen=True)
class Taken:
    """What a model took from a checkpoint: ``numbers`` of ``total``, in the tensors ``loaded``.

    ``not_loaded`` has each tensor of the model that was not, and why; ``left_over`` each one of the checkpoint that
    the model has no place for, and why.
    """

    source: str
    step: int
    loaded: tuple[str, ...]
    numbers: int
    total: int
    not_loaded: dict[str, str]
    left_over: dict[str, str]


def take_weights(model: VAE, path: Path | str) -> Taken:
    """Load what fits of another training's weights: same name, same shape. The rest of the model stays as it is.

    ``path`` is a run, trained or imported, whose latest checkpoint counts; or the directory of a checkpoint.

    Raises:
        UsageError: there is neither at that path.
        CheckpointError: the checkpoint is damaged, or nothing that is trained fits.
    """
    folder = _checkpoint_at(Path(path))
    checkpoint = load_checkpoint(folder)
    own = model.state_dict()
    not_loaded = {}
    for name, tensor in own.items():
        theirs = checkpoint.model.get(name)
        if theirs is None:
            not_loaded[name] = "not in the checkpoint"
        elif theirs.shape != tensor.shape:
            not_loaded[name] = f"{list(theirs.shape)} in the checkpoint, {list(tensor.shape)} in the model"
    loaded = [name for name in own if name not in not_loaded]
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    left_over = {name: "not in the model" for name in checkpoint.model if name not in own}
    if not trained.intersection(loaded):
        reasons = [f"  {name}: {reason}" for name, reason in [*not_loaded.items(), *left_over.items()][:12]]
        raise CheckpointError(
            "\n".join([f"--init-from {folder}: none of its weights fits this recipe's model", *reasons])
        )
    model.load_state_dict({name: checkpoint.model[name] for name in loaded}, strict=False)
    return Taken(
        source=folder.as_posix(),
        step=checkpoint.step,
        loaded=tuple(loaded),
        numbers=sum(own[name].numel() for name in loaded),
        total=sum(tensor.numel() for tensor in own.values()),
        not_loaded=not_loaded,
        left_over=left_over,
    )


def lay_down(run: Run, taken: Taken, model: VAE, fingerprint: str) -> None:
    """Make initial weights the run's own, as its checkpoint of step 0, with the account of where they are from.

    So the run needs the other one no more, even if it is killed before its first checkpoint.
    """
    save_checkpoint(run.checkpoints, Checkpoint(0, model.state_dict(), {}, fingerprint), keep=1)
    account = {name: value for name, value in asdict(taken).items() if name not in ("numbers", "total")}
    write_atomically(run.initial_file, json_text(account, indent=1) + "\n")


def _checkpoint_at(path: Path) -> Path:
    if (path / "meta.json").is_file():
        return path
    if (run := Run(path)).recipe_file.is_file():
        return run.latest()
    what = "is neither a run nor a checkpoint of one" if path.exists() else "is not there"
    raise UsageError(f"--init-from {path} {what}: give runs/NAME, or runs/NAME/checkpoints/step-N")


def freeze(model: nn.Module, names: Sequence[str]) -> int:
    """Take parts out of training, and tell how many numbers that is. Dropout inside them goes on.

    ``names`` are of modules or parameters, as they stand in the model: ``encoder``, ``decoder.core``, ``mean.weight``.

    Raises:
        RecipeError: there is no part of that name, or nothing is left to train.
    """
    parameters = dict(model.named_parameters())
    parts = [name for name, _ in model.named_modules() if name]
    problems, frozen = [], set()
    for name in names:
        inside = [each for each in parameters if each == name or each.startswith(f"{name}.")]
        if name not in parts and name not in parameters:
            top = [part for part in parts if part.count(".") < 2]
            problems.append(
                f"training.frozen: the model has no part {name!r}{hint(name, [*parts, *parameters])} "
                f"(there are {listing(top)})"
            )
        elif not inside:
            problems.append(f"training.frozen: {name!r} has no parameters")
        frozen.update(inside)
    if problems:
        raise RecipeError(problems)
    count = sum(parameters[name].numel() for name in frozen if parameters[name].requires_grad)
    for name in frozen:
        parameters[name].requires_grad_(False)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise RecipeError(f"training.frozen: {', '.join(names)} is the whole model, and nothing is left to train")
    return count
