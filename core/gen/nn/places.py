"""How the original names, shapes and orders the weights of gen's building blocks (see `TensorflowPlace`).

Kernels are ``[in, out]``. An LSTM has one kernel for its input (above) and its state (below), gates in the order i, j,
f, o, and one bias, to which the original adds the forget bias only at run time. Torch splits and transposes the kernel,
orders the gates i, f, g (the original's j), o, and has two biases; `LstmLayer` keeps the forget bias in the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from gen.interfaces.places import Arrays, TensorflowPlace
from gen.nn.lstm import LstmLayer, LstmStack

_Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class DensePlace(TensorflowPlace):
    """Of an affine map: ``kernel`` and ``bias``."""

    module: nn.Linear

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """As `TensorflowPlace.shapes`."""
        return {"kernel": (self.module.in_features, self.module.out_features), "bias": (self.module.out_features,)}

    def from_tensorflow(self, variables: Arrays, *, forget_bias: float) -> dict[str, _Array]:
        """As `TensorflowPlace.from_tensorflow`."""
        return {"weight": variables["kernel"].T, "bias": variables["bias"]}

    def to_tensorflow(self, state: Arrays, *, forget_bias: float) -> dict[str, _Array]:
        """As `TensorflowPlace.to_tensorflow`."""
        return {"kernel": state["weight"].T, "bias": state["bias"]}


@dataclass(frozen=True)
class LstmPlace(TensorflowPlace):
    """Of one LSTM layer: ``kernel`` and ``bias``."""

    module: LstmLayer

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """As `TensorflowPlace.shapes`."""
        inputs, units = self.module.lstm.input_size, self.module.lstm.hidden_size
        return {"kernel": (inputs + units, 4 * units), "bias": (4 * units,)}

    def from_tensorflow(self, variables: Arrays, *, forget_bias: float) -> dict[str, _Array]:
        """As `TensorflowPlace.from_tensorflow`."""
        weight = _reordered(variables["kernel"]).T  # [4H, I + H]
        bias = _reordered(variables["bias"])
        inputs = self.module.lstm.input_size
        return {
            "lstm.weight_ih_l0": weight[:, :inputs],
            "lstm.weight_hh_l0": weight[:, inputs:],
            "lstm.bias_ih_l0": bias,
            "lstm.bias_hh_l0": self._constant(forget_bias, bias),
        }

    def to_tensorflow(self, state: Arrays, *, forget_bias: float) -> dict[str, _Array]:
        """As `TensorflowPlace.to_tensorflow`."""
        weight = np.concatenate([state["lstm.weight_ih_l0"], state["lstm.weight_hh_l0"]], axis=1)  # [4H, I + H]
        second = state["lstm.bias_hh_l0"]
        bias = state["lstm.bias_ih_l0"] + (second - self._constant(forget_bias, second))  # in this order it is exact
        return {"kernel": _reordered(weight.T), "bias": _reordered(bias)}

    def _constant(self, forget_bias: float, like: _Array) -> _Array:
        return np.repeat(np.array([0, forget_bias, 0, 0], like.dtype), self.module.lstm.hidden_size)


def stack_places(stack: LstmStack, *, scope: str = "", path: str = "") -> Iterator[TensorflowPlace]:
    """Of a stack at ``scope`` in the original and ``path`` here: ``cell_0`` and so on, and residual projections."""
    for number, layer in enumerate(stack.layers):
        assert isinstance(layer, LstmLayer)
        cell = f"{scope}/cell_{number}".lstrip("/")
        projection = stack.projections[number] if stack.residual else None
        if isinstance(projection, nn.Linear):
            cell += "/input_projection_wrapper"
            yield DensePlace(cell, f"{path}.projections.{number}".lstrip("."), projection)
        yield LstmPlace(f"{cell}/lstm_cell", f"{path}.layers.{number}".lstrip("."), layer)


def bidirectional_places(
    forwards: nn.ModuleList, backwards: nn.ModuleList, *, scope: str = ""
) -> Iterator[TensorflowPlace]:
    """Of the two directions that `bidirectional_layers` makes, kept as ``forwards`` and ``backwards``."""
    for theirs, ours, layers in (("fw", "forwards", forwards), ("bw", "backwards", backwards)):
        for number, stack in enumerate(layers):
            assert isinstance(stack, LstmStack)
            cell = f"{scope}/cell_{number}/bidirectional_rnn/{theirs}/multi_rnn_cell".lstrip("/")
            yield from stack_places(stack, scope=cell, path=f"{ours}.{number}")


def _reordered(gates: _Array) -> _Array:
    """Gates i, j, f, o along the last axis as i, f, j, o, or back: the same exchange. Always a copy."""
    i, second, third, o = np.split(gates, 4, axis=-1)
    return np.concatenate([i, third, second, o], axis=-1)
