"""The best linear code of Gaussian data at a number of bits: a variational autoencoder in closed form.

Principal components, of which each gets the bits that pay most (reverse water-filling: Cover and Thomas, *Elements of
Information Theory*, theorem 10.3.3). A component of variance w is told with an error of θ, the water level, where w is
above it, and not at all where it isn't; so it costs ½ log2(w / θ) bits. As a posterior: the mean is (1 - θ / w) times
the projection, and a draw adds noise of variance θ (1 - θ / w), which is what the KL of such a model costs.

Letters in shape comments: N training examples, B examples, W numbers of an example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gen.interfaces.rows import FloatArray
from gen.nn.components import Components, principal_components

_MOST = 600  # components
_FEW = 2_500  # examples, of which products with each other cost less than readings by so many directions
_AT_ONCE = 1024  # examples
_COLUMNS = 8192  # at once
_LEAST = 1e-7  # of the greatest variance: below it is what adding up leaves over


@dataclass(frozen=True, eq=False)
class LinearCode:
    """A code of examples by the principal components of training examples."""

    components: Components

    @classmethod
    def of(cls, training: FloatArray, *, seed: int = 0) -> LinearCode:
        """Fit to examples ``[N, W]``; the decomposition of many begins with a draw by ``seed``."""
        rows = torch.from_numpy(np.ascontiguousarray(training, np.float32))
        most = min(_MOST, len(rows))  # no more directions than examples have any variance
        if len(rows) <= min(_FEW, rows.shape[1]):
            return cls(_of_few(rows, most))
        draws = torch.Generator().manual_seed(seed)
        return cls(principal_components(lambda: iter(torch.split(rows, _AT_ONCE)), most, generator=draws))

    def say(self, examples: FloatArray, bits: float, rng: np.random.Generator | None = None) -> FloatArray:
        """Examples ``[B, W]`` at a number of bits, from a draw of the posterior, or from its mean without ``rng``."""
        shares, variances = self.components.shares(bits).numpy(), self.components.variances.numpy()
        told = shares > 0.0
        directions, centre = self.components.directions.numpy()[:, told], self.components.centre.numpy()  # [W, k], [W]
        code = (examples - centre) @ directions * shares[told]  # [B, k]
        if rng is not None:
            code = code + rng.standard_normal(code.shape) * np.sqrt((variances * (1.0 - shares) * shares)[told])
        said: FloatArray = (code @ directions.T + centre).astype(np.float32)
        return said


def _of_few(rows: Tensor, most: int) -> Components:
    """Components of fewer examples ``[N, W]`` than they have numbers, by their products with each other ``[N, N]``.

    These have the variances of the covariance ``[W, W]`` that aren't 0, and its directions are sums of examples.
    """
    centre = rows.mean(0)  # [W]
    parts = list(zip(torch.split(rows, _COLUMNS, 1), torch.split(centre, _COLUMNS), strict=True))
    products = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    for part, middle in parts:
        away = part - middle  # [N, columns]
        products += (away @ away.t()).double()
    found, turned = torch.linalg.eigh(products / len(rows))  # the least first
    variances = found.flip(0)[:most].clamp(min=0.0)  # [K]
    there = variances > _LEAST * max(variances[0].item(), _LEAST)
    shares = turned.flip(1)[:, :most] * torch.where(there, 1.0 / (variances * len(rows)).sqrt(), 0.0)  # [N, K]
    directions = torch.cat([(part - middle).t() @ shares.float() for part, middle in parts])  # [W, K]
    return Components(centre, directions, torch.where(there, variances, 0.0).float())
