"""From notes to a groove matrix: hit, velocity and micro-timing of every drum at every step.

Conventions
-----------
T steps, C drum classes. A groove matrix is float64 ``[T, 3, C]``; along the middle axis:

* 0, hit: 1 or 0;
* 1, velocity: MIDI velocity / 127;
* 2, offset: how far from its step the onset was played, in **half steps**: +1 is half a step **early**, values near
  -1 are half a step late.

Where there is no hit all three are 0. Source: Gillick et al. 2019 (magenta, music_vae/data.py: GrooveConverter).
"""

from __future__ import annotations

import numpy as np

from gen import NoteSequence
from gen.notes import Grid
from gen_converters.common.arrays import Ints, Reals

Matrix = Reals

HIT, VELOCITY, OFFSET = 0, 1, 2
TAP_CLASS = 3
"""Where a tapped rhythm stands among the classes: the open hi-hat's column."""


def groove_matrix(notes: NoteSequence, grid: Grid, rows: Ints, classes: Ints, steps: int, depth: int) -> Matrix:
    """Lay notes out as a groove matrix ``[T, 3, C]``; of several notes in one cell the loudest stays, then the first.

    Args:
        notes, grid: the sequence, and where its notes fall.
        rows, classes: which notes to take, and the class of each, ``[M]``.
        steps, depth: T and C; later onsets must not be among the rows.
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
