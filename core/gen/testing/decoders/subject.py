"""A decoder under test, with a batch that it could have said itself.

Letters in shape comments: B batch, T steps, D output depth, C control depth, Z latent size, S segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.testing.making import Maker
from gen.testing.weights import enliven, generator_on, seeded

_DRAWS = 8192
_AT_ONCE = 20_000_000  # numbers that a sample may have
_ALL = 100_000_000  # and all of them together


@dataclass(frozen=True, eq=False)
class Batch:
    """What a decoder is given: targets ``[B, T, D]``, lengths ``[B]``, z ``[B, Z]``, controls ``[B, T, C]`` or None."""

    targets: Tensor
    lengths: Tensor
    z: Tensor
    controls: Tensor | None

    @property
    def steps(self) -> int:
        """T."""
        return self.targets.shape[1]

    def rows(self, rows: slice | Sequence[int]) -> Batch:
        """Some of the examples."""
        index = rows if isinstance(rows, slice) else list(rows)
        controls = None if self.controls is None else self.controls[index]
        return Batch(self.targets[index], self.lengths[index], self.z[index], controls)

    def first(self, steps: int) -> Batch:
        """The first steps of each example, and lengths of at most so many."""
        controls = None if self.controls is None else self.controls[:, :steps]
        return Batch(self.targets[:, :steps], self.lengths.clamp(max=steps), self.z, controls)

    def of_lengths(self, lengths: Tensor) -> Batch:
        """The same with other lengths."""
        return replace(self, lengths=lengths)

    def saying(self, targets: Tensor) -> Batch:
        """One example's z and controls for many targets, each valid to its last step."""
        count = len(targets)
        controls = None if self.controls is None else self.controls.expand(count, -1, -1)
        return Batch(targets, torch.full((count,), targets.shape[1]), self.z.expand(count, -1), controls)

    def whole(self) -> Batch:
        """The same, valid to the last step."""
        return self.of_lengths(torch.full_like(self.lengths, self.steps))


class DecoderSubject:
    """Makes the decoder, and calls it so that a fault in one respect doesn't show in another.

    The global random state is the same before every call, so that only who looks for it finds a decoder that draws
    from it.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "output_depth": 9,
        "control_depth": 4,
        "latent_size": 5,
        "steps": 6,
        "encoder": None,
    }
    """Sizes where nobody says: a multiple of three, for grooves."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.depth: int = maker.given["output_depth"]
        self.control_depth: int = maker.given["control_depth"]
        self.latent_size: int = maker.given["latent_size"]
        self.steps: int = maker.given["steps"] or 6

    def make(self, seed: int = 0) -> Decoder:
        """A new decoder with weights drawn from a seed, in evaluation mode."""
        with seeded(seed):
            decoder: Decoder = self.maker.make()
        return decoder.eval()

    @cached_property
    def decoder(self) -> Decoder:
        """One decoder, in evaluation mode, whose weights are so large that everything that can matter does."""
        decoder = self.make()
        for scale in (1.0, 2.0, 4.0):
            enliven(decoder, scale, seed=1)
            said = self.sample(decoder, self.noise(8), temperature=0.0)
            if self.steps == 1 or (said[:, 1:] - said[:, :-1]).abs().amax() > 0.5:
                break
        return decoder

    @cached_property
    def batch(self) -> Batch:
        """Three examples in the layout of the targets: the decoder's own words, for other z than theirs."""
        source = self.noise(3, seed=2)
        said = self.sample(self.decoder, source, seed=2)
        middle = max(1, (2 * self.steps) // 3)
        return replace(self.noise(3), targets=said, lengths=torch.tensor([self.steps, middle, 1]))

    @cached_property
    def other_targets(self) -> Tensor:
        """Targets ``[B, T, D]`` that differ from those of `batch` in every step of every example."""
        targets = self.batch.targets
        for seed in range(3, 9):
            other = self.sample(self.decoder, self.noise(3, seed=seed), seed=seed)
            same = (other == targets).all(-1, keepdim=True)  # [B, T, 1]
            if not same.any():
                return other
        return torch.where(same, 1.0 - targets, other)

    @cached_property
    def first_draws(self) -> tuple[Batch, Tensor]:
        """One step of one example, and many draws of it, ``[N, D]``.

        Its z is so far out that some steps are much likelier than others. Of a hierarchy there are fewer draws, since
        it says all its steps for each.
        """
        near = self.noise(1, seed=3).first(1)
        batch = replace(near, z=3.0 * near.z)
        size = self.steps * self.depth
        rows = max(16, min(_DRAWS, _AT_ONCE // size))
        rounds = max(1, min(_DRAWS, _ALL // size) // rows)
        many = batch.saying(batch.targets.repeat(rows, 1, 1))
        return batch, torch.cat([self.sample(self.decoder, many, steps=1, seed=seed)[:, 0] for seed in range(rounds)])

    def noise(self, examples: int, *, seed: int = 0) -> Batch:
        """z and controls at random; the targets are zeros."""
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn(examples, self.latent_size, generator=generator)
        controls = torch.randn(examples, self.steps, self.control_depth, generator=generator)
        return Batch(
            torch.zeros(examples, self.steps, self.depth),
            torch.full((examples,), self.steps),
            z,
            controls if self.control_depth else None,
        )

    def forward(
        self, decoder: Decoder, batch: Batch, *, feedback: float = 0.0, seed: int = 0, **more: Any
    ) -> DecoderOutput:
        """The decoder's verdict on a batch, with draws from a seed."""
        with seeded(0):
            output: DecoderOutput = decoder(
                batch.targets,
                batch.lengths,
                batch.z,
                batch.controls,
                feedback=feedback,
                generator=generator_on(batch.z.device, seed),
                **more,
            )
        return output

    @torch.no_grad()
    def sample(
        self, decoder: Decoder, batch: Batch, *, steps: int | None = None, temperature: float = 1.0, seed: int = 0
    ) -> Tensor:
        """What the decoder says for the batch's z and controls, ``[B, T, D]``."""
        steps = self.steps if steps is None else steps
        with seeded(0):
            return decoder.sample(
                batch.z,
                steps,
                controls=None if batch.controls is None else batch.controls[:, :steps],
                temperature=temperature,
                generator=generator_on(batch.z.device, seed),
            )

    def probes(self) -> list[int]:
        """Steps worth a look: all of a few, and of many the first, the last, and some between."""
        if self.steps <= 8:
            return list(range(self.steps))
        segment = getattr(self.decoder, "segment_steps", None)
        edges = {segment - 1, segment} if isinstance(segment, int) else set()
        wanted = {0, 1, 2, self.steps // 2, self.steps - 2, self.steps - 1, *edges}
        return sorted(step for step in wanted if 0 <= step < self.steps)
