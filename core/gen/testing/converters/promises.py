"""What comes of a sequence: examples of the promised form, or a reason in words."""

from __future__ import annotations

import random

import numpy as np

from gen.interfaces.converter import Conversion, Example
from gen.interfaces.rows import FloatArray, Rows
from gen.notes.sequence import NoteSequence
from gen.testing.checks import failed
from gen.testing.converters.subject import ConverterSubject
from gen.testing.music import strange_sequences


def examples(subject: ConverterSubject) -> None:
    """Arrays have the promised depths, steps and layout, and finite numbers; lengths lie within them."""
    for number, example in enumerate(subject.some()):
        check_example(subject, example, f"example {number}")


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
        _check_rejection(conversion, number)
        for example in conversion.examples[:2]:
            check_example(subject, example, f"an example of the strange sequence {number} ({_told(notes)})")


def determinism(subject: ConverterSubject) -> None:
    """The same generator gives the same examples, and no other is drawn from."""
    for clip in subject.clips:
        python, numpy = random.getstate(), np.random.get_state(legacy=True)  # noqa: NPY002 - what must not be used
        found = []
        try:
            for seed in (1, 2):
                random.seed(seed)
                np.random.seed(seed)  # noqa: NPY002
                found.append(subject.convert(clip, seed=4).examples)
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002
        if len(found[0]) != len(found[1]) or not all(map(_equal, *found)):
            failed("the same generator gives other examples of the same sequence: something else is drawn from")


def check_example(subject: ConverterSubject, example: Example, where: str) -> None:
    """Fail unless one example keeps all promises."""
    converter = subject.converter
    layout = converter.layout
    steps = len(example.outputs)
    if converter.steps not in (None, steps):
        failed(f"{where} has {steps} steps; the converter says {converter.steps}")
    arrays = {
        "inputs": (example.inputs, example.given.inputs, converter.input_depth, layout.inputs),
        "outputs": (example.outputs, example.given.outputs, converter.output_depth, layout.outputs),
    }
    if (example.controls is None) != (converter.control_depth == 0):
        has = "no controls" if example.controls is None else "controls"
        failed(f"{where} has {has}; control_depth is {converter.control_depth}")
    if example.controls is not None and example.given.controls is not None:
        arrays["controls"] = (example.controls, example.given.controls, converter.control_depth, layout.controls)
    for name, (array, given, depth, fields) in arrays.items():
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


def _check_rejection(conversion: Conversion, number: int) -> None:
    rejection = conversion.rejection
    if rejection is None:
        return
    if not rejection.code or not rejection.code.replace("-", "").isalnum():
        failed(f"strange sequence {number}: code {rejection.code!r}; a short word for counting, such as 'too-short'")
    if len(rejection.detail) < 10:
        failed(f"strange sequence {number}: detail {rejection.detail!r}; a sentence with the values that decided")


def _equal(one: Example, other: Example) -> bool:
    def same(a: FloatArray | None, b: FloatArray | None) -> bool:
        return (a is None) == (b is None) and (a is None or b is None or np.array_equal(a, b))

    return (
        same(one.inputs, other.inputs)
        and same(one.outputs, other.outputs)
        and same(one.controls, other.controls)
        and np.array_equal(one.length, other.length)
    )


def _told(notes: NoteSequence) -> str:
    tempos, metres = len(notes.tempos), len(notes.time_signatures)
    return f"{len(notes)} notes, {tempos} tempos, {metres} time signatures, {len(notes.chords)} chords"
