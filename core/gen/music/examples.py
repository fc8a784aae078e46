"""Note sequences out of a trained model."""

from __future__ import annotations

import numpy as np
import torch

from gen.build import build_converter
from gen.data.examples import Examples
from gen.errors import UsageError
from gen.interfaces.rows import FloatArray
from gen.load import Trained
from gen.notes import NoteSequence
from gen.training.batch import to_device


def sample_clips(
    trained: Trained, count: int, *, seed: int, temperature: float, controls: FloatArray | None = None
) -> list[NoteSequence]:
    """Clips from the prior; the same seed gives the same clips.

    Args:
        trained: any model.
        count: how many.
        seed: of z and of every draw.
        temperature: of the decoder; 0 takes the likeliest step.
        controls: ``[T, control_depth]`` for all clips alike, where the model has controls (see `controls_of`).

    Raises:
        UsageError: the model has controls and none are given.
    """
    converter = build_converter(trained.recipe)
    if converter.control_depth and controls is None:
        raise UsageError(
            f"{trained.recipe.name} plays to controls, {converter.control_depth} a step: "
            "give a clip to take them from: --like CLIP.mid"
        )
    generator = torch.Generator().manual_seed(seed)
    z = trained.model.prior(count, generator=generator)
    drawing = torch.Generator(trained.model.device).manual_seed(seed)
    given = None if controls is None else torch.from_numpy(controls).to(z.device)
    steps = None if controls is None else len(controls)
    outputs = trained.model.decode(z, steps=steps, controls=given, temperature=temperature, generator=drawing)
    rows = None if controls is None else np.broadcast_to(controls, (count, *controls.shape))
    return converter.from_tensors(outputs.float().cpu().numpy(), rows)


def controls_of(trained: Trained, notes: NoteSequence) -> FloatArray | None:
    """Controls ``[T, control_depth]`` of the first example in a clip; None for models without controls.

    Raises:
        UsageError: nothing in the clip can be used, with the reason.
    """
    converter = build_converter(trained.recipe)
    if not converter.control_depth:
        return None
    conversion = converter.convert(notes, rng=np.random.default_rng(0))
    if conversion.rejection is not None:
        raise UsageError(f"no controls in that clip: {conversion.rejection.detail}")
    return conversion.examples[0].controls


def reconstruct_examples(
    trained: Trained, examples: Examples, *, temperature: float = 0.0, seed: int = 0
) -> list[tuple[NoteSequence, NoteSequence]]:
    """Each example and what the model makes of it, decoded from its posterior mean.

    Args:
        trained: any model.
        examples: from the recipe's own data.
        temperature: of the decoder.
        seed: of every draw.
    """
    converter = build_converter(trained.recipe, mode="eval")
    batch = to_device(examples, trained.model.device)
    generator = torch.Generator(trained.model.device).manual_seed(seed)
    with torch.no_grad():
        posterior = trained.model.encode(batch.inputs, batch.lengths, batch.controls)
    outputs = trained.model.decode(
        posterior.mean,
        steps=batch.outputs.shape[1],
        controls=batch.controls,
        temperature=temperature,
        generator=generator,
    )
    controls = examples.controls
    originals = converter.from_tensors(examples.outputs, controls)
    decoded = converter.from_tensors(outputs.float().cpu().numpy(), controls)
    return list(zip(originals, decoded, strict=True))
