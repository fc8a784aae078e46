"""Pairs of examples and ways between them: what a model says there, and steps drawn from either at random.

Letters in shape comments: P pairs, K positions, B batch, T steps, Z latent size, C control depth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.errors import PluginError, UsageError
from gen.interfaces.rows import Rows
from gen.model.vae import VAE, slerp
from gen.nn import without_dropout
from gen.studies.tokens import Tokens, tokens_of

_BATCH = 256
"""Examples that go through a model at a time. Not an option: the draws of a seed depend on it."""


def draw_pairs(source: npt.NDArray[np.int64], count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Pairs of different examples, every pair once; of different files, which ``source [N]`` names, if there are any.

    As many as wanted, or all there are: numbers of the first and the second example of each, int64 ``[P, 2]``.

    Raises:
        UsageError: fewer than two examples.
    """
    n = len(source)
    if n < 2:
        raise UsageError(f"a way leads from one example to another, and there is only {n} held-out example")
    alike = np.unique(source, return_counts=True)[1]
    apart = len(alike) > 1
    possible = n * n - int((alike * alike).sum()) if apart else n * (n - 1)
    wanted = min(count, possible)
    codes = np.zeros(0, np.int64)
    while len(codes) < wanted:
        drawn = rng.integers(n * n, size=4 * wanted)
        first, second = np.divmod(drawn, n)
        good = source[first] != source[second] if apart else first != second
        codes = np.concatenate([codes, drawn[good]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]  # each once, in the order drawn
    return np.stack(np.divmod(codes[:wanted], n), axis=1)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The examples that ways lead from and to, P each."""

    first: Examples
    second: Examples

    @property
    def steps(self) -> int:
        """T, of the longest example."""
        return max(self.first.steps, self.second.steps)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Steps that both examples of a pair have, ``[P]``: those that can be compared."""
        return np.minimum(self.first.lengths, self.second.lengths)

    def tokens(self) -> tuple[tuple[Tokens, ...], tuple[Tokens, ...]]:
        """Tokens ``[P, T]`` of the first and of the second examples, one array a stream."""
        first, second = (
            tuple(
                np.pad(tokens, ((0, 0), (0, self.steps - tokens.shape[1])))
                for tokens in tokens_of(examples.stored("outputs"))
            )
            for examples in (self.first, self.second)
        )
        return first, second


@dataclass(frozen=True, eq=False)
class Way:
    """Tokens of one stream: at each position ``[K, P, T]``, and of the same ends reached once more, ``[P, T]``."""

    along: Tokens
    start: Tokens
    end: Tokens


@torch.no_grad()
def latent_ways(
    model: VAE,
    name: str,
    pairs: Pairs,
    positions: Sequence[float],
    *,
    temperature: float,
    draw: bool,
    seed: int,
    progress: Callable[[int], None],
) -> list[Way]:
    """What a model says on the sphere between the latent vectors of each pair, a way for each stream.

    A model that plays to controls hears those of the first example all the way: then what changes along the way does so
    because z does. ``positions`` are K numbers from 0 to 1; ``progress`` is called with the number of sequences that
    were decoded since its last call. Other arguments as `gen.studies.interpolation_study`.

    Raises:
        UsageError: the model is of other examples.
        PluginError: it says rows that the converter has no meaning for.
    """
    if model.steps not in (None, pairs.steps):
        raise UsageError(
            f"{name} says {model.steps} steps, and the held-out examples have {pairs.steps}: it isn't of them"
        )
    generator = torch.Generator(model.device).manual_seed(seed)
    with without_dropout(model):
        start, end = (_ends(model, each, generator if draw else None) for each in (pairs.first, pairs.second))  # [P, Z]
        # at 0 and 1 the ends as they are: the sphere may round them
        inside = [start if t == 0.0 else end if t == 1.0 else slerp(start, end, t) for t in positions]
        z = torch.stack([*inside, start, end])  # [K + 2, P, Z]
        rows = []
        for t in range(len(z)):
            for first in range(0, len(start), _BATCH):
                part = slice(first, first + _BATCH)
                rows.append(_said(model, name, z[t, part], pairs, part, temperature, generator))
                progress(len(z[t, part]))
    shape = (len(z), len(start), pairs.steps)
    streams = [np.concatenate(parts).reshape(shape) for parts in zip(*rows, strict=True)]
    return [Way(tokens[:-2], tokens[-2], tokens[-1]) for tokens in streams]


def coin_ways(
    first: Sequence[Tokens], second: Sequence[Tokens], positions: Sequence[float], rng: np.random.Generator
) -> list[Way]:
    """Each step from the first example or the second, by a coin that falls for the second with chance ``position``.

    Tokens are ``[P, T]``, one array a stream; streams share a step's coin.
    """
    coins = rng.random((len(positions), *first[0].shape)) < np.reshape(positions, (-1, 1, 1))  # [K, P, T]
    return [Way(np.where(coins, b, a), a, b) for a, b in zip(first, second, strict=True)]


def _ends(model: VAE, examples: Examples, generator: torch.Generator | None) -> Tensor:
    """Latent vectors ``[P, Z]``: posterior means, or draws where there is a generator."""
    found = []
    for chunk in examples.batches(_BATCH):
        controls = None if chunk.controls is None else torch.from_numpy(chunk.controls).to(model.device)
        inputs, lengths = (torch.from_numpy(array).to(model.device) for array in (chunk.inputs, chunk.lengths))
        posterior = model.encode(inputs, lengths, controls)
        found.append(posterior.mean if generator is None else posterior.sample(generator=generator))
    return torch.cat(found)


def _said(
    model: VAE, name: str, z: Tensor, pairs: Pairs, part: slice, temperature: float, generator: torch.Generator
) -> tuple[Tokens, ...]:
    """Tokens ``[B, T]`` that a model says from ``z [B, Z]``, one array a stream."""
    first = pairs.first.take(part)
    controls = None
    if first.controls is not None:
        short = pairs.steps - first.controls.shape[1]
        controls = torch.from_numpy(np.pad(first.controls, ((0, 0), (0, short), (0, 0)))).to(z.device)  # [B, T, C]
    outputs = model.decode(z, steps=pairs.steps, controls=controls, temperature=temperature, generator=generator)
    try:
        return tokens_of(Rows.of(outputs.float().cpu().numpy(), first.layout.outputs))
    except ValueError as error:
        raise PluginError(
            f"the decoder of {name} says what the held-out examples' converter can't mean: {error}"
        ) from error
