"""It can be made, and says what it makes."""

from __future__ import annotations

from gen.interfaces.converter import Converter
from gen.testing.checks import failed
from gen.testing.converters.subject import ConverterSubject


def constructs(subject: ConverterSubject) -> None:
    """It can be made from its options, and says its depths and steps."""
    converter = subject.make()
    if not isinstance(converter, Converter):
        failed(f"{type(converter).__name__} is no gen.Converter")
    for name in ("input_depth", "output_depth", "control_depth"):
        depth, least = getattr(converter, name), 0 if name == "control_depth" else 1
        if not isinstance(depth, int) or depth < least:
            failed(f"{name} is {depth!r}, not a whole number of at least {least}")
    if converter.steps is not None and converter.steps < 1:
        failed(f"steps is {converter.steps}: a number of at least 1, or None where it varies")
