"""Each defect of a converter is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_converters import INTENDED, HonestConverter

import gen.testing
from gen.testing.converters import CHECKS


@pytest.mark.parametrize("converter", INTENDED, ids=lambda converter: converter.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(converter):
    report = gen.testing.check_converter(converter)
    assert [result.name for result in report.failures] == [INTENDED[converter]], str(report)
    assert report.failures[0].cause


def test_an_honest_converter_passes():
    report = gen.testing.check_converter(HonestConverter).require()
    assert {result.outcome for result in report.results} == {"passed"}


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} == set(INTENDED.values())


def test_a_converter_that_takes_none_of_the_kits_music_says_so_and_can_be_given_some():
    class OnlyHighNotes(HonestConverter):
        def convert(self, notes, *, rng=None):
            if len(notes) and notes.pitch.min() < 84:
                return gen.Conversion((), gen.Rejection("too-low", "a note is below C6"))
            return super().convert(notes, rng=rng)

        def pitch(self, classes):
            return 84 + classes

    report = gen.testing.check_converter(OnlyHighNotes)
    skipped = next(result for result in report.results if result.name == "examples")
    assert skipped.outcome == "skipped"
    assert "too-low: a note is below C6" in skipped.message
    clip = gen.NoteSequence(pitch=[90, 91], start=[0.0, 1.0], end=[0.5, 1.5])
    given = gen.testing.check_converter(OnlyHighNotes, clips=[clip]).require()
    assert {result.outcome for result in given.results} == {"passed"}
