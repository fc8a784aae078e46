"""A hierarchical decoder to which z tells something else in every segment: the partner of ``conditioned_gru``.

Letters in shape comments: B batch, T steps, S segments, n steps of a segment, D output depth, Z latent size, V width of
a segment's own vector, H units of the conductor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gen import Decoder, DecoderOutput
from gen.nn import linear, pad_steps, segment_lengths
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.segments import SegmentReader, fold, segment_decoder, unfold


class HierarchicalGruDecoder(Decoder):
    """A conductor reads z's own vector for each segment; a core says the segment from what the conductor makes of it.

    As in the hierarchy of MusicVAE (Roberts et al. 2018, section 3.2) z reaches the core through the conductor alone,
    and the core begins anew in every segment. But the conductor doesn't read zeros: one linear map of z gives each
    segment a vector, which the conductor reads and hands down beside its state, so no segment is far away from z.

    Metrics are the core's, as plain means over the segments.

    Args:
        core: the decoder of a segment; any that is a `gen.interfaces.SegmentDecoder`.
        size: units of the conductor.
        vector: width of a segment's own vector.
        pieces: whether z is read in as many equal parts as there are segments, each of which tells its segment's
            vector, all by the same map; else all of z tells each.
        level_lengths: segments, and steps of each: ``[16, 16]``.
        output_depth: width of a step.
        control_depth: width of the controls, which only the core hears; 0 for none.
        latent_size: width of z.
        steps: of every example; the product of the levels.

    Raises:
        ValueError: levels that don't fit the data, or a core that can't go on from the middle.
    """

    def __init__(
        self,
        core: Callable[..., Decoder],
        size: int = 256,
        *,
        vector: int = 128,
        pieces: bool = False,
        level_lengths: Sequence[int],
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None = None,
    ) -> None:
        super().__init__()
        if len(level_lengths) != 2 or min(level_lengths) < 1:
            raise ValueError(f"level_lengths must be segments and steps of a segment, not {list(level_lengths)}")
        if size < 1 or vector < 1:
            raise ValueError(f"size and vector must be at least 1, not {size} and {vector}")
        self.segments, self.segment_steps = level_lengths
        self.steps = self.segments * self.segment_steps
        if steps is not None and steps != self.steps:
            raise ValueError(f"level_lengths multiply to {self.steps} steps, but the data has {steps}")
        if pieces and latent_size % self.segments:
            raise ValueError(f"{self.segments} pieces must divide the {latent_size} numbers of z")
        self.output_depth = output_depth
        self.vector = vector
        self.pieces = self.segments if pieces else 1
        self.vectors = linear(latent_size // self.pieces, self.segments // self.pieces * vector)
        self.initial = linear(latent_size, size)
        self.conductor = nn.GRU(vector, size, batch_first=True)
        self.core = segment_decoder(
            core,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=size + vector,
            steps=self.segment_steps,
        )

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its core can say."""
        require_fields_of(self.core, fields)

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> DecoderOutput:
        """As `gen.Decoder.forward`; with feedback the first step of a segment may hear the model's own, too.

        Args:
            targets: float ``[B, T, D]``; fewer steps than the levels say are padded with zeros.
            lengths: int64 ``[B]``, or ``[B, S]``.
            z: float ``[B, Z]``.
            controls: float ``[B, T, control_depth]``.
            feedback: probability of hearing the model's own sample.
            generator: source of every random draw.

        Raises:
            ValueError: more steps than the levels say, or another number of segments.
        """
        batch = len(targets)
        valid = segment_lengths(lengths, self.segments, self.segment_steps)  # [B, S]
        parts = fold(pad_steps(targets, self.steps), self.segments)  # [B * S, n, D]
        heard = None if controls is None else fold(pad_steps(controls, self.steps), self.segments)  # [B * S, n, C]
        lasts = parts[:, -1].reshape(batch, self.segments, -1)  # [B, S, D]
        starts = torch.cat([torch.zeros_like(lasts[:, :1]), lasts[:, :-1]], dim=1)  # [B, S, D]
        embeddings = self.embeddings(z)  # [B, S, H + V]
        if feedback == 0.0:
            said: DecoderOutput = self.core(
                parts,
                valid.flatten(),
                embeddings.flatten(0, 1),
                heard,
                generator=generator,
                start=starts.flatten(0, 1),
            )
        else:
            say = SegmentReader(self.core, False, None, parts, valid, heard, starts, feedback, generator)
            for embedding in embeddings.unbind(1):
                say(embedding)
            said = say.said()
        return unfold(said, batch, targets.shape[1], ending=None)

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """As `gen.Decoder.sample`; all segments are said, and the first ``steps`` steps returned.

        Raises:
            ValueError: more steps than the levels say.
        """
        if steps > self.steps:
            raise ValueError(f"a hierarchy of {self.steps} steps can't say {steps}")
        heard = None if controls is None else torch.split(pad_steps(controls, self.steps), self.segment_steps, dim=1)
        previous = z.new_zeros(len(z), self.output_depth)  # [B, D]
        said: list[Tensor] = []
        for number, embedding in enumerate(self.embeddings(z).unbind(1)):
            segment = self.core.sample(
                embedding,
                self.segment_steps,
                controls=None if heard is None else heard[number],
                temperature=temperature,
                generator=generator,
                start=previous,
            )  # [B, n, D]
            said.append(segment)
            previous = segment[:, -1]
        return torch.cat(said, dim=1)[:, :steps]  # [B, T, D]

    def embeddings(self, z: Tensor) -> Tensor:
        """What the core takes for its z in every segment, ``[B, S, H + V]``, from ``z [B, Z]``."""
        vectors = self.vectors(z.reshape(len(z), self.pieces, -1)).view(len(z), self.segments, -1)  # [B, S, V]
        state: Tensor = self.initial(z)  # [B, H]
        conducted, _ = self.conductor(vectors, state.tanh()[None])  # [B, S, H]
        return torch.cat([conducted, vectors], dim=-1)
