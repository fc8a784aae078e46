"""The autoregressive LSTM under every flat decoder (lstm_models.py, BaseLstmDecoder).

Letters in shape comments: B batch, T steps, D output depth, P raw outputs, C control depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from gen import DecoderOutput
from gen.interfaces import TensorflowPlace
from gen.nn import DensePlace, LstmStack, State, linear, merges, single_pass, stack_places, valid_steps
from gen_decoders.heads import Head


class AutoregressiveLstm(nn.Module):
    """Says one step after another from ``[previous step, z, control]``; z also sets the initial state.

    Args:
        sizes: units of each layer, bottom first.
        head: what the outputs mean.
        dropout: probability of dropping an input of any layer, in training.
        residual: add the input of a layer to its output.
        output_depth: D.
        control_depth: C.
        latent_size: Z.
    """

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
        self.initial = linear(latent_size, self.ending_size, stddev=0.001)
        self.projection = linear(sizes[-1], head.width(output_depth))
        self.head = head
        self.output_depth = output_depth

    @property
    def ending_size(self) -> int:
        """Cell and hidden state of every layer together."""
        return 2 * sum(self.stack.sizes)

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None,
        *,
        feedback: float,
        generator: torch.Generator | None,
        start: Tensor | None,
        ending: bool,
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`."""
        valid = valid_steps(lengths, targets.shape[1])  # [B, T]
        first = torch.zeros_like(targets[:, 0]) if start is None else start  # [B, D]
        samples, heard, end = None, None, None
        if feedback == 0.0 and not ending:
            raw = self._teacher_forced(targets, first, z, controls, generator)  # [B, T, P]
        elif not (ending or targets.requires_grad) and merges(self.stack, first):
            raw, samples, heard = self._single_pass(targets, first, z, controls, feedback, generator)
        else:
            raw, samples, heard, end = self._stepwise(
                targets, first, z, controls, feedback, generator, valid if ending else None
            )
        score = self.head.score(raw, targets, valid)
        return DecoderOutput(
            # where, not a product: a step past the end may hold anything, even infinity
            loss=torch.where(valid, score.nats, score.nats.new_zeros(())).sum(1),
            outputs=raw,
            samples=samples,
            predictions=None if self.training else self.head.sample(raw, 0.0, None),
            sums=score.sums,
            counts=score.counts,
            heard=heard,
            ending=end if ending else None,
        )

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None,
        temperature: float,
        generator: torch.Generator | None,
        start: Tensor | None,
    ) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`."""
        states = self._initial_states(z)
        previous = z.new_zeros(len(z), self.output_depth) if start is None else start  # [B, D]
        said: list[Tensor] = []

        def say(hidden: Tensor) -> Tensor:
            said.append(self.head.sample(self.projection(hidden), temperature, generator))
            return said[-1]

        if merges(self.stack, previous) and not torch.is_grad_enabled():
            single_pass(self.stack, previous, z, controls, states, steps, say)
            return torch.stack(said, dim=1)  # [B, T, D]
        for control in self._by_step(controls, steps):
            raw, states = self._step(previous, z, control, states, generator)
            previous = self.head.sample(raw, temperature, generator)
            said.append(previous)
        return torch.stack(said, dim=1)  # [B, T, D]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Cell before hidden, layer by layer."""
        return tuple(size for size in self.stack.sizes for _ in "ch")

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, ``[B, size]`` each, from ``z [B, Z]``."""
        return _pieces(self._initial_states(z))

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Raw outputs ``[B, P]``, the likeliest step ``[B, D]`` and the new states, dropout aside."""
        raw, new = self._step(previous, z, control, list(zip(states[1::2], states[0::2], strict=True)), None)
        return raw, self.head.sample(raw, 0.0, None), _pieces(new)

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights."""
        yield DensePlace("z_to_initial_state", "initial", self.initial)
        yield DensePlace("output_projection", "projection", self.projection)
        yield from stack_places(self.stack, scope="multi_rnn_cell", path="stack")
        yield from self.head.tensorflow_places()

    def _teacher_forced(
        self,
        targets: Tensor,
        first: Tensor,
        z: Tensor,
        controls: Tensor | None,
        generator: torch.Generator | None,
    ) -> Tensor:
        heard = torch.cat([first[:, None], targets[:, :-1]], dim=1).transpose(0, 1)  # [T, B, D]
        parts = [heard, z.expand(len(heard), *z.shape)]
        if controls is not None:
            parts.append(controls.transpose(0, 1))
        hidden, _ = self.stack(torch.cat(parts, dim=-1), self._initial_states(z), generator=generator)  # [T, B, H]
        raw: Tensor = self.projection(hidden)  # [T, B, P]
        return raw.transpose(0, 1)

    def _single_pass(
        self,
        targets: Tensor,
        first: Tensor,
        z: Tensor,
        controls: Tensor | None,
        feedback: float,
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What `_stepwise` computes, faster."""
        samples: list[Tensor] = []
        heard: list[Tensor] = []
        truth = targets.unbind(1)

        def say(hidden: Tensor) -> Tensor:
            sample, hears = self._hears(self.projection(hidden), truth[len(samples)], feedback, generator)
            samples.append(sample)
            heard.append(hears)
            return hears

        hidden = single_pass(
            self.stack, first, z, controls, self._initial_states(z), targets.shape[1], say
        )  # [T, B, H]
        raw: Tensor = self.projection(hidden)  # [T, B, P]
        return raw.transpose(0, 1), torch.stack(samples, dim=1), torch.stack(heard, dim=1)

    def _stepwise(
        self,
        targets: Tensor,
        first: Tensor,
        z: Tensor,
        controls: Tensor | None,
        feedback: float,
        generator: torch.Generator | None,
        valid: Tensor | None,
    ) -> tuple[Tensor, Tensor | None, Tensor | None, tuple[Tensor, ...]]:
        """One pass in which each step hears its own sample with probability ``feedback`` (seq2seq.py).

        Returns:
            Raw outputs ``[B, T, P]``; samples, and what the step after each one heard, ``[B, T, D]``, None without
            feedback; cell and hidden state of every layer after each example's own last step, which ``valid`` tells.
        """
        states = self._initial_states(z)
        ends = states
        previous = first  # [B, D]
        raws, samples, heard = [], [], []
        # unbind once: indexing a tensor that needs gradients inside the loop would cost O(T^2) backwards
        steps = targets.shape[1]
        by_step = (targets.unbind(1), self._by_step(controls, steps), self._by_step(valid, steps))
        for target, control, within in zip(*by_step, strict=True):
            raw, states = self._step(previous, z, control, states, generator)
            raws.append(raw)
            previous = target
            if feedback > 0.0:
                sample, previous = self._hears(raw.detach(), target, feedback, generator)  # no gradient
                samples.append(sample)
                heard.append(previous)
            if within is not None:
                ends = [
                    (torch.where(within[:, None], h, end_h), torch.where(within[:, None], c, end_c))
                    for (h, c), (end_h, end_c) in zip(states, ends, strict=True)
                ]
        own_steps, heard_steps = (torch.stack(steps, dim=1) if steps else None for steps in (samples, heard))
        return torch.stack(raws, dim=1), own_steps, heard_steps, _pieces(ends)

    def _hears(
        self, raw: Tensor, target: Tensor, feedback: float, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """A draw from ``raw [B, P]``, and what the next step hears: it or the ``target``, both ``[B, D]``."""
        sample = self.head.sample(raw, self.head.feedback_temperature, generator)
        own = torch.rand(len(raw), 1, device=raw.device, generator=generator) < feedback  # [B, 1]
        return sample, torch.where(own, sample, target)

    def _step(
        self,
        previous: Tensor,
        z: Tensor,
        control: Tensor | None,
        states: Sequence[State],
        generator: torch.Generator | None,
    ) -> tuple[Tensor, list[State]]:
        parts = [previous, z] if control is None else [previous, z, control]
        hidden, states = self.stack.step(torch.cat(parts, dim=-1), states, generator=generator)
        return self.projection(hidden), states

    def _initial_states(self, z: Tensor) -> list[State]:
        return self.stack.split_states(self.initial(z).tanh())

    @staticmethod
    def _by_step(values: Tensor | None, steps: int) -> Sequence[Tensor | None]:
        return [None] * steps if values is None else values.unbind(1)


def _pieces(states: Sequence[State]) -> tuple[Tensor, ...]:
    """Cell before hidden, layer by layer."""
    return tuple(piece for h, c in states for piece in (c, h))
