"""Models assembled from every registered encoder and decoder, small enough to probe."""

from __future__ import annotations

import pytest
import torch

from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.registry import registry

LATENT, CONTROLS, STEPS = 5, 4, 6


@pytest.fixture(params=registry().names("decoder"))
def decoder(request: pytest.FixtureRequest):
    """Each registered decoder with its default options, in evaluation mode."""
    torch.manual_seed(0)
    given = {"output_depth": 9, "control_depth": CONTROLS, "latent_size": LATENT, "steps": STEPS}
    return construct("decoder", Component(request.param), **given).eval()


@pytest.fixture(params=registry().names("encoder"))
def encoder(request: pytest.FixtureRequest):
    """Each registered encoder with its default options, in evaluation mode."""
    torch.manual_seed(0)
    return construct("encoder", Component(request.param), input_size=9, steps=STEPS).eval()


@pytest.fixture
def batch():
    """Targets, lengths, z and controls for any decoder of depth 9: one-hot steps suit all of them."""
    generator = torch.Generator().manual_seed(1)
    targets = torch.eye(9)[torch.randint(9, (3, STEPS), generator=generator)]
    z = torch.randn(3, LATENT, generator=generator)
    controls = torch.randn(3, STEPS, CONTROLS, generator=generator)
    return targets, torch.tensor([STEPS, 4, 1]), z, controls
