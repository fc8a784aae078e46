"""The parts of a model that make sense on their own, as functions of tensors with names.

Letters in shape comments: B batch, T steps, S segments, I input depth, C control depth, Z latent size, D output depth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from gen.errors import CheckpointError
from gen.interfaces.decoder import Segmented, Stepwise
from gen.interfaces.encoder import LevelEncoder
from gen.model.build import build_converter
from gen.model.vae import VAE
from gen.training.load import Trained

BATCH, STEPS = "batch", "steps"


@dataclass(frozen=True, eq=False)
class Graph:
    """One function of a model."""

    name: str  # of its file
    module: nn.Module
    make: Callable[[int, int], dict[str, Tensor]]  # example inputs by name, of a batch and a number of steps
    axes: Mapping[str, Mapping[int, str]]  # of each input and output, names of those that may be of any size, by number
    outputs: Sequence[str]
    steps: int  # the model's own number
    freedoms: Sequence[tuple[str, ...]]  # axes that may be free together, the most first
    inputs: Mapping[str, Tensor]  # one example

    def example(self, free: Sequence[str]) -> Graph:
        """With inputs to trace; a batch of 2 where it is free, or else 1."""
        return replace(self, inputs=self.make(2 if BATCH in free else 1, self.steps))

    def probes(self, free: Sequence[str]) -> Iterator[Graph]:
        """With inputs of several sizes, as far as axes are free."""
        for batch in (1, 2, 3) if BATCH in free else (1,):
            for steps in {self.steps, max(self.steps - 3, 1)} if STEPS in free else {self.steps}:
                yield replace(self, inputs=self.make(batch, steps))

    def run(self) -> tuple[Tensor, ...]:
        """Its outputs, by torch, with dropout off."""
        out = self.module.eval()(*self.inputs.values())
        return out if isinstance(out, tuple) else (out,)

    def shapes(self, tensors: Mapping[str, Tensor], free: Sequence[str]) -> dict[str, list[int | str]]:
        """Of inputs or outputs, with a name for each axis that is free."""
        described: dict[str, list[int | str]] = {}
        for name, value in tensors.items():
            named = {number: axis for number, axis in self.axes.get(name, {}).items() if axis in free}
            described[name] = [named.get(number, size) for number, size in enumerate(value.shape)]
        return described


def graphs_of(trained: Trained) -> tuple[list[Graph], dict[str, Any]]:
    """Encoder, initial states, step, and a hierarchy's conductor.

    Returns:
        The graphs; and what a loop over steps has to know: ``steps``, and where there are some ``segments``.

    Raises:
        CheckpointError: the decoder says no single steps.
    """
    vae = trained.model.eval()
    converter = build_converter(trained.recipe)
    depths = converter.input_depth, converter.output_depth, converter.control_depth
    graphs = [_encoder(vae, *depths)]
    if not isinstance(vae.decoder, Segmented):
        graphs += _stepping(vae.decoder, vae.latent.size, *depths[1:])
        return graphs, {"steps": vae.steps}
    z = torch.zeros(1, vae.latent.size)
    try:
        with torch.no_grad():
            embeddings = vae.decoder.embeddings(z)  # [1, S, E]
    except ValueError as error:
        raise CheckpointError(f"the decoder can't be exported to ONNX: {error}") from error
    conduct = _Function(vae.decoder, vae.decoder.embeddings)
    graphs.append(_of_rows("conductor", conduct, {"z": vae.latent.size}, ["embeddings"]))
    graphs += _stepping(vae.decoder.core, embeddings.shape[-1], *depths[1:])
    return graphs, {"steps": vae.steps, "segments": vae.decoder.segments, "segment_steps": vae.decoder.segment_steps}


class _Function(nn.Module):
    """A function of tensors, and the module whose weights it uses."""

    def __init__(self, owner: nn.Module, function: Callable[..., tuple[Tensor, ...] | Tensor]) -> None:
        super().__init__()
        self.owner, self.function = owner, function

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...] | Tensor:
        return self.function(*tensors)


def _encoder(vae: VAE, input_depth: int, output_depth: int, control_depth: int) -> Graph:
    pieces: tuple[int, ...] = ()
    steps = vae.steps or 32
    freedoms: list[tuple[str, ...]] = [(BATCH, STEPS), (BATCH,), ()]
    if isinstance(vae.encoder, LevelEncoder):
        lengths = vae.encoder.level_lengths
        steps, pieces = math.prod(lengths), (math.prod(lengths[1:]),)
        freedoms = [(BATCH,), ()]

    def make(batch: int, steps: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(0)
        longest = steps // math.prod(pieces)
        inputs = {
            "inputs": torch.randn(batch, steps, input_depth, generator=generator),
            "lengths": torch.randint(1, longest + 1, (batch, *pieces), generator=generator),
        }
        if control_depth:
            inputs["controls"] = torch.randn(batch, steps, control_depth, generator=generator)
        return inputs

    axes = {name: {0: BATCH} for name in ("lengths", "mean", "stddev")}
    axes |= {name: {0: BATCH, 1: STEPS} for name in ("inputs", *(["controls"] if control_depth else []))}

    def encode(*read: Tensor) -> tuple[Tensor, Tensor]:
        posterior = vae.encode(*read)
        return posterior.mean, posterior.stddev  # [B, Z] each

    return Graph("encoder", _Function(vae, encode), make, axes, ("mean", "stddev"), steps, freedoms, make(1, steps))


def _stepping(decoder: nn.Module, latent_size: int, output_depth: int, control_depth: int) -> Iterator[Graph]:
    if not isinstance(decoder, Stepwise):
        raise CheckpointError(
            f"{type(decoder).__name__} says no single steps, so it can't be exported to ONNX; "
            "give it the methods of gen.interfaces.Stepwise"
        )
    try:
        sizes = decoder.state_sizes
    except ValueError as error:
        raise CheckpointError(f"the decoder can't be exported to ONNX: {error}") from error

    states = {f"state_{number}": size for number, size in enumerate(sizes)}
    yield _of_rows("initial", _Function(decoder, decoder.initial_states), {"z": latent_size}, [*states])

    def step(previous: Tensor, z: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        control, states = (rest[0], rest[1:]) if control_depth else (None, rest)
        outputs, likeliest, new = decoder.step(previous, z, control, states)
        return outputs, likeliest, *new

    widths = {"previous": output_depth, "z": latent_size, **({"control": control_depth} if control_depth else {})}
    after = ["outputs", "likeliest", *(f"next_{name}" for name in states)]
    yield _of_rows("step", _Function(decoder, step), widths | states, after)


def _of_rows(name: str, module: nn.Module, widths: Mapping[str, int], outputs: Sequence[str]) -> Graph:
    """A function of ``[B, width]`` each, and to rows of a batch."""

    def make(batch: int, _: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(0)
        return {name: torch.randn(batch, width, generator=generator) for name, width in widths.items()}

    axes = {name: {0: BATCH} for name in (*widths, *outputs)}
    return Graph(name, module, make, axes, outputs, 1, [(BATCH,), ()], make(1, 1))
