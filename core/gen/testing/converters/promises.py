"""What comes of a sequence: examples of the promised form, or a reason in words."""

from __future__ import annotations

import numpy as np

from gen.interfaces.converter import Conversion, Converter, Example
from gen.interfaces.rows import Rows
from gen.notes.sequence import NoteSequence
from gen.testing.checks import Checks, failed
from gen.testing.converters.subject import ConverterSubject
from gen.testing.music import strange_sequences
from gen.testing.subject import under_two_seeds

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


@CHECKS.add(
    "arrays of float64, a depth that counts one column too many, or a layout that was written for other options",
    needs=["constructs"],
)
def examples(subject: ConverterSubject) -> None:
    """Arrays have the promised depths, steps and layout, and finite numbers; lengths lie within them."""
    for number, example in enumerate(subject.examples):
        _check(subject, example, f"example {number}")


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
        _check_rejection(conversion, number)
        for example in conversion.examples[:2]:
            _check(subject, example, f"an example of the strange sequence {number} ({_told(notes)})")


@CHECKS.add("numpy.random or random in place of the generator that is handed in", needs=["constructs"])
def determinism(subject: ConverterSubject) -> None:
    """The same generator gives the same examples, and no other is drawn from."""
    found = under_two_seeds(lambda _: [subject.convert(clip, seed=4).examples for clip in subject.clips])
    for one, other in zip(*found, strict=True):
        if len(one) != len(other) or not all(map(_equal, one, other)):
            failed("the same generator gives other examples of the same sequence: something else is drawn from")


def _check(subject: ConverterSubject, example: Example, where: str) -> None:
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


def _check_rejection(conversion: Conversion, number: int) -> None:
    rejection = conversion.rejection
    if rejection is None:
        return
    if not rejection.code or not rejection.code.replace("-", "").isalnum():
        failed(f"strange sequence {number}: code {rejection.code!r}; a short word for counting, such as 'too-short'")
    if len(rejection.detail) < 10:
        failed(f"strange sequence {number}: detail {rejection.detail!r}; a sentence with the values that decided")


def _equal(one: Example, other: Example) -> bool:
    if (one.controls is None) != (other.controls is None):
        return False
    names = ("inputs", "outputs", "length") if one.controls is None else ("inputs", "outputs", "length", "controls")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def _told(notes: NoteSequence) -> str:
    tempos, metres = len(notes.tempos), len(notes.time_signatures)
    return f"{len(notes)} notes, {tempos} tempos, {metres} time signatures, {len(notes.chords)} chords"
