"""The checks of data sets, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.datasets import basics
from gen.testing.datasets.subject import DatasetSubject as DatasetSubject

CHECKS: tuple[Check[DatasetSubject], ...] = (
    Check("constructs", basics.constructs, "reading files in the constructor: items() is the place for that"),
    Check("terms", basics.terms, "a title or licence left empty, or of several lines", needs=("constructs",)),
)
