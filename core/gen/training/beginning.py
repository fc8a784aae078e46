"""What a model may take from the training examples before its first step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from gen.data.examples import Examples
from gen.interfaces.encoder import StartsFromExamples
from gen.model.vae import VAE
from gen.training.batch import to_device

_AT_ONCE = 512


def begin_from(model: VAE, examples: Examples) -> None:
    """Let an encoder that wants to look at the examples do so, unless its weights come from a run where it did.

    z may tell what is free, or else a bit a dimension.

    Args:
        model: new, on its device.
        examples: of the training split.
    """
    encoder = model.encoder
    if not isinstance(encoder, StartsFromExamples) or encoder.started:
        return

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for chunk in examples.batches(_AT_ONCE):
            batch = to_device(chunk, model.device)
            yield model.seen(batch.inputs, batch.controls), batch.lengths

    space: Any = model.space  # which has them, as `gen.model.build` sees to
    encoder.start_from(batches, space.mean, space.stddev, model.latent.free_bits or float(model.latent.size))
