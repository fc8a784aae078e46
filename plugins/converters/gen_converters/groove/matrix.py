"""From notes to a groove matrix, hit, velocity and micro-timing of every drum at every step, and what is heard of it.

T steps, C drum classes. A groove matrix is float64 ``[T, 3, C]``; along the middle axis:

* 0, hit: 1 or 0;
* 1, velocity: MIDI velocity / 127;
* 2, offset: how far from its step the onset was played, in **half steps**: +1 is half a step **early**, values near
  -1 are half a step late.

Where there is no hit all three are 0. Source: Gillick et al. 2019 (magenta, music_vae/data.py: GrooveConverter).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen import NoteSequence
from gen.notes import Grid
from gen_converters.common.arrays import Ints, Reals

Matrix = Reals

HIT, VELOCITY, OFFSET = 0, 1, 2
TAP_CLASS = 3
"""Where a tapped rhythm stands among the classes: the open hi-hat's column."""


def groove_matrix(notes: NoteSequence, grid: Grid, rows: Ints, classes: Ints, steps: int, depth: int) -> Matrix:
    """Lay out notes, ``rows [M]`` of ``classes [M]``, on T ``steps``, of which none is later, and C drums (``depth``).

    Of several notes in one cell the loudest stays, then the first.
    """
    start_step = grid.start_step[rows]
    cell = start_step * depth + classes
    velocity = notes.velocity[rows]
    order = np.argsort(cell * 128 + (127 - velocity), kind="stable")  # loudest of a cell first, then first listed
    ordered = cell[order]
    winners = order[np.flatnonzero(np.diff(ordered, prepend=-1))]

    step, drum = start_step[winners], classes[winners]
    length = grid.seconds_per_step
    matrix = np.zeros((steps, 3, depth))
    matrix[step, HIT, drum] = 1.0
    matrix[step, VELOCITY, drum] = velocity[winners] / 127.0
    matrix[step, OFFSET, drum] = 2.0 * (step * length - notes.start[rows][winners]) / length
    return matrix


def drop_notes(matrix: Matrix, max_probability: float, rng: np.random.Generator) -> Matrix:
    """Silence cells at random, soft ones sooner: p is drawn once, a cell goes with p * max(0.2, 1 - velocity).

    There is one uniform draw of p, from 0 to ``max_probability``, then one binomial draw of shape ``[T, C]``.
    """
    probability = rng.uniform(0.0, max_probability)
    weight = np.maximum(0.2, 1.0 - matrix[:, VELOCITY])
    keep = 1 - rng.binomial(1, weight * probability)
    return matrix * keep[:, np.newaxis, :]


def tap(matrix: Matrix, audible: Matrix) -> Matrix:
    """Collapse a groove to one tapped rhythm: at each step, the loudest drum's cell moves to the tap's column.

    Which drum is loudest is decided among the audible cells, what is moved comes from the full groove; so a dropped
    kick (class 0, where ties end) comes back at a step on which nothing louder is left. Published note-dropout models
    were trained that way.
    """
    steps = np.arange(len(matrix))
    tapped = np.zeros_like(matrix)
    tapped[:, :, TAP_CLASS] = matrix[steps, :, audible[:, VELOCITY].argmax(axis=1)]
    return tapped


@dataclass(frozen=True)
class Hearing:
    """What is taken from a groove before the encoder hears it; what the decoder must say stays whole.

    Options of `GrooveConverter`; ``drops`` says whether notes are dropped now, and not only in another mode.
    """

    humanize: bool = False
    tapify: bool = False
    silenced: tuple[int, ...] = ()
    fixed_velocities: bool = False
    max_dropout: float = 0.0
    drops: bool = False

    @property
    def draws(self) -> bool:
        """Whether `heard` needs a generator."""
        return self.drops and self.max_dropout > 0

    @property
    def is_score(self) -> bool:
        """Whether it hears every hit, in every mode, and no more: how it is played is for the decoder to say."""
        return self.humanize and not (self.tapify or self.silenced or self.max_dropout)

    def heard(self, outputs: Matrix, rng: np.random.Generator | None) -> Matrix:
        """What is heard of ``outputs [T, 3, C]``; the same array where nothing is taken away."""
        inputs = outputs
        if self.draws and rng is not None:
            inputs = drop_notes(inputs, self.max_dropout, rng)
        if self.tapify:
            inputs = tap(outputs, inputs)
        if inputs is outputs and (self.humanize or self.fixed_velocities or self.silenced):
            inputs = outputs.copy()
        if self.humanize:
            inputs[:, [VELOCITY, OFFSET]] = 0.0
        if self.fixed_velocities:
            inputs[:, VELOCITY] = 0.0
        if self.silenced:
            inputs[:, :, list(self.silenced)] = 0.0
        return inputs
