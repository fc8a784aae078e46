"""FLOPs of models of LSTMs, counted from their recipes.

Counted are matrix products, a multiplication and an addition each, as the formulas have them: every layer multiplies
its whole input at every step. Forwards that is one product, backwards one for the weights and one for that part of the
input whose gradient somebody needs: nobody needs that of the data, nor that of a zero. A way of computing that saves
products, such as multiplying z once for all steps, thus shows as a larger share of the peak.

tests/benchmarks/test_flops.py compares these counts with those of torch's own counter, on layers that are run step by
step: inside a fused LSTM it sees nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import gen
from gen.recipes.sections import Component


@dataclass(frozen=True)
class Product:
    """A matrix product of one example.

    Attributes:
        rows, inputs, outputs: ``[rows, inputs]`` times the weights ``[inputs, outputs]``.
        needed: how many of the ``rows * inputs`` numbers need a gradient.
    """

    rows: int
    inputs: int
    outputs: int
    needed: int

    @property
    def forwards(self) -> int:
        """FLOPs of the product alone."""
        return 2 * self.rows * self.inputs * self.outputs

    @property
    def training(self) -> int:
        """FLOPs of the product and of both gradients."""
        return 2 * self.forwards + 2 * self.needed * self.outputs

    def times(self, count: int) -> Product:
        """The same for so many pieces of an example."""
        return replace(self, rows=count * self.rows, needed=count * self.needed)


@dataclass(frozen=True)
class Products:
    """All matrix products of a model, for one example.

    Attributes:
        encoder: from the data to the parameters of z's distribution.
        decoder: from z to raw outputs.
    """

    encoder: tuple[Product, ...]
    decoder: tuple[Product, ...]

    def training_step(self, batch: int) -> int:
        """FLOPs of a training step."""
        return batch * sum(product.training for product in (*self.encoder, *self.decoder))

    def sampling(self, count: int) -> int:
        """FLOPs of so many sequences, said from given z."""
        return count * sum(product.forwards for product in self.decoder)


def products_of(recipe: gen.Recipe, converter: gen.Converter) -> Products:
    """The products of a recipe's model.

    Args:
        recipe: with an encoder and a decoder that are counted here: ``bilstm``; ``flat`` or ``groove``, also as the
            cores of ``split`` and ``hierarchical``.
        converter: the recipe's.

    Raises:
        ValueError: another encoder or decoder, or an option that isn't counted.
    """
    if converter.steps is None:
        raise ValueError(f"{recipe.name}: examples vary in length, so there is no one number of FLOPs")
    z = recipe.latent.size
    layers = list(_bilstm(recipe.encoder, converter.steps, converter.input_depth + converter.control_depth))
    width = 2 * recipe.encoder.arguments["sizes"][-1]
    posterior = [Product(1, width, z, width) for _ in ("mean", "stddev")]
    decoder = _decoder(recipe.decoder, converter.steps, converter.output_depth, converter.control_depth, z)
    return Products((*layers, *posterior), tuple(decoder))


def _bilstm(encoder: Component, steps: int, depth: int) -> Iterator[Product]:
    _require(encoder, "bilstm")
    width, needed = depth, 0
    for size in encoder.arguments["sizes"]:
        for _ in ("forwards", "backwards"):
            yield from _lstm(steps, width, size, needed=needed, learned=False)
        width = needed = 2 * size


def _lstm(steps: int, inputs: int, hidden: int, *, needed: int, learned: bool) -> Iterator[Product]:
    """A layer of ``hidden`` units, that reads ``inputs`` numbers a step; ``learned`` is its initial state."""
    if inputs:
        yield Product(steps, inputs, 4 * hidden, steps * needed)
    yield Product(steps, hidden, 4 * hidden, (steps if learned else steps - 1) * hidden)


def _decoder(decoder: Component, steps: int, depth: int, controls: int, z: int) -> Iterator[Product]:
    if decoder.type == "hierarchical":
        return _hierarchical(decoder, depth, controls, z)
    if decoder.type == "split":
        return _split(decoder, steps, controls, z)
    return _flat(decoder, steps, depth, controls, z)


def _flat(decoder: Component, steps: int, depth: int, controls: int, z: int) -> Iterator[Product]:
    _require(decoder, "flat", "groove")
    sizes = decoder.arguments["sizes"]
    yield _initial(z, sizes)
    width, needed = depth + z + controls, z
    for size in sizes:
        yield from _lstm(steps, width, size, needed=needed, learned=True)
        width = needed = size
    yield Product(steps, width, depth, steps * width)


def _split(decoder: Component, steps: int, controls: int, z: int) -> Iterator[Product]:
    depths, cores = decoder.arguments["depths"], decoder.arguments["cores"]
    for depth, core in zip(depths, cores if len(cores) > 1 else cores * len(depths), strict=True):
        yield from _decoder(core, steps, depth, controls, z)


def _hierarchical(decoder: Component, depth: int, controls: int, z: int) -> Iterator[Product]:
    _require(decoder, "hierarchical")
    *levels, segment = decoder.arguments["level_lengths"]
    sizes = decoder.arguments["sizes"]
    embedding, pieces = z, 1
    for length in levels:
        yield from _times(pieces, [_initial(embedding, sizes), *_conductor(length, sizes)])
        embedding, pieces = sizes[-1], pieces * length
    yield from _times(math.prod(levels), _decoder(decoder.arguments["core"], segment, depth, controls, embedding))


def _conductor(length: int, sizes: Iterable[int]) -> Iterator[Product]:
    width = 0  # its lowest layer reads a constant zero
    for size in sizes:
        yield from _lstm(length, width, size, needed=width, learned=True)
        width = size


def _initial(z: int, sizes: Iterable[int]) -> Product:
    """The map from z to the states before the first step."""
    return Product(1, z, 2 * sum(sizes), z)


def _times(count: int, products: Iterable[Product]) -> Iterator[Product]:
    return (product.times(count) for product in products)


def _require(component: Component, *types: str) -> None:
    uncounted = {"residual": False, "outputs": ("categorical", "multi"), "autoregressive": (), "embedding_size": None}
    if component.type not in types:
        raise ValueError(f"{component.type}: only {', '.join(types)} is counted here")
    for option, usual in uncounted.items():
        value = component.arguments.get(option, usual)
        if value != usual and not (isinstance(usual, tuple) and (value in usual or value in ([], ()))):
            raise ValueError(f"{component.type}: {option}: {value} isn't counted")
