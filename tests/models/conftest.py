"""Models assembled from every registered encoder and decoder, small enough to probe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.registry import Kind, registry

LATENT, CONTROLS, STEPS = 5, 4, 6

Variants = Mapping[str, Mapping[str, Mapping[str, Any]]]

ENCODERS: Variants = {
    "bilstm": {"": {}, "residual": {"sizes": [4, 3], "residual": True}},
    "lstm": {"": {}, "residual": {"sizes": [4, 4], "residual": True}},
    "hierarchical": {
        "bilstm": {"core": Component("bilstm", {"sizes": [4]}), "level_lengths": [2, 3]},
        "lstm": {"core": Component("lstm", {"sizes": [4]}), "level_lengths": [3, 2, 1]},
    },
}
"""Options of components that need some, and of those worth trying in more than one way; all others take their own."""

_FLAT = Component("flat", {"sizes": [5, 4]})
_STREAMS = {"cores": [_FLAT, Component("flat", {"sizes": [3, 4]})], "depths": [4, 5]}
_NADE = Component("flat", {"sizes": [5], "outputs": "nade", "hidden": 3})

DECODERS: Variants = {
    "flat": {
        "": {},
        "residual": {"sizes": [4, 4, 3], "residual": True},
        "multi": {"sizes": [8], "outputs": "multi", "depths": [4, 5]},
        "boolean": {"sizes": [8], "outputs": "boolean"},
        "nade": {"sizes": [8], "outputs": "nade", "hidden": 7},
    },
    "groove": {"": {}, "residual": {"sizes": [4, 4], "residual": True}},
    "split": {"two": _STREAMS, "one-core": {"cores": [_FLAT], "depths": [2, 3, 4]}},
    "bidirectional_control": {"": {"core": _FLAT, "sizes": [3, 2]}, "residual": {"core": _FLAT, "residual": True}},
    "hierarchical": {
        "flat": {"core": _FLAT, "sizes": [6, 4], "level_lengths": [3, 2]},
        "residual": {"core": _FLAT, "sizes": [4, 4], "level_lengths": [2, 3], "residual": True},
        "projected": {"core": _FLAT, "sizes": [4, 6], "embedding_size": 5, "level_lengths": [3, 1, 2]},
        "projected-autoregressive": {
            "core": _FLAT,
            "sizes": [4, 6],
            "embedding_size": 5,
            "level_lengths": [3, 1, 2],
            "autoregressive": [0, 1],
        },
        "three-levels": {"core": _FLAT, "sizes": [4], "level_lengths": [3, 1, 2]},
        "autoregressive": {"core": _FLAT, "sizes": [4], "level_lengths": [2, 3], "autoregressive": [0]},
        "autoregressive-at-the-top": {"core": _NADE, "sizes": [4], "level_lengths": [3, 2, 1], "autoregressive": [0]},
        "autoregressive-everywhere": {
            "core": Component("split", _STREAMS),
            "sizes": [5, 4],
            "level_lengths": [1, 3, 2],
            "autoregressive": [0, 1],
        },
        "of-controls": {
            "core": Component("bidirectional_control", {"core": _FLAT}),
            "sizes": [4],
            "level_lengths": [3, 2],
        },
        "of-hierarchies": {
            "core": Component("hierarchical", {"core": _FLAT, "sizes": [3], "level_lengths": [3, 1]}),
            "sizes": [4],
            "level_lengths": [2, 3],
            "autoregressive": [0],
        },
    },
}


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
    depth = sum(_streams(described))
    given = {"output_depth": depth, "control_depth": CONTROLS, "latent_size": LATENT, "steps": STEPS}
    return construct("decoder", described, **given).eval()


@pytest.fixture
def batch(described: Component):
    """Targets, lengths, z and controls for the decoder: a step is one-hot in every stream, one bit for a boolean."""
    generator = torch.Generator().manual_seed(1)
    parts = [
        F.one_hot(torch.randint(max(depth, 2), (3, STEPS), generator=generator), max(depth, 2))[..., :depth].float()
        for depth in _streams(described)
    ]
    z = torch.randn(3, LATENT, generator=generator)
    controls = torch.randn(3, STEPS, CONTROLS, generator=generator)
    return torch.cat(parts, dim=-1), torch.tensor([STEPS, 4, 1]), z, controls


def _streams(described: Component) -> list[int]:
    """Widths of the streams of a step; 9 for decoders that don't say."""
    if described.arguments.get("outputs") == "boolean":
        return [1]
    core = described.arguments.get("core")
    return list(described.arguments.get("depths") or (_streams(core) if isinstance(core, Component) else [9]))


@pytest.fixture(params=_choices("encoder", ENCODERS))
def encoder(request: pytest.FixtureRequest):
    """Each registered encoder, in evaluation mode."""
    torch.manual_seed(0)
    return construct("encoder", Component(*request.param), input_size=9, steps=STEPS).eval()
