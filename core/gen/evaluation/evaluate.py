"""A model on examples, in one call."""

from __future__ import annotations

from collections.abc import Callable

from gen.data.examples import Examples
from gen.evaluation.figures import Figures, figures
from gen.evaluation.measure import measure
from gen.interfaces.converter import Converter
from gen.model.vae import VAE


def evaluate(
    model: VAE,
    converter: Converter,
    examples: Examples,
    *,
    step: int,
    batch_size: int = 64,
    seed: int = 0,
    temperature: float = 1.0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Figures]:
    """Every figure of ``gen eval``, by regime, and those of the latent space as ``latent``.

    The regimes are those of `gen.evaluation.regimes.REGIMES`: ``teacher_forced``, ``free_running``, ``greedy`` and
    their variants. A figure of one regime answers another question than the same figure of another.

    Args:
        model: left in the mode it was in.
        converter: compares outputs with targets.
        examples: at least one; all are used.
        step: training step, for the weight of the KL.
        batch_size: examples at a time.
        seed: of every draw.
        temperature: of free running.
        progress: called with the number of examples done.
    """
    measurement = measure(
        model,
        converter,
        examples,
        step=step,
        batch_size=batch_size,
        seed=seed,
        temperature=temperature,
        progress=progress,
    )
    return figures(measurement, converter)
