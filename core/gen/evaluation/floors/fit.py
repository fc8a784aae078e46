"""Every floor of a data set: fitted to its training split, asked for other examples.

Letters in shape comments: N training examples, B examples, T steps, D depth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen.data.examples import Examples
from gen.data.store import Store
from gen.evaluation.floors.keeping import kept_code
from gen.evaluation.floors.linear import LinearCode
from gen.evaluation.floors.reading import Reader
from gen.evaluation.floors.simple import Nearest, constant, constant_by_position, previous_bar
from gen.interfaces.converter import Converter
from gen.interfaces.rows import FloatArray

_MOST_NUMBERS = 250_000_000  # of training examples as arrays (1 GB); of more of them, evenly many are taken
_FITTED_ON = 2_000  # training examples by which thresholds are chosen

CONSTANT, BY_POSITION, PREVIOUS, NEAREST = "constant", "constant_by_position", "previous_bar", "nearest"
LINEAR, LINEAR_DRAW = "linear_code_at_{}_bits", "drawn_linear_code_at_{}_bits"


def floors(
    converter: Converter,
    training: Examples,
    examples: Examples,
    *,
    bits: Sequence[int] = (),
    seed: int = 0,
    store: Store | None = None,
) -> dict[str, FloatArray]:
    """What every floor says of examples, ``[B, T, D]`` each, in the order in which to show them.

    ``constant`` and ``constant_by_position`` know nothing of an example; ``previous_bar`` is told the true bar before;
    ``nearest`` says the training example that is least far from what an encoder reads, which costs log2 N bits;
    ``linear_code_at_48_bits`` is the linear code at a model's own bits from the posterior's mean, and the drawn one
    from a draw. There is none where what the encoder reads leaves open what is to be said.

    Args:
        converter: what the columns mean, and how many steps a bar has.
        training: what floors are fitted to.
        examples: of which they are asked; of no more steps than the training examples have.
        bits: of the linear codes: the KL of the models beside which they stand.
        seed: of draws.
        store: of which ``training`` is the whole training split; the linear code is kept there.
    """
    numbers = training.steps * (converter.output_depth + converter.input_depth)
    training = training.evenly(max(_MOST_NUMBERS // max(numbers, 1), 1))
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
    read = _padded(training.inputs, steps)  # [N, T, D]
    found[NEAREST] = known[Nearest(read).find(_padded(examples.inputs, steps))]
    if bits and _tell_all(read[:_FITTED_ON], known[:_FITTED_ON]):
        flat, wanted = known.reshape(len(known), -1), asked.reshape(count, -1)
        code = kept_code(store, lambda: LinearCode.of(flat, seed=seed), seed=seed, examples=len(flat), steps=steps)
        some = np.linspace(0, len(flat) - 1, min(len(flat), _FITTED_ON)).astype(np.int64)
        rng = np.random.default_rng(seed)
        for spent in bits:
            for name, drawn in ((LINEAR, None), (LINEAR_DRAW, rng)):
                reader = Reader.of(fields, known[some], code.say(flat[some], spent, drawn).reshape(known[some].shape))
                found[name.format(spent)] = reader.read(code.say(wanted, spent, drawn).reshape(asked.shape))
    return {name: np.ascontiguousarray(said[:, : examples.steps]) for name, said in found.items()}


def _padded(rows: FloatArray, steps: int) -> FloatArray:
    short = steps - rows.shape[1]
    return np.pad(rows, ((0, 0), (0, short), (0, 0))) if short else rows


def _tell_all(inputs: FloatArray, outputs: FloatArray) -> bool:
    """Whether steps that are read alike are to be said alike, so that whoever reads all may know all."""
    steps = (part.reshape(-1, part.shape[-1]) for part in (inputs, outputs))
    said: dict[bytes, bytes] = {}
    pairs = ((heard.tobytes(), row.tobytes()) for heard, row in zip(*steps, strict=True))
    return inputs is outputs or all(said.setdefault(heard, row) == row for heard, row in pairs)
