"""A window of which a part is given, completed: of many clips that a model draws, the one that agrees with that part.

M candidates, T steps, K drum classes, Z latent size.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gen.interfaces.converter import Example
from gen.midi.instruments import Mask
from gen.music.verbs.cells import Cells, Player
from gen.training.batch import seed_of

CANDIDATES = 64
"""M; always so many at a time."""


def complete(
    player: Player, example: Example, free: Mask, *, amount: float, seed: int, number: int
) -> tuple[Cells, Tensor]:
    """Cells ``[1, T, K]`` of the candidate that agrees best with a window where it isn't ``free`` ``[T, K]``.

    Candidates lie between the window's own place in latent space and draws from the prior, at most ``amount``, 0 to 1,
    of the way. Of those that agree alike the nearest wins; one that says of the free cells what is there never does,
    unless all do.

    Args:
        seed, number: of the draws, and of the window, which has draws of its own.

    Returns:
        The cells, and their z ``[Z]``.
    """
    mean = player.means([example])
    away = draws(player, seed=seed, number=number, count=CANDIDATES)
    part = torch.linspace(amount / CANDIDATES, amount, CANDIDATES, device=mean.device)[:, None]
    z = torch.lerp(mean, away, part)
    said = player.say(z, [example] * CANDIDATES)
    given = example.outputs[:, : len(player.classes)] > 0.5  # [T, K]
    hit = said.hit > 0.5  # [M, T, K]
    agreed = _f1(hit[:, ~free], given[~free])
    agreed -= 2.0 * ~(hit[:, free] != given[free]).any(1)
    best = int(np.argmax(agreed))
    chosen = slice(best, best + 1)
    return Cells(said.hit[chosen], said.velocity[chosen], said.early[chosen]), z[best]


def draws(player: Player, *, seed: int, number: int, count: int) -> Tensor:
    """Draws from the prior for one window, ``[count, Z]``."""
    model, told = player.trained.model, None
    if player.labels and model.labels is not None:
        told = torch.from_numpy(player.told()[0, model.labels.own :])
    own = torch.Generator().manual_seed(seed_of(seed, f"window {number}"))
    return model.prior(count, generator=own, labels=told)


def _f1(said: Mask, given: Mask) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """F1 of hits said, ``[M, C]``, beside those given, ``[C]``; 1 where there are none on either side."""
    both = (said & given).sum(1)
    total = said.sum(1) + given.sum()
    return np.where(total > 0, 2.0 * both / np.maximum(total, 1), 1.0)
