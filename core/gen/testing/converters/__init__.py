"""The checks of converters, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Checks
from gen.testing.converters import places, tensors
from gen.testing.converters.tensors import ConverterSubject as ConverterSubject

CHECKS: Checks[ConverterSubject] = Checks([*tensors.CHECKS, *places.CHECKS])
