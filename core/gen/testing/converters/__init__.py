"""The checks of converters, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.converters import basics, decoding, promises, statistics
from gen.testing.converters.subject import ConverterSubject as ConverterSubject

CHECKS: tuple[Check[ConverterSubject], ...] = (
    Check("constructs", basics.constructs, "options that don't go together, or depths that are computed too late"),
    Check(
        "examples",
        promises.examples,
        "arrays of float64, a depth that counts one column too many, or a layout that was written for other options",
        needs=("constructs",),
    ),
    Check(
        "reasons",
        promises.reasons,
        "a sequence without notes, tempo or metre, or with times beyond reason, that nobody thought of",
        needs=("examples",),
    ),
    Check(
        "determinism",
        promises.determinism,
        "numpy.random or random in place of the generator that is handed in",
        needs=("constructs",),
    ),
    Check(
        "decodes-anything",
        decoding.decodes_anything,
        "an index, a pitch or a velocity that a model's output can push out of range, or a step with no class at all",
        needs=("constructs",),
    ),
    Check(
        "round-trip",
        decoding.round_trip,
        "columns in another order in from_tensors than in convert, an offset of one step or pitch, or another tempo",
        needs=("examples", "determinism", "decodes-anything"),
    ),
    Check(
        "statistics",
        statistics.perfect,
        "outputs compared with something other than targets, or padding counted as wrong",
        needs=("examples",),
    ),
    Check(
        "additive",
        statistics.additive,
        "means in place of sums, or one number for the whole batch",
        needs=("examples",),
    ),
    Check(
        "empty-statistics",
        statistics.empty,
        "a division by a count of 0, or figures that are left out where there is nothing to judge by",
        needs=("statistics", "additive"),
    ),
)
