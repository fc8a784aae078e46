"""A decoder under test, with a batch that it could have said itself.

Letters in shape comments: B batch, T steps, D output depth, C control depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.testing.modules import ModuleSubject, enliven, generator_on, seeded

_DRAWS = 8192
_AT_ONCE = 20_000_000  # numbers that a sample may have
_ALL = 100_000_000  # and all of them together


@dataclass(frozen=True, eq=False)
class Batch:
    """Targets ``[B, T, D]``, lengths ``[B]``, z ``[B, Z]`` and controls ``[B, T, C]`` for a decoder; C may be 0."""

    targets: Tensor
    lengths: Tensor
    z: Tensor
    controls: Tensor

    @property
    def steps(self) -> int:
        """T."""
        return self.targets.shape[1]

    @property
    def heard(self) -> Tensor | None:
        """Controls as a decoder takes them: None where there are none."""
        return self.controls if self.controls.shape[-1] else None

    def each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """All four tensors changed in one way."""
        return Batch(*map(change, (self.targets, self.lengths, self.z, self.controls)))

    def row(self, row: int) -> Batch:
        """One of the examples."""
        return self.each(lambda tensor: tensor[row : row + 1])

    def first(self, steps: int) -> Batch:
        """The first steps of each example, and lengths of at most so many."""
        return Batch(self.targets[:, :steps], self.lengths.clamp(max=steps), self.z, self.controls[:, :steps])

    def saying(self, targets: Tensor) -> Batch:
        """One example's z and controls for many targets, each valid to its last step."""
        count, steps = targets.shape[:2]
        z, controls = self.z.expand(count, -1), self.controls.expand(count, -1, -1)
        return Batch(targets, torch.full((count,), steps), z, controls)

    def whole(self) -> Batch:
        """The same, valid to the last step."""
        return replace(self, lengths=torch.full_like(self.lengths, self.steps))


class DecoderSubject(ModuleSubject[Decoder]):
    """Makes the decoder, and calls it so that a fault in one respect doesn't show in another."""

    KIND = "decoder"
    SIZES: ClassVar[Mapping[str, Any]] = {
        "output_depth": 9,  # a multiple of three, for grooves
        "control_depth": 4,
        "latent_size": 5,
        "steps": 6,
        "encoder": None,
    }

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        super().__init__(cls, options)
        self.depth: int = self.given["output_depth"]
        self.steps: int = self.given["steps"] or 6

    @cached_property
    def component(self) -> Decoder:
        """One decoder, whose weights are so large that everything that can matter does."""
        decoder = self.make()
        for scale in (1.0, 2.0, 4.0):
            enliven(decoder, scale)
            said = self.sample(self.noise(8), decoder, temperature=0.0)
            if self.steps == 1 or (said[:, 1:] - said[:, :-1]).abs().amax() > 0.5:
                break
        return decoder

    @cached_property
    def batch(self) -> Batch:
        """Three examples in the layout of the targets: the decoder's own words, for other z than theirs."""
        source = self.noise(3, seed=2)
        said = self.sample(source, seed=2)
        middle = max(1, (2 * self.steps) // 3)
        return replace(self.noise(3), targets=said, lengths=torch.tensor([self.steps, middle, 1]))

    @cached_property
    def other_targets(self) -> Tensor:
        """Targets ``[B, T, D]`` that differ from those of `batch` in every step of every example."""
        targets = self.batch.targets
        for seed in range(3, 9):
            other = self.sample(self.noise(3, seed=seed), seed=seed)
            same = (other == targets).all(-1, keepdim=True)  # [B, T, 1]
            if not same.any():
                return other
        return torch.where(same, 1.0 - targets, other)

    @cached_property
    def first_draws(self) -> tuple[Batch, Tensor]:
        """One step of one example, and many draws of it, ``[N, D]``; of a hierarchy, which says all its steps, fewer.

        Its z is so far out that some steps are much likelier than others.
        """
        near = self.noise(1, seed=3).first(1)
        batch = replace(near, z=3.0 * near.z)
        size = self.steps * self.depth
        rows = max(16, min(_DRAWS, _AT_ONCE // size))
        rounds = max(1, min(_DRAWS, _ALL // size) // rows)
        many = batch.saying(batch.targets.repeat(rows, 1, 1))
        return batch, torch.cat([self.sample(many, steps=1, seed=seed)[:, 0] for seed in range(rounds)])

    def noise(self, examples: int, *, seed: int = 0) -> Batch:
        """z and controls at random; the targets are zeros."""
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn(examples, self.given["latent_size"], generator=generator)
        controls = torch.randn(examples, self.steps, self.given["control_depth"], generator=generator)
        targets = torch.zeros(examples, self.steps, self.depth)
        return Batch(targets, torch.full((examples,), self.steps), z, controls)

    def forward(
        self, batch: Batch, decoder: Decoder | None = None, *, feedback: float = 0.0, seed: int = 0, **more: Any
    ) -> DecoderOutput:
        """The decoder's verdict on a batch, with draws from a seed."""
        given = (batch.targets, batch.lengths, batch.z, batch.heard)
        generator = generator_on(batch.z.device, seed)
        decoder = self.component if decoder is None else decoder
        with seeded(0):
            output: DecoderOutput = decoder(*given, feedback=feedback, generator=generator, **more)
        return output

    def loss(self, batch: Batch, decoder: Decoder | None = None) -> Tensor:
        """The loss of a batch alone, ``[B]``."""
        with torch.no_grad():
            return self.forward(batch, decoder).loss

    @torch.no_grad()
    def sample(
        self,
        batch: Batch,
        decoder: Decoder | None = None,
        *,
        steps: int | None = None,
        temperature: float = 1.0,
        seed: int = 0,
        **more: Any,
    ) -> Tensor:
        """What the decoder says for the batch's z and controls, ``[B, T, D]``."""
        steps = self.steps if steps is None else steps
        decoder = self.component if decoder is None else decoder
        more |= {"controls": batch.first(steps).heard, "generator": generator_on(batch.z.device, seed)}
        with seeded(0):
            return decoder.sample(batch.z, steps, temperature=temperature, **more)

    def say_and_hear(self, decoder: Decoder, device: torch.device) -> Tensor:
        """Sample and hear in every way, there; the outputs for the likeliest steps."""
        batch = self.batch.each(lambda tensor: tensor.to(device))
        self.sample(batch, decoder)
        self.forward(batch, decoder, feedback=0.5)
        greedy = self.sample(batch, decoder, temperature=0.0)
        return self.forward(replace(batch, targets=greedy), decoder).outputs

    def probes(self) -> list[int]:
        """Steps worth a look: all of a few, and of many the first, the last, and some between."""
        if self.steps <= 8:
            return list(range(self.steps))
        segment = getattr(self.component, "segment_steps", None)
        edges = {segment - 1, segment} if isinstance(segment, int) else set()
        wanted = {0, 1, 2, self.steps // 2, self.steps - 2, self.steps - 1, *edges}
        return sorted(step for step in wanted if 0 <= step < self.steps)


def first_step(wrong: Tensor) -> int | None:
    """The first step ``[B, T, …]`` at which something is wrong, if it is anywhere."""
    steps = wrong.any(-1).any(0).nonzero().flatten().tolist()
    return steps[0] if steps else None
