"""What changes with the training step (base_model.py; ``step`` counts from 0, before the update)."""

from __future__ import annotations

from gen.recipes.sections import LatentSection, TrainingSection


def learning_rate(training: TrainingSection, step: int) -> float:
    """Learning rate of a step: exponential decay from ``learning_rate`` towards ``min_learning_rate``."""
    span = training.learning_rate - training.min_learning_rate
    return float(span * training.decay_rate**step + training.min_learning_rate)


def beta(latent: LatentSection, step: int) -> float:
    """Weight of the KL term: ``max_beta * (1 - beta_rate ** step)``; with rate 0 it is 0 at step 0 alone."""
    return float(latent.max_beta * (1.0 - latent.beta_rate**step))
