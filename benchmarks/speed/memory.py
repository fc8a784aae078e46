"""How much memory a training step of a large model will take, before it is dared."""

from __future__ import annotations

import torch

import gen
from gen.recipes.sections import Component
from gen.training.loader import free_memory
from speed.settings import Setting

PER_WEIGHT = 16  # bytes: itself, its gradient and two moments
PER_UNIT = 64  # bytes that backwards needs of a unit of an LSTM at a step: gates, states, inputs; 42 to 60 in practice
PROCESS = 0.5 * 2**30
DARED = 0.9


def predicted(setting: Setting) -> float:
    """Bytes of a process that trains it; a little more than such processes took when they were measured."""
    recipe = setting.load()
    converter = gen.build_converter(recipe)
    with torch.device("meta"):  # shapes alone, and no memory
        weights = gen.build_model(recipe).parameter_count()
    units = 2 * sum(recipe.encoder.arguments["sizes"]) + _units(recipe.decoder)
    return PROCESS + PER_WEIGHT * weights + PER_UNIT * units * (converter.steps or 1) * setting.batch


def fits(setting: Setting, device: str) -> tuple[bool, str]:
    """Whether there is enough memory, and if there isn't, a note that says so."""
    need, free = predicted(setting), free_memory(torch.device(device))
    words = f"about {need / 2**30:.1f} GB would be needed, and {free / 2**30:.1f} are free"
    return need < DARED * free, f"{setting.name} at batch {setting.batch}: not measured. {words}."


def _units(decoder: Component) -> int:
    """Of the layers that say steps; conductors are few."""
    if "core" in decoder.arguments:
        return _units(decoder.arguments["core"])
    cores = decoder.arguments.get("cores")
    if cores is None:
        return sum(decoder.arguments["sizes"])
    return sum(map(_units, cores if len(cores) > 1 else cores * len(decoder.arguments["depths"])))
