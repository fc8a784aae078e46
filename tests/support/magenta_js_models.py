"""A model of every family that @magenta/music can run: names of recipes, and what makes them small."""

from __future__ import annotations

FLAT = ["encoder.sizes=[12]", "decoder.sizes=[10, 10]", "latent.size=4"]
LEVELS = ["encoder.core.sizes=[6]", "decoder.sizes=[5, 5]", "latent.size=3"]
MODELS = {
    "cat-drums_2bar_small": FLAT,
    "cat-mel_2bar_small": FLAT,
    "cat-mel_2bar_med_chords": FLAT,
    "groovae_4bar": FLAT,
    "groovae_2bar_humanize": FLAT,
    "groovae_2bar_tap_fixed_velocity": FLAT,
    "groovae_2bar_hits_control_tfds": FLAT,
    "nade-drums_2bar_reduced": FLAT,
    "nade-drums_2bar_full": FLAT,
    "hier-mel_16bar": [*LEVELS, "decoder.core.sizes=[5]"],
    "hier-trio_16bar": [*LEVELS, "decoder.core.cores=[{type: flat, sizes: [5]}]"],
    "hier-multiperf_vel_1bar_med": [*LEVELS, "decoder.core.sizes=[5]"],
    "hier-multiperf_vel_1bar_med_chords": [*LEVELS, "decoder.core.sizes=[5]"],
}
