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
from gen.interfaces.stepping import Levelled, Segmented, Stepwise
from gen.model.build import build_converter
from gen.model.vae import VAE
from gen.training.load import Trained

BATCH, STEPS = "batch", "steps"


@dataclass(frozen=True, eq=False)
class Graph:
    """One function of a model.

    Attributes:
        name: what its file is called.
        module: computes it.
        make: example inputs by name, of a batch and a number of steps.
        axes: of each input and output, the names of those axes that may be of any size, by number.
        outputs: their names.
        steps: the model's own number of steps.
        freedoms: axes that may be free together, the most first.
        inputs: one example.
    """

    name: str
    module: nn.Module
    make: Callable[[int, int], dict[str, Tensor]]
    axes: Mapping[str, Mapping[int, str]]
    outputs: Sequence[str]
    steps: int
    freedoms: Sequence[tuple[str, ...]]
    inputs: Mapping[str, Tensor]

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

        def axis(name: str, number: int, size: int) -> int | str:
            called = self.axes.get(name, {}).get(number)
            return called if called in free and called is not None else size

        return {
            name: [axis(name, number, size) for number, size in enumerate(value.shape)]
            for name, value in tensors.items()
        }


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
    graphs.append(_conductor(vae.decoder, vae.latent.size))
    graphs += _stepping(vae.decoder.core, embeddings.shape[-1], *depths[1:])
    return graphs, {"steps": vae.steps, "segments": vae.decoder.segments, "segment_steps": vae.decoder.segment_steps}


class _Encode(nn.Module):
    """Inputs, lengths and controls to the posterior's mean and standard deviation, ``[B, Z]`` each."""

    def __init__(self, vae: VAE) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, inputs: Tensor, lengths: Tensor, controls: Tensor | None = None) -> tuple[Tensor, Tensor]:
        posterior = self.vae.encode(inputs, lengths, controls)
        return posterior.mean, posterior.stddev


def _encoder(vae: VAE, input_depth: int, output_depth: int, control_depth: int) -> Graph:
    pieces: tuple[int, ...] = ()
    steps = vae.steps or 32
    freedoms: list[tuple[str, ...]] = [(BATCH, STEPS), (BATCH,), ()]
    if isinstance(vae.encoder, Levelled):
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

    axes = {
        "inputs": {0: BATCH, 1: STEPS},
        "lengths": {0: BATCH},
        "controls": {0: BATCH, 1: STEPS},
        "mean": {0: BATCH},
        "stddev": {0: BATCH},
    }
    if not control_depth:
        del axes["controls"]
    return Graph("encoder", _Encode(vae), make, axes, ("mean", "stddev"), steps, freedoms, make(1, steps))


class _Conduct(nn.Module):
    """``z [B, Z]`` to the embedding of every segment, ``[B, S, E]``."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> Tensor:
        assert isinstance(self.decoder, Segmented)
        return self.decoder.embeddings(z)


def _conductor(decoder: nn.Module, latent_size: int) -> Graph:
    def make(batch: int, _: int) -> dict[str, Tensor]:
        return {"z": torch.randn(batch, latent_size, generator=torch.Generator().manual_seed(0))}

    axes = {"z": {0: BATCH}, "embeddings": {0: BATCH}}
    return Graph("conductor", _Conduct(decoder), make, axes, ("embeddings",), 1, [(BATCH,), ()], make(1, 1))


class _Start(nn.Module):
    """``z [B, Z]`` to the states before the first step."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        assert isinstance(self.decoder, Stepwise)
        return self.decoder.initial_states(z)


class _Step(nn.Module):
    """Previous step, z, control where there is one, and states, to outputs, the likeliest step and new states."""

    def __init__(self, decoder: nn.Module, *, controlled: bool) -> None:
        super().__init__()
        self.decoder = decoder
        self.controlled = controlled

    def forward(self, previous: Tensor, z: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        assert isinstance(self.decoder, Stepwise)
        control, states = (rest[0], rest[1:]) if self.controlled else (None, rest)
        outputs, likeliest, new = self.decoder.step(previous, z, control, states)
        return outputs, likeliest, *new


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

    def latent(batch: int, _: int) -> dict[str, Tensor]:
        return {"z": torch.randn(batch, latent_size, generator=torch.Generator().manual_seed(0))}

    def step(batch: int, _: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(0)
        widths = {"previous": output_depth, "z": latent_size}
        widths |= {"control": control_depth} if control_depth else {}
        widths |= {f"state_{number}": size for number, size in enumerate(sizes)}
        return {name: torch.randn(batch, width, generator=generator) for name, width in widths.items()}

    first = [f"state_{number}" for number in range(len(sizes))]
    after = ["outputs", "likeliest", *(f"next_{name}" for name in first)]
    rows = {name: {0: BATCH} for name in (*step(1, 1), *after)}
    free: list[tuple[str, ...]] = [(BATCH,), ()]
    yield Graph("initial", _Start(decoder), latent, _only(rows, ["z", *first]), first, 1, free, latent(1, 1))
    module = _Step(decoder, controlled=control_depth > 0)
    yield Graph("step", module, step, rows, after, 1, free, step(1, 1))


def _only(axes: Mapping[str, dict[int, str]], names: Sequence[str]) -> dict[str, dict[int, str]]:
    return {name: axes[name] for name in names}
