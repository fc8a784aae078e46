"""The checks of converters, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Checks
from gen.testing.converters import decoding, promises, statistics
from gen.testing.converters.subject import ConverterSubject as ConverterSubject

CHECKS: Checks[ConverterSubject] = Checks([*promises.CHECKS, *decoding.CHECKS, *statistics.CHECKS])
