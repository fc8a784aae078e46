"""Baselines of humanisation: from the hits of a clip to how loud and when exactly each is played.

Those of GrooVAE's paper (Gillick et al. 2019, section 5), which leaves their settings open; here every setting that
matters is chosen on a tenth of the training clips, by the squared errors that `groove` decoders are trained by. All
keep the hits as they are given. They hear hits alone: where hits are controls, a model may hear more.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen.interfaces import Predictor
from gen_converters.common.arrays import Ints, Singles
from gen_converters.groove.humanisation import linear, mlp, neighbours
from gen_converters.groove.humanisation.performances import Performances, Player
from gen_converters.groove.matrix import HIT, OFFSET, VELOCITY
from gen_converters.groove.rows import RowLayout


def fit(
    layout: RowLayout, outputs: Singles, lengths: Ints, *, hits_in_controls: bool, rng: np.random.Generator
) -> Mapping[str, Predictor]:
    """Fit all four to how training clips are played, ``outputs [N, R, depth]``, of which ``lengths [N]`` rows count.

    Each draws from a generator of its own. With ``hits_in_controls`` a predictor is given the score as controls.
    """
    known = performances_of(layout, outputs, lengths)
    first, second, third = (np.random.default_rng(seed) for seed in rng.integers(2**63, size=3))
    players: dict[str, Player] = {
        "quantised": quantised(float(known.mean[0])),
        "linear": linear.fit(known, linear.choose(known, first)),
        "nearest_neighbours": neighbours.fit(known, neighbours.choose(known, second)),
        "mlp": mlp.fit(known, third),
    }
    return {name: predictor(layout, player, hits_in_controls=hits_in_controls) for name, player in players.items()}


def quantised(velocity: float) -> Player:
    """The score itself: every hit on its step, with one velocity, the mean of all training hits."""

    def play(hit: Singles) -> Singles:
        return np.stack([np.full_like(hit, velocity), np.zeros_like(hit)], axis=-1)

    return play


def predictor(layout: RowLayout, player: Player, *, hits_in_controls: bool) -> Predictor:
    """A player of scores as what reads inputs or controls, and writes outputs."""

    def predict(inputs: Singles, controls: Singles | None) -> Singles:
        heard = controls if hits_in_controls else inputs
        if heard is None:
            raise ValueError("this task's hits are controls, and a baseline needs them, but controls is None")
        hit = heard[..., : layout.hits.width]
        batch, rows, _ = hit.shape
        score = (hit.reshape(batch, -1) > 0.5).astype(np.float32)  # [B, n]
        played = player(score) * score[..., np.newaxis]  # [B, n, 2]
        matrix = np.empty((batch * rows // layout.rows_per_step, 3, layout.drums))
        matrix[:, HIT] = score.reshape(-1, layout.drums)
        matrix[:, VELOCITY] = played[..., 0].reshape(-1, layout.drums).clip(0.0, 1.0)
        matrix[:, OFFSET] = played[..., 1].reshape(-1, layout.drums).clip(-1.0, 1.0)
        return layout.rows(matrix).dense().reshape(batch, rows, layout.depth)

    return predict


def performances_of(layout: RowLayout, outputs: Singles, lengths: Ints) -> Performances:
    """The clips of rows ``[N, R, depth]``, of which ``lengths [N]`` count, as baselines learn from them."""
    cells = layout.cells(outputs)
    valid = layout.valid_steps(lengths, cells.hit.shape[1])
    hit = (cells.hit > 0.5) & valid[:, :, np.newaxis]  # [N, T, C]
    played = np.stack([cells.velocity, cells.offset], axis=3) * hit[..., np.newaxis]  # [N, T, C, 2]
    count = len(hit)
    return Performances(
        hit.reshape(count, -1).astype(np.float32), played.reshape(count, -1, 2).astype(np.float32), layout.drums
    )
