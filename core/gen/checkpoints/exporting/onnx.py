"""A trained model as ONNX graphs: the encoder, and the decoder one step at a time.

A loop over steps stays with the caller, who draws each step from the outputs as he likes. Every graph is run in
onnxruntime and compared with torch before it counts as written.

Letters in shape comments: B batch, T steps, I input depth, C control depth, Z latent size, D output depth.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen.checkpoints.exporting.graphs import Graph, graphs_of
from gen.errors import CheckpointError, UsageError
from gen.training.load import Trained

OPSET = 17
_TOLERANCE = 1e-4
_NEEDED = ("onnx", "onnxruntime")


def write_onnx(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write ``encoder.onnx``, ``initial.onnx``, ``step.onnx``, and for hierarchies ``conductor.onnx``.

    Returns:
        What to tell of it: ``graphs`` with the shapes of inputs and outputs, sizes of the loop, and
        ``largest_difference`` to torch, relative to the largest magnitude of an output.

    Raises:
        UsageError: onnx or onnxruntime isn't installed.
        CheckpointError: the decoder can't be taken apart, or a graph doesn't do what the model does.
    """
    for module in _NEEDED:
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

    A component that fixes the size of the batch when it is traced gets a graph for a batch of 1.

    Returns:
        The largest difference to torch, and the names of the free axes.
    """
    problem = ""
    for free in graph.freedoms:
        example = graph.example(free)
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
