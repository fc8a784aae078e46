"""Parts of a model that training leaves alone."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from gen.errors import RecipeError
from gen.system.spelling import hint, listing


def freeze(model: nn.Module, names: Sequence[str]) -> int:
    """Take parts out of training; they stay what they are. Dropout inside them goes on.

    Args:
        model: whose parts; those not named train on.
        names: of modules or parameters, as they stand in the model: ``encoder``, ``decoder.core``, ``mean.weight``.

    Returns:
        How many numbers were frozen.

    Raises:
        RecipeError: there is no part of that name, or nothing is left to train.
    """
    parameters = dict(model.named_parameters())
    parts = [name for name, _ in model.named_modules() if name]
    problems = []
    frozen = set()
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
    count = 0
    for name in frozen:
        if parameters[name].requires_grad:
            count += parameters[name].numel()
            parameters[name].requires_grad_(False)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise RecipeError(f"training.frozen: {', '.join(names)} is the whole model, and nothing is left to train")
    return count
