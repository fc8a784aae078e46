"""The original's 23 configurations at full size: encoder, decoder and widths (reference/recipes.md, section 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from gen import VAE
from gen.recipes.build import construct
from gen.recipes.sections import Component, LatentSection

TRIO = [90, 90, 512]


def _bilstm(*sizes: int) -> Component:
    return Component("bilstm", {"sizes": list(sizes)})


def _levels(size: int, lengths: Sequence[int]) -> Component:
    return Component("hierarchical", {"core": _bilstm(size), "level_lengths": list(lengths)})


def _flat(*sizes: int, **options: object) -> Component:
    return Component("flat", {"sizes": list(sizes), **options})


def _conducted(core: Component, sizes: Sequence[int], lengths: Sequence[int]) -> Component:
    return Component("hierarchical", {"core": core, "sizes": list(sizes), "level_lengths": list(lengths)})


_BARS = _conducted(_flat(1024, 1024), (1024, 1024), (16, 16))
_STREAMS = _conducted(Component("split", {"cores": [_flat(1024, 1024)], "depths": TRIO}), (1024, 1024), (16, 16))
_NADE = _flat(512, 512, outputs="nade", hidden=128)
_GROOVE = (_bilstm(512), Component("groove", {"sizes": [256, 256]}), (27, 27, 0), 256)


def _multi(encoder: int, decoder: int, controls: int) -> tuple[Component, Component, tuple[int, int, int], int]:
    sizes = (decoder,) * 3
    return _levels(encoder, (64, 8)), _conducted(_flat(*sizes), sizes, (8, 64)), (490, 490, controls), 512


CONFIGURATIONS: dict[str, tuple[Component, Component, tuple[int, int, int], int]] = {
    "cat-mel_2bar_small": (_bilstm(512), _flat(256, 256), (90, 90, 0), 256),
    "cat-mel_2bar_big": (_bilstm(2048), _flat(2048, 2048, 2048), (90, 90, 0), 512),
    "cat-mel_2bar_med_chords": (_bilstm(1024), _flat(512, 512, 512), (90, 90, 49), 256),
    "flat-mel_16bar": (_bilstm(2048, 2048), _flat(2048, 2048, 2048), (90, 90, 0), 512),
    "hierdec-mel_16bar": (_bilstm(2048, 2048), _BARS, (90, 90, 0), 512),
    "hier-mel_16bar": (_levels(1024, (16, 16)), _BARS, (90, 90, 0), 512),
    "cat-drums_2bar_small": (_bilstm(512), _flat(256, 256), (10, 512, 0), 256),
    "cat-drums_2bar_big": (_bilstm(2048), _flat(2048, 2048, 2048), (10, 512, 0), 512),
    "nade-drums_2bar_reduced": (_bilstm(1024), _NADE, (10, 9, 0), 256),
    "nade-drums_2bar_full": (_bilstm(1024), _NADE, (62, 61, 0), 256),
    "flat-trio_16bar": (
        _bilstm(2048, 2048),
        _flat(2048, 2048, 2048, outputs="multi", depths=TRIO),
        (692, 692, 0),
        512,
    ),
    "hierdec-trio_16bar": (_bilstm(2048, 2048), _STREAMS, (692, 692, 0), 512),
    "hier-trio_16bar": (_levels(1024, (16, 16)), _STREAMS, (692, 692, 0), 512),
    "hier-multiperf_vel_1bar_med": _multi(1024, 512, 0),
    "hier-multiperf_vel_1bar_big": _multi(2048, 1024, 0),
    "hier-multiperf_vel_1bar_med_chords": _multi(1024, 512, 49),
    "hier-multiperf_vel_1bar_big_chords": _multi(2048, 1024, 49),
    "groovae_4bar": _GROOVE,
    "groovae_2bar_humanize": _GROOVE,
    "groovae_2bar_tap_fixed_velocity": _GROOVE,
    "groovae_2bar_tap_fixed_velocity_note_dropout": _GROOVE,
    "groovae_2bar_add_closed_hh": _GROOVE,
    "groovae_2bar_hits_control_tfds": (*_GROOVE[:2], (27, 27, 9), 256),
}
"""Encoder, decoder, widths of inputs, outputs and controls, size of z."""


def build_without_memory(name: str) -> VAE:
    """A configuration's model on torch's ``meta`` device: shapes, and no numbers."""
    encoder, decoder, (inputs, outputs, controls), latent = CONFIGURATIONS[name]
    lengths = decoder.arguments.get("level_lengths")
    steps = math.prod(lengths) if lengths else None
    with torch.device("meta"):
        return VAE(
            construct("encoder", encoder, input_size=inputs + controls, steps=steps),
            construct(
                "decoder", decoder, output_depth=outputs, control_depth=controls, latent_size=latent, steps=steps
            ),
            latent=LatentSection(latent),
            steps=steps,
        )
