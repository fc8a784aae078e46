"""A multilayer perceptron: all hits of a clip through one hidden layer to how every cell is played.

It says how much louder and earlier than its drum's average a hit is. Trained by Adam on the squared errors at hits;
training stops when the error on held-out clips hasn't fallen for some passes, and the best weights are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gen_converters.common.arrays import Ints, Singles
from gen_converters.groove.humanisation.performances import Performances, Player, split_off

HIDDEN = 512
LEARNING_RATE, WEIGHT_DECAY, BATCH = 1e-3, 1e-4, 128
MOST_PASSES, PATIENCE = 40, 3
FEWEST_UPDATES = 500
"""A pass over few clips is too short to judge by: training goes on for at least so many updates."""


def fit(performances: Performances, rng: np.random.Generator) -> Player:
    """Train on nine tenths of the clips, and stop by the rest; what is held out, first weights and orders are drawn."""
    import torch
    from torch.nn import functional

    rest, held = split_off(performances, rng)
    cells = performances.hit.shape[1]
    means = rest.drum_means
    weights = [
        torch.from_numpy(first).requires_grad_()
        for first in (*_first_weights(cells, HIDDEN, rng), *_first_weights(HIDDEN, 2 * cells, rng))
    ]
    optimiser = torch.optim.Adam(weights, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    hits = torch.from_numpy(rest.hit)
    differences = torch.from_numpy(rest.played - means)  # [N, n, 2]

    def said(hit: torch.Tensor, layers: list[torch.Tensor]) -> torch.Tensor:
        hidden = functional.relu(functional.linear(hit, layers[0], layers[1]))  # [B, hidden]
        return functional.linear(hidden, layers[2], layers[3]).view(*hit.shape, 2)  # [B, n, 2]

    def player(layers: list[torch.Tensor]) -> Player:
        def play(hit: Singles) -> Singles:
            with torch.no_grad():
                played: Singles = said(torch.from_numpy(np.ascontiguousarray(hit)), layers).numpy() + means
            return played

        return play

    def kept() -> list[torch.Tensor]:
        return [one.detach().clone() for one in weights]

    best, least, since, updates = kept(), held.error(player(weights)), 0, 0
    for number, batches in enumerate(_passes(len(rest), rng)):
        for batch in batches:
            rows = torch.from_numpy(batch)
            hit = hits[rows]
            squares = (said(hit, weights) - differences[rows]) ** 2 * hit[..., None]
            loss = squares.sum() / hit.sum().clamp(min=1)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            updates += 1
        error = held.error(player(weights))
        if error < least:
            best, least, since = kept(), error, 0
        else:
            since += 1
        if updates >= FEWEST_UPDATES and (since >= PATIENCE or number + 1 >= MOST_PASSES):
            break
    return player(best)


def _first_weights(inputs: int, outputs: int, rng: np.random.Generator) -> tuple[Singles, Singles]:
    """A layer's matrix ``[outputs, inputs]`` and constant ``[outputs]``, as PyTorch's own layers start."""
    bound = inputs**-0.5
    matrix, constant = rng.uniform(-bound, bound, (outputs, inputs)), rng.uniform(-bound, bound, outputs)
    return matrix.astype(np.float32), constant.astype(np.float32)


def _passes(count: int, rng: np.random.Generator) -> Iterator[list[Ints]]:
    """Rows of the batches of one pass after the other, each in an order of its own."""
    while True:
        order = rng.permutation(count)
        yield [order[start : start + BATCH] for start in range(0, count, BATCH)]
