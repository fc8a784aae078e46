"""The autoregressive LSTM of every flat decoder (lstm_models.py, BaseLstmDecoder).

Letters in shape comments: B batch, T steps, D output depth, P raw outputs, C control depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gen import DecoderOutput
from gen.interfaces import SegmentDecoder, TensorflowPlace, tensorflow_places
from gen.nn import DensePlace, LstmStack, State, linear, merges, single_pass, stack_places, valid_steps
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.heads import Head


class AutoregressiveLstm(nn.Module):
    """The weights of a `SingleLstmDecoder`."""

    def __init__(
        self,
        sizes: Sequence[int],
        head: Head,
        *,
        dropout: float,
        residual: bool,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        self.stack = LstmStack(output_depth + latent_size + control_depth, sizes, dropout=dropout, residual=residual)
        self.initial = linear(latent_size, 2 * sum(sizes), stddev=0.001)
        self.projection = linear(sizes[-1], head.width(output_depth))
        self.head = head
        self.output_depth = output_depth

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights."""
        yield DensePlace("z_to_initial_state", "initial", self.initial)
        yield DensePlace("output_projection", "projection", self.projection)
        yield from stack_places(self.stack, scope="multi_rnn_cell", path="stack")
        yield from self.head.tensorflow_places()


class SingleLstmDecoder(SegmentDecoder):
    """Says one step after another from ``[previous step, z, control]``; z also sets the initial state.

    Options are those of `gen_decoders.flat.FlatDecoder`; the head says what the outputs mean.
    """

    def __init__(self, sizes: Sequence[int], head: Head, **options: Any) -> None:
        super().__init__()
        self.core = AutoregressiveLstm(sizes, head, **options)

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its head can say."""
        require_fields_of(self.core.head, fields)

    @property
    def ending_size(self) -> int:
        """Cell and hidden state of every layer together."""
        return sum(self.state_sizes)

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
        """As `gen.interfaces.SegmentDecoder.forward`; feedback is that of the original's seq2seq.py."""
        steps = targets.shape[1]
        valid = valid_steps(lengths, steps)  # [B, T]
        first = torch.zeros_like(targets[:, 0]) if start is None else start  # [B, D]
        # unbind once: indexing a tensor that needs gradients inside a loop would cost O(T^2) backwards
        rest = iter(targets.unbind(1))
        samples: list[Tensor] = []
        heard: list[Tensor] = []

        def hear(raw: Tensor) -> Tensor:
            target = next(rest)  # [B, D]
            if feedback == 0.0:
                return target
            sample = self.core.head.sample(raw.detach(), self.core.head.feedback_temperature, generator)  # no gradient
            own = torch.rand(len(raw), 1, device=raw.device, generator=generator) < feedback  # [B, 1]
            samples.append(sample)
            heard.append(torch.where(own, sample, target))
            return heard[-1]

        ends = None
        if feedback == 0.0 and not ending:
            raw = self._teacher_forced(targets, first, z, controls, generator)  # [B, T, P]
        elif not (ending or targets.requires_grad) and merges(self.core.stack, first):
            states = self._initial_states(z)
            hidden = single_pass(
                self.core.stack, first, z, controls, states, steps, lambda top: hear(self.core.projection(top))
            )  # [T, B, H]
            raw = self.core.projection(hidden).transpose(0, 1)
        else:
            raws, ends = self._stepwise(first, z, controls, steps, hear, generator, valid if ending else None)
            raw = torch.stack(raws, dim=1)
        score = self.core.head.score(raw, targets, valid)
        return DecoderOutput(
            # where, not a product: a step past the end may hold anything, even infinity
            loss=torch.where(valid, score.nats, score.nats.new_zeros(())).sum(1),
            outputs=raw,
            samples=torch.stack(samples, dim=1) if samples else None,
            predictions=None if self.training else self.core.head.sample(raw, 0.0, None),
            sums=score.sums,
            counts=score.counts,
            heard=torch.stack(heard, dim=1) if heard else None,
            ending=None if ends is None else self.core.stack.pieces_of(ends),
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
        """As `gen.interfaces.SegmentDecoder.sample`."""
        first = z.new_zeros(len(z), self.core.output_depth) if start is None else start  # [B, D]
        said: list[Tensor] = []

        def say(raw: Tensor) -> Tensor:
            said.append(self.core.head.sample(raw, temperature, generator))
            return said[-1]

        if merges(self.core.stack, first) and not torch.is_grad_enabled():
            states = self._initial_states(z)
            single_pass(self.core.stack, first, z, controls, states, steps, lambda top: say(self.core.projection(top)))
        else:
            self._stepwise(first, z, controls, steps, say, generator, None)
        return torch.stack(said, dim=1)  # [B, T, D]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Cell before hidden, layer by layer."""
        return self.core.stack.state_sizes

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, ``[B, size]`` each, from ``z [B, Z]``."""
        return self.core.stack.pieces_of(self._initial_states(z))

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Raw outputs ``[B, P]``, the likeliest step ``[B, D]`` and the new states, dropout aside."""
        raw, new = self._step(previous, z, control, self.core.stack.states_of(states), None)
        return raw, self.core.head.sample(raw, 0.0, None), self.core.stack.pieces_of(new)

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: all under ``decoder``."""
        return tensorflow_places(self.core, scope="decoder", path="core")

    def _teacher_forced(
        self, targets: Tensor, first: Tensor, z: Tensor, controls: Tensor | None, generator: torch.Generator | None
    ) -> Tensor:
        heard = torch.cat([first[:, None], targets[:, :-1]], dim=1).transpose(0, 1)  # [T, B, D]
        parts = [heard, z.expand(len(heard), *z.shape)]
        if controls is not None:
            parts.append(controls.transpose(0, 1))
        hidden, _ = self.core.stack(torch.cat(parts, dim=-1), self._initial_states(z), generator=generator)  # [T, B, H]
        raw: Tensor = self.core.projection(hidden)  # [T, B, P]
        return raw.transpose(0, 1)

    def _stepwise(
        self,
        first: Tensor,
        z: Tensor,
        controls: Tensor | None,
        steps: int,
        say: Callable[[Tensor], Tensor],
        generator: torch.Generator | None,
        valid: Tensor | None,
    ) -> tuple[list[Tensor], list[State] | None]:
        """What `single_pass` does, with gradients everywhere: each step hears what ``say`` makes of raw outputs.

        Returns raw outputs ``[B, P]`` of each step, and the states after each example's last, which ``valid`` tells.
        """
        states = ends = self._initial_states(z)
        heard, raws = first, []  # [B, D]
        by_step = ([None] * steps if each is None else each.unbind(1) for each in (controls, valid))
        for control, within in zip(*by_step, strict=True):
            raw, states = self._step(heard, z, control, states, generator)
            raws.append(raw)
            heard = say(raw)
            if within is not None:
                ends = [
                    (torch.where(within[:, None], h, end_h), torch.where(within[:, None], c, end_c))
                    for (h, c), (end_h, end_c) in zip(states, ends, strict=True)
                ]
        return raws, None if valid is None else ends

    def _step(
        self,
        previous: Tensor,
        z: Tensor,
        control: Tensor | None,
        states: Sequence[State],
        generator: torch.Generator | None,
    ) -> tuple[Tensor, list[State]]:
        parts = [previous, z] if control is None else [previous, z, control]
        hidden, states = self.core.stack.step(torch.cat(parts, dim=-1), states, generator=generator)
        return self.core.projection(hidden), states

    def _initial_states(self, z: Tensor) -> list[State]:
        return self.core.stack.split_states(self.core.initial(z).tanh())
