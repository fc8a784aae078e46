"""A recurrent decoder to which z tells something else at every step.

Letters in shape comments: B batch, T steps, D output depth, P raw outputs, C control depth, Z latent size, V width of a
step's own vector, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from gen import DecoderOutput
from gen.interfaces import SegmentDecoder
from gen.nn import linear, valid_steps
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.outputs import head_of

_HEARD = 0.25  # standard deviation of the weights for what is heard, to begin with


Outputs = Literal["categorical", "multi", "boolean"]


class GruDecoder(SegmentDecoder):
    """A gated recurrence that hears the step before, and z's own vector for the step that it is to say.

    MusicVAE's decoders hear the same z at every step and must count to know where they are. Here one linear map of z
    gives all steps a vector each, which the recurrence and the output both read; z also sets the initial state. So a
    step that is said wrongly, or not heard, spoils little of what follows. Hiding heard steps in training makes more of
    z be used (the word dropout of Bowman et al. 2016).

    Args:
        size: units of the recurrence.
        vector: width of a step's own vector.
        pieces: how many equal parts z is read in; each tells its share of the steps, and all by the same map. 1 is all
            of z for every step.
        hide: probability that a step hears nothing in place of the step before, in training.
        sharpen: q, from 0 up to but not including 1, of the loss in training: (1 - p^q) / q for a step that is said
            with probability p (Zhang and Sabuncu 2018). At 0 these are nats, towards 1 the share of draws that are
            wrong. What is likeliest is then said more often than it is true, as at temperature 1 - q. Held-out losses
            are nats in any case.
        outputs: what a step says, as in ``flat``: ``categorical``, ``multi`` or ``boolean``.
        depths: ``multi`` only: classes of each stream.
        output_depth: width of a step.
        control_depth: width of the controls, 0 for none.
        latent_size: width of z.
        steps: of every example, or of a segment.

    Raises:
        ValueError: options that don't go together, or examples that vary in length.
    """

    def __init__(
        self,
        size: int = 384,
        *,
        vector: int = 64,
        pieces: int = 1,
        hide: float = 0.0,
        sharpen: float = 0.0,
        outputs: Outputs = "categorical",
        depths: Sequence[int] | None = None,
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if size < 1 or vector < 1:
            raise ValueError(f"size and vector must be at least 1, not {size} and {vector}")
        if not 0.0 <= hide < 1.0:
            raise ValueError(f"hide is the probability of hiding, from 0 up to but not including 1, not {hide}")
        if not 0.0 <= sharpen < 1.0:
            raise ValueError(f"sharpen is a power from 0 up to but not including 1, not {sharpen}")
        if steps is None:
            raise ValueError(
                "conditioned_gru has a vector for every step, so examples must be of one length; this converter's vary"
            )
        if pieces < 1 or latent_size % pieces or steps % pieces:
            raise ValueError(f"{pieces} pieces must divide the {latent_size} numbers of z and the {steps} steps")
        if (depths is None) == (outputs == "multi"):
            raise ValueError(f"depths are the streams of outputs: multi, which needs them; outputs is {outputs}")
        self.head = head_of(outputs, depths, output_depth)
        self.output_depth = output_depth
        self.size, self.vector, self.hide, self.steps = size, vector, hide, steps
        self.sharpen, self.pieces = sharpen, pieces
        self.vectors = linear(latent_size // pieces, steps // pieces * vector)
        self.initial = linear(latent_size, size)
        self.gru = nn.GRU(output_depth + vector + control_depth, size, batch_first=True)
        with torch.no_grad():
            # of the step before hardly more than one number is 1: torch's weights, for as many as there are, would let
            # little of it through
            next(self.gru.parameters())[:, :output_depth].normal_(std=_HEARD)  # those that read inputs come first
        self.projection = linear(size + vector, self.head.width(output_depth))

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its head can say."""
        require_fields_of(self.head, fields)

    @property
    def ending_size(self) -> int:
        """The units of the recurrence."""
        return self.size

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
        ending: bool = False,
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`; the head's metrics."""
        steps = targets.shape[1]
        valid = valid_steps(lengths, steps)  # [B, T]
        first = torch.zeros_like(targets[:, 0]) if start is None else start  # [B, D]
        known = self._known(z, steps, controls)  # [B, T, V + C]
        samples, heard, end = None, None, None
        if feedback == 0.0 and not ending:
            hears = self._hidden(torch.cat([first[:, None], targets[:, :-1]], dim=1), generator)  # [B, T, D]
            hidden, _ = self.gru(torch.cat([hears, known], dim=-1), self._initial(z)[None])  # [B, T, H]
            raw = self._raw(hidden, known)  # [B, T, P]
        else:
            raw, samples, heard, end = self._stepwise(targets, first, z, known, feedback, generator, valid)
        score = self.head.score(raw, targets, valid)
        nats = score.nats  # [B, T]
        if self.training and self.sharpen > 0.0:
            nats = -torch.expm1(-self.sharpen * nats) / self.sharpen  # p is e to the power of minus the nats
        return DecoderOutput(
            # where, not a product: a step past the end may hold anything, even infinity
            loss=torch.where(valid, nats, nats.new_zeros(())).sum(1),
            outputs=raw,
            samples=samples,
            predictions=None if self.training else self.head.sample(raw, 0.0, None),
            sums=score.sums,
            counts=score.counts,
            heard=heard,
            ending=(end,) if ending and end is not None else None,
        )

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`, of at most as many steps as there are vectors."""
        state = self._initial(z)  # [B, H]
        previous = z.new_zeros(len(z), self.output_depth) if start is None else start  # [B, D]
        said = []
        for known in self._known(z, steps, controls).unbind(1):
            state = self._cell(previous, known, state)
            previous = self.head.sample(self._raw(state, known), temperature, generator)
            said.append(previous)
        return torch.stack(said, dim=1)  # [B, T, D]

    def _stepwise(
        self,
        targets: Tensor,
        first: Tensor,
        z: Tensor,
        known: Tensor,
        feedback: float,
        generator: torch.Generator | None,
        valid: Tensor,
    ) -> tuple[Tensor, Tensor | None, Tensor | None, Tensor]:
        """One pass in which each step hears its own sample with probability ``feedback``.

        Returns:
            Raw outputs ``[B, T, P]``; samples, and what the step after each one heard, ``[B, T, D]``, None without
            feedback; the state after each example's own last step, ``[B, H]``.
        """
        state = end = self._initial(z)  # [B, H]
        previous = first  # [B, D]
        raws, samples, heard = [], [], []
        for target, told, within in zip(targets.unbind(1), known.unbind(1), valid.unbind(1), strict=True):
            state = self._cell(self._hidden(previous, generator), told, state)
            end = torch.where(within[:, None], state, end)
            raws.append(self._raw(state, told))
            previous = target
            if feedback > 0.0:
                sample = self.head.sample(raws[-1].detach(), self.head.feedback_temperature, generator)
                own = torch.rand(len(target), 1, device=target.device, generator=generator) < feedback  # [B, 1]
                previous = torch.where(own, sample, target)
                samples.append(sample)
                heard.append(previous)
        own_steps, heard_steps = (torch.stack(parts, dim=1) if parts else None for parts in (samples, heard))
        return torch.stack(raws, dim=1), own_steps, heard_steps, end

    def _known(self, z: Tensor, steps: int, controls: Tensor | None) -> Tensor:
        """What every step is told, whatever is heard: ``[B, T, V + C]``."""
        if steps > self.steps:
            raise ValueError(f"this decoder has vectors for {self.steps} steps, not for {steps}")
        vectors = self.vectors(z.reshape(len(z), self.pieces, -1)).view(len(z), self.steps, self.vector)  # [B, T, V]
        vectors = vectors[:, :steps]
        return vectors if controls is None else torch.cat([vectors, controls], dim=-1)

    def _hidden(self, heard: Tensor, generator: torch.Generator | None) -> Tensor:
        """Steps ``[…, D]``, some of them zeros in training."""
        if not self.training or self.hide == 0.0:
            return heard
        kept = heard.new_empty(*heard.shape[:-1], 1).bernoulli_(1.0 - self.hide, generator=generator)
        return heard * kept

    def _initial(self, z: Tensor) -> Tensor:
        state: Tensor = self.initial(z)
        return state.tanh()

    def _cell(self, heard: Tensor, known: Tensor, state: Tensor) -> Tensor:
        return torch.gru_cell(torch.cat([heard, known], dim=-1), state, *self.gru.parameters())  # [B, H]

    def _raw(self, hidden: Tensor, known: Tensor) -> Tensor:
        raw: Tensor = self.projection(torch.cat([hidden, known[..., : self.vector]], dim=-1))
        return raw
