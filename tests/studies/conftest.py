"""Made-up examples, and a model whose latent vector is the example itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import gen
from gen.data.examples import Examples, stack
from gen.recipes.sections import LatentSection

STEPS, CLASSES = 6, 4


class Copier(gen.Encoder):
    """Says what it reads, all steps side by side."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    @property
    def output_size(self) -> int:
        return self.size

    def forward(self, inputs, lengths, *, generator=None):
        return F.pad(inputs.flatten(1), (0, self.size - inputs[0].numel()))


class Nearest(gen.Decoder):
    """Says the likeliest class of each step of z; remembers each z and the controls that it heard."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.given: list[torch.Tensor] = []
        self.heard: list[torch.Tensor] = []

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        raise NotImplementedError

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        self.given.append(z)
        if controls is not None:
            self.heard.append(controls)
        scores = z.view(len(z), -1, self.classes)[:, :steps]
        return F.one_hot(scores.argmax(-1), self.classes).float()


def copying_model(steps: int = STEPS, classes: int = CLASSES, *, width: int | None = None) -> gen.VAE:
    """A model that says exactly what it read. ``width`` is that of inputs and controls together."""
    size = steps * (width or classes)
    model = gen.VAE(Copier(size), Nearest(classes), latent=LatentSection(size=steps * classes), steps=steps)
    with torch.no_grad():
        kept = torch.arange(size).view(steps, -1)[:, :classes].flatten()  # without the controls
        model.mean.weight.copy_(torch.eye(size)[kept])
        model.mean.bias.zero_()
    return model


@pytest.fixture(name="copying_model")
def _copying_model() -> Callable[..., gen.VAE]:
    return copying_model


Make = Callable[..., Examples]


@pytest.fixture
def make() -> Make:
    """Makes examples of one stream of classes, each from a file of its own."""

    def examples(
        sequences: Sequence[Sequence[int]], source: Sequence[int] | None = None, controls: Sequence[int] | None = None
    ) -> Examples:
        layout = gen.Layout(
            (gen.interfaces.OneHot(CLASSES),),
            (gen.interfaces.OneHot(CLASSES),),
            () if controls is None else (gen.interfaces.OneHot(3),),
        )
        made = []
        for number, sequence in enumerate(sequences):
            rows = gen.interfaces.Rows(layout.outputs, [np.array(sequence)])
            known = None
            if controls is not None:
                known = gen.interfaces.Rows(layout.controls, [np.full(len(sequence), controls[number])])
            made.append(gen.Example(rows, rows, known, len(sequence)))
        return stack(made, range(len(made)) if source is None else source, layout)

    return examples


@pytest.fixture
def random_examples(make: Make) -> Examples:
    """Twelve of them."""
    return make(np.random.default_rng(5).integers(CLASSES, size=(12, STEPS)).tolist())
