"""The checks of data sets, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.datasets import basics, items, missing
from gen.testing.datasets.subject import DatasetSubject as DatasetSubject
from gen.testing.datasets.subject import offline as offline

CHECKS: tuple[Check[DatasetSubject], ...] = (
    Check("constructs", basics.constructs, "reading files in the constructor: items() is the place for that"),
    Check("terms", basics.terms, "a title or licence left empty, or of several lines", needs=("constructs",)),
    Check(
        "missing-data",
        missing.missing,
        "FileNotFoundError passed on, or nothing found and nothing said",
        needs=("constructs",),
    ),
    Check(
        "items",
        items.items,
        "names of files without their folders, which are not unique",
        needs=("constructs",),
    ),
    Check(
        "readable",
        items.readable,
        "files that aren't MIDI offered as items, or numbers as metadata",
        needs=("items",),
    ),
    Check(
        "stable",
        items.stable,
        "files in the order in which the system lists them (sort them), or music made up from another seed",
        needs=("readable",),
    ),
    Check(
        "splits",
        items.splits,
        "'valid' or 'dev' for validation, or a split that is drawn anew each time",
        needs=("items",),
    ),
    Check(
        "signature",
        items.signature,
        "the time of day, or an address of an object, in the signature",
        needs=("items",),
    ),
)
