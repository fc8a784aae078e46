"""What goes out for magenta.js: its config, exact or quantised weights; and what it can't run is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from magenta_js_models import MODELS

import gen
from gen.errors import CheckpointError
from gen.model.build import build_converter

SMALL = ["encoder.sizes=[12]", "decoder.sizes=[10, 10]", "latent.size=4"]
LEVELS = ["encoder.core.sizes=[4]", "decoder.sizes=[4, 4]", "latent.size=3", "decoder.core.sizes=[5]"]
UNDER_A_FLAT_ENCODER = ["encoder.sizes=[4]", "decoder.sizes=[4, 4]", "latent.size=3", "decoder.core.sizes=[5]"]


def config(folder):
    return json.loads((folder / "config.json").read_text())


def test_the_config_says_what_magenta_js_asks_for(make_run, tmp_path):
    gen.export_run(make_run("cat-mel_2bar_med_chords", SMALL), "magenta-js", tmp_path / "js")
    assert config(tmp_path / "js") == {
        "type": "MusicVAE",
        "dataConverter": {
            "type": "MelodyConverter",
            "args": {"numSteps": 32, "minPitch": 21, "maxPitch": 108, "ignorePolyphony": True},
        },
        "chordEncoder": "TriadChordEncoder",
    }


@pytest.mark.parametrize(
    ("name", "overrides", "kind", "args", "settings"),
    [
        ("cat-drums_2bar_small", SMALL, "DrumsConverter", {"numSteps": 32}, {}),
        ("nade-drums_2bar_full", SMALL, "DrumRollConverter", {"numSteps": 32}, {}),
        ("groovae_4bar", SMALL, "GrooveConverter", {"numSteps": 64, "humanize": False, "tapify": False}, {}),
        ("groovae_2bar_humanize", SMALL, "GrooveConverter", {"numSteps": 32, "humanize": True}, {}),
        ("groovae_2bar_tap_fixed_velocity", SMALL, "GrooveConverter", {"tapify": True}, {}),
        (
            "groovae_2bar_hits_control_tfds",
            SMALL,
            "GrooveConverter",
            {"stepsPerQuarter": 4},
            {"extraControls": [{"name": "hits", "depth": 9}]},
        ),
        ("hier-mel_16bar", LEVELS, "MelodyConverter", {"numSteps": 256, "numSegments": 16}, {}),
        (
            "hier-multiperf_vel_1bar_med_chords",
            LEVELS,
            "MultitrackConverter",
            {"numSteps": 512, "numSegments": 8, "stepsPerQuarter": 24, "totalSteps": 96, "numVelocityBins": 8},
            {"chordEncoder": "TriadChordEncoder"},
        ),
    ],
)
def test_each_family_goes_out_under_the_converter_it_has_there(
    make_run, tmp_path, name, overrides, kind, args, settings
):
    run = make_run(name, overrides)
    done = gen.export_run(run, "magenta-js", tmp_path / "js")

    said = config(tmp_path / "js")
    assert said["dataConverter"]["type"] == done.details["converter"] == kind
    assert args.items() <= said["dataConverter"]["args"].items()
    assert {key: value for key, value in said.items() if key not in ("type", "dataConverter")} == settings
    drums = build_converter(gen.load_run(run).recipe).drum_classes
    assert said["dataConverter"]["args"].get("pitchClasses") == (drums and [list(pitches) for pitches in drums])


@pytest.mark.parametrize("name", MODELS)
def test_weights_come_back_bit_for_bit(make_run, tmp_path, name):
    run = make_run(name, MODELS[name])
    gen.export_run(run, "magenta-js", tmp_path / "js")
    gen.import_magenta(tmp_path / "js", gen.load_run(run).recipe, tmp_path / "back")
    before, after = (gen.load_model(folder).state_dict() for folder in (run, tmp_path / "back"))
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.mark.parametrize(("weight_bytes", "tolerance"), [(2, 1e-4), (1, 0.05)])
def test_quantised_weights_are_smaller_and_near(make_run, tmp_path, weight_bytes, tolerance):
    run = make_run("groovae_4bar", SMALL)
    gen.export_run(run, "magenta-js", tmp_path / "js", weight_bytes=weight_bytes)

    weights = dict(gen.checkpoints.OriginalVariables(gen.load_model(run)))
    back = gen.checkpoints.open_checkpoint(tmp_path / "js")
    size = sum(path.stat().st_size for path in (tmp_path / "js").glob("group*"))
    assert size == weight_bytes * sum(value.size for value in weights.values())
    assert all(np.abs(back.read(name) - value).max() <= tolerance for name, value in weights.items())


@pytest.mark.parametrize(
    ("name", "overrides", "complaint"),
    [
        ("cat-mel_2bar_small", [*SMALL[1:], "encoder.sizes=[8, 8]"], "it has no place for encoder/cell_1/"),
        ("cat-mel_2bar_small", [*SMALL, "decoder.residual=true"], "no place for decoder/.*input_projection_wrapper"),
        ("cat-mel_2bar_small", [*SMALL, "decoder.sizes=[10, 9]"], "must be of one size; decoder/multi_rnn_cell's"),
        ("flat-trio_16bar", SMALL, r"it looks for core_decoder_0/.* and \d more, and this model has none"),
        ("hierdec-mel_16bar", UNDER_A_FLAT_ENCODER, "it looks for encoder/hierarchical_level_0"),
        ("hier-mel_16bar", [*LEVELS, "decoder.level_lengths=[4, 4, 16]"], "decoder/hierarchical_level_1"),
        ("groovae_4bar", [*SMALL, "converter.tapify=true"], "no tapify without fixed_velocities"),
        ("groovae_4bar", [*SMALL, "converter.split_instruments=true"], "it has no split_instruments"),
        ("cat-drums_2bar_small", [*SMALL, "converter.add_end_token=true"], "it has no add_end_token"),
        ("cat-mel_2bar_small", [*SMALL, "converter.slice_bars=null"], "says a fixed number of steps"),
    ],
)
def test_what_magenta_js_cannot_run_is_refused_with_the_reasons(make_run, tmp_path, name, overrides, complaint):
    with pytest.raises(CheckpointError, match=rf"(?s)magenta\.js .*{complaint}"):
        gen.export_run(make_run(name, overrides), "magenta-js", tmp_path / "js")
    assert not (tmp_path / "js").exists()


@pytest.mark.parametrize(
    ("name", "overrides", "complaint"),
    [
        # magenta.js takes any two levels of an encoder for bars and what is made of them
        ("hier-mel_16bar", [*LEVELS, "encoder.level_lengths=[32, 8]"], "encode clips to something else"),
        ("hier-mel_16bar", [*LEVELS, "decoder.autoregressive=[0]"], "conductor hears nothing; this one hears"),
    ],
)
def test_same_names_with_another_meaning_are_found_out(make_run, tmp_path, name, overrides, complaint):
    with pytest.raises(CheckpointError, match=complaint):
        gen.export_run(make_run(name, overrides), "magenta-js", tmp_path / "js")
    assert not (tmp_path / "js").exists()
