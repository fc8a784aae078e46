"""The checks of converters, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.converters import basics
from gen.testing.converters.subject import ConverterSubject as ConverterSubject

CHECKS: tuple[Check[ConverterSubject], ...] = (
    Check("constructs", basics.constructs, "options that don't go together"),
)
