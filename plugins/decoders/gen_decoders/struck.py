"""Hits with velocities and offsets that count where a drum is struck, and nowhere else.

Letters in shape comments: B batch, T steps, N any leading axes, K drums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from gen_decoders.fields import Field, require_groove
from gen_decoders.heads import Head, Score, step_means
from gen_decoders.quantiles import POSITIONS, QuantileMap, by_position

Errors = Literal["squared", "absolute"]

_LAST = 9.0  # more than any velocity or offset, so that cells without a hit come last on both sides
_MISSED = 4.0  # nats for each hit of a clip of which nothing is right, about what a hit costs that nobody expected
_SILENCE = -2.5  # logit of a hit before anything is learnt: one cell in thirteen, as in drumming


class StruckHead(Head):
    """Hits, velocities and offsets of K drums, D = 3K, in this order.

    Unlike `gen_decoders.heads.GrooveHead`, the original's, nothing is asked of the velocity and offset of a drum that
    isn't struck, and there they are said as 0. Trained towards 0 in most cells, an unlikely hit is said soft and on
    time, however it would be played.

    Args:
        depth: D.
        velocity_weight, offset_weight: price of an error.
        errors: ``squared``, of which the mean is the best guess, or ``absolute``, of which the median is: it keeps more
            of how differently things are played.
        spread: price of an error of a clip's velocities and offsets in order of size, by position within the beat,
            where an error hit by hit costs 1: the more, the more they are spread as in the targets, and the less each
            is the best guess.
        f1: share of the price of hits that a clip pays by its F1, of what is expected rather than decided (Milletari
            et al. 2016); the rest it pays by their cross entropy. It makes hits of a draw of z right more often.
        threshold: probability from which on a hit sounds at temperature 0.
        quantiles: how much of the way, from 0 to 1, velocities and offsets go from what is likeliest to the quantiles
            of training hits at that position of the beat, once fitted (`gen_decoders.quantiles.QuantileMap`). Losses
            are of what is likeliest.

    Raises:
        ValueError: the depth is not a multiple of three, a price is negative, or the threshold or share isn't within 0
            and 1.
    """

    def __init__(
        self,
        depth: int,
        *,
        velocity_weight: float = 1.0,
        offset_weight: float = 1.0,
        errors: Errors = "squared",
        spread: float = 0.0,
        f1: float = 0.0,
        threshold: float = 0.4,
        quantiles: float = 0.0,
    ) -> None:
        super().__init__()
        if depth % 3:
            raise ValueError(f"a groove has hits, velocities and offsets: depth {depth} is no multiple of 3")
        if not (velocity_weight >= 0.0 and offset_weight >= 0.0):
            raise ValueError(f"velocity_weight and offset_weight must be 0 or more: {velocity_weight}, {offset_weight}")
        if not spread >= 0.0:
            raise ValueError(f"spread must be 0 or more, not {spread}")
        if not 0.0 <= f1 <= 1.0:
            raise ValueError(f"f1 is a share from 0 to 1, not {f1}")
        if not 0.0 < threshold < 1.0:
            raise ValueError(f"threshold must be above 0 and below 1, not {threshold}")
        if not 0.0 <= quantiles <= 1.0:
            raise ValueError(f"quantiles is a share of the way, from 0 to 1, not {quantiles}")
        self.velocity_weight = velocity_weight
        self.offset_weight = offset_weight
        self.spread = spread
        self.f1 = f1
        self.squared = errors == "squared"
        self.least = math.log(threshold / (1.0 - threshold))
        self.velocities = QuantileMap(quantiles) if quantiles > 0.0 else None
        self.offsets = QuantileMap(quantiles) if quantiles > 0.0 else None

    def require_fields(self, fields: Sequence[Field]) -> None:
        """Hits, velocities and offsets."""
        require_groove(fields)

    @staticmethod
    def silence(depth: int) -> Tensor:
        """Raw outputs ``[D]`` that say hardly any hit."""
        drums = depth // 3
        return torch.tensor([_SILENCE] * drums + [0.0] * (depth - drums))

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Cross entropy of all hits plus errors of the struck drums, each summed over the drums."""
        logits, velocities, offsets = raw.chunk(3, dim=-1)  # [B, T, K] each
        hit, velocity, offset = targets.chunk(3, dim=-1)
        hits_nats = F.binary_cross_entropy_with_logits(logits, hit, reduction="none").sum(-1)  # [B, T]
        velocities_error = (hit * self._error(velocities.sigmoid() - velocity)).sum(-1)  # [B, T]
        offsets_error = (hit * self._error(offsets.tanh() - offset)).sum(-1)  # [B, T]
        parts = {"hits_loss": hits_nats, "velocities_loss": velocities_error, "offsets_loss": offsets_error}
        nats = (1.0 - self.f1) * hits_nats
        nats = nats + self.velocity_weight * velocities_error + self.offset_weight * offsets_error
        struck = (hit > 0.5) & valid[..., None]  # [B, T, K]
        if self.spread > 0.0:
            apart = self.velocity_weight * self._apart(velocities.sigmoid(), velocity, struck)
            apart = apart + self.offset_weight * self._apart(offsets.tanh(), offset, struck)  # [B]
            nats = _borne_by_the_first(nats, self.spread * apart)
        if self.f1 > 0.0:
            nats = _borne_by_the_first(nats, self.f1 * _missed(logits.sigmoid() * valid[..., None], struck))
        return Score(nats, *step_means(parts, valid))

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Draw the hits; velocities and offsets of those are their activations, the same at every temperature.

        Temperature 1 draws by the probabilities as they are; lower ones sharpen them about the threshold. With
        ``quantiles`` the last of the axes N is that of the steps, from the beginning of a beat on.
        """
        logits, velocities, offsets = raw.chunk(3, dim=-1)  # [N, K] each
        velocities, offsets = velocities.sigmoid(), offsets.tanh()
        if self.velocities is not None and self.offsets is not None:
            velocities, offsets = self.velocities(velocities), self.offsets(offsets)
        if temperature > 0:
            hits = torch.bernoulli(torch.sigmoid((logits - self.least) / temperature + self.least), generator=generator)
        else:
            hits = (logits > self.least).to(raw.dtype)
        return torch.cat([hits, hits * velocities, hits * offsets], dim=-1)

    def fit(self, batches: Iterable[tuple[Tensor, Tensor, Tensor]]) -> None:
        """Fit the maps of ``quantiles`` to raw outputs, targets and valid steps, as of `score`."""
        if self.velocities is None or self.offsets is None:
            return
        found: list[list[list[Tensor]]] = [[[] for _ in range(POSITIONS)] for _ in range(4)]
        for raw, targets, valid in batches:
            _, velocities, offsets = raw.chunk(3, dim=-1)  # [B, T, K] each
            hit, velocity, offset = targets.chunk(3, dim=-1)
            struck = (hit > 0.5) & valid[..., None]
            for kind, values in zip(found, (velocities.sigmoid(), velocity, offsets.tanh(), offset), strict=True):
                for each, here in zip(kind, by_position(values, struck), strict=True):
                    each.append(here)
        said, played, said_offsets, played_offsets = ([torch.cat(each) for each in kind] for kind in found)
        self.velocities.fit(said, played)
        self.offsets.fit(said_offsets, played_offsets)

    def _apart(self, said: Tensor, wanted: Tensor, struck: Tensor) -> Tensor:
        """How far the values of a clip's hits, in order of size, are from those wanted, ``[B]``; all ``[B, T, K]``."""

        def in_order(values: Tensor) -> Tensor:
            values = values.masked_fill(~struck, _LAST)
            values = F.pad(values, (0, 0, 0, -values.shape[1] % POSITIONS), value=_LAST)
            by_position = (
                values.reshape(len(values), -1, POSITIONS, values.shape[2]).transpose(1, 2).flatten(2)
            )  # [B, 4, T / 4 * K]
            return torch.sort(by_position, dim=-1).values

        return self._error(in_order(said) - in_order(wanted)).sum((1, 2))

    def _error(self, difference: Tensor) -> Tensor:
        return difference.square() if self.squared else difference.abs()


def _borne_by_the_first(nats: Tensor, whole: Tensor) -> Tensor:
    """Nats ``[B, T]`` with what a clip costs as a whole ``[B]``, and no step of it: its first, which every clip has."""
    return torch.cat([nats[:, :1] + whole[:, None], nats[:, 1:]], dim=1)


def _missed(chances: Tensor, struck: Tensor) -> Tensor:
    """What a clip's F1 lacks to 1, as nats ``[B]`` by how many hits it has; both ``[B, T, K]``."""
    hits = struck.to(chances.dtype)
    both, wanted = (chances * hits).sum((1, 2)), hits.sum((1, 2))
    f1 = 2.0 * both / (chances.sum((1, 2)) + wanted).clamp(min=1e-6)
    return _MISSED * wanted * (1.0 - f1)
