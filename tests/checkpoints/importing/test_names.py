"""Weights go by the original's names and shapes, and come back bit for bit."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from full_size import CONFIGURATIONS, build_without_memory
from torch import nn

import gen
from gen.errors import CheckpointError
from gen.nn import DensePlace, LstmLayer, LstmPlace, LstmStack, stack_places
from gen.recipes.build import construct
from gen.recipes.sections import Component, LatentSection

FLAT = Component("flat", {"sizes": [5, 4]})
BILSTM = Component("bilstm", {"sizes": [3]})


def model(encoder: Component = BILSTM, decoder: Component = FLAT, *, controls: int = 0) -> gen.VAE:
    """A small model with weights of every size, forget biases included."""
    torch.manual_seed(0)
    vae = gen.VAE(
        construct("encoder", encoder, input_size=9 + controls, steps=6),
        construct("decoder", decoder, output_depth=9, control_depth=controls, latent_size=4, steps=6),
        latent=LatentSection(4),
        steps=6,
    )
    for parameter in vae.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter)
    return vae


MODELS = {
    "flat": lambda: model(),
    "lstm": lambda: model(Component("lstm", {"sizes": [4, 3]})),
    "residual": lambda: model(
        Component("bilstm", {"sizes": [3, 2], "residual": True}), Component("flat", {"sizes": [4, 4], "residual": True})
    ),
    "levels": lambda: model(Component("hierarchical", {"core": BILSTM, "level_lengths": [2, 3]})),
    "groove": lambda: model(decoder=Component("groove", {"sizes": [4]}), controls=3),
    "nade": lambda: model(decoder=Component("flat", {"sizes": [4], "outputs": "nade", "hidden": 3})),
    "control": lambda: model(decoder=Component("bidirectional_control", {"core": FLAT, "sizes": [3, 2]}), controls=2),
    "split": lambda: model(decoder=Component("split", {"cores": [FLAT], "depths": [4, 5]})),
    "conducted": lambda: model(
        decoder=Component(
            "hierarchical",
            {
                "core": Component("split", {"cores": [FLAT], "depths": [4, 5]}),
                "sizes": [4, 3],
                "level_lengths": [3, 1, 2],
                "autoregressive": [1],
            },
        )
    ),
}


@pytest.fixture(params=MODELS)
def vae(request: pytest.FixtureRequest) -> gen.VAE:
    return MODELS[request.param]()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_has_the_originals_names_and_shapes_at_full_size(golden, name):
    theirs = json.loads((golden / "variables" / f"{name}.json").read_text())
    shapes = {variable: tuple(shape) for variable, (shape, _) in theirs["trainable_variables"].items()}
    totals = json.loads((golden / "variables" / "_totals.json").read_text())

    ours = gen.checkpoints.variable_shapes(build_without_memory(name))

    assert ours == shapes
    assert sum(int(np.prod(shape)) for shape in ours.values()) == theirs["total_trainable_parameters"] == totals[name]


def test_every_configuration_is_compared(golden):
    totals = json.loads((golden / "variables" / "_totals.json").read_text())
    assert totals.keys() == CONFIGURATIONS.keys()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_shipped_recipe_of_the_original_has_its_names_shapes_and_total(golden, name):
    theirs = json.loads((golden / "variables" / f"{name}.json").read_text())
    with torch.device("meta"):
        ours = gen.checkpoints.variable_shapes(gen.build_model(gen.load_recipe(name)))
    assert ours == {variable: tuple(shape) for variable, (shape, _) in theirs["trainable_variables"].items()}
    assert sum(int(np.prod(shape)) for shape in ours.values()) == theirs["total_trainable_parameters"]


def test_weights_come_back_bit_for_bit(vae):
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    variables = dict(gen.checkpoints.OriginalVariables(vae))
    for parameter in vae.parameters():
        nn.init.zeros_(parameter)

    gen.checkpoints.load_variables(vae, variables)

    assert all(torch.equal(value, before[name]) for name, value in vae.state_dict().items())


def test_variables_come_back_bit_for_bit(vae):
    rng = np.random.default_rng(0)
    shapes = gen.checkpoints.variable_shapes(vae)
    variables = {name: rng.normal(scale=1e-4, size=shape).astype(np.float32) for name, shape in shapes.items()}

    gen.checkpoints.load_variables(vae, variables)
    back = gen.checkpoints.OriginalVariables(vae)

    assert list(back) == list(shapes) == sorted(shapes)
    assert len(back) == len(shapes)
    assert all(np.array_equal(back[name], value) for name, value in variables.items())


def test_gates_and_biases_are_put_where_torch_has_them():
    layer = LstmLayer(1, 1)
    place = LstmPlace("cell", "layer", layer)
    kernel = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32)  # rows: input, state; columns: i, j, f, o

    state = place.from_tensorflow({"kernel": kernel, "bias": np.array([9, 10, 11, 12], np.float32)}, forget_bias=1.0)

    assert state["lstm.weight_ih_l0"].ravel().tolist() == [1, 3, 2, 4]
    assert state["lstm.weight_hh_l0"].ravel().tolist() == [5, 7, 6, 8]
    assert (state["lstm.bias_ih_l0"] + state["lstm.bias_hh_l0"]).tolist() == [9, 12, 10, 12]


def test_models_that_merged_the_forget_bias_into_their_own_are_exported_alike():
    vae = model()
    merged = model()
    for module in merged.modules():
        if isinstance(module, LstmLayer):
            with torch.no_grad():
                module.lstm.bias_ih_l0 += module.lstm.bias_hh_l0
                module.lstm.bias_hh_l0.zero_()
    ours, theirs = gen.checkpoints.OriginalVariables(vae), gen.checkpoints.OriginalVariables(merged)
    assert all(np.allclose(ours[name], theirs[name], atol=1e-6) for name in ours)


class Strange(gen.Encoder):
    """An encoder that the original doesn't have."""

    output_size = 9

    def forward(self, inputs, lengths, *, generator=None):
        return inputs.mean(1)


class HalfNamed(Strange):
    """One that forgot a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.named, self.forgotten = nn.Linear(2, 2), nn.Linear(2, 2)

    def tensorflow_places(self):
        yield DensePlace("dense", "named", self.named)


class Named(Strange):
    """One with names."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = LstmStack(2, [3])

    def tensorflow_places(self):
        return stack_places(self.stack, scope="mine", path="stack")


@pytest.mark.parametrize(
    ("encoder", "complaint"),
    [
        (Strange, "Strange doesn't say how the original names its weights.*give it a method tensorflow_places"),
        (HalfNamed, r"no names in the original: encoder\.forgotten\.bias, encoder\.forgotten\.weight"),
    ],
)
def test_a_strangers_encoder_without_names_is_a_clear_error(encoder, complaint):
    vae = gen.VAE(encoder(), construct("decoder", FLAT, output_depth=9, control_depth=0, latent_size=4), **LATENT)
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.variable_shapes(vae)


LATENT = {"latent": LatentSection(4), "steps": 6}


def test_a_strangers_encoder_with_names_is_placed():
    vae = gen.VAE(Named(), construct("decoder", FLAT, output_depth=9, control_depth=0, latent_size=4), **LATENT)
    assert gen.checkpoints.variable_shapes(vae)["encoder/mine/cell_0/lstm_cell/kernel"] == (5, 12)
