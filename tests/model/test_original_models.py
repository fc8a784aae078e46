"""Tiny models with the original's weights give the original's numbers (shared/golden/models).

Tolerances are relative to the largest magnitude of the array compared: 1e-5, and 1e-4 for gradients and Adam.
Greedy choices between logits closer than 1e-4 may fall either way; they are not compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from original_models import CASES, TRIO, build

from gen.checkpoints.original import load_variables, state_from_variables, variable_shapes
from gen.interfaces.decoder import pooled
from gen.model.vae import VAE, Reconstruction
from gen.recipes.sections import TrainingSection
from gen.training.optimiser import Optimiser

NEAR_TIE = 1e-4


@dataclass
class Original:
    """One golden model: its manifest, its arrays and the same model built here."""

    folder: Path
    manifest: dict
    vae: VAE

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return dict(np.load(self.folder / f"{name}.npz"))

    def reconstruct(self, case: dict[str, np.ndarray], noise: np.ndarray) -> Reconstruction:
        controls = torch.from_numpy(case["control_sequence"]) if "control_sequence" in case else None
        inputs, outputs = (torch.from_numpy(case[f"{part}_sequence"]) for part in ("input", "output"))
        lengths = torch.from_numpy(case["sequence_length"]).long()
        posterior = self.vae.encode(inputs, lengths, controls)
        z = posterior.mean + posterior.stddev * torch.from_numpy(noise)
        return self.vae(inputs, outputs, lengths, controls, z=z)


def load(folder: Path) -> Original:
    manifest = json.loads((folder / "manifest.json").read_text())
    shapes = manifest["cases"]["full"]["arrays"]
    depths = {part: shapes.get(f"{part}_sequence", [0])[-1] for part in ("input", "output", "control")}
    vae = build(folder.name, manifest["hparams"], depths)
    load_variables(vae, dict(np.load(folder / "weights.npz")))
    return Original(folder, manifest, vae)


def _slow(model: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if "16bar" in model or "multiperf" in model else []


@pytest.fixture(params=[pytest.param(model, marks=_slow(model)) for model in CASES])
def original(request: pytest.FixtureRequest, golden: Path) -> Original:
    return load(golden / "models" / request.param)


@pytest.fixture(
    params=[
        pytest.param((model, case), id=f"{model}-{case}", marks=_slow(model))
        for model, cases in CASES.items()
        for case in cases
    ]
)
def original_and_case(request: pytest.FixtureRequest, golden: Path) -> tuple[Original, str]:
    model, case = request.param
    return load(golden / "models" / model), case


def assert_close(ours: torch.Tensor | float, theirs: np.ndarray | float, tolerance: float = 1e-5) -> None:
    ours, theirs = np.asarray(torch.as_tensor(ours).detach()), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * max(np.abs(theirs).max(), 1e-30)


def test_every_golden_model_is_compared(golden):
    found = {
        folder.parent.name: tuple(json.loads(folder.read_text())["cases"])
        for folder in sorted((golden / "models").glob("*/manifest.json"))
    }
    assert found == CASES


def test_every_variable_of_the_original_has_a_place(original):
    theirs = dict(np.load(original.folder / "weights.npz"))
    ours = variable_shapes(original.vae)
    assert {name: value.shape for name, value in theirs.items()} == ours
    assert sorted(original.manifest["trainable_variables"]) == list(ours)


def test_posteriors_steps_and_losses_are_the_originals(original_and_case):
    original, name = original_and_case
    case = original.arrays(f"case_{name}")
    result = original.reconstruct(case, case["eps"])

    assert_close(result.posterior.mean, case["mu"])
    assert_close(result.posterior.stddev, case["sigma"])
    assert_close(result.posterior.kl(), case["kl_per_dim"])
    assert_close(result.posterior.kl().sum(-1), case["kl_div"])
    assert_close(result.decoded.loss, case["r_loss"])
    ours, theirs = result.decoded.outputs.detach(), torch.from_numpy(case["rnn_output"])
    valid = steps_of(case["final_sequence_lengths"], theirs.shape[1])
    assert_close(ours[valid], theirs[valid].numpy())
    for step, loss in zip(case["loss_steps"], case["loss_at_steps"], strict=True):
        assert_close(original.vae.loss(result, int(step)).total, float(loss))


def steps_of(lengths: np.ndarray, steps: int) -> torch.Tensor:
    """Valid steps ``[B, T]`` of lengths ``[B]`` or ``[B, segments]``."""
    segments = lengths.reshape(len(lengths), -1)
    within = np.arange(steps // segments.shape[1]) < segments[:, :, None]
    return torch.from_numpy(within.reshape(len(lengths), steps))


def test_metrics_are_the_originals(original_and_case):
    original, name = original_and_case
    theirs = original.manifest["cases"][name]["metrics"]
    case = original.arrays(f"case_{name}")
    decoded = original.reconstruct(case, case["eps"]).decoded

    ours = {metric: pooled(total, decoded.counts[metric]) for metric, total in decoded.sums.items()}
    assert ours
    assert decoded.counts.keys() == ours.keys()
    if theirs:  # none were kept of hierarchies
        assert {f"metrics/{metric.replace('/', '/output_')}" for metric in ours} == theirs.keys()
        for metric, value in ours.items():
            # per class the manifest has a list, whose mean is what the original reports
            assert_close(value, np.mean(theirs[f"metrics/{metric.replace('/', '/output_')}"]))


def test_gradients_are_the_originals(original_and_case):
    original, name = original_and_case
    case = original.arrays(f"case_{name}")
    original.vae.loss(original.reconstruct(case, case["eps"]), 1000).total.backward()

    gradients = {key[5:]: value for key, value in case.items() if key.startswith("grad/")}
    assert gradients.keys() == variable_shapes(original.vae).keys()
    theirs = dict(state_from_variables(original.vae, gradients, forget_bias=0.0))
    for parameter, value in original.vae.named_parameters():
        if value.requires_grad:
            assert_close(value.grad, theirs[parameter].numpy(), 1e-4)
        else:
            assert not theirs[parameter].any()
    norm = torch.cat([p.grad.flatten() for p in original.vae.parameters() if p.requires_grad]).norm()
    assert_close(norm, case["global_norm"], 1e-4)


def test_three_adam_steps_are_the_originals(original):
    options, case, after = original.manifest["hparams"], original.arrays("case_full"), original.arrays("train3")
    names = ("learning_rate", "min_learning_rate", "decay_rate", "grad_clip")
    optimiser = Optimiser(original.vae.parameters(), TrainingSection(**{name: options[name] for name in names}))

    for k, (loss, norm) in enumerate(original.manifest["train3"]["loss_and_global_norm_per_step"]):
        total = original.vae.loss(original.reconstruct(case, after[f"eps_{k}"]), 1000 + k).total
        assert_close(total, loss, 1e-4)
        total.backward()
        assert_close(optimiser.step(1000 + k).gradient_norm, norm, 1e-4)

    variables = {key[6:]: value for key, value in after.items() if key.startswith("param/")}
    theirs = dict(state_from_variables(original.vae, variables))
    for parameter, value in original.vae.state_dict().items():
        assert_close(value, theirs[parameter].numpy(), 1e-4)


def test_hearing_the_originals_sample_says_it_again(original):
    stored = original.arrays("sample")
    z, samples = torch.from_numpy(stored["z"]), torch.from_numpy(stored["samples"])
    controls = torch.from_numpy(stored["c_input"]).expand(len(z), -1, -1) if "c_input" in stored else None

    with torch.no_grad():
        decoded = original.vae.eval().decoder(samples, torch.full((len(z),), samples.shape[1]), z, controls)

    assert_close(decoded.outputs, stored["rnn_output"])
    clear = torch.from_numpy(stored_gaps(original, stored) >= NEAR_TIE)
    assert clear.float().mean() > 0.9
    assert_close(decoded.predictions[clear], samples[clear].numpy())


def test_greedy_samples_are_the_originals(original):
    stored = original.arrays("sample")
    controls = torch.from_numpy(stored["c_input"]) if "c_input" in stored else None

    ours = original.vae.decode(torch.from_numpy(stored["z"]), controls=controls, temperature=0.0)

    clear = np.logical_and.accumulate(stored_gaps(original, stored) >= NEAR_TIE, axis=1)  # up to the first near-tie
    assert clear.mean() > 0.25
    assert_close(ours[torch.from_numpy(clear)], stored["samples"][clear])


def stored_gaps(original: Original, stored: dict[str, np.ndarray]) -> np.ndarray:
    """How far each step ``[B, T]`` of the original's sample was from being another one, in logits."""
    outputs, depth = stored["rnn_output"], stored["samples"].shape[-1]
    name = original.folder.name
    if "groovae" in name:
        return np.abs(outputs[..., : depth // 3]).min(-1)
    if "nade" in name:
        head = original.vae.decoder.core.head
        with torch.no_grad():
            return head._run(torch.from_numpy(outputs))[0].abs().amin(-1).numpy()
    streams = np.split(outputs, np.cumsum(TRIO)[:-1], axis=-1) if "trio" in name else [outputs]
    best = [np.sort(stream, axis=-1)[..., -2:] for stream in streams]
    return np.min([pair[..., 1] - pair[..., 0] for pair in best], axis=0)
