"""What changes with the training step (base_model.py, lstm_utils.py; ``step`` counts from 0, before the update)."""

from __future__ import annotations

import math

from gen.interfaces.schedule import Schedule
from gen.recipes.sections import LatentSection, SamplingSection, TrainingSection


def learning_rate(training: TrainingSection, step: int, schedule: Schedule | None = None) -> float:
    """Learning rate of a step, from ``learning_rate`` towards ``min_learning_rate``, as ``schedule`` says.

    The schedule is the recipe's where that is a component.
    """
    span = training.learning_rate - training.min_learning_rate
    if schedule is not None:
        return float(span * schedule.share(step, training.steps) + training.min_learning_rate)
    if training.schedule == "one_cycle":
        done, warm_up = step / training.steps, training.warm_up
        if done < warm_up:
            share = (step + 1) / (warm_up * training.steps + 1)  # never 0
        else:
            share = 0.5 * (1.0 + math.cos(math.pi * min((done - warm_up) / (1.0 - warm_up), 1.0)))
        return span * share + training.min_learning_rate
    return float(span * training.decay_rate**step + training.min_learning_rate)


def beta(latent: LatentSection, step: int) -> float:
    """Weight of the KL term: ``max_beta * (1 - beta_rate ** step)``; with rate 0 it is 0 at step 0 alone."""
    return float(latent.max_beta * (1.0 - latent.beta_rate**step))


def feedback(sampling: SamplingSection, step: int) -> float:
    """Probability that a step of the decoder hears its own sample; the formulas stand with `SamplingSection`."""
    if sampling.schedule == "constant":
        return sampling.rate
    if sampling.schedule == "exponential":
        return float(1.0 - sampling.rate**step)
    return 1.0 / (1.0 + sampling.rate * math.exp(-step / sampling.rate))  # the same, but nothing overflows
