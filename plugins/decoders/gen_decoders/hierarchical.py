"""The hierarchical decoder of MusicVAE (Roberts et al. 2018, section 3.2; lstm_models.py, HierarchicalLstmDecoder).

Letters in shape comments: B batch, T steps, S segments, n steps of a segment, D output depth, Z latent size,
P parts of a level, E embedding, H embedding handed down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from gen import Decoder, DecoderOutput, Encoder
from gen.interfaces import SegmentDecoder, TensorflowPlace, tensorflow_places
from gen.nn import LstmStack, State, pad_steps, remember_, segment_lengths
from gen_decoders.conductor import Conductor
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.segments import Reencoder, SegmentReader, fold, segment_decoder, unfold

Say = Callable[[Tensor], Tensor | None]
"""Says the next segment from its embedding ``[B, H]``, and returns ``[B, F]`` for conductors that hear."""


class HierarchicalDecoder(SegmentDecoder):
    """Conductors turn z into one embedding a segment; a core decoder says each segment, taking that for its z.

    The core starts anew in every segment and hears only the last step of the segment before, padding included.
    Without autoregression all segments are one larger batch when targets are heard, which is exact; in sampling and
    with feedback they follow each other.

    Metrics are the core's, as plain means over the segments; a sum is ``[B, S, …]``, one column a segment.

    Args:
        core: the decoder of a segment; any that is a `gen.interfaces.SegmentDecoder`.
        sizes: units of each layer of every conductor, bottom first.
        embedding_size: width of what a conductor hands down, by an affine map of its output; None for that output
            as it is.
        level_lengths: parts of each level, **top** level first, and last the steps of a segment: ``[16, 16]`` says
            16 segments of 16 steps.
        autoregressive: levels (0 is the top) whose conductor hears how the part below ended. Empty in all released
            models.
        reencode: such conductors hear what was said below, encoded by the model's own hierarchical encoder, in place of
            states. Its levels are those of the decoder in reverse, and it reads what the decoder says.
        dropout: probability of dropping an input of any conductor's layer, in training.
        residual: add the input of a conductor's layer to its output.
        memory: steps that a conductor's longest memory lasts, with biases drawn to that end, about as many as it has
            parts; None for the original's initialisation. Without it a conductor forgets z within a few bars.
        output_depth, latent_size: widths of a step and of z.
        control_depth: width of the controls, which only the core hears; 0 for none.
        steps: of every example; the product of the levels.
        encoder: the model's.

    Raises:
        ValueError: levels that don't fit the data or each other, or a core that can't do what is asked.
    """

    def __init__(
        self,
        core: Callable[..., Decoder],
        sizes: Sequence[int] = (1024, 1024),
        *,
        embedding_size: int | None = None,
        level_lengths: Sequence[int],
        autoregressive: Sequence[int] = (),
        reencode: bool = False,
        dropout: float = 0.0,
        residual: bool = False,
        memory: int | None = None,
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        super().__init__()
        if len(level_lengths) < 2 or min(level_lengths) < 1:
            raise ValueError(f"level_lengths must be two or more positive numbers, not {list(level_lengths)}")
        *levels, self.segment_steps = level_lengths
        self.segments = math.prod(levels)
        self.steps = math.prod(level_lengths)
        if steps is not None and steps != self.steps:
            raise ValueError(f"level_lengths multiply to {self.steps} steps, but the data has {steps}")
        unknown = sorted(set(autoregressive) - set(range(len(levels))))
        if unknown:
            raise ValueError(f"autoregressive levels are 0 to {len(levels) - 1}, not {unknown}")
        if embedding_size is not None and embedding_size < 1:
            raise ValueError(f"embedding_size must be at least 1, not {embedding_size}")
        handed_down = sizes[-1] if embedding_size is None else embedding_size
        self.output_depth = output_depth
        widths = {"output_depth": output_depth, "control_depth": control_depth, "latent_size": handed_down}
        self.core = segment_decoder(core, **widths, steps=self.segment_steps)
        self.reencoder: Reencoder | None = None
        if reencode:
            if not autoregressive:
                raise ValueError("reencode is what autoregressive levels hear: name some, such as autoregressive: [0]")
            self.reencoder = Reencoder(
                encoder, level_lengths=level_lengths, output_depth=output_depth, control_depth=control_depth
            )
            below = [self.reencoder.hears(level) for level in range(len(levels))]
        else:
            below = [2 * sum(sizes)] * (len(levels) - 1) + [self.core.ending_size]
            if len(levels) - 1 in autoregressive and not self.core.ending_size:
                name = type(self.core).__name__
                raise ValueError(f"autoregressive needs a core that tells how it ended; {name} doesn't")
        self.conductors = nn.ModuleList(
            Conductor(
                latent_size if level == 0 else handed_down,
                sizes,
                output_size=embedding_size,
                length=length,
                hears=below[level] if level in autoregressive else 0,
                dropout=dropout,
                residual=residual,
            )
            for level, length in enumerate(levels)
        )
        remember_(self.conductors, memory)

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its core can say."""
        require_fields_of(self.core, fields)

    @property
    def ending_size(self) -> int:
        """Cell and hidden state of the top conductor."""
        return 2 * sum(self._levels[0].stack.sizes)

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
        """As `gen.interfaces.SegmentDecoder.forward`; the ending is the top conductor's.

        Targets of fewer steps than the levels say are padded. With segment lengths each segment is padded on its own,
        **with zeros**: the segment after it hears its last step. With feedback the first step of a segment may hear the
        model's own, too. (The original always gives it the target.)

        Raises:
            ValueError: more steps than the levels say, or another number of segments.
        """
        batch = len(targets)
        valid = segment_lengths(lengths, self.segments, self.segment_steps)  # [B, S]
        parts = fold(pad_steps(targets, self.steps), self.segments)  # [B * S, n, D]
        heard = None if controls is None else fold(pad_steps(controls, self.steps), self.segments)  # [B * S, n, C]
        lasts = parts[:, -1].reshape(batch, self.segments, -1)  # [B, S, D]
        first = torch.zeros_like(lasts[:, :1]) if start is None else start[:, None]  # [B, 1, D]
        starts = torch.cat([first, lasts[:, :-1]], dim=1)  # [B, S, D]
        hears = [level.hears > 0 for level in self._levels]
        if feedback == 0.0 and not any(hears):
            embeddings, states = self._embeddings(z, generator)  # [B * S, H]
            said: DecoderOutput = self.core(
                parts, valid.flatten(), embeddings, heard, generator=generator, start=starts.flatten(0, 1)
            )
        else:
            tell = hears[-1] and self.reencoder is None
            say = SegmentReader(self.core, tell, self.reencoder, parts, valid, heard, starts, feedback, generator)
            states, _ = self._conduct(0, z, say, generator)
            said = say.said()
        return unfold(said, batch, targets.shape[1], ending=LstmStack.pieces_of(states) if ending else None)

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
        **options: Any,
    ) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`; all segments are said, and the first ``steps`` steps returned."""
        if steps > self.steps:
            raise ValueError(f"a hierarchy of {self.steps} steps can't say {steps}")
        heard = None if controls is None else torch.split(pad_steps(controls, self.steps), self.segment_steps, dim=1)
        full = torch.full((len(z),), self.segment_steps, device=z.device)
        previous = z.new_zeros(len(z), self.output_depth) if start is None else start  # [B, D]
        said: list[Tensor] = []

        def say(embedding: Tensor) -> Tensor | None:
            nonlocal previous
            control = None if heard is None else heard[len(said)]  # [B, n, C]
            segment = self.core.sample(
                embedding, self.segment_steps, controls=control, generator=generator, start=previous, **options
            )  # [B, n, D]
            told: Tensor | None = None
            if self.reencoder is not None:
                told = self.reencoder.segment(segment, full, generator)
            elif self._levels[-1].hears:  # sampling keeps no states, so the core hears itself once more
                output: DecoderOutput = self.core(segment, full, embedding, control, start=previous, ending=True)
                told = None if output.ending is None else torch.cat(output.ending, dim=-1)
            said.append(segment)
            previous = segment[:, -1]
            return told

        self._conduct(0, z, say, generator)
        return torch.cat(said, dim=1)[:, :steps]  # [B, T, D]

    def embeddings(self, z: Tensor) -> Tensor:
        """What the core takes for its z in every segment, ``[B, S, H]``, from ``z [B, Z]``, dropout aside."""
        if any(level.hears for level in self._levels):
            raise ValueError("a conductor hears how the segment before ended: its embeddings can't be made beforehand")
        flat, _ = self._embeddings(z, None)  # [B * S, H]
        return flat.reshape(-1, self.segments, flat.shape[-1])

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: each conductor's under its level, the core's under ``core_decoder``."""
        for level, conductor in enumerate(self.conductors):
            scope = f"decoder/hierarchical_level_{level}"
            yield from tensorflow_places(conductor, scope=scope, path=f"conductors.{level}")
        yield from tensorflow_places(self.core, scope="core_decoder", path="core")

    @property
    def _levels(self) -> list[Conductor]:
        return cast("list[Conductor]", list(self.conductors))

    def _embeddings(self, z: Tensor, generator: torch.Generator | None) -> tuple[Tensor, list[State]]:
        """Every segment's embedding ``[B * S, H]`` at once, and the states in which the top conductor ended."""
        conductor, *below = self._levels
        embeddings, top = conductor(z, generator=generator)  # [B, P, H]
        for conductor in below:
            embeddings, _ = conductor(embeddings.flatten(0, 1), generator=generator)  # [B * P, n, H]
        return embeddings.flatten(0, 1), top

    def _conduct(
        self, level: int, embedding: Tensor, say: Say, generator: torch.Generator | None
    ) -> tuple[list[State], Tensor]:
        """Say everything below a level, depth first.

        Returns:
            The states in which its conductor ended, and what the conductor above hears of it all, ``[B, F]``.
        """
        conductor = self._levels[level]
        states = conductor.start(embedding)
        heard: Tensor | None = None
        parts: list[Tensor] = []
        for _ in range(conductor.length):
            down, states = conductor.step(embedding, heard, states, generator=generator)
            heard = self._conduct(level + 1, down, say, generator)[1] if level + 1 < len(self.conductors) else say(down)
            if heard is not None:
                parts.append(heard)
        if self.reencoder is not None and level > 0:
            return states, self.reencoder.parts(level, parts, generator)
        return states, torch.cat(LstmStack.pieces_of(states), dim=-1)
