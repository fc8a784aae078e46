"""What arrays converters make, what they make of arrays, and how they compare them.

Letters in shape comments: B batch, T steps, D depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gen.interfaces.converter import Conversion, Converter, Example
from gen.interfaces.rows import Field, Flags, FloatArray, Floats, OneHot, Rows
from gen.notes.sequence import NoteSequence
from gen.testing import arrays
from gen.testing.checks import Checks, Verdict, failed, skipped
from gen.testing.music import plain_pieces, strange_sequences
from gen.testing.subject import Subject, under_two_seeds

_A_PIECE = 3  # examples of one piece are much alike
_CLOSE = 0.02  # of a real number that went through a MIDI velocity, 1/127
_RATES = ("accuracy", "precision", "recall", "f1")
_ERRORS = ("error", "mae", "mse", "distance")


class ConverterSubject(Subject[Converter]):
    """Makes the converter, and converts with a generator of the same seed every time.

    ``clips`` are sequences that it is said to take; made up where there are none.
    """

    KIND = "converter"
    SIZES: ClassVar[Mapping[str, Any]] = {"mode": "infer"}

    def __init__(self, cls: type, options: Mapping[str, Any], clips: Sequence[NoteSequence] = ()) -> None:
        super().__init__(cls, options)
        self.clips = list(clips) or plain_pieces()

    def convert(self, notes: NoteSequence, *, seed: int = 0) -> Conversion:
        """What becomes of a sequence."""
        return self.component.convert(notes, rng=np.random.default_rng(seed))

    def decode(self, outputs: FloatArray, controls: FloatArray | None, what: str) -> list[NoteSequence]:
        """Arrays ``[B, T, D]`` as sequences; fails unless there is one for each of ``what``."""
        clips = self.component.from_tensors(outputs, controls)
        if len(clips) != len(outputs):
            failed(f"from_tensors() gives {len(clips)} sequences for {what}")
        return clips

    @cached_property
    def examples(self) -> list[Example]:
        """Some examples of every clip.

        Raises:
            gen.testing.checks.Verdict: there are none.
        """
        found = [example for clip in self.clips for example in self.convert(clip).examples[:_A_PIECE]]
        if not found:
            reason = self.convert(self.clips[0]).rejection
            said = "" if reason is None else f" ({reason.code}: {reason.detail})"
            skipped(
                f"no example comes of any of {len(self.clips)} clips{said}: hand in some that it takes, as clips=[…]"
            )
        return found

    @property
    def stacked(self) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Targets ``[B, T, D]``, lengths and tempos of the examples that have as many steps as the first."""
        same = [example for example in self.examples if len(example.outputs) == len(self.examples[0].outputs)]
        targets, lengths = (np.stack([getattr(each, name) for each in same]) for name in ("outputs", "length"))
        return targets, lengths, np.array([example.qpm for example in same])

    def figures(self, columns: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, float]:
        """What the statistics of several examples come to."""
        sums = {name: np.sum(column, axis=0, dtype=np.float64) for name, column in columns.items()}
        return self.component.summarise({name: each if each.ndim else float(each) for name, each in sums.items()})


CHECKS: Checks[ConverterSubject] = Checks()


@CHECKS.add("options that don't go together, or depths that are computed too late")
def constructs(subject: ConverterSubject) -> None:
    """It can be made from its options, and says its depths and steps."""
    converter = subject.make()
    if not isinstance(converter, Converter):
        failed(f"{type(converter).__name__} is no gen.Converter")
    for name, least in (("input_depth", 1), ("output_depth", 1), ("control_depth", 0)):
        depth = getattr(converter, name)
        if not isinstance(depth, int) or depth < least:
            failed(f"{name} is {depth!r}, not a whole number of at least {least}")
    if converter.steps is not None and converter.steps < 1:
        failed(f"steps is {converter.steps}: a number of at least 1, or None where it varies")


@CHECKS.add(arrays.IN_PLACE, needs=["constructs"])
def inputs_untouched(subject: ConverterSubject) -> None:
    """Notes, outputs, controls and targets are as they were: it takes arrays that can't be written to."""
    converter = subject.component
    for clip in subject.clips[:2]:  # columns of notes can't be written to anyway
        arrays.leaves_arrays(lambda clip=clip: subject.convert(clip), "convert()")
    try:
        examples = subject.examples[:2]
    except Verdict:
        raise
    except Exception:
        return
    for each in examples:
        given = [None if array is None else array[None] for array in (each.outputs, each.controls)]
        arrays.leaves_arrays(converter.from_tensors, "from_tensors()", *given)
        one = (each.outputs[None], each.outputs[None], np.array([each.length]), np.array([each.qpm]))
        arrays.leaves_arrays(converter.statistics, "statistics()", *one)


@CHECKS.add(
    "arrays of float64, a depth that counts one column too many, or a layout that was written for other options",
    needs=["inputs-untouched"],
)
def examples(subject: ConverterSubject) -> None:
    """Arrays have the promised depths, steps and layout, and finite numbers; lengths lie within them."""
    for number, example in enumerate(subject.examples):
        check_example(subject, example, f"example {number}")


@CHECKS.add(
    "a sequence without notes, tempo or metre, or with times beyond reason, that nobody thought of", needs=["examples"]
)
def reasons(subject: ConverterSubject) -> None:
    """Whatever a sequence contains, there are examples or a reason, and never an exception."""
    for number, notes in enumerate(strange_sequences()):
        try:
            conversion = subject.convert(notes)
        except Exception as error:
            failed(
                f"convert() raises {type(error).__name__}: {error}; of the strange sequence {number} ({_told(notes)}): "
                "give a gen.Rejection"
            )
        if (rejection := conversion.rejection) is not None:
            code, detail = rejection.code, rejection.detail
            if not code.replace("-", "").isalnum():
                failed(f"strange sequence {number}: code {code!r}; a short word for counting, such as 'too-short'")
            if len(detail) < 10:
                failed(f"strange sequence {number}: detail {detail!r}; a sentence with the values that decided")
        for example in conversion.examples[:2]:
            check_example(subject, example, f"an example of the strange sequence {number} ({_told(notes)})")


@CHECKS.add("numpy.random or random in place of the generator that is handed in", needs=["constructs"])
def determinism(subject: ConverterSubject) -> None:
    """The same generator gives the same examples, and no other is drawn from."""
    found = under_two_seeds(lambda _: [subject.convert(clip, seed=4).examples for clip in subject.clips])
    for one, other in zip(*found, strict=True):
        if len(one) != len(other) or not all(map(_equal, one, other)):
            failed("the same generator gives other examples of the same sequence: something else is drawn from")


def check_example(subject: ConverterSubject, example: Example, where: str) -> None:
    """Fail unless one example keeps all promises."""
    converter = subject.component
    steps = len(example.outputs)
    if converter.steps not in (None, steps):
        failed(f"{where} has {steps} steps; the converter says {converter.steps}")
    if (example.controls is None) != (converter.control_depth == 0):
        has = "no controls" if example.controls is None else "controls"
        failed(f"{where} has {has}; control_depth is {converter.control_depth}")
    for name in ("inputs", "outputs") if example.controls is None else ("inputs", "outputs", "controls"):
        array, given, fields = (getattr(each, name) for each in (example, example.given, converter.layout))
        depth = getattr(converter, f"{name.removesuffix('s')}_depth")
        if array.shape != (steps, depth):
            failed(f"{name} of {where}: shape {list(array.shape)}, not [{steps}, {depth}]")
        if array.dtype != np.float32 or not np.isfinite(array).all():
            failed(f"{name} of {where}: {array.dtype}, finite: {bool(np.isfinite(array).all())}; float32 is promised")
        if isinstance(given, Rows) and given.fields != tuple(fields):
            failed(f"{name} of {where} are rows of other fields than layout.{name} promises")
        try:
            Rows.of(array, fields)
        except ValueError as error:
            failed(f"{name} of {where} don't fit layout.{name}: {error}")
    if np.min(example.length) < 0 or np.sum(example.length) > steps:
        failed(f"{where}: length {example.length} of {steps} steps")
    if not example.qpm > 0:
        failed(f"{where}: a tempo of {example.qpm} quarter notes a minute")


def _equal(one: Example, other: Example) -> bool:
    names = ("inputs", "outputs", "length", "controls")  # of which None equals only None
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def _told(notes: NoteSequence) -> str:
    tempos, metres = len(notes.tempos), len(notes.time_signatures)
    return f"{len(notes)} notes, {tempos} tempos, {metres} time signatures, {len(notes.chords)} chords"


@CHECKS.add(
    "an index, a pitch or a velocity that a model's output can push out of range, or a step with no class at all",
    needs=["inputs-untouched"],
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
    for number, example in enumerate(subject.examples):
        if (off := closest(subject, example)) is not None:
            failed(f"example {number} {off}")


def closest(subject: ConverterSubject, example: Example) -> str | None:
    """What is wrong with an example that was decoded and converted again; None where nothing is."""
    fields = subject.component.layout.outputs
    real = np.concatenate([np.full(field.width, isinstance(field, Floats)) for field in fields])  # columns, [D]
    controls = None if example.controls is None else example.controls[None]
    (notes,) = subject.decode(example.outputs[None], controls, "one example")
    conversion = subject.convert(notes)
    if (reason := conversion.rejection) is not None:
        return f"decodes to what is no longer converted: {reason.code}: {reason.detail}"
    length = int(np.max(example.length)) if np.ndim(example.length) == 0 else len(example.outputs)
    errors = [_errors(example.outputs[:length], again.outputs, real) for again in conversion.examples]
    least = min(errors, key=lambda each: float(each.max()))
    if least.max() <= _CLOSE:
        return None
    step = int(least.max(axis=1).argmax())
    columns = np.flatnonzero(least[step] > _CLOSE)
    return f"comes back as another: step {step} is off by {least.max():.3g}, in columns {columns[:8].tolist()}"


def _errors(wanted: FloatArray, again: FloatArray, real: npt.NDArray[np.bool_]) -> FloatArray:
    """How far off each number is, ``[T, D]``; steps that are missing count as zeros."""
    there = np.zeros_like(wanted)
    there[: len(again)] = again[: len(wanted)]
    errors: FloatArray = np.abs(wanted - there)
    errors[0, real] = 0.0  # a note before its beat can't come before the beginning of a clip: what it was is lost
    return errors


def _random(rng: np.random.Generator, fields: Sequence[Field], shape: tuple[int, int]) -> FloatArray:
    """Rows of these fields, ``[B, T, D]``."""
    columns: list[npt.NDArray[Any]] = []
    for field in fields:
        if isinstance(field, OneHot):
            columns.append(np.eye(field.width)[rng.integers(0, field.width, shape)])
        elif isinstance(field, Flags):
            columns.append(rng.integers(0, 2, (*shape, field.width)))
        else:
            columns.append(rng.uniform(-1, 1, (*shape, field.width)))
    return np.concatenate(columns, axis=-1).astype(np.float32)


def _check_notes(clip: NoteSequence, kind: str) -> None:
    times = np.concatenate([clip.start, clip.end, [clip.total_time]])
    if not np.isfinite(times).all():
        failed(f"{kind} outputs decode to notes at times that are not finite")
    for name, values in (("pitches", clip.pitch), ("velocities", clip.velocity), ("programs", clip.program)):
        if len(values) and not (values.min() >= 0 and values.max() <= 127):
            failed(f"{kind} outputs decode to {name} from {values.min()} to {values.max()}; MIDI has 0 to 127")
    if (clip.end < clip.start).any():
        failed(f"{kind} outputs decode to a note that ends before it begins")


@CHECKS.add("outputs compared with something other than targets, or padding counted as wrong", needs=["examples"])
def statistics(subject: ConverterSubject) -> None:
    """Outputs that are the targets have rates of 1 and errors of 0; others have not."""
    targets, lengths, qpm = subject.stacked
    figures = subject.figures(subject.component.statistics(targets, targets, lengths, qpm))
    for name, value in figures.items():
        for names, wanted in ((_RATES, 1), (_ERRORS, 0)):
            if name.endswith(names) and abs(value - wanted) > 1e-6:  # which NaN isn't: there is nothing to judge by
                failed(f"{name} of a perfect output is {value:.4g}, not {wanted}")
    wrong = subject.figures(subject.component.statistics(targets, np.roll(targets, 1, axis=1), lengths, qpm))
    if all(value == wrong[name] or math.isnan(value) for name, value in figures.items()):
        failed("every figure is the same for outputs that are late by a step: outputs aren't looked at")


@CHECKS.add("means in place of sums, or one number for the whole batch", needs=["examples"])
def additive(subject: ConverterSubject) -> None:
    """Columns ``[B]``, or ``[B, K]`` and so on, that are the same for an example alone and among others."""
    targets, lengths, qpm = subject.stacked
    late = np.roll(targets, 1, axis=1)
    together = subject.component.statistics(targets, late, lengths, qpm)
    count = len(targets)
    for name, column in together.items():
        if np.shape(column)[:1] != (count,) or not np.isfinite(column).all():
            failed(f"statistics {name!r}: shape {list(np.shape(column))}, not [{count}] or [{count}, …] finite numbers")
    for row in range(count):
        one = slice(row, row + 1)
        alone = subject.component.statistics(targets[one], late[one], lengths[one], qpm[one])
        if alone.keys() != together.keys():
            failed(f"statistics of one example are named {sorted(alone)}, of {count} {sorted(together)}")
        for name, column in alone.items():
            if not np.allclose(column[0], together[name][row], rtol=1e-6, atol=1e-9):
                failed(f"statistics {name!r} of an example are others when it is alone")


@CHECKS.add(
    "a division by a count of 0, or figures that are left out where there is nothing to judge by",
    needs=["statistics", "additive"],
)
def empty_statistics(subject: ConverterSubject) -> None:
    """Sums of nothing at all have figures of the same names, and raise nothing."""
    targets, lengths, qpm = subject.stacked
    columns = subject.component.statistics(targets, targets, lengths, qpm)
    figures = subject.figures(columns)
    nothing = subject.figures({name: 0.0 * column for name, column in columns.items()})
    if nothing.keys() != figures.keys():
        failed(f"figures of nothing are named {sorted(nothing)}, of something {sorted(figures)}")
