"""Seven small models with weights from a formula, against numbers that the original computed for them.

Every trained variable of the original, sorted by name and numbered v, is filled in row-major order (k) with
``0.25 sin(1.7 k + 0.9 v + 0.3)``; z is ``cos(0.5 b + 1.1 k)``; inputs are set up below. Tolerances are those of the
printed digits: 2e-6, and 1e-5 relative for losses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gen
from gen.interfaces.decoder import DecoderOutput, pooled
from gen.recipes.build import construct
from gen.recipes.sections import Component, LatentSection

B, T, LATENT = 3, 8, 2
FLAT = Component("flat", {"sizes": [7, 6]})


@dataclass(frozen=True)
class Batch:
    inputs: Tensor
    targets: Tensor
    lengths: Tensor
    controls: Tensor | None


@dataclass(frozen=True)
class Case:
    """A model, its batch and what the original says of it."""

    encoder: Component
    decoder: Component
    batch: Batch
    variables: int
    mean: list[list[float]]
    stddev: list[list[float]]
    loss: list[float]
    outputs: Mapping[tuple[int, int], list[float]] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


def one_hot(index: Any, depth: int) -> Tensor:
    return torch.eye(depth)[torch.from_numpy(np.fromfunction(index, (B, T), dtype=int)) % depth]


def streams(*depths: int) -> Tensor:
    return torch.cat([one_hot(lambda b, t, s=s: 3 * b + 5 * t + 2 * s, depth) for s, depth in enumerate(depths)], -1)


def control(width: int) -> Tensor:
    return one_hot(lambda b, t: b + t, width)


def batch(targets: Tensor, lengths: list, *, inputs: Tensor | None = None, controls: Tensor | None = None) -> Batch:
    return Batch(targets if inputs is None else inputs, targets, torch.tensor(lengths), controls)


def bits() -> Tensor:
    return torch.from_numpy(np.fromfunction(lambda b, t, j: (b + 2 * t + 3 * j) % 4 == 0, (B, T, 9), dtype=int)).float()


def groove() -> Tensor:
    hit = bits()
    b, t, j = (torch.from_numpy(axis) for axis in np.indices((B, T, 9)))
    velocity = hit * (0.1 + 0.08 * ((b + t + j) % 10))
    offset = hit * (((2 * b + 3 * t + 5 * j) % 9) - 4) / 4
    return torch.cat([hit, velocity, offset], dim=-1).float()


def bilstm(*sizes: int) -> Component:
    return Component("bilstm", {"sizes": list(sizes)})


def hierarchical(core: Component, levels: list[int], **options: Any) -> Component:
    return Component("hierarchical", {"core": core, "sizes": [7, 6], "level_lengths": levels, **options})


CASES = {
    "flat-categorical": Case(
        bilstm(5, 4),
        FLAT,
        batch(streams(10), [8, 5, 1]),
        variables=20,
        mean=[[0.181827, -0.115961], [0.220941, -0.129549], [0.211072, -0.144130]],
        stddev=[[0.629238, 0.626739], [0.621205, 0.611231], [0.615062, 0.618049]],
        loss=[19.034454, 11.311845, 2.126907],
        outputs={
            (0, 0): [0.007200, -0.179693, 0.039104, 0.169616],
            (0, 7): [-0.032926, -0.219509, 0.089491, 0.196449],
        },
        metrics={"accuracy": 4 / 14, "mean_per_class_accuracy": 0.2},
    ),
    "controls": Case(
        bilstm(5),
        FLAT,
        batch(streams(10), [8, 3, 8], controls=control(4)),
        variables=16,
        mean=[[-0.091270, 0.076608], [-0.233348, 0.067840], [-0.257098, 0.040205]],
        stddev=[[0.736248, 0.724902], [0.739218, 0.800979], [0.726364, 0.819354]],
        loss=[19.013451, 6.710746, 18.440845],
        outputs={(0, 0): [0.008114, -0.172653, 0.036377, 0.163279]},
        metrics={"accuracy": 6 / 19},
    ),
    "nade": Case(
        bilstm(5),
        Component("flat", {"sizes": [7, 6], "outputs": "nade", "hidden": 11}),
        batch(bits(), [8, 8, 8], inputs=torch.cat([bits(), 1 - bits().amax(-1, keepdim=True)], dim=-1)),
        variables=18,
        mean=[[0.110363, 0.160585], [0.119908, 0.239723], [0.111644, 0.145987]],
        stddev=[[0.769125, 0.613962], [0.811042, 0.596991], [0.761390, 0.615756]],
        loss=[49.768024, 49.315487, 49.790588],
        outputs={(0, 0): [-0.181410, 0.200636, 0.129708, -0.234060]},
        metrics={"accuracy": 0.0, "recall": 0.285714, "precision": 0.222222},
    ),
    "groove": Case(
        bilstm(5),
        Component("groove", {"sizes": [7, 6]}),
        batch(groove(), [8, 8, 6], controls=control(9)),
        variables=16,
        mean=[[-0.146787, 0.019787], [-0.104671, 0.039968], [-0.185572, 0.058567]],
        stddev=[[0.710398, 0.764072], [0.718351, 0.738455], [0.731971, 0.777165]],
        loss=[73.110825, 72.235519, 54.871910],
        metrics={"hits_loss": 6.220359, "velocities_loss": 1.821039, "offsets_loss": 1.059432},
    ),
    "hierarchy-of-streams": Case(
        bilstm(5, 4),
        hierarchical(Component("split", {"cores": [FLAT], "depths": [4, 3, 5]}), [4, 2]),
        batch(streams(4, 3, 5), [8, 8, 8]),
        variables=42,
        mean=[[0.077305, -0.266105], [0.048397, -0.235560], [0.012373, -0.261650]],
        stddev=[[0.567619, 0.702296], [0.582005, 0.711206], [0.572360, 0.734156]],
        loss=[32.608936, 32.440208, 33.430874],
        metrics={
            "accuracy/0": 0.25,
            "accuracy/1": 0.375,
            "accuracy/2": 0.0,
            "accuracy": 0.208333,
            "mean_per_class_accuracy": 0.166667,
        },
    ),
    "hierarchies-of-segment-lengths": Case(
        Component("hierarchical", {"core": bilstm(5), "level_lengths": [4, 2]}),
        hierarchical(FLAT, [2, 4]),
        batch(streams(10), [[4, 2], [1, 3], [4, 4]], controls=control(4)),
        variables=26,
        mean=[[0.265705, 0.023088], [0.262379, 0.027632], [0.266394, 0.023530]],
        stddev=[[0.691111, 0.567623], [0.693508, 0.568342], [0.691293, 0.567262]],
        loss=[14.342205, 8.965164, 18.398787],
        outputs={(0, 0): [-0.096248, -0.148023, 0.134392, 0.113392]},
        metrics={"accuracy": 0.222222},
    ),
    "autoregressive-hierarchy": Case(
        bilstm(5),
        hierarchical(FLAT, [2, 2, 2], autoregressive=[0, 1]),
        batch(streams(10), [8, 8, 8]),
        variables=28,
        mean=[[0.187883, -0.303350], [0.067349, -0.233584], [0.002771, -0.270958]],
        stddev=[[0.547234, 0.655291], [0.582019, 0.701425], [0.568806, 0.740793]],
        loss=[19.083431, 18.677416, 18.398438],
    ),
}


def build(case: Case) -> gen.VAE:
    width = 0 if case.batch.controls is None else case.batch.controls.shape[-1]
    vae = gen.VAE(
        construct("encoder", case.encoder, input_size=case.batch.inputs.shape[-1] + width, steps=T),
        construct(
            "decoder",
            case.decoder,
            output_depth=case.batch.targets.shape[-1],
            control_depth=width,
            latent_size=LATENT,
            steps=T,
        ),
        latent=LatentSection(size=LATENT),
        steps=T,
    )
    variables = {
        name: (0.25 * np.sin(1.7 * np.arange(np.prod(shape)) + 0.9 * rank + 0.3)).reshape(shape).astype(np.float32)
        for rank, (name, shape) in enumerate(gen.checkpoints.variable_shapes(vae).items())
    }
    assert len(variables) == case.variables
    gen.checkpoints.load_variables(vae, variables)
    return vae


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_originals_numbers_come_out(case):
    vae, batch = build(case), case.batch
    z = torch.cos(0.5 * torch.arange(B)[:, None] + 1.1 * torch.arange(LATENT))

    posterior = vae.encode(batch.inputs, batch.lengths, batch.controls)
    decoded: DecoderOutput = vae.decoder(batch.targets, batch.lengths, z, batch.controls)

    torch.testing.assert_close(posterior.mean, torch.tensor(case.mean), atol=2e-6, rtol=0)
    torch.testing.assert_close(posterior.stddev, torch.tensor(case.stddev), atol=2e-6, rtol=0)
    torch.testing.assert_close(decoded.loss, torch.tensor(case.loss), atol=0, rtol=1e-5)
    for (row, step), values in case.outputs.items():
        torch.testing.assert_close(decoded.outputs[row, step, :4], torch.tensor(values), atol=2e-6, rtol=0)
    for name, value in case.metrics.items():
        assert pooled(decoded.sums[name], decoded.counts[name]).item() == pytest.approx(value, abs=2e-6, rel=1e-6)
