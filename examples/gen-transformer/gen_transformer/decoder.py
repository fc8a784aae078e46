"""A causal Transformer that says one class a step (Vaswani et al. 2017), led by z.

z comes in twice: as a prefix of positions before the first step, which every step can attend to (as in Li and Liang
2021), and added to every step's input, without which such decoders learn to do without z (Jiang et al. 2020).

Letters in shape comments: B batch, T steps, D output depth, C control depth, Z latent size, P prefix, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import gen
import torch
from gen.nn import dropout, valid_steps
from torch import Tensor, nn

from gen_transformer.attention import Block, Kept
from gen_transformer.classes import Streams


class TransformerDecoder(gen.Decoder):
    """Says one class a step, or one of each of several streams; every step hears all steps before it.

    Args:
        sizes: widths of the layers, which are all the same: ``[128, 128]`` is two layers of 128.
        heads: of each layer; must divide the width into even parts.
        prefix: positions before the first step that z is spread over.
        spread: inner width of a layer, in multiples of its width.
        depths: classes of each stream, where a step says several; together ``output_depth``. None for one stream.
        dropout: probability of dropping what a layer adds, and of its first input, in training.
        output_depth: D, given by gen like the two below.
        control_depth: C, 0 for none.
        latent_size: Z.

    Raises:
        ValueError: an option is out of range, or they don't go together.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (128, 128),
        *,
        heads: int = 4,
        prefix: int = 4,
        spread: int = 4,
        depths: Sequence[int] | None = None,
        dropout: float = 0.0,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1 or len(set(sizes)) > 1:
            raise ValueError(f"sizes must be one or more layers of the same width, not {list(sizes)}")
        width = sizes[0]
        if heads < 1 or width % (2 * heads):
            raise ValueError(f"heads must divide a width of {width} into even parts, which {heads} doesn't")
        for name, value in (("prefix", prefix), ("spread", spread)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout must be at least 0 and below 1, not {dropout}")
        self.output_depth = output_depth
        self.prefix = prefix
        self.dropout = dropout
        self.streams = Streams(output_depth, depths)
        self.embed = nn.Linear(output_depth + control_depth, width)
        self.lead = nn.Linear(latent_size, width, bias=False)
        self.spread_out = nn.Linear(latent_size, prefix * width)
        self.blocks = nn.ModuleList(Block(width, heads, spread=spread) for _ in sizes)
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, output_depth)
        self._initialise()

    def _initialise(self) -> None:
        """Small normal weights, and what each layer adds smaller the more layers there are (Radford et al. 2019)."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for block in self.blocks:
            assert isinstance(block, Block)
            for last in (block.join, block.network[-1]):
                assert isinstance(last, nn.Linear)
                nn.init.normal_(last.weight, std=0.02 / (2 * len(self.blocks)) ** 0.5)
        for led in (self.lead, self.spread_out):  # z has unit variance, and is to be heard from the first step on
            nn.init.normal_(led.weight, std=led.in_features**-0.5)

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> gen.DecoderOutput:
        """As `gen.Decoder.forward`; with metrics as those of ``flat``: ``accuracy``, ``mean_per_class_accuracy``.

        Under feedback what the model says is drawn first, step by step and without dropout; one pass over what each
        step heard then gives the loss. Draws have no gradient, so that is the same as going step by step.
        """
        samples = None
        heard = torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1)  # [B, T, D]: step t hears t-1
        if feedback > 0.0:
            samples, heard = self._say(
                z, targets.shape[1], controls, 1.0, generator, targets=targets, feedback=feedback
            )
        logits = self._read(heard, z, controls, generator)  # [B, T, D]
        score = self.streams.score(logits, targets, _valid(lengths, targets.shape[1]))
        return gen.DecoderOutput(
            loss=score.nats,
            outputs=logits,
            samples=samples,
            predictions=None if self.training else self.streams.draw(logits, 0.0, None),
            sums=score.sums,
            counts=score.counts,
        )

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """As `gen.Decoder.sample`; keys and values are kept, so a step costs as much as there are steps before it."""
        said, _ = self._say(z, steps, controls, temperature, generator)
        return said

    def _read(self, heard: Tensor, z: Tensor, controls: Tensor | None, generator: torch.Generator | None) -> Tensor:
        """Logits ``[B, T, D]`` of steps that hear ``[B, T, D]``, all at once."""
        x = torch.cat([self._prefix(z), self._inputs(heard, z, controls)], dim=1)  # [B, P + T, W]
        rate = self.dropout if self.training else 0.0
        x = dropout(x, rate, generator=generator)
        for block in self.blocks:
            x, _ = block(x, rate=rate, generator=generator)
        logits: Tensor = self.project(self.norm(x[:, self.prefix :]))
        return logits

    @torch.no_grad()
    def _say(
        self,
        z: Tensor,
        steps: int,
        controls: Tensor | None,
        temperature: float,
        generator: torch.Generator | None,
        *,
        targets: Tensor | None = None,
        feedback: float = 1.0,
    ) -> tuple[Tensor, Tensor]:
        """Say one step after another; each hears what was said before it, or by chance the target.

        Returns:
            What was said, and what each step heard, ``[B, T, D]`` each.
        """
        kept: list[Kept | None] = [None] * len(self.blocks)
        self._advance(self._prefix(z), kept)
        previous = z.new_zeros(len(z), self.output_depth)  # [B, D]
        heard: list[Tensor] = []
        said: list[Tensor] = []
        for step in range(steps):
            heard.append(previous)
            control = None if controls is None else controls[:, step : step + 1]
            x = self._advance(self._inputs(previous[:, None], z, control), kept)  # [B, 1, W]
            previous = self.streams.draw(self.project(self.norm(x[:, 0])), temperature, generator)
            said.append(previous)
            if targets is not None and feedback < 1.0:
                own = torch.rand(len(z), 1, device=z.device, generator=generator) < feedback  # [B, 1]
                previous = torch.where(own, previous, targets[:, step])
        return torch.stack(said, dim=1), torch.stack(heard, dim=1)

    def _advance(self, x: Tensor, kept: list[Kept | None]) -> Tensor:
        """Positions ``[B, L, W]`` through all layers, after those that are kept, which grow."""
        for number, block in enumerate(self.blocks):
            x, kept[number] = block(x, kept[number])
        return x

    def _prefix(self, z: Tensor) -> Tensor:
        """Positions before the first step, ``[B, P, W]``."""
        spread: Tensor = self.spread_out(z).view(len(z), self.prefix, -1)
        return spread

    def _inputs(self, heard: Tensor, z: Tensor, controls: Tensor | None) -> Tensor:
        """Positions of steps that hear ``[B, T, D]``, ``[B, T, W]``."""
        seen = heard if controls is None else torch.cat([heard, controls], dim=-1)
        inputs: Tensor = self.embed(seen) + self.lead(z)[:, None]
        return inputs


def _valid(lengths: Tensor, steps: int) -> Tensor:
    """Which steps count, bool ``[B, T]``; lengths are ``[B]``, or ``[B, segments]`` where each segment has its own."""
    if lengths.dim() == 1:
        return valid_steps(lengths, steps)
    return valid_steps(lengths.flatten(), steps // lengths.shape[1]).view(len(lengths), steps)
