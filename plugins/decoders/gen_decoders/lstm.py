"""The autoregressive LSTM under every flat decoder (lstm_models.py, BaseLstmDecoder).

Letters in shape comments: B batch, T steps, D output depth, C control depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gen import DecoderOutput
from gen.nn import LstmStack, State, linear, valid_steps
from gen_decoders.heads import Head


class AutoregressiveLstm(nn.Module):
    """Says one step after another from ``[previous step, z, control]``; z also sets the initial state.

    Args:
        sizes: units of each layer, bottom first.
        head: what the outputs mean.
        dropout: probability of dropping an input of any layer, in training.
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
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        self.stack = LstmStack(output_depth + latent_size + control_depth, sizes, dropout=dropout)
        self.initial = linear(latent_size, 2 * sum(sizes), stddev=0.001)
        self.projection = linear(sizes[-1], output_depth)
        self.head = head
        self.output_depth = output_depth

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None,
        *,
        feedback: float,
        generator: torch.Generator | None,
    ) -> DecoderOutput:
        """As `gen.Decoder.forward`."""
        if feedback == 0.0:
            samples = None
            raw = self._teacher_forced(targets, z, controls, generator)  # [B, T, D]
        else:
            raw, samples = self._scheduled(targets, z, controls, feedback, generator)  # [B, T, D] each
        valid = valid_steps(lengths, targets.shape[1])  # [B, T]
        nats, metrics = self.head.loss(raw, targets)  # [B, T]
        # where, not a product: a step past the end may hold anything, even infinity
        zero = nats.new_zeros(())
        return DecoderOutput(
            loss=torch.where(valid, nats, zero).sum(1),
            outputs=raw,
            samples=samples,
            predictions=None if self.training else self.head.sample(raw, 0.0, None),
            sums={name: torch.where(valid, value, zero).sum(1) for name, value in metrics.items()},
            counts={name: valid.sum(1).to(nats.dtype) for name in metrics},
        )

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None,
        temperature: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        """As `gen.Decoder.sample`."""
        states = self._initial_states(z)
        previous = z.new_zeros(len(z), self.output_depth)  # [B, D]
        said = []
        for control in self._by_step(controls, steps):
            raw, states = self._step(previous, z, control, states, generator)
            previous = self.head.sample(raw, temperature, generator)
            said.append(previous)
        return torch.stack(said, dim=1)  # [B, T, D]

    def _teacher_forced(
        self, targets: Tensor, z: Tensor, controls: Tensor | None, generator: torch.Generator | None
    ) -> Tensor:
        heard = torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1).transpose(0, 1)  # [T, B, D]
        parts = [heard, z.expand(len(heard), *z.shape)]
        if controls is not None:
            parts.append(controls.transpose(0, 1))
        hidden, _ = self.stack(torch.cat(parts, dim=-1), self._initial_states(z), generator=generator)  # [T, B, H]
        raw: Tensor = self.projection(hidden)  # [T, B, D]
        return raw.transpose(0, 1)

    def _scheduled(
        self,
        targets: Tensor,
        z: Tensor,
        controls: Tensor | None,
        feedback: float,
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor]:
        """One pass in which each step hears its own sample with probability ``feedback`` (seq2seq.py)."""
        states = self._initial_states(z)
        previous = torch.zeros_like(targets[:, 0])  # [B, D]
        raws, samples = [], []
        # unbind once: indexing a tensor that needs gradients inside the loop would cost O(T^2) backwards
        for target, control in zip(targets.unbind(1), self._by_step(controls, targets.shape[1]), strict=True):
            raw, states = self._step(previous, z, control, states, generator)
            sample = self.head.sample(raw.detach(), 1.0, generator)  # no gradient through a draw
            own = torch.rand(len(z), 1, device=z.device, generator=generator) < feedback  # [B, 1]
            previous = torch.where(own, sample, target)
            raws.append(raw)
            samples.append(sample)
        return torch.stack(raws, dim=1), torch.stack(samples, dim=1)

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
        """One affine map for all layers, split cell before hidden, layer by layer (lstm_utils.py)."""
        sizes = [size for size in self.stack.sizes for _ in "ch"]
        cells_and_hiddens = self.initial(z).tanh().split(sizes, dim=-1)
        return list(zip(cells_and_hiddens[1::2], cells_and_hiddens[0::2], strict=True))

    @staticmethod
    def _by_step(controls: Tensor | None, steps: int) -> Sequence[Tensor | None]:
        return [None] * steps if controls is None else controls.unbind(1)
