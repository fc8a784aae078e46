"""A training's state and its model, by the path of the run; and fine-tuning.

That begins with the weights of another training, as many as fit, and may keep parts as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor, nn

from gen.errors import CheckpointError, RecipeError, UsageError
from gen.model.build import build_model
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.system.files import json_text, write_atomically
from gen.system.spelling import hint, listing
from gen.training.batch import pick_device
from gen.training.checkpoint import Checkpoint, checkpoints, latest_checkpoint, load_checkpoint, save_checkpoint, sweep
from gen.training.optimiser import Optimiser
from gen.training.run import Run

_PREFIX = "optimiser."


def checkpoint_of(
    model: VAE, optimiser: Optimiser, step: int, fingerprint: str, validation_loss: float | None
) -> Checkpoint:
    """Everything to go on from: order of examples and draws follow from the recipe and the step alone."""
    state = {f"{_PREFIX}{name}": value for name, value in optimiser.state().items()}
    return Checkpoint(step, model.state_dict(), state, fingerprint, validation_loss)


def restore(run: Run, model: VAE, optimiser: Optimiser, fingerprint: str) -> int:
    """Take up the run's latest checkpoint and forget what came after it; returns the number of steps done.

    A run that was stopped before its first checkpoint begins again.
    """
    run.require_resumable()
    sweep(run.checkpoints)
    path = latest_checkpoint(run.checkpoints)
    if path is None:
        run.rewind(0)
        return 0
    checkpoint = load_checkpoint(path)
    if checkpoint.data_fingerprint != fingerprint:
        raise CheckpointError(
            f"{path} was trained on other data (fingerprint {checkpoint.data_fingerprint[:12]}, "
            f"now {fingerprint[:12]}): give the same --data, or start a new run"
        )
    load_weights(model, checkpoint, path.as_posix())
    if checkpoint.step > 0:
        state = {name.removeprefix(_PREFIX): value for name, value in checkpoint.state.items()}
        try:
            optimiser.load_state(state)
        except (KeyError, ValueError) as error:
            raise CheckpointError(f"{path}: its training state doesn't fit ({error})") from error
    run.rewind(checkpoint.step)
    return checkpoint.step


def load_weights(model: VAE, checkpoint: Checkpoint, name: str) -> None:
    """Put a checkpoint's weights into a model; a `CheckpointError` lists what is missing, left over or misshapen."""
    own = model.state_dict()
    for each, tensor in checkpoint.model.items():
        if each in own and (why := _other_kind(tensor, own[each])):
            raise CheckpointError(f"{name}: {each} {why}")
    try:
        model.load_state_dict(dict(checkpoint.model))
    except RuntimeError as error:
        raise CheckpointError(f"{name}: its weights don't fit the recipe: {error}") from error


def _other_kind(theirs: Tensor, own: Tensor) -> str:
    """Why numbers of one kind can't stand for those of another; empty where they can: copying turns any into any."""
    kinds = [(each.is_complex(), each.is_floating_point()) for each in (theirs, own)]
    return "" if kinds[0] == kinds[1] else f"holds {theirs.dtype}, which can't stand for the model's {own.dtype}"


@dataclass(frozen=True, eq=False)
class Trained:
    """A model in evaluation mode, the recipe that made it and the training step it stands at."""

    model: VAE
    recipe: Recipe
    step: int


def load_run(path: str | Path, *, step: int | None = None, device: str = "auto") -> Trained:
    """Load a run's model, of the latest checkpoint or of a step's, on ``auto``, ``cpu``, ``cuda`` …

    Args:
        path: of the run; or the name of a model, of those that come with gen or of one's own.

    Raises:
        UsageError: no run directory, or a recipe that no longer loads.
        CheckpointError: no such checkpoint, or a damaged one.
    """
    run = Run.opened(path)
    recipe = run.recipe()
    folder = run.latest() if step is None else run.checkpoints / f"step-{step}"
    if not folder.is_dir():
        there = ", ".join(found.name for found in checkpoints(run.checkpoints)) or "none"
        raise CheckpointError(f"{run.path} has no checkpoint of step {step} (there: {there})")
    checkpoint = load_checkpoint(folder)
    model = build_model(recipe).to(pick_device(device))
    load_weights(model, checkpoint, str(folder))
    return Trained(model.eval(), recipe, checkpoint.step)


def load_model(path: str | Path, *, step: int | None = None, device: str = "auto") -> VAE:
    """The model of a run, in evaluation mode; arguments and errors as `load_run`."""
    return load_run(path, step=step, device=device).model


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

    ``path`` is a run, trained or imported, whose latest checkpoint counts; a model's name; or the directory of a
    checkpoint.
    """
    folder = checkpoint_at(Path(path))
    checkpoint = load_checkpoint(folder)
    own = model.state_dict()
    not_loaded = {}
    for name, tensor in own.items():
        theirs = checkpoint.model.get(name)
        if theirs is None:
            not_loaded[name] = "not in the checkpoint"
        elif theirs.shape != tensor.shape:
            not_loaded[name] = f"{list(theirs.shape)} in the checkpoint, {list(tensor.shape)} in the model"
        elif why := _other_kind(theirs, tensor):
            not_loaded[name] = why
    loaded = [name for name in own if name not in not_loaded]
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    left_over = {name: "not in the model" for name in checkpoint.model if name not in own}
    if not trained.intersection(loaded):
        reasons = [f"  {name}: {reason}" for name, reason in [*not_loaded.items(), *left_over.items()][:12]]
        raise CheckpointError(
            "\n".join([f"--init-from {folder}: none of its weights fits this recipe's model", *reasons])
        )
    model.load_state_dict({name: checkpoint.model[name] for name in loaded}, strict=False)
    numbers, total = sum(own[name].numel() for name in loaded), sum(tensor.numel() for tensor in own.values())
    return Taken(folder.as_posix(), checkpoint.step, tuple(loaded), numbers, total, not_loaded, left_over)


def lay_down(run: Run, taken: Taken, model: VAE, fingerprint: str) -> None:
    """Make initial weights the run's own, as its checkpoint of step 0, with the account of where they are from.

    So the run needs the other one no more, even if it is killed before its first checkpoint.
    """
    save_checkpoint(run.checkpoints, Checkpoint(0, model.state_dict(), {}, fingerprint), keep=1)
    account = {name: value for name, value in asdict(taken).items() if name not in ("numbers", "total")}
    write_atomically(run.initial_file, json_text(account, indent=1) + "\n")


def checkpoint_at(path: Path) -> Path:
    """The folder of the checkpoint that ``--init-from`` names: a run's latest, or one itself; else a `UsageError`."""
    if (path / "meta.json").is_file():
        return path
    if (run := Run.opened(path)).recipe_file.is_file():
        return run.latest()
    what = "is neither a run nor a checkpoint of one" if path.exists() else "is not there"
    raise UsageError(f"--init-from {path} {what}: give runs/NAME, or runs/NAME/checkpoints/step-N")


def freeze(model: nn.Module, names: Sequence[str]) -> int:
    """Take parts out of training, and tell how many numbers that is. Dropout inside them goes on.

    ``names`` are of modules or parameters, as they stand in the model: ``encoder``, ``decoder.core``, ``mean.weight``.
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
