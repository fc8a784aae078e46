"""A prior that is learned with the model and says z piece by piece: each is new, or nearly one of those before it.

Letters in shape comments: Z latent size, S pieces, P numbers of a piece, H hidden units, C units of the context, K
parts of a number's distribution, W widths of a likeness, N rows.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen.model.autoregressive import FARTHEST, NARROWEST, LearnedPrior, draw_of, mixture_of, spread_parts
from gen.nn import dropout, linear, without_dropout

_LOG_2PI = math.log(2.0 * math.pi)
_SELDOM = -3.0  # logarithm of how often a piece is like a certain one before it, to new ones, to begin with
_LIKENESS = (-1.0, 0.0)  # logarithms of the standard deviations of what is alike, to begin with: closely, and roughly


class Repeating(LearnedPrior):
    """Normal posteriors, and a learned prior of pieces that repeat each other, as bars of music do.

    A piece of z is a draw of one of several: of a normal around a piece before it, close or rough, or of what a masked
    network says of its numbers, each from those before it and from a recurrence over the pieces before. How likely each
    is depends on the place, and on what the piece before did: if that was like the bar eight bars earlier, this one
    likely is, too. A bar that comes again so costs hardly more than to say that it does, and where a tune's key and
    range are known, its next bar costs less. New, the prior is nearly the standard normal. That what comes is either
    new or points to what was, is of Merity et al. 2017, *Pointer Sentinel Mixture Models*; here both are densities.

    The price is estimated, as `gen.model.autoregressive.Autoregressive` does.

    Args:
        pieces: S, which divides Z; those of the encoder ``pieces``, for instance.
        hidden: H, of two layers.
        context: C.
        parts: K.
        dropout: of hidden units, in training.
        input_size, latent_size: E and Z; given by gen.
    """

    may: Tensor
    within: Tensor
    out: Tensor
    earlier: Tensor

    def __init__(
        self,
        pieces: int = 16,
        hidden: int = 384,
        context: int = 96,
        parts: int = 4,
        dropout: float = 0.1,
        *,
        input_size: int,
        latent_size: int,
    ) -> None:
        if pieces < 1 or latent_size % pieces:
            raise ValueError(f"pieces must divide latent.size ({latent_size}), and {pieces} don't")
        if min(hidden, context, parts) < 1:
            raise ValueError(f"hidden, context and parts must be at least 1, got {hidden}, {context} and {parts}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout must be 0 or more and below 1, got {dropout}")
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.pieces, self.piece, self.parts, self.dropout = pieces, latent_size // pieces, parts, dropout
        number = torch.arange(self.piece)
        known = torch.arange(hidden) % self.piece  # how many numbers of its piece each unit hears, [H]
        self.register_buffer("may", (number < known[:, None]).float(), persistent=False)  # [H, P]
        self.register_buffer("within", (known <= known[:, None]).float(), persistent=False)  # [H, H]
        self.register_buffer("out", (known <= number[:, None]).float(), persistent=False)  # [P, H]
        self.register_buffer("earlier", torch.ones(pieces, pieces).tril(-1).bool(), persistent=False)  # [S, S]
        self.context = nn.GRU(self.piece, context, batch_first=True)
        self.around = linear(context, hidden)
        self.place = nn.Parameter(torch.zeros(pieces, hidden))
        self.heard = linear(self.piece, hidden)
        self.heard.weight.requires_grad_(self.piece > 1)  # a number alone hears none of its own piece
        self.more = linear(hidden, hidden)
        self.said = linear(hidden, 3 * parts * self.piece, stddev=0.01)
        self.alike = nn.Parameter(torch.full((len(_LIKENESS), pieces, pieces), _SELDOM))  # [W, S, S]
        self.again = nn.Parameter(torch.zeros(len(_LIKENESS)))  # what follows if the piece before was alike, [W]
        self.widths = nn.Parameter(torch.tensor(_LIKENESS)[:, None].repeat(1, self.piece))  # [W, P]
        spread_parts(self.said.bias, parts)

    def log_density(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Of z ``[…, Z]`` under the prior, in nats ``[…]``."""
        rows = z.reshape(-1, self.pieces, self.piece)  # [N, S, P]
        contexts = self._contexts(rows)  # [N, S, C]
        new = mixture_of(rows, *self._parts(rows, contexts, generator)).sum(-1)  # [N, S]
        alike = self._likeness(rows)  # [N, W, S, S]
        weights = self._weights(new, alike)  # [N, S, 1 + W S]
        each = torch.cat([new[..., None], alike.transpose(1, 2).flatten(2)], -1)  # [N, S, 1 + W S]
        return torch.logsumexp(weights.log_softmax(-1) + each, -1).sum(-1).view(z.shape[:-1])

    @torch.no_grad()
    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.interfaces.Latent.prior`."""
        here = self.said.weight.device
        device = generator.device if generator is not None else here
        noise = torch.randn(n, self.pieces, self.piece, device=device, generator=generator).to(here)
        luck = torch.empty(n, self.pieces, self.parts, self.piece, device=device)
        luck = luck.exponential_(generator=generator).to(here)
        which = torch.empty(n, self.pieces, 1 + self.alike.numel() // self.pieces, device=device)
        which = which.exponential_(generator=generator).to(here)
        z = torch.zeros(n, self.pieces, self.piece, device=here)
        with without_dropout(self):
            for place in range(self.pieces):
                contexts = self._contexts(z)
                new = mixture_of(z, *self._parts(z, contexts, None)).sum(-1)
                weights = self._weights(new, self._likeness(z))[:, place]  # hears the pieces before alone
                chosen = (weights.log_softmax(-1) - which[:, place].log()).argmax(-1)  # [n]
                for number in range(self.piece):
                    said = self._parts(z[:, place : place + 1], contexts[:, place : place + 1], None, place)
                    shares, centres, widths = (each[:, 0, :, number] for each in said)  # [n, K]
                    own = luck[:, place, :, number]
                    z[:, place, number] = draw_of(shares, centres, widths, own, noise[:, place, number])
                likeness, which_one = (chosen - 1).clamp(min=0) // self.pieces, (chosen - 1).clamp(min=0) % self.pieces
                copied = z[torch.arange(n, device=here), which_one] + self.widths[likeness].exp() * noise[:, place]
                z[:, place] = torch.where((chosen > 0)[:, None], copied, z[:, place])
        return z.flatten(1)

    def _contexts(self, rows: Tensor) -> Tensor:
        """What is known from the pieces before each, ``[N, S, C]``, of rows ``[N, S, P]``."""
        before = torch.cat([torch.zeros_like(rows[:, :1]), rows[:, :-1]], 1)
        contexts: Tensor = self.context(before)[0]
        return contexts

    def _likeness(self, rows: Tensor) -> Tensor:
        """Log densities of each piece as one before it, ``[N, W, S, S]``; those of later ones mean nothing."""
        away = (rows[:, :, None] - rows[:, None]).square()  # [N, S, S, P]
        exact = away @ (-2.0 * self.widths).exp().T  # [N, S, S, W]
        return (-0.5 * (exact + self.piece * _LOG_2PI) - self.widths.sum(-1)).permute(0, 3, 1, 2)

    def _weights(self, new: Tensor, alike: Tensor) -> Tensor:
        """How likely it is that each piece is new, or like one before it, as logits ``[N, S, 1 + W S]``."""
        rows = len(new)
        table = self.alike.masked_fill(~self.earlier, -math.inf)  # [W, S, S]
        first = torch.cat([new[..., None], (table + alike).transpose(1, 2).flatten(2)], -1).softmax(-1)
        did = first[..., 1:].reshape(rows, self.pieces, -1, self.pieces).transpose(1, 2)  # [N, W, S, S]
        follows = F.pad(did[:, :, :-1, :-1], (1, 0, 1, 0))  # what the piece before did, of the piece after that one
        now = table + self.again[:, None, None] * follows.sum(1, keepdim=True)  # [N, W, S, S]
        return torch.cat([now.new_zeros(rows, self.pieces, 1), now.transpose(1, 2).flatten(2)], -1)

    def _parts(
        self, rows: Tensor, contexts: Tensor, generator: torch.Generator | None, place: int | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Of every number of new pieces: logarithms of shares, centres, logarithms of widths; ``[N, S, K, P]`` each."""
        rate = self.dropout if self.training else 0.0
        places = self.place if place is None else self.place[place]
        own = F.linear(rows.clamp(-FARTHEST, FARTHEST), self.heard.weight * self.may, self.heard.bias)
        hidden = F.gelu(own + self.around(contexts) + places)
        more = dropout(hidden, rate, generator=generator)
        hidden = hidden + F.gelu(F.linear(more, self.more.weight * self.within, self.more.bias))  # [N, S, H]
        weight = self.said.weight * self.out.repeat(3 * self.parts, 1)
        said = F.linear(dropout(hidden, rate, generator=generator), weight, self.said.bias)
        centres, widths, shares = said.view(*said.shape[:-1], 3, self.parts, -1).unbind(-3)
        return shares.log_softmax(-2), centres, widths.clamp(min=NARROWEST)
