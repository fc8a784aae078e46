"""The golden models of shared/golden/models, described in gen's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gen import VAE
from gen.recipes.build import construct
from gen.recipes.sections import Component, LatentSection

CASES = {
    "cat-drums_2bar_small": ("full", "varlen"),
    "cat-mel_2bar_med_chords": ("full", "varlen"),
    "cat-mel_2bar_small": ("full", "varlen"),
    "extra_autoreg_hierdec-mel_16bar": ("full",),
    "extra_control_preproc_chords": ("full", "varlen"),
    "extra_residual_groovae_2bar": ("full", "varlen"),
    "flat-mel_16bar": ("full", "varlen"),
    "flat-trio_16bar": ("full", "varlen"),
    "groovae_2bar_hits_control_tfds": ("full", "varlen"),
    "groovae_4bar": ("full", "varlen"),
    "hier-mel_16bar": ("full",),
    "hier-multiperf_vel_1bar_med_chords": ("full",),  # with segment lengths of all kinds
    "hierdec-mel_16bar": ("full",),
    "hierdec-trio_16bar": ("full",),
    "nade-drums_2bar_full": ("full", "varlen"),
    "nade-drums_2bar_reduced": ("full", "varlen"),
}
"""Every model and its batches."""

TRIO = [90, 90, 512]


def build(name: str, options: Mapping[str, Any], depths: Mapping[str, int]) -> VAE:
    """A golden model.

    Args:
        name: of the model.
        options: its ``hparams``.
        depths: of ``input``, ``output`` and ``control``.
    """
    encoder = construct(
        "encoder", _encoder(name, options), input_size=depths["input"] + depths["control"], steps=options["max_seq_len"]
    )
    decoder = construct(
        "decoder",
        _decoder(name, options),
        output_depth=depths["output"],
        control_depth=depths["control"],
        latent_size=options["z_size"],
        steps=options["max_seq_len"],
    )
    latent = LatentSection(options["z_size"], options["free_bits"], options["max_beta"], options["beta_rate"])
    return VAE(encoder, decoder, latent=latent, steps=options["max_seq_len"])


def _encoder(name: str, options: Mapping[str, Any]) -> Component:
    core = Component("bilstm", {"sizes": options["enc_rnn_size"], "residual": options["residual_encoder"]})
    if name.startswith("hier-"):
        return Component("hierarchical", {"core": core, "level_lengths": _levels(name)[::-1]})
    return core


def _decoder(name: str, options: Mapping[str, Any]) -> Component:
    sizes = {"sizes": options["dec_rnn_size"], "residual": options["residual_decoder"]}
    core = Component("flat", sizes)
    if "groovae" in name:
        return Component("groove", sizes)
    if "nade" in name:
        return Component("flat", {**sizes, "outputs": "nade", "hidden": options["nade_num_hidden"]})
    if name == "flat-trio_16bar":
        return Component("flat", {**sizes, "outputs": "multi", "depths": TRIO})
    if name == "extra_control_preproc_chords":
        return Component("bidirectional_control", {"core": core, "sizes": options["control_preprocessing_rnn_size"]})
    if "hier" in name:
        levels = {"level_lengths": _levels(name), "autoregressive": [0] if "autoreg" in name else []}
        core = Component("split", {"cores": [core], "depths": TRIO}) if "trio" in name else core
        return Component("hierarchical", {**sizes, **levels, "core": core})
    return core


def _levels(name: str) -> list[int]:
    """Of the decoder, top first."""
    return [8, 64] if "multiperf" in name else [16, 16]
