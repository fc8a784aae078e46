"""The ways in which an example may be said, and from which z: what they are called everywhere, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

TEACHER_FORCED, FREE_RUNNING, GREEDY = "teacher_forced", "free_running", "greedy"

MAIN = (TEACHER_FORCED, FREE_RUNNING, GREEDY)
"""Those that are told first, and bar by bar."""

GAP = "gap"
"""Teacher-forced minus free-running: what a model loses when nobody tells it the truth."""

BASELINE = "baseline_"
"""What the names of further regimes begin with: no model says them, but a simple rule."""


def beside(baseline: str) -> str:
    """The regime of a model that hears what a baseline is told: true bars, a draw of z, or z's mean as most do."""
    name = baseline.removeprefix(BASELINE)
    return TEACHER_FORCED if name == "previous_bar" else FREE_RUNNING if name.startswith("drawn") else GREEDY


@dataclass(frozen=True)
class Words:
    """What a regime is called, and what that means."""

    label: str
    meaning: str


REGIMES = {
    TEACHER_FORCED: Words("teacher-forced", "each step hears the true step before; z drawn from the posterior"),
    "teacher_forced_mean": Words(
        "teacher-forced, mean z", "each step hears the true step before; z the posterior's mean"
    ),
    "teacher_forced_shuffled": Words(
        "teacher-forced, another's z",
        "each step hears the true step before; z drawn from another example's posterior. As good as with its own z? "
        "Then the decoder doesn't use z",
    ),
    FREE_RUNNING: Words("free-running", "each step hears the model's own draw; z drawn from the posterior"),
    "free_running_mean": Words("free-running, mean z", "each step hears the model's own draw; z the posterior's mean"),
    "greedy_draw": Words(
        "greedy, drawn z", "each step hears the model's own likeliest step; z drawn from the posterior"
    ),
    GREEDY: Words("greedy", "each step hears the model's own likeliest step; z the posterior's mean"),
}
"""Those of every measurement, in the order in which they are shown."""
