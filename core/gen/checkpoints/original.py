"""A model's weights as the original's TensorFlow variables, and back.

`gen.interfaces.TensorflowPlace` says how single modules do it; here they are put together to a whole model's names,
which are those of TensorFlow checkpoints and of magenta.js alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.errors import CheckpointError
from gen.interfaces.places import Arrays, TensorflowPlace, tensorflow_places
from gen.model.vae import VAE
from gen.nn import DensePlace
from gen.system.spelling import listing

_Array = npt.NDArray[np.floating[Any]]
_FORGET_BIAS = 1.0


def variable_shapes(vae: VAE) -> dict[str, tuple[int, ...]]:
    """Every variable that the original would train, sorted by name. No weight is read: a model on ``meta`` will do.

    Raises:
        CheckpointError: the encoder or decoder has weights that the original has no names for.
    """
    return {name: shape for name, (_, shape) in sorted(_by_variable(vae).items())}


def state_from_variables(
    vae: VAE, variables: Arrays, *, forget_bias: float = _FORGET_BIAS
) -> Iterator[tuple[str, Tensor]]:
    """The original's variables as entries of the model's state dict; one module's at a time, each asked for once.

    ``forget_bias`` is 0 where the variables are gradients or moments rather than weights. The model isn't changed.
    """
    for place in _places(vae):
        given = {name: variables[f"{place.scope}/{name}"] for name in place.shapes()}
        for name, value in place.from_tensorflow(given, forget_bias=forget_bias).items():
            yield f"{place.path}.{name}", torch.from_numpy(np.array(value, np.float32, order="C"))


def load_variables(vae: VAE, variables: Arrays) -> None:
    """Fill a model with the original's variables, every one of `variable_shapes`.

    Each is asked for once, so a mapping that reads them when asked needs memory for one module only.
    """
    state = vae.state_dict()
    with torch.no_grad():
        for name, value in state_from_variables(vae, variables):
            state[name].copy_(value)


class OriginalVariables(Mapping[str, _Array]):
    """A model's weights by the original's names and in its shapes, sorted; made when asked for.

    Raises:
        CheckpointError: the encoder or decoder has weights that the original has no names for.
    """

    def __init__(self, vae: VAE) -> None:
        self._places = dict(sorted(_by_variable(vae).items()))
        self._state = vae.state_dict()

    def __getitem__(self, name: str) -> _Array:
        place, _ = self._places[name]
        prefix = f"{place.path}."
        state = {
            key.removeprefix(prefix): value.detach().float().cpu().numpy()
            for key, value in self._state.items()
            if key.startswith(prefix)
        }
        variables = place.to_tensorflow(state, forget_bias=_FORGET_BIAS)
        return np.array(variables[name.removeprefix(f"{place.scope}/")], order="C")  # never the model's own memory

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _by_variable(vae: VAE) -> dict[str, tuple[TensorflowPlace, tuple[int, ...]]]:
    """Place and shape of each variable, after a check that no weight is left without a place."""
    found: dict[str, tuple[TensorflowPlace, tuple[int, ...]]] = {}
    placed: set[str] = set()
    for place in _places(vae):
        for name, shape in place.shapes().items():
            found[f"{place.scope}/{name}"] = (place, shape)
        placed.add(f"{place.path}.")
    without = [name for name in vae.state_dict() if not any(name.startswith(path) for path in placed)]
    if without:
        raise CheckpointError(f"these weights have no names in the original: {listing(without)}")
    return found


def _places(vae: VAE) -> Iterator[TensorflowPlace]:
    yield from tensorflow_places(vae.encoder, scope="encoder", path="encoder")
    yield DensePlace("encoder/mu", "mean", vae.mean)
    yield DensePlace("encoder/sigma", "stddev", vae.stddev)
    yield from tensorflow_places(vae.decoder, path="decoder")
