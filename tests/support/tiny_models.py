"""A tiny model of each family, untrained, as an object and as a run; and clips that each of them can read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

import gen
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import Recipe
from gen.recipes.trial import trial
from gen.training.checkpoint import Checkpoint, save_checkpoint
from gen.training.load import Trained
from gen.training.run import Run
from gen_datasets.demo.source import Demo, Parts

FAMILIES = {
    "melody": "cat-mel_2bar_tiny",
    "drums": "cat-drums_2bar_tiny",
    "nade": "nade-drums_2bar_small",
    "hierarchy": "hierdec-mel_16bar_small",
    "trio": "flat-trio_16bar",
    "multitrack": "hier-multiperf_vel_1bar_small",
    "multitrack-chords": "hier-multiperf_vel_1bar_small_chords",
    "groove": "groovae_4bar_small",
    "humanize": "groovae_2bar_humanize_small",
    "tap": "groovae_2bar_tap_fixed_velocity_small",
    "hits": "groovae_2bar_hits_control_tfds_small",
    "chords": "cat-mel_2bar_chords_small",
}
"""A recipe of each kind of model."""


@cache
def tiny_recipe(family: str, *overrides: str) -> Recipe:
    """The family's recipe with a few units a layer."""
    return trial(gen.load_recipe(FAMILIES[family], list(overrides)))


@cache
def tiny_model(family: str, *overrides: str) -> Trained:
    """An untrained model of it; always the same one."""
    recipe = tiny_recipe(family, *overrides)
    return Trained(build_model(recipe).eval(), recipe, 0)


def talkative(recipe: Recipe) -> Trained:
    """An untrained model, but with something to say: its decoder's weights are far from nothing."""
    model = build_model(recipe).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weights in model.decoder.parameters():
            weights.add_(0.3 * torch.randn(weights.shape, generator=generator))
    return Trained(model, recipe, 0)


def tiny_run(family: str, path: Path, *overrides: str) -> Path:
    """The same as a run directory."""
    trained = tiny_model(family, *overrides)
    run = Run(path)
    run.checkpoints.mkdir(parents=True)
    save_checkpoint(run.checkpoints, Checkpoint(0, trained.model.state_dict(), {}, ""), keep=1)
    run.recipe_file.write_text(resolved_yaml(trained.recipe), encoding="utf-8")
    return path


@cache
def demo_bytes(parts: Parts = "band", bars: int = 20) -> bytes:
    """A made-up clip as a MIDI file, at 150 quarter notes a minute."""
    item = next(Demo(parts=parts, clips=1, bars=bars).items())
    assert isinstance(item, gen.Item)
    return item.read()


@cache
def demo_clip(parts: Parts = "band", bars: int = 20) -> gen.NoteSequence:
    """The same, read."""
    return gen.read_midi(demo_bytes(parts, bars))
