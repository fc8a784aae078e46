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

from gen.interfaces.rows import FloatArray
from gen.nn.components import Components, principal_components

_MOST = 600  # components
_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class LinearCode:
    """A code of examples by the principal components of training examples."""

    components: Components

    @classmethod
    def of(cls, training: FloatArray, *, seed: int = 0) -> LinearCode:
        """Fit to examples ``[N, W]``; the decomposition of wide ones begins with a draw by ``seed``."""
        rows = torch.from_numpy(np.ascontiguousarray(training, np.float32))
        draws = torch.Generator().manual_seed(seed)
        most = min(_MOST, len(rows))  # no more directions than examples have any variance
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
