"""Prepared examples through a model and back."""

from __future__ import annotations

import torch

from gen.data.examples import Examples
from gen.model.build import build_converter
from gen.notes.sequence import NoteSequence
from gen.training.batch import to_device
from gen.training.load import Trained


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
