"""A decoder of gated recurrent units (Cho et al. 2014), which goes on from any step.

It implements four interfaces: `gen.Decoder`, which is all that a decoder needs; `gen.interfaces.SegmentDecoder`, by which a hierarchy can
use it for its segments; `gen.interfaces.Stepwise`, by which it can be exported; and `gen.interfaces.SaysFields`, by which steps that it can't say are refused.

Letters in shape comments: B batch, T steps, D output depth, C control depth, Z latent size, H units of a layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import gen
import torch
from gen.nn import dropout, linear, valid_steps
from torch import Tensor, nn
from torch.nn import functional as F

States = tuple[Tensor, ...]
"""The hidden state of each layer, ``[B, H]``."""


class GruDecoder(gen.interfaces.SegmentDecoder):
    """Says one class a step from ``[previous step, z, control]``; z also sets the initial states.

    Args:
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training.
        output_depth: D, given by gen like the two below.
        control_depth: C, 0 for none.
        latent_size: Z.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (256, 256),
        *,
        dropout: float = 0.0,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1:
            raise ValueError(f"sizes must be the units of one or more layers, not {list(sizes)}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout must be at least 0 and below 1, not {dropout}")
        self.sizes = tuple(sizes)
        self.dropout = dropout
        self.output_depth = output_depth
        self.initial = linear(latent_size, sum(sizes), stddev=0.001)
        widths = [output_depth + latent_size + control_depth, *sizes]
        self.layers = nn.ModuleList(nn.GRU(widths[i], widths[i + 1]) for i in range(len(sizes)))
        self.project = linear(sizes[-1], output_depth)

    def require_fields(
        self, fields: Sequence[gen.interfaces.OneHot | gen.interfaces.Flags | gen.interfaces.Floats]
    ) -> None:
        """As `gen.interfaces.SaysFields`: recipes whose steps are several choices are refused."""
        flags = any(isinstance(field, gen.interfaces.Flags) for field in fields)
        if flags or sum(isinstance(field, gen.interfaces.OneHot) for field in fields) > 1:
            raise ValueError(
                "a step is several choices, and gru says one class a step: take another converter or decoder"
            )

    @property
    def ending_size(self) -> int:
        """The states of all layers."""
        return sum(self.sizes)

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
    ) -> gen.DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`; with metrics as those of ``flat``: ``accuracy``, ``mean_per_class_accuracy``."""
        valid = valid_steps(lengths, targets.shape[1])  # [B, T]
        first = torch.zeros_like(targets[:, 0]) if start is None else start  # [B, D]
        samples, heard, end = None, None, None
        if feedback > 0.0 or ending:
            logits, samples, heard, end = self._step_by_step(targets, valid, first, z, controls, feedback, generator)
        else:
            logits = self._at_once(targets, first, z, controls, generator)
        nats = -(targets * F.log_softmax(logits.float(), dim=-1)).sum(-1)  # [B, T]
        truth, steps = targets.argmax(-1), valid.float()  # [B, T]
        right = steps * (logits.argmax(-1) == truth)  # [B, T]
        none = right.new_zeros(len(right), self.output_depth)  # [B, D]
        classes = "mean_per_class_accuracy"
        return gen.DecoderOutput(
            loss=torch.where(valid, nats, 0.0).sum(1),  # not a product: padding may hold anything
            outputs=logits,
            samples=samples,
            predictions=None if self.training else _draw(logits, 0.0, None),
            sums={"accuracy": right.sum(1), classes: none.scatter_add(1, truth, right)},
            counts={"accuracy": steps.sum(1), classes: none.scatter_add(1, truth, steps)},
            heard=heard,
            ending=end if ending else None,
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
        states = self.initial_states(z)
        previous = z.new_zeros(len(z), self.output_depth) if start is None else start  # [B, D]
        said = []
        for step in range(steps):
            logits, states = self._step(previous, z, None if controls is None else controls[:, step], states, None)
            previous = _draw(logits, temperature, generator)
            said.append(previous)
        return torch.stack(said, dim=1)  # [B, T, D]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """As `gen.interfaces.Stepwise.state_sizes`: the units of each layer."""
        return self.sizes

    def initial_states(self, z: Tensor) -> States:
        """As `gen.interfaces.Stepwise.initial_states`."""
        return self.initial(z).tanh().split(self.sizes, dim=-1)  # type: ignore[no-any-return]

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, States]:
        """As `gen.interfaces.Stepwise.step`."""
        logits, states = self._step(previous, z, control, states, None)
        return logits, _draw(logits, 0.0, None), states

    def _at_once(
        self, targets: Tensor, first: Tensor, z: Tensor, controls: Tensor | None, generator: torch.Generator | None
    ) -> Tensor:
        """Logits ``[B, T, D]`` of steps that hear the target before them: one call of a fused layer for all steps."""
        heard = torch.cat([first[:, None], targets[:, :-1]], dim=1)  # [B, T, D]
        parts = [heard, z[:, None].expand(-1, heard.shape[1], -1)]
        if controls is not None:
            parts.append(controls)
        x = torch.cat(parts, dim=-1).transpose(0, 1)  # [T, B, D + Z + C]
        for layer, state in zip(self.layers, self.initial_states(z), strict=True):
            x, _ = layer(self._dropped(x, generator), state[None].contiguous())  # [T, B, H]
        logits: Tensor = self.project(x.transpose(0, 1))
        return logits

    def _step_by_step(
        self,
        targets: Tensor,
        valid: Tensor,
        first: Tensor,
        z: Tensor,
        controls: Tensor | None,
        feedback: float,
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor | None, Tensor | None, States]:
        """Logits, samples and what was heard after each step, ``[B, T, D]``, and the states at each example's own end.

        Without feedback there are no samples, and what is heard is the targets.
        """
        states = ends = self.initial_states(z)
        previous = first
        said, drawn, heard = [], [], []
        # unbind once: indexing a tensor that needs gradients inside the loop would cost O(T^2) backwards
        by_step = [None] * targets.shape[1] if controls is None else controls.unbind(1)
        for target, control, within in zip(targets.unbind(1), by_step, valid.unbind(1), strict=True):
            logits, states = self._step(previous, z, control, states, generator)
            said.append(logits)
            previous = target
            if feedback > 0.0:
                sample = _draw(logits.detach(), 1.0, generator)  # [B, D]; a draw has no gradient
                own = torch.rand(len(z), 1, device=z.device, generator=generator) < feedback  # [B, 1]
                previous = torch.where(own, sample, target)
                drawn.append(sample)
                heard.append(previous)
            ends = tuple(torch.where(within[:, None], new, old) for new, old in zip(states, ends, strict=True))
        samples, after = (torch.stack(each, dim=1) if each else None for each in (drawn, heard))
        return torch.stack(said, dim=1), samples, after, ends

    def _step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: States, generator: torch.Generator | None
    ) -> tuple[Tensor, States]:
        """Logits ``[B, D]`` of one step, and the states after it."""
        x = torch.cat([previous, z] if control is None else [previous, z, control], dim=-1)[None]  # [1, B, D + Z + C]
        after = []
        for layer, state in zip(self.layers, states, strict=True):
            x, new = layer(self._dropped(x, generator), state[None].contiguous())  # [1, B, H]
            after.append(new[0])
        return self.project(x[0]), tuple(after)

    def _dropped(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return dropout(x, self.dropout if self.training else 0.0, generator=generator)


def _draw(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    """One class each as a one-hot row, ``[..., D]``; temperature 0 takes the likeliest."""
    if temperature > 0.0:
        chances = F.softmax(logits.float() / temperature, dim=-1)
        choice = torch.multinomial(chances.flatten(0, -2), 1, generator=generator).view(logits.shape[:-1])
    else:
        choice = logits.argmax(-1)
    return F.one_hot(choice, logits.shape[-1]).to(logits.dtype)
