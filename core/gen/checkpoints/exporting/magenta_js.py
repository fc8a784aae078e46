"""A trained model as a checkpoint of magenta.js, for @magenta/music in browsers and Node."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch

from gen.checkpoints.exporting.magenta_js_model import MagentaJsModel
from gen.checkpoints.formats.magenta_js_writing import Quantised, write_magenta_js_checkpoint
from gen.checkpoints.original import OriginalVariables
from gen.errors import CheckpointError
from gen.interfaces.converter import MagentaJsNamed, MagentaJsSpec
from gen.interfaces.decoder import Segmented
from gen.model.build import build_converter
from gen.model.vae import VAE
from gen.training.load import Trained

_QUANTISED: dict[int, Quantised | None] = {4: None, 2: "uint16", 1: "uint8"}
_TOLERANCE = 1e-6


def write_magenta_js(trained: Trained, folder: Path, *, weight_bytes: int = 4) -> dict[str, Any]:
    """Write ``weights_manifest.json``, files of weights and ``config.json``.

    Before anything is written, the model is run the way magenta.js will and compared with itself. Of ``weight_bytes``,
    4 keeps weights exact, 2 and 1 quantise them.

    Returns:
        What to tell of it: ``variables``, ``parameters``, ``bytes_a_weight`` and the converter's ``type`` there.

    Raises:
        CheckpointError: magenta.js can't run this model; every reason is listed.
    """
    spec = _spec(trained)
    vae = trained.model.eval()
    segments = vae.decoder.segments if isinstance(vae.decoder, Segmented) else None
    variables = OriginalVariables(vae)
    _check(MagentaJsModel(variables, spec, segments=segments), vae, trained)
    args = {"numSteps": vae.steps, **({} if segments is None else {"numSegments": segments}), **spec.args}
    config = {"type": "MusicVAE", "dataConverter": {"type": spec.type, "args": args}, **spec.settings}
    write_magenta_js_checkpoint(folder, variables, config=config, quantised=_QUANTISED[weight_bytes])
    return {
        "variables": len(variables),
        "parameters": sum(value.size for value in variables.values()),
        "bytes_a_weight": weight_bytes,
        "converter": spec.type,
    }


def _spec(trained: Trained) -> MagentaJsSpec:
    """What magenta.js calls the converter."""
    converter, name = build_converter(trained.recipe), trained.recipe.converter.type
    if not isinstance(converter, MagentaJsNamed):
        raise CheckpointError(
            f"magenta.js has no converter like {name!r}, or none that it says (gen.interfaces.MagentaJsSpec)"
        )
    try:
        spec = converter.magenta_js()
    except ValueError as error:
        raise CheckpointError(f"magenta.js has no such converter as {trained.recipe.name}'s: {error}") from error
    if trained.model.steps is None:
        raise CheckpointError(f"magenta.js says a fixed number of steps, but clips of {trained.recipe.name} vary")
    return spec


@torch.no_grad()
def _check(theirs: MagentaJsModel, vae: VAE, trained: Trained) -> None:
    """Compare in double precision, so that no two choices are ever close enough to fall either way."""
    ours = copy.deepcopy(vae).double()
    converter = build_converter(trained.recipe)
    generator = torch.Generator().manual_seed(0)
    steps = vae.steps
    assert steps is not None

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    z, inputs = draw(2, vae.latent.size), draw(2, steps, converter.input_depth)
    controls = draw(steps, converter.control_depth) if converter.control_depth else None
    read = None if controls is None else controls.expand(2, -1, -1)
    seen = inputs if read is None else torch.cat([inputs, read], dim=-1)
    mean = ours.mean(ours.encoder(seen, torch.full((2,), steps)))  # VAE.encode is of single precision, always
    said = ours.decode(z, controls=controls, temperature=0.0)
    wrong = []
    try:
        if not _same(mean, theirs.encode(inputs, read)):
            wrong.append("it would encode clips to something else")
        if not _same(said, theirs.decode(z, steps, controls)):
            wrong.append("it would decode z to something else")
    except RuntimeError as error:  # torch's word for shapes that don't go together
        wrong.append(f"its layers would not fit each other ({error})")
    if wrong:
        raise CheckpointError(
            f"magenta.js can't run this model: {' and '.join(wrong)}, for its encoders and decoders work differently"
        )


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE)
