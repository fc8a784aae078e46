"""A model's weights as the original's TensorFlow variables, and back; and which variables of a checkpoint they are.

`gen.interfaces.TensorflowPlace` says how single modules do it; here they are put together to a whole model's names,
which are those of TensorFlow checkpoints and of magenta.js alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.checkpoints.formats.variables import Shape, Variable
from gen.errors import CheckpointError
from gen.interfaces.places import Arrays, TensorflowPlace, tensorflow_places
from gen.model.latents import Gaussian
from gen.model.vae import VAE
from gen.nn import DensePlace
from gen.system.spelling import listing, nearest

_Array = npt.NDArray[np.floating[Any]]
_FORGET_BIAS = 1.0
_IGNORED = re.compile(
    r"""
    (^|/)(beta[12]_power|global_step)$ |  # the optimiser's and the trainer's counts
    /Adam(_1)?$ |                         # the optimiser's moments
    /opaque_kernel[^/]*$                  # of the former cuDNN path, beside the same weights in the usual form
    """,
    re.VERBOSE,
)
_OLD_ENDINGS = (("/weights", "/kernel"), ("/biases", "/bias"))  # until TensorFlow 1.1
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_SHOWN = 12
_COMPARED = 200
_LONGEST = 200


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

    Errors as `variable_shapes`.
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
    if type(vae.space) is not Gaussian:
        raise CheckpointError(f"the original has no latent space such as {type(vae.space).__name__}")
    yield from tensorflow_places(vae.encoder, scope="encoder", path="encoder")
    yield DensePlace("encoder/mu", "mean", vae.mean)
    yield DensePlace("encoder/sigma", "stddev", vae.stddev)
    yield from tensorflow_places(vae.decoder, path="decoder")


def match(
    variables: Mapping[str, Variable],
    shapes: Mapping[str, Shape],
    *,
    title: str,
    renames: Sequence[tuple[str, str]] = (),
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Find the variable for each weight, of the shapes that the model has.

    In the checkpoint's names, ``renames`` are applied in order: a text and what stands for it. Messages begin with
    ``title``.

    Returns:
        Each of the model's names with the checkpoint's; and names there that are no weights, such as an optimiser's.

    Raises:
        CheckpointError: variables are missing, of another shape or type, or left over; the text lists them with their
            shapes, and the nearest name of those that were left over.
    """
    ignored = tuple(name for name in variables if _IGNORED.search(name))
    names: dict[str, str] = {}
    for name in sorted(variables.keys() - set(ignored)):
        renamed = _renamed(name, renames)
        if renamed in names:
            raise CheckpointError(f"{title}: {names[renamed]} and {name} both stand for {renamed}")
        names[renamed] = name
    left = sorted(names.keys() - shapes.keys())
    candidates = [name for name in left if len(name) <= _LONGEST][:_COMPARED]

    def absent(name: str) -> str:
        found = nearest(name, candidates)
        return f"{name} {list(shapes[name])}" + ("" if found is None else f" (nearest: {found})")

    missing = sorted(shapes.keys() - names.keys())
    problems = [
        *_listed("missing", map(absent, missing[:_SHOWN]), missing),
        *_listed("unused", (f"{names[name][:_LONGEST]}: {variables[names[name]]}" for name in left[:_SHOWN]), left),
    ]
    others = [
        f"{stored} is {variables[stored]}, the model's float32 {list(shapes[name])}"
        for name, stored in names.items()
        if name in shapes and (variables[stored].shape != shapes[name] or variables[stored].dtype not in _FLOATS)
    ]
    problems += _listed("of another shape or type", others[:_SHOWN], others)
    if problems:
        raise CheckpointError("\n".join([f"{title}:", *problems]))
    return {name: names[name] for name in shapes}, ignored


def _renamed(name: str, renames: Sequence[tuple[str, str]]) -> str:
    for old, new in renames:
        name = name.replace(old, new)
    for old, new in _OLD_ENDINGS:
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _listed(what: str, shown: Iterable[str], everything: Sequence[str]) -> list[str]:
    if not everything:
        return []
    more = len(everything) - _SHOWN
    tail = [f"    and {more} more"] if more > 0 else []
    return [f"  {len(everything)} {what}:", *(f"    {line}" for line in shown), *tail]
