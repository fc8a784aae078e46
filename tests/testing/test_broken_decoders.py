"""Each defect is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_decoders import INTENDED, AnswersInsteadOfRefusing, WantsToBeTold
from honest_decoder import HonestDecoder
from other_decoders import (
    AttendsBackwards,
    AttendsBothWays,
    DrawsRealNumbers,
    DropsWords,
    MeansOverStepsOfRealNumbers,
    NormalisesBatches,
    SaysAllAtOnce,
    SmoothsItsLabels,
)

import gen.testing
from gen.testing.decoders import CHECKS, DecoderSubject, fields
from gen_decoders.flat import FlatDecoder

NEEDS_A_GPU = {"cuda"}
OPTIONAL = {"stepwise", "segments", "cuda", "metrics", "says-fields"}
"""What a decoder without further interfaces, or without metrics of known names, isn't asked."""


def options_of(decoder: type) -> dict[str, object]:
    """FlatDecoder's own widths would take long."""
    return {"sizes": [8]} if issubclass(decoder, FlatDecoder) else {}


@pytest.mark.parametrize("decoder", INTENDED, ids=lambda decoder: decoder.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(decoder):
    report = gen.testing.check_decoder(decoder, **options_of(decoder))
    assert [result.name for result in report.failures] == [INTENDED[decoder]], str(report)
    assert report.failures[0].cause


@pytest.mark.parametrize(
    ("decoder", "found"),
    [
        (AnswersInsteadOfRefusing, "it says OneHot(9), and takes steps of Flags(9), which it can't say"),
        (WantsToBeTold, "9 numbers, which is what a converter has that doesn't tell, are refused: it says one class"),
    ],
)
def test_what_a_decoder_declares_is_held_against_what_it_says(decoder, found):
    (check,) = fields.CHECKS
    assert found in check.run(DecoderSubject(decoder, options_of(decoder))).message


def test_an_honest_decoder_passes():
    report = gen.testing.check_decoder(HonestDecoder).require()
    skipped = {result.name for result in report.results if result.outcome == "skipped"}
    assert skipped <= OPTIONAL


@pytest.mark.parametrize(
    ("decoder", "reasons"),
    [
        (SaysAllAtOnce, {"state-flow": "it hears no targets", "feedback-share": "it hears no targets"}),
        (DrawsRealNumbers, {"loss-in-nats": "steps are real numbers", "half-temperature": "steps are real numbers"}),
        (AttendsBackwards, {"channel-order": "every column is 0 or 1"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_decoders_of_other_kinds_pass_and_what_does_not_apply_says_why(decoder, reasons):
    report = gen.testing.check_decoder(decoder).require()
    skipped = {result.name: result.message for result in report.results if result.outcome == "skipped"}
    assert skipped.keys() - OPTIONAL == reasons.keys()
    assert all(skipped[name].startswith(reason) for name, reason in reasons.items())


@pytest.mark.parametrize("decoder", [SmoothsItsLabels, DropsWords, NormalisesBatches])
def test_designs_that_differ_in_training_alone_pass(decoder):
    gen.testing.check_decoder(decoder).require()


@pytest.mark.parametrize(
    ("decoder", "check"), [(MeansOverStepsOfRealNumbers, "loss-summed"), (AttendsBothWays, "target-leak")]
)
def test_their_defects_are_found_too(decoder, check):
    report = gen.testing.check_decoder(decoder)
    assert [result.name for result in report.failures] == [check], str(report)


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} - NEEDS_A_GPU == set(INTENDED.values())
