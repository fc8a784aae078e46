"""The original's 23 configurations: same names, same numbers, same sizes."""

from __future__ import annotations

import json

import pytest
from recipe_table import ORIGINALS, model_without_memory

import gen
from gen_decoders.conductor import Conductor


@pytest.fixture(params=ORIGINALS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def known(golden, name):
    """What the original says of the configuration."""
    return json.loads((golden / "variables" / f"{name}.json").read_text())


def test_every_configuration_of_the_original_is_here(golden):
    assert set(json.loads((golden / "variables" / "_totals.json").read_text())) == set(ORIGINALS)


def test_as_many_parameters(golden, name):
    """All but the weight of a constant zero, which each conductor of the original has and trains with gradient zero."""
    total = json.loads((golden / "variables" / "_totals.json").read_text())[name]
    model = model_without_memory(name)
    conductors = [module for module in model.modules() if isinstance(module, Conductor)]
    constant_zero = sum(4 * conductor.stack.sizes[0] for conductor in conductors)
    assert model.parameter_count() == total - constant_zero
    assert bool(conductors) == name.startswith("hier")


def test_the_same_variables(name, known):
    shapes = gen.checkpoints.variable_shapes(model_without_memory(name))
    assert shapes == {variable: tuple(shape) for variable, (shape, _) in known["trainable_variables"].items()}


def test_the_same_widths_and_steps(name, known):
    converter = gen.build_converter(gen.load_recipe(name))
    depths = (converter.input_depth, converter.output_depth, converter.control_depth)
    assert depths == (known["input_depth"], known["output_depth"], known["control_depth"])
    assert converter.steps == known["hparams"]["max_seq_len"]


def test_the_same_hyperparameters(name, known):
    recipe, options = gen.load_recipe(name), known["hparams"]
    latent, training = recipe.latent, recipe.training
    assert (latent.size, latent.free_bits) == (options["z_size"], options["free_bits"])
    assert (latent.max_beta, latent.beta_rate) == (options["max_beta"], options["beta_rate"])
    assert training.batch_size == options["batch_size"]
    assert (training.learning_rate, training.min_learning_rate) == (
        options["learning_rate"],
        options["min_learning_rate"],
    )
    assert training.decay_rate == options["decay_rate"]
    assert (training.clip, options["clip_mode"]) == ("norm", "global_norm")
    assert (training.grad_clip, training.grad_norm_limit) == (options["grad_clip"], options["grad_norm_clip_to_zero"])
    assert (training.sampling.schedule, training.sampling.rate) == (
        options["sampling_schedule"],
        options["sampling_rate"],
    )
    for component in (recipe.encoder, recipe.decoder):
        dropout = component.arguments.get("dropout", 0.0)
        assert dropout == pytest.approx(1.0 - options["dropout_keep_prob"])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cat-mel_2bar_big", {"programs": "melody", "slice_bars": 2, "max_bars": 100, "skip_polyphony": False}),
        ("cat-mel_2bar_med_chords", {"programs": None, "slice_bars": 2, "chord_encoding": "triads"}),
        ("hier-mel_16bar", {"programs": None, "slice_bars": 16, "max_bars": 100, "gap_bars": 1.0}),
        ("nade-drums_2bar_full", {"pitch_classes": "full", "roll_input": True, "roll_output": True, "gap_bars": 1.0}),
        ("cat-drums_2bar_big", {"pitch_classes": "reduced", "roll_input": True, "roll_output": False}),
        ("hier-trio_16bar", {"slice_bars": 16, "gap_bars": 2, "max_bars": 1024, "chord_encoding": None}),
        (
            "hier-multiperf_vel_1bar_big_chords",
            {"num_velocity_bins": 8, "hop_size_bars": 1, "max_num_instruments": 8, "max_events_per_instrument": 64}
            | {"chord_encoding": "triads", "max_tensors_per_notesequence": None},
        ),
        ("groovae_4bar", {"split_bars": 4, "pitch_classes": "roland", "inference_pitch_classes": None}),
        ("groovae_2bar_humanize", {"split_bars": 2, "humanize": True, "tapify": False}),
        (
            "groovae_2bar_tap_fixed_velocity_note_dropout",
            {"tapify": True, "fixed_velocities": True, "max_note_dropout_probability": 0.8},
        ),
        ("groovae_2bar_add_closed_hh", {"add_instruments": (2,), "humanize": False}),
        ("groovae_2bar_hits_control_tfds", {"hits_as_controls": True}),
    ],
)
def test_converters_take_the_originals_arguments(name, arguments):
    given = gen.load_recipe(name).converter.arguments
    assert {key: given[key] for key in arguments} == arguments


@pytest.mark.parametrize(
    ("start", "semitones"),
    [("cat-mel_2bar_small", 5), ("cat-mel_2bar_big", 5), ("cat-mel_2bar_med", 3), ("hier-multiperf", 3)],
)
def test_examples_are_transposed_where_the_original_does(start, semitones):
    moved = [name for name in ORIGINALS if name.startswith(start)]
    assert moved
    assert {gen.load_recipe(name).data.augment.transpose for name in moved} == {(-semitones, semitones)}


def test_and_nowhere_else():
    starts = ("cat-mel", "hier-multiperf")
    others = [name for name in ORIGINALS if not name.startswith(starts)]
    assert {gen.load_recipe(name).data.augment.transpose for name in others} == {(0, 0)}
