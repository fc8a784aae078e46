"""The best linear code of Gaussian data at a number of bits: a variational autoencoder in closed form.

Principal components, of which each gets the bits that pay most (reverse water-filling: Cover and Thomas, *Elements of
Information Theory*, theorem 10.3.3). A component of variance w is told with an error of θ, the water level, where w is
above it, and not at all where it isn't; so it costs ½ log2(w / θ) bits. As a posterior: the mean is (1 - θ / w) times
the projection, and a draw adds noise of variance θ (1 - θ / w), which is what the KL of such a model costs.

Letters in shape comments: N training examples, B examples, W numbers of an example, K components.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from gen.interfaces.rows import FloatArray

_EXACT = 4096  # numbers of an example up to which the components are exact
_COMPONENTS = 600  # found of wider ones, by a randomised decomposition (Halko et al. 2011)
_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class LinearCode:
    """Principal components of training examples.

    Attributes:
        centre: mean of the examples, ``[W]``.
        components: orthonormal, ``[W, K]``, those of the greatest variance first.
        variances: ``[K]``, positive.
    """

    centre: FloatArray
    components: FloatArray
    variances: np.ndarray

    @classmethod
    def of(cls, training: FloatArray, *, seed: int = 0) -> LinearCode:
        """Fit to examples ``[N, W]``; wide ones by a randomised decomposition, drawn by ``seed``."""
        centre = training.mean(axis=0, dtype=np.float64)
        if training.shape[1] <= _EXACT:
            covariance = np.zeros((training.shape[1], training.shape[1]))
            for start in range(0, len(training), _AT_ONCE):
                part = training[start : start + _AT_ONCE] - centre
                covariance += part.T @ part
            variances, components = np.linalg.eigh(covariance / len(training))
            variances, components = variances[::-1], components[:, ::-1]
        else:
            # torch draws from its global state here and nowhere else, so the state is put back
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                rank = min(_COMPONENTS, *training.shape)
                centred = torch.from_numpy(training - centre.astype(np.float32))
                _, singular, right = torch.svd_lowrank(centred, q=rank, niter=2)
            variances, components = singular.double().numpy() ** 2 / len(training), right.numpy()
        kept = variances > max(variances[0], 0.0) * 1e-9
        return cls(centre.astype(np.float32), np.ascontiguousarray(components[:, kept], np.float32), variances[kept])

    def level(self, bits: float) -> float:
        """The water level θ at which the code costs ``bits``."""
        low, high = 0.0, float(self.variances[0]) if len(self.variances) else 1.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if self.bits(middle) > bits else (low, middle)
        return high

    def bits(self, level: float) -> float:
        """What the code costs at a water level above 0."""
        return float(0.5 * np.log2(np.maximum(self.variances / max(level, 1e-300), 1.0)).sum())

    def say(self, examples: FloatArray, bits: float, rng: np.random.Generator | None = None) -> FloatArray:
        """Examples ``[B, W]`` at a number of bits, from a draw of the posterior, or from its mean without ``rng``."""
        level = self.level(bits)
        told = self.variances > level
        shrink = 1.0 - level / self.variances[told]  # [k]
        components = self.components[:, told]  # [W, k]
        code = (examples - self.centre) @ components * shrink  # [B, k]
        if rng is not None:
            code = code + rng.standard_normal(code.shape) * np.sqrt(level * shrink)
        said: FloatArray = (code @ components.T + self.centre).astype(np.float32)
        return said
