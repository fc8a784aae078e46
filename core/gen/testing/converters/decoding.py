"""From arrays back to notes, and round again.

Letters in shape comments: B batch, T steps, D depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.interfaces.rows import Field, Flags, FloatArray, Floats, OneHot
from gen.notes.sequence import NoteSequence
from gen.testing.checks import Checks, Verdict, failed
from gen.testing.converters.subject import ConverterSubject

_CLOSE = 0.02  # of a real number that went through a MIDI velocity, 1/127


CHECKS: Checks[ConverterSubject] = Checks()


@CHECKS.add(
    "an index, a pitch or a velocity that a model's output can push out of range, or a step with no class at all",
    needs=["constructs"],
)
def decodes_anything(subject: ConverterSubject) -> None:
    """Whatever a decoder may say in this layout becomes valid notes, one sequence an example."""
    rng = np.random.default_rng(0)
    steps = subject.component.steps or 32
    layout = subject.component.layout
    for examples in (1, 3):
        outputs = _random(rng, layout.outputs, (examples, steps))
        controls = _random(rng, layout.controls, (examples, steps)) if subject.component.control_depth else None
        for kind, array in (("random", outputs), ("all-zero", np.zeros_like(outputs))):
            try:
                clips = subject.decode(array, controls, f"{examples} examples")
            except Verdict:
                raise
            except Exception as error:
                failed(f"from_tensors() raises {type(error).__name__}: {error}; of {kind} outputs of {steps} steps")
            for clip in clips:
                _check_notes(clip, kind)


@CHECKS.add(
    "columns in another order in from_tensors than in convert, an offset of one step or pitch, or another tempo",
    needs=["examples", "determinism", "decodes-anything"],
)
def round_trip(subject: ConverterSubject) -> None:
    """Outputs decoded to notes and converted again are the outputs that they were; real numbers from step 1 on."""
    real = _real_columns(subject.component.layout.outputs)
    for number, example in enumerate(subject.examples):
        controls = None if example.controls is None else example.controls[None]
        (notes,) = subject.decode(example.outputs[None], controls, "one example")
        conversion = subject.convert(notes)
        if not conversion.examples:
            reason = conversion.rejection
            assert reason is not None
            failed(f"what example {number} decodes to is no longer converted: {reason.code}: {reason.detail}")
        length = int(np.max(example.length)) if np.ndim(example.length) == 0 else len(example.outputs)
        errors = [_errors(example.outputs[:length], again.outputs, real) for again in conversion.examples]
        least = min(errors, key=lambda each: float(each.max()))
        if least.max() > _CLOSE:
            step = int(least.max(axis=1).argmax())
            columns = np.flatnonzero(least[step] > _CLOSE)
            failed(
                f"example {number} comes back as another: step {step} is off by {least.max():.3g}, "
                f"in columns {columns[:8].tolist()}"
            )


def _errors(wanted: FloatArray, again: FloatArray, real: npt.NDArray[np.bool_]) -> FloatArray:
    """How far off each number is, ``[T, D]``; steps that are missing count as zeros."""
    there = np.zeros_like(wanted)
    there[: len(again)] = again[: len(wanted)]
    errors: FloatArray = np.abs(wanted - there)
    errors[0, real] = 0.0  # a note before its beat can't come before the beginning of a clip: what it was is lost
    return errors


def _real_columns(fields: Sequence[Field]) -> npt.NDArray[np.bool_]:
    """Which columns hold real numbers."""
    return np.concatenate([np.full(field.width, isinstance(field, Floats)) for field in fields])


def _random(rng: np.random.Generator, fields: Sequence[Field], shape: tuple[int, int]) -> FloatArray:
    """Rows of these fields, ``[B, T, D]``."""
    return np.concatenate([_random_field(rng, field, shape).astype(np.float32) for field in fields], axis=-1)


def _random_field(rng: np.random.Generator, field: Field, shape: tuple[int, int]) -> npt.NDArray[Any]:
    if isinstance(field, OneHot):
        classes: npt.NDArray[Any] = np.eye(field.width)[rng.integers(0, field.width, shape)]
        return classes
    if isinstance(field, Flags):
        return rng.integers(0, 2, (*shape, field.width))
    return rng.uniform(-1, 1, (*shape, field.width))


def _check_notes(clip: NoteSequence, kind: str) -> None:
    times = np.concatenate([clip.start, clip.end, [clip.total_time]])
    if not np.isfinite(times).all():
        failed(f"{kind} outputs decode to notes at times that are not finite")
    for name, values in (("pitches", clip.pitch), ("velocities", clip.velocity), ("programs", clip.program)):
        if len(values) and not (values.min() >= 0 and values.max() <= 127):
            failed(f"{kind} outputs decode to {name} from {values.min()} to {values.max()}; MIDI has 0 to 127")
    if (clip.end < clip.start).any():
        failed(f"{kind} outputs decode to a note that ends before it begins")
