"""What regimes and figures are called on a page."""

from __future__ import annotations

REGIMES = {
    "teacher_forced": ("teacher-forced", "each step hears the true step before; z drawn from the posterior"),
    "teacher_forced_mean": (
        "teacher-forced, mean z",
        "each step hears the true step before; z the posterior's mean",
    ),
    "teacher_forced_shuffled": (
        "teacher-forced, another's z",
        "each step hears the true step before; z drawn from another example's posterior. As good as with its own z? "
        "Then the decoder doesn't use z",
    ),
    "free_running": ("free-running", "each step hears the model's own draw; z drawn from the posterior"),
    "free_running_mean": ("free-running, mean z", "each step hears the model's own draw; z the posterior's mean"),
    "greedy_draw": ("greedy, drawn z", "each step hears the model's own likeliest step; z drawn from the posterior"),
    "greedy": ("greedy", "each step hears the model's own likeliest step; z the posterior's mean"),
    "gap": ("lost when free-running", "teacher-forced minus free-running: what is lost when nobody tells the truth"),
    "latent": ("latent space", "the posterior, and what z is worth to the decoder"),
}
"""Name of a regime to its label and its meaning."""

TABLE_REGIMES = ("teacher_forced", "free_running", "greedy")
"""Those of the table in the paper's shape, in its order."""

_BASELINE = "baseline_"
_TOKENS = {"f1": "F1", "mae": "MAE", "mse": "MSE", "kl": "KL", "elbo": "ELBO", "iou": "IoU"}
_UNITS = {"_ms": " (ms)", "_16ths": " (16ths²)", "_bits": " (bits)", "_nats": " (nats)"}


def regime_name(name: str) -> str:
    """``free-running`` for ``free_running``; a regime that isn't known keeps its name, without underscores."""
    if name.startswith(_BASELINE):
        return f"baseline: {name.removeprefix(_BASELINE).replace('_', ' ')}"
    return REGIMES[name][0] if name in REGIMES else name.replace("_", " ")


def regime_meaning(name: str) -> str:
    """A sentence on a regime; empty where none is known."""
    if name.startswith(_BASELINE):
        return "no model: what a simple rule reaches on the same examples"
    return REGIMES[name][1] if name in REGIMES else ""


def figure_name(name: str) -> str:
    """``timing MAE (ms)`` for ``timing_mae_ms``."""
    unit = ""
    for ending, words in _UNITS.items():
        if name.endswith(ending) and name != ending:
            name, unit = name.removesuffix(ending), words
    return " ".join(_TOKENS.get(token, token) for token in name.split("_")) + unit


def full_name(name: str) -> str:
    """``step accuracy, free-running`` for ``free_running/step_accuracy``."""
    regime, slash, figure = name.partition("/")
    return f"{figure_name(figure)}, {regime_name(regime)}" if slash else figure_name(name)
