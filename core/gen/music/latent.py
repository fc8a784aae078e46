"""Windows to latent vectors, and latent vectors to clips.

Letters in shape comments: N clips, T steps, Z latent size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gen.data.examples import stack
from gen.errors import UsageError
from gen.interfaces.rows import FloatArray
from gen.model.build import build_converter
from gen.model.vae import Posterior
from gen.music.windows import Window
from gen.notes.sequence import NoteSequence
from gen.training.batch import to_device
from gen.training.load import Trained

BATCH = 64
"""Clips that go through a model at a time, whatever is asked for: so that memory doesn't grow with the clips."""


@torch.no_grad()
def encode_windows(trained: Trained, windows: Sequence[Window]) -> Posterior:
    """The posterior of each window, ``[N, Z]``.

    Args:
        trained: the model that the windows were found for.
        windows: at least one; they may differ in length.
    """
    layout = build_converter(trained.recipe).layout
    found = []
    for first in range(0, len(windows), BATCH):
        examples = [window.example for window in windows[first : first + BATCH]]
        batch = to_device(stack(examples, [0] * len(examples), layout), trained.model.device)
        found.append(trained.model.encode(batch.inputs, batch.lengths, batch.controls))
    return Posterior(
        torch.cat([posterior.mean for posterior in found]), torch.cat([posterior.stddev for posterior in found])
    )


def decode_clips(
    trained: Trained,
    z: Tensor,
    *,
    steps: int | None = None,
    controls: FloatArray | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> list[NoteSequence]:
    """One clip for each latent vector, at 120 quarter notes a minute.

    Args:
        trained: any model.
        z: ``[N, Z]``.
        steps: how many to say; those of a window where None. An end token that the model says ends a clip earlier.
        controls: ``[N, T, control_depth]``, or ``[T, control_depth]`` for all alike; T steps are said.
        temperature: of the decoder; 0 takes the likeliest.
        generator: source of every draw, on the model's device.

    Raises:
        UsageError: the model can't say so many steps, or nobody knows how many.
    """
    converter = build_converter(trained.recipe)
    if controls is not None:
        controls = np.broadcast_to(controls, (len(z), *controls.shape[-2:]))
        steps = controls.shape[1]
    if steps is None and trained.model.steps is None:
        raise UsageError(f"the clips of {trained.recipe.name} have no length of their own: say how many bars (--bars)")
    clips: list[NoteSequence] = []
    for first in range(0, len(z), BATCH):
        part = slice(first, first + BATCH)
        said = None if controls is None else controls[part]
        try:
            outputs = trained.model.decode(
                z[part],
                steps=steps,
                controls=None if said is None else torch.from_numpy(np.array(said)).to(z.device),
                temperature=temperature,
                generator=generator,
            )
        except ValueError as error:
            if steps in (None, trained.model.steps):
                raise
            raise UsageError(f"{trained.recipe.name} can't make clips of that length: {error}") from error
        clips += converter.from_tensors(outputs.float().cpu().numpy(), said)
    return clips
