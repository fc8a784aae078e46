"""Every floor of a data set: fitted to its training split, asked for other examples.

Letters in shape comments: N training examples, B examples, T steps, D depth.
"""

from __future__ import annotations

import numpy as np

from gen.data.examples import Examples
from gen.evaluation.floors.linear import LinearCode
from gen.evaluation.floors.reading import Reader
from gen.evaluation.floors.simple import Nearest, constant, constant_by_position, previous_bar
from gen.interfaces.converter import Converter
from gen.interfaces.rows import FloatArray

_MOST_NUMBERS = 250_000_000  # of training examples as arrays (1 GB); of more of them, evenly many are taken
_FITTED_ON = 2_000  # training examples by which thresholds are chosen

CONSTANT, BY_POSITION, PREVIOUS, NEAREST = "constant", "constant_by_position", "previous_bar", "nearest"
LINEAR, LINEAR_DRAW = "linear", "linear_draw"


def floors(
    converter: Converter, training: Examples, examples: Examples, *, bits: float | None, seed: int = 0
) -> dict[str, FloatArray]:
    """What every floor says of examples, ``[B, T, D]`` each, in the order in which to show them.

    ``constant`` and ``constant_by_position`` know nothing of an example; ``previous_bar`` is told the true bar before;
    ``nearest`` says the training example that is least far from what an encoder reads, which costs log2 N bits;
    ``linear`` and ``linear_draw`` are the linear code at the model's own bits, from the posterior's mean and from a
    draw. There is no linear code where the encoder reads something else than what is to be said.

    Args:
        converter: what the columns mean, and how many steps a bar has.
        training: what floors are fitted to.
        examples: of which they are asked; of no more steps than the training examples have.
        bits: of the linear code, the model's KL; None for none.
        seed: of draws.
    """
    training = _taken(training, converter)
    fields = training.layout.outputs
    steps = max(training.steps, examples.steps)
    known, asked = _padded(training.outputs, steps), _padded(examples.outputs, steps)  # [N, T, D], [B, T, D]
    count = len(asked)
    by_position = constant_by_position(fields, known)
    found = {
        CONSTANT: np.broadcast_to(constant(fields, known), asked.shape),
        BY_POSITION: np.broadcast_to(by_position, asked.shape),
    }
    if converter.steps_per_bar is not None and converter.steps_per_bar < steps and examples.lengths.ndim == 1:
        found[PREVIOUS] = previous_bar(asked, by_position, converter.steps_per_bar)
    own = training.inputs is not training.outputs
    read = (_padded(training.inputs, steps), _padded(examples.inputs, steps)) if own else (known, asked)
    found[NEAREST] = known[Nearest(read[0]).find(read[1])]
    if bits is not None and not own:
        flat, wanted = known.reshape(len(known), -1), asked.reshape(count, -1)
        code = LinearCode.of(flat, seed=seed)
        some = np.linspace(0, len(flat) - 1, min(len(flat), _FITTED_ON)).astype(np.int64)
        rng = np.random.default_rng(seed)
        for name, say in (
            (LINEAR, code.mean),
            (LINEAR_DRAW, lambda rows, spent: code.draw(rows, spent, rng)),
        ):
            reader = Reader.of(fields, known[some], say(flat[some], bits).reshape(known[some].shape))
            found[name] = reader.read(say(wanted, bits).reshape(asked.shape))
    return {name: np.ascontiguousarray(said[:, : examples.steps]) for name, said in found.items()}


def _taken(training: Examples, converter: Converter) -> Examples:
    """All training examples, or as many of them as fit, evenly over the split."""
    numbers = training.steps * (converter.output_depth + converter.input_depth)
    most = max(_MOST_NUMBERS // max(numbers, 1), 1)
    if len(training) <= most:
        return training
    return training.take(np.linspace(0, len(training) - 1, most).astype(np.int64))


def _padded(rows: FloatArray, steps: int) -> FloatArray:
    short = steps - rows.shape[1]
    return np.pad(rows, ((0, 0), (0, short), (0, 0))) if short else rows
