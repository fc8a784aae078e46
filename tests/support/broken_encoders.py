"""A small encoder that keeps every promise, and some that break one each.

Letters in shape comments: B batch, T steps, H width.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

import gen
from gen.nn import dropout, valid_steps


class HonestEncoder(gen.Encoder):
    """The mean over the valid steps of a small network's outputs, the later ones weighing more.

    Args:
        width: H.
        dropout: probability of dropping an input, in training.
        input_size: depth of inputs and controls together.
    """

    def __init__(self, width: int = 8, *, dropout: float = 0.2, input_size: int) -> None:
        super().__init__()
        self.rate, self.width = dropout, width
        self.body = nn.Sequential(nn.Linear(input_size, width), nn.Tanh(), nn.Linear(width, width))

    @property
    def output_size(self):
        return self.width

    def forward(self, inputs, lengths, *, generator=None):
        said = self.project(self.drop(self.read(inputs), generator))  # [B, T, H]
        later = 1 + torch.arange(inputs.shape[1], device=inputs.device)
        weights = self.valid(lengths, inputs.shape[1]).float() * later
        return self.pool((said * weights[..., None]).sum(1), weights.sum(1))

    def read(self, inputs):
        return inputs

    def drop(self, x, generator):
        return dropout(x, self.rate, generator=generator) if self.training else x

    def project(self, x):
        return self.body(x)

    def valid(self, lengths, steps):
        return valid_steps(lengths, steps)

    def pool(self, total, count):
        return total / count.clamp(min=1)[:, None]


class RefusesItsSizes(HonestEncoder):
    def __init__(self, *, input_size: int) -> None:
        raise ValueError(f"input_size must be 5, not {input_size}")


class SaysAnotherWidth(HonestEncoder):
    @property
    def output_size(self):
        return 2 * self.width


class DividesByNoSteps(HonestEncoder):
    def pool(self, total, count):
        return total / count[:, None]


class GlobalRandomNumbers(HonestEncoder):
    def drop(self, x, generator):
        return nn.functional.dropout(x, self.rate, self.training)


class RandomNumbersOfNumpy(HonestEncoder):
    def drop(self, x, generator):
        return x * float(1 + np.random.random()) if self.training else x  # noqa: NPY002


class DropoutInEvaluation(HonestEncoder):
    def drop(self, x, generator):
        return dropout(x, self.rate, generator=generator)


class ReadsPadding(HonestEncoder):
    def valid(self, lengths, steps):
        return torch.ones(len(lengths), steps, dtype=torch.bool, device=lengths.device)


class DividesByThePadding(HonestEncoder):
    def forward(self, inputs, lengths, *, generator=None):
        return super().forward(inputs, lengths, generator=generator) / inputs.shape[1]


class NormalisesTheBatch(HonestEncoder):
    def pool(self, total, count):
        pooled = super().pool(total, count)
        return pooled - pooled.mean(0)


class BatchNormalisation(HonestEncoder):
    def __init__(self, *, input_size: int) -> None:
        super().__init__(input_size=input_size)
        self.norm = nn.BatchNorm1d(self.width)

    def pool(self, total, count):
        return self.norm(super().pool(total, count))


class SkipsTheFirstStep(HonestEncoder):
    def valid(self, lengths, steps):
        valid = valid_steps(lengths, steps).clone()
        valid[:, 0] = False
        return valid


class FrozenLayer(HonestEncoder):
    def project(self, x):
        return self.body[2](self.body[1](self.body[0](x)).detach())


class KeepsAWeightToItself(HonestEncoder):
    def __init__(self, *, input_size: int) -> None:
        super().__init__(input_size=input_size)
        self.bias = torch.randn(self.width)

    def pool(self, total, count):
        return super().pool(total, count) + self.bias


class MixesPrecisions(HonestEncoder):
    def project(self, x):
        said = super().project(x)
        index = torch.arange(said.shape[-1], device=said.device).expand_as(said)
        return torch.zeros(said.shape, device=said.device).scatter_add(-1, index, said)


class ScalesOnTheCpu(HonestEncoder):
    def pool(self, total, count):
        return super().pool(total, count) * torch.linspace(0.5, 1.5, self.width)


class ProjectsZerosOfTheCpu(HonestEncoder):
    def pool(self, total, count):
        nothing = self.body[2](torch.zeros(1, self.body[2].in_features))
        return super().pool(total, count) + nothing


class ViewsItsInputs(HonestEncoder):
    def read(self, inputs):
        return super().read(inputs.view(len(inputs), -1).view(inputs.shape))


class WritesToItsInputs(HonestEncoder):
    def read(self, inputs):
        return inputs.mul_(0.5)


class ExpandedInputsWrittenTo(HonestEncoder):
    """What is handed in isn't changed, but the view of it is that was made first."""

    def read(self, inputs):
        return inputs.view(inputs.shape[0], -1).view_as(inputs)


class StaysInEvaluation(HonestEncoder):
    def read(self, inputs):
        self.eval()
        return inputs


class RemembersTheLastBatch(HonestEncoder):
    def pool(self, total, count):
        pooled = super().pool(total, count)
        before, self.last = getattr(self, "last", torch.zeros(self.width)), pooled.detach().mean(0)
        return pooled + before


class KnowsFewPlaces(HonestEncoder):
    def __init__(self, *, input_size: int) -> None:
        super().__init__(input_size=input_size)
        self.places = nn.Parameter(torch.zeros(100, input_size))

    def read(self, inputs):
        return inputs + self.places[: inputs.shape[1]]


class SinglePrecision(HonestEncoder):
    def project(self, x):
        return super().project(x.float())


class GivesAllTheLast(HonestEncoder):
    """Of which the first example, changed or not, knows nothing."""

    def pool(self, total, count):
        pooled = super().pool(total, count)
        return torch.cat([pooled[:1], pooled[1:] + 0.1 * pooled[:1]])


INTENDED = {
    WritesToItsInputs: "inputs-untouched",
    ExpandedInputsWrittenTo: "strides",
    StaysInEvaluation: "mode",
    RemembersTheLastBatch: "forgets",
    KnowsFewPlaces: "long-sequences",
    SinglePrecision: "float64",
    GivesAllTheLast: "batch-mates",
    ViewsItsInputs: "strides",
    RefusesItsSizes: "constructs",
    SaysAnotherWidth: "shapes",
    DividesByNoSteps: "shapes",
    GlobalRandomNumbers: "determinism",
    RandomNumbersOfNumpy: "determinism",
    DropoutInEvaluation: "determinism",
    ReadsPadding: "padding",
    DividesByThePadding: "padding",
    NormalisesTheBatch: "batch-mates",
    BatchNormalisation: "batch-mates",
    SkipsTheFirstStep: "reads-everything",
    FrozenLayer: "gradients",
    KeepsAWeightToItself: "save-load",
    MixesPrecisions: "bfloat16",
    ScalesOnTheCpu: "device",
    ProjectsZerosOfTheCpu: "device",
}
"""Each broken encoder, and the check that must fail, alone."""
