"""Models assembled from every registered encoder and decoder, small enough to probe."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F
from variants import DECODERS, ENCODERS, Variants, streams_of

from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.registry import Kind, registry

LATENT, CONTROLS, STEPS = 5, 4, 6


def _choices(kind: Kind, variants: Variants) -> list[Any]:
    unknown = variants.keys() - registry().names(kind)
    assert not unknown, f"variants of components that nobody registers: {sorted(unknown)}"
    return [
        pytest.param((name, options), id=f"{name}-{label}".rstrip("-"))
        for name in registry().names(kind)
        for label, options in variants.get(name, {"": {}}).items()
    ]


@pytest.fixture(params=_choices("decoder", DECODERS))
def described(request: pytest.FixtureRequest) -> Component:
    """Each registered decoder as a recipe describes it, some in several ways."""
    return Component(*request.param)


@pytest.fixture
def decoder(described: Component):
    """Each registered decoder, in evaluation mode."""
    torch.manual_seed(0)
    depth = sum(streams_of(described))
    given = {"output_depth": depth, "control_depth": CONTROLS, "latent_size": LATENT, "steps": STEPS}
    return construct("decoder", described, **given).eval()


@pytest.fixture
def batch(described: Component):
    """Targets, lengths, z and controls for the decoder: a step is one-hot in every stream, one bit for a boolean."""
    generator = torch.Generator().manual_seed(1)
    parts = [
        F.one_hot(torch.randint(max(depth, 2), (3, STEPS), generator=generator), max(depth, 2))[..., :depth].float()
        for depth in streams_of(described)
    ]
    z = torch.randn(3, LATENT, generator=generator)
    controls = torch.randn(3, STEPS, CONTROLS, generator=generator)
    return torch.cat(parts, dim=-1), torch.tensor([STEPS, 4, 1]), z, controls


@pytest.fixture(params=_choices("encoder", ENCODERS))
def encoder(request: pytest.FixtureRequest):
    """Each registered encoder, in evaluation mode."""
    torch.manual_seed(0)
    return construct("encoder", Component(*request.param), input_size=9, steps=STEPS).eval()
