"""What regimes and figures are called on a page."""

from __future__ import annotations

from gen.evaluation.regimes import BASELINE, GAP, REGIMES, Words
from gen.model.metrics import declared

_WORDS = REGIMES | {
    GAP: Words("lost when free-running", "teacher-forced minus free-running: what is lost when nobody tells the truth"),
    "latent": Words("latent space", "the posterior, and what z is worth to the decoder"),
}

_TOKENS = {"f1": "F1", "mae": "MAE", "mse": "MSE", "kl": "KL", "elbo": "ELBO", "iou": "IoU", "mlp": "MLP"}
_UNITS = {"_ms": "ms", "_16ths": "16ths²", "_bits": "bits", "_nats": "nats"}
"""What a name says of its unit at its end, and how it is written."""

_UNSAID = {
    **dict.fromkeys(("timing_kl", "velocity_kl", "timing_kl_normal", "velocity_kl_normal"), "nats"),
    **dict.fromkeys(("loss", "reconstruction", "kl_cost"), "nats an example"),
    **dict.fromkeys(("cross_entropy", "elbo"), "nats a step"),
    "velocity_mae": "MIDI, 0 to 127",
    "nats_from_z": "a step",
}
"""Units of figures whose names have none."""


def regime_name(name: str) -> str:
    """``free-running`` for ``free_running``; a regime that isn't known keeps its name, without underscores."""
    if name.startswith(BASELINE):
        return f"baseline: {_spelt(name.removeprefix(BASELINE))}"
    return _WORDS[name].label if name in _WORDS else name.replace("_", " ")


def regime_meaning(name: str) -> str:
    """A sentence on a regime; empty where none is known."""
    if name.startswith(BASELINE):
        return "no model: what a simple rule reaches on the same examples"
    return _WORDS[name].meaning if name in _WORDS else ""


def figure_name(name: str) -> str:
    """``timing MAE (ms)`` for ``timing_mae_ms``."""
    if (figure := declared(name)) is not None:
        return _spelt(name) + (f" ({figure.unit})" if figure.unit else "")
    unit = _UNSAID.get(name, "")
    for ending, words in _UNITS.items():
        if name.endswith(ending) and name != ending:
            name, unit = name.removesuffix(ending), words
    return _spelt(name) + (f" ({unit})" if unit else "")


def full_name(name: str) -> str:
    """``step accuracy, free-running`` for ``free_running/step_accuracy``."""
    regime, slash, figure = name.partition("/")
    return f"{figure_name(figure)}, {regime_name(regime)}" if slash else figure_name(name)


def _spelt(name: str) -> str:
    return " ".join(_TOKENS.get(token, token) for token in name.split("_"))
