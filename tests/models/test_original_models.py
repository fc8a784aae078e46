"""Tiny models with the original's weights give the original's numbers (shared/golden/models).

Tolerances are relative to the largest magnitude of the array compared: 1e-5, and 1e-4 for gradients and Adam.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorflow_names import flat_state

from gen.interfaces.decoder import pooled
from gen.recipes.sections import LatentSection, TrainingSection
from gen.training.optimiser import Optimiser
from gen.vae import VAE
from gen_decoders.flat import FlatDecoder
from gen_decoders.groove import GrooveDecoder
from gen_encoders.bilstm import BiLstmEncoder

MODELS = ["groovae_4bar", "groovae_2bar_hits_control_tfds", "cat-mel_2bar_small", "cat-mel_2bar_med_chords"]
CASES = ["case_full", "case_varlen"]


@dataclass
class Original:
    """One golden model: its manifest, its arrays and the same model built here."""

    folder: Path
    manifest: dict
    vae: VAE

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return dict(np.load(self.folder / f"{name}.npz"))

    def batch(self, case: dict[str, np.ndarray]) -> tuple[torch.Tensor, ...]:
        controls = torch.from_numpy(case["control_sequence"]) if "control_sequence" in case else None
        inputs, outputs = (torch.from_numpy(case[f"{part}_sequence"]) for part in ("input", "output"))
        return inputs, outputs, torch.from_numpy(case["sequence_length"]).long(), controls

    def reconstruct(self, case: dict[str, np.ndarray], noise: np.ndarray):
        inputs, outputs, lengths, controls = self.batch(case)
        posterior = self.vae.encode(inputs, lengths, controls)
        z = posterior.mean + posterior.stddev * torch.from_numpy(noise)
        return self.vae(inputs, outputs, lengths, controls, z=z)


@pytest.fixture(params=MODELS)
def original(request: pytest.FixtureRequest, golden: Path) -> Original:
    folder = golden / "models" / request.param
    manifest = json.loads((folder / "manifest.json").read_text())
    options = manifest["hparams"]
    case = np.load(folder / "case_full.npz")
    control_depth = case["control_sequence"].shape[-1] if "control_sequence" in case else 0
    decoder = GrooveDecoder if manifest["decoder"].startswith("Groove") else FlatDecoder
    vae = VAE(
        BiLstmEncoder(options["enc_rnn_size"], input_size=case["input_sequence"].shape[-1] + control_depth),
        decoder(
            options["dec_rnn_size"],
            output_depth=case["output_sequence"].shape[-1],
            control_depth=control_depth,
            latent_size=options["z_size"],
        ),
        latent=LatentSection(options["z_size"], options["free_bits"], options["max_beta"], options["beta_rate"]),
        steps=options["max_seq_len"],
    )
    vae.load_state_dict(flat_state(dict(np.load(folder / "weights.npz"))))
    return Original(folder, manifest, vae)


def assert_close(ours: torch.Tensor | float, theirs: np.ndarray | float, tolerance: float = 1e-5) -> None:
    ours, theirs = np.asarray(torch.as_tensor(ours).detach()), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * max(np.abs(theirs).max(), 1e-30)


@pytest.mark.parametrize("name", CASES)
def test_posteriors_steps_and_losses_are_the_originals(original: Original, name: str) -> None:
    case = original.arrays(name)
    result = original.reconstruct(case, case["eps"])

    assert_close(result.posterior.mean, case["mu"])
    assert_close(result.posterior.stddev, case["sigma"])
    assert_close(result.posterior.kl(), case["kl_per_dim"])
    assert_close(result.posterior.kl().sum(-1), case["kl_div"])
    assert_close(result.decoded.loss, case["r_loss"])
    valid = case["final_sequence_lengths"].max()
    assert_close(result.decoded.outputs[:, :valid], case["rnn_output"][:, :valid])
    for step, loss in zip(case["loss_steps"], case["loss_at_steps"], strict=True):
        assert_close(original.vae.loss(result, int(step)).total, float(loss))


@pytest.mark.parametrize("name", CASES)
def test_metrics_are_the_originals(original: Original, name: str) -> None:
    case = original.arrays(name)
    decoded = original.reconstruct(case, case["eps"]).decoded
    theirs = original.manifest["cases"][name.removeprefix("case_")]["metrics"]

    assert decoded.sums.keys() == decoded.counts.keys()
    assert decoded.sums
    for metric, total in decoded.sums.items():
        # per class the manifest has a list, whose mean is what the original reports
        assert_close(pooled(total, decoded.counts[metric]), np.mean(theirs[f"metrics/{metric}"]))


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_the_originals(original: Original, name: str) -> None:
    case = original.arrays(name)
    original.vae.loss(original.reconstruct(case, case["eps"]), 1000).total.backward()

    theirs = flat_state({key[5:]: value for key, value in case.items() if key.startswith("grad/")}, forget_bias=0.0)
    compared = 0
    for parameter, value in original.vae.named_parameters():
        if value.requires_grad:
            assert_close(value.grad, theirs[parameter].numpy(), 1e-4)
            compared += 1
    assert compared == len(original.manifest["trainable_variables"]) + _extra_weights(original.vae)
    norm = torch.cat([p.grad.flatten() for p in original.vae.parameters() if p.requires_grad]).norm()
    assert_close(norm, case["global_norm"], 1e-4)


def _extra_weights(vae: VAE) -> int:
    """The original keeps one kernel an LSTM where torch keeps an input and a recurrent weight."""
    return sum(1 for name, _ in vae.named_parameters() if "weight_hh" in name)


def test_three_adam_steps_are_the_originals(original: Original) -> None:
    options, case, after = original.manifest["hparams"], original.arrays("case_full"), original.arrays("train3")
    names = ("learning_rate", "min_learning_rate", "decay_rate", "grad_clip")
    optimiser = Optimiser(original.vae.parameters(), TrainingSection(**{name: options[name] for name in names}))

    for k, (loss, norm) in enumerate(original.manifest["train3"]["loss_and_global_norm_per_step"]):
        total = original.vae.loss(original.reconstruct(case, after[f"eps_{k}"]), 1000 + k).total
        assert_close(total, loss, 1e-4)
        total.backward()
        assert_close(optimiser.step(1000 + k).gradient_norm, norm, 1e-4)

    theirs = flat_state({key[6:]: value for key, value in after.items() if key.startswith("param/")})
    for parameter, value in original.vae.state_dict().items():
        assert_close(value, theirs[parameter].numpy(), 1e-4)


def test_greedy_samples_are_the_originals(original: Original) -> None:
    stored = original.arrays("sample")
    z = torch.from_numpy(stored["z"])
    controls = torch.from_numpy(stored["c_input"]) if "c_input" in stored else None

    ours = original.vae.decode(z, controls=controls, temperature=0.0)

    assert_close(ours, stored["samples"])
