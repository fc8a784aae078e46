"""A small recipe, its model, and that model's checkpoints as the original would write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gen

SMALL = ["encoder.sizes=[12]", "decoder.sizes=[12, 10]", "latent.size=4"]


@pytest.fixture(scope="session")
def recipe() -> gen.Recipe:
    """The main recipe, shrunk."""
    return gen.load_recipe("groovae_4bar", SMALL)


@pytest.fixture(scope="session")
def vae(recipe: gen.Recipe) -> gen.VAE:
    """Its model."""
    return gen.build_model(recipe).eval()


@pytest.fixture(scope="session")
def variables(vae: gen.VAE) -> dict[str, np.ndarray]:
    """That model's weights, by the original's names."""
    return dict(gen.checkpoints.OriginalVariables(vae))


@pytest.fixture
def checkpoint(variables: dict[str, np.ndarray], tmp_path: Path) -> Path:
    """The prefix of a TensorFlow checkpoint of a training: weights, Adam's slots, counts."""
    slots = {f"{name}/{slot}": np.zeros_like(value) for name, value in variables.items() for slot in ("Adam", "Adam_1")}
    counts = {"beta1_power": np.float32(0.5), "beta2_power": np.float32(0.5), "global_step": np.int64(2500)}
    cudnn = {"encoder/cudnn_lstm/opaque_kernel": np.ones(7, np.float32)}
    gen.checkpoints.write_tensorflow_checkpoint(tmp_path / "model.ckpt-2500", {**variables, **slots, **counts, **cudnn})
    return tmp_path / "model.ckpt-2500"
