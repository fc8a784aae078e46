"""A trained model as ONNX graphs: the encoder, and the decoder one step at a time.

A loop over steps stays with the caller, who draws each step from the outputs as he likes. Every graph is run in
onnxruntime and compared with torch before it counts as written.

Letters in shape comments: B batch, T steps, S segments, I input depth, C control depth, Z latent size, D output depth.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gen.errors import CheckpointError, UsageError
from gen.interfaces.decoder import Segmented, Stepwise
from gen.interfaces.encoder import LevelEncoder
from gen.model.build import build_converter
from gen.model.latents import Posterior
from gen.model.vae import VAE
from gen.training.load import Trained

OPSET = 17
_TOLERANCE = 1e-4
_BATCH, _STEPS = "batch", "steps"


def write_onnx(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write ``encoder.onnx``, ``initial.onnx``, ``step.onnx``, and for hierarchies ``conductor.onnx``.

    Returns:
        What to tell of it: ``graphs`` with the shapes of inputs and outputs, sizes of the loop, and
        ``largest_difference`` to torch, relative to the largest magnitude of an output.
    """
    for module in ("onnx", "onnxruntime"):
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(f"--to onnx needs {module}: pip install 'gen-music[onnx]' ({error})") from error
    described: dict[str, Any] = {}
    largest = 0.0
    graphs, loop = graphs_of(trained)
    for graph in graphs:
        path = folder / f"{graph.name}.onnx"
        difference, free = _write_checked(graph, path)
        largest = max(largest, difference)
        with torch.no_grad():
            outputs = dict(zip(graph.outputs, graph.run(), strict=True))
        described[graph.name] = {"inputs": graph.shapes(graph.inputs, free), "outputs": graph.shapes(outputs, free)}
    return {"opset": OPSET, "largest_difference": largest, **loop, "graphs": described}


def _write_checked(graph: Graph, path: Path) -> tuple[float, tuple[str, ...]]:
    """Write a graph with axes as free as they can be.

    A component that fixes the size of the batch when it is traced gets a graph for a batch of 1. Returns the largest
    difference to torch, and the names of the free axes.
    """
    problem = ""
    for free in graph.freedoms:
        example = replace(graph, inputs=graph.make(2 if _BATCH in free else 1, graph.steps))
        _write(example, path, free)
        worst = 0.0
        for probe in example.probes(free):
            try:
                worst = max(worst, _difference(path, probe))
            except Exception as error:  # onnxruntime has many; each means that these sizes don't run
                worst, problem = float("inf"), str(error)
        if worst <= _TOLERANCE:
            return worst, free
        problem = problem or f"its outputs differ from torch's by {worst:.2g}"
    raise CheckpointError(f"{graph.name}.onnx doesn't do what the model does: {problem}")


def _write(graph: Graph, path: Path, free: Sequence[str]) -> None:
    axes = {name: {axis: named for axis, named in of.items() if named in free} for name, of in graph.axes.items()}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of tracing and of the exporter's age: the comparison shows what matters
        torch.onnx.export(
            graph.module.eval(),  # or else the exporter puts it back to training
            tuple(graph.inputs.values()),
            str(path),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_axes={name: named for name, named in axes.items() if named},
            opset_version=OPSET,
            dynamo=False,  # the newer exporter unrolls LSTMs for one number of steps
        )


def _difference(path: Path, graph: Graph) -> float:
    """Largest difference to torch, relative to the largest magnitude of an output, at least 1."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    theirs = session.run(list(graph.outputs), {name: value.numpy() for name, value in graph.inputs.items()})
    with torch.no_grad():
        ours = [value.numpy() for value in graph.run()]
    worst = 0.0
    for one, other in zip(ours, theirs, strict=True):
        if one.shape != other.shape:
            return float("inf")
        scale = max(float(np.abs(one).max(initial=0.0)), 1.0)
        worst = max(worst, float(np.abs(one - other).max(initial=0.0)) / scale)
    return worst


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

    def probes(self, free: Sequence[str]) -> Iterator[Graph]:
        """With inputs of several sizes, as far as axes are free."""
        for batch in (1, 2, 3) if _BATCH in free else (1,):
            for steps in {self.steps, max(self.steps - 3, 1)} if _STEPS in free else {self.steps}:
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
    """
    vae = trained.model.eval()
    if vae.labels is not None:
        raise CheckpointError(f"{trained.recipe.name} is told labels beside z, and the graphs have no place for them")
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
    freedoms: list[tuple[str, ...]] = [(_BATCH, _STEPS), (_BATCH,), ()]
    if isinstance(vae.encoder, LevelEncoder):
        lengths = vae.encoder.level_lengths
        steps, pieces = math.prod(lengths), (math.prod(lengths[1:]),)
        freedoms = [(_BATCH,), ()]

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

    axes = {name: {0: _BATCH} for name in ("lengths", "mean", "stddev")}
    axes |= {name: {0: _BATCH, 1: _STEPS} for name in ("inputs", *(["controls"] if control_depth else []))}

    def encode(*read: Tensor) -> tuple[Tensor, Tensor]:
        posterior = vae.read(*read)
        assert isinstance(posterior, Posterior)  # as `export_run` sees to
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

    axes = {name: {0: _BATCH} for name in (*widths, *outputs)}
    return Graph(name, module, make, axes, outputs, 1, [(_BATCH,), ()], make(1, 1))
