"""What watches over a training: gradients that explode, a posterior that collapses."""

from __future__ import annotations

from collections.abc import Mapping

from gen.errors import TrainingError
from gen.training.optimiser import Optimiser, Update

COLLAPSED_BITS = 0.5
_PATIENCE = 20  # lines of metrics; every model looks collapsed for some steps at the start


def require_updates(optimiser: Optimiser, update: Update, step: int, latest: str | None) -> None:
    """Make sure that not too many updates were skipped one after another.

    Args:
        optimiser: whose recipe says how many are too many (``max_skipped``).
        update: the last one.
        step: steps done.
        latest: name of the latest checkpoint from before the first of them, None where there is none.

    Raises:
        TrainingError: too many were; the text says what to do.
    """
    training = optimiser.training
    most = training.max_skipped
    if most is None or optimiser.skipped_in_a_row < most:
        return
    limit = "" if training.clip == "value" else f" (training.grad_norm_limit is {training.grad_norm_limit:g})"
    way_out = (
        "a lower training.learning_rate"
        if latest is None
        else f"gen train RECIPE --init-from RUN/checkpoints/{latest} with a lower training.learning_rate"
    )
    raise TrainingError(
        f"step {step}: the gradients of the last {optimiser.skipped_in_a_row} steps were unusable, the last one's norm "
        f"{update.gradient_norm:g}{limit}, so the model has stopped learning. Nothing of these steps was saved. Try "
        f"{way_out}, a smaller training.grad_clip, or fp32 where training.precision is bf16; "
        "training.max_skipped=null goes on whatever happens"
    )


class CollapseAlarm:
    """Says once that the decoder has stopped listening to z.

    It has where, over `_PATIENCE` lines of figures in a row, KL stayed below `COLLAPSED_BITS` or no dimension of z
    differed between examples.
    """

    def __init__(self) -> None:
        self._lines = 0
        self._said = False

    def look(self, figures: Mapping[str, float]) -> str | None:
        """Look at the figures of a training batch; text for people if it is time to say it."""
        collapsed = figures["kl_bits"] < COLLAPSED_BITS or figures.get("active_units", 1) == 0
        self._lines = self._lines + 1 if collapsed else 0
        if self._said or self._lines < _PATIENCE:
            return None
        self._said = True
        return (
            f"KL is {figures['kl_bits']:.2f} bits, and has been near nothing for {self._lines} lines of figures: the "
            "decoder hardly uses z (posterior collapse). Raise latent.free_bits, lower latent.max_beta, give "
            "latent.beta_rate (such as 0.9999, a slow start), or raise decoder.dropout."
        )
