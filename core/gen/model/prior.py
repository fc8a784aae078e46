"""A prior that was fitted to what a model makes of its training clips.

Letters in shape comments: K parts, Z latent size, L columns of labels, n draws, N clips.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_ROUNDS = 15  # of k-means; it has settled long before
_SHRINK = 1.0  # clips' worth of trust in the spread of all clips, dimension by dimension, beside a part's own
_APART = 0.1  # of the spread of all clips: how far those of other classes stand from a clip, besides, in k-means
_TRUST = 1.0  # clips' worth of trust in how often all clips have a part, beside those of a class
_FLOOR = 1e-4  # variance that every dimension has, so that a part of like clips has a Cholesky factor


class FittedPrior(nn.Module):
    """A mixture of normals. New, it is the standard normal.

    Clips of several styles don't fill a normal distribution: they lie in clouds, and between two of them lies nothing
    that anybody plays. Fitting a density to the clouds after training is Ghosh et al. 2020, "From Variational to
    Deterministic Autoencoders", section 4.

    Args:
        parts: K.
        size: Z.
        labels: how many classes each label has that a model is given. Parts are then drawn as often as clips of the
            wanted classes have them, each label by itself.
    """

    shares: Tensor
    means: Tensor
    factors: Tensor
    by_label: Tensor

    def __init__(self, parts: int, size: int, labels: Sequence[int] = ()) -> None:
        super().__init__()
        self.labels = list(labels)
        self.register_buffer("shares", torch.full((parts,), 1.0 / parts))  # [K]
        self.register_buffer("means", torch.zeros(parts, size))  # [K, Z]
        self.register_buffer("factors", torch.eye(size).repeat(parts, 1, 1))  # [K, Z, Z], lower triangles
        if labels:  # how much likelier a part is, given a class
            self.register_buffer("by_label", torch.ones(sum(labels), parts))  # [L, K]

    def sample(self, n: int, *, generator: torch.Generator | None = None, labels: Tensor | None = None) -> Tensor:
        """``[n, Z]``, drawn on the generator's own device; given ``labels [L]``, one class of each label."""
        device = generator.device if generator is not None else self.means.device
        shares = self.shares
        if labels is not None:
            shares = shares * self.by_label[labels > 0.5].prod(0)
        part = torch.multinomial(shares.to(device), n, replacement=True, generator=generator)  # [n]
        noise = torch.randn(n, self.means.shape[1], device=device, generator=generator).to(self.means.device)
        z = self.means[part.to(self.means.device)]  # [n, Z]
        for number in torch.unique(part).tolist():
            chosen = (part == number).to(z.device)
            z[chosen] += noise[chosen] @ self.factors[number].T
        return z

    @torch.no_grad()
    def fit(self, z: Tensor, *, generator: torch.Generator, labels: Tensor | None = None) -> None:
        """Take the shape of latent vectors ``[N, Z]``: k-means, then a normal distribution for each cloud.

        Args:
            z: draws from the posteriors of clips; with fewer than K nothing changes.
            generator: picks the first centres, on the device of z.
            labels: ``[N, L]``, the classes of the clips; then clouds are rather of one class.
        """
        parts = len(self.means)
        if len(z) < parts:
            return
        clips = z
        if labels is not None:
            clips = torch.cat([z, labels.to(z) * (_APART * z.var(0).sum()).sqrt()], dim=1)
        centres = clips[torch.randperm(len(z), device=z.device, generator=generator)[:parts]].clone()  # [K, Z + L]
        for _ in range(_ROUNDS):
            nearest = torch.cdist(clips, centres).argmin(1)  # [N]
            count = torch.bincount(nearest, minlength=parts).to(z.dtype)  # [K]
            sums = torch.zeros_like(centres).index_add(0, nearest, clips)
            centres = torch.where(count[:, None] > 0, sums / count.clamp(min=1.0)[:, None], centres)
        centres = centres[:, : z.shape[1]]  # [K, Z]
        common = torch.diag(z.var(0))  # [Z, Z]
        floor = _FLOOR * torch.eye(z.shape[1], device=z.device)
        for number in range(parts):
            away = z[nearest == number] - centres[number]  # [n, Z]
            own = (away.T @ away + _SHRINK * common) / (len(away) + _SHRINK)
            self.factors[number] = torch.linalg.cholesky(own + floor)
        self.shares.copy_(count / len(z))
        self.means.copy_(centres)
        if labels is not None:
            having = labels.T.to(z.dtype) @ F.one_hot(nearest, parts).to(z.dtype)  # [L, K]
            shares = self.shares.clamp(min=1e-9)
            own = (having + _TRUST * shares) / (having.sum(1, keepdim=True) + _TRUST)
            self.by_label.copy_(own / shares)
