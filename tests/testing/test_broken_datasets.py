"""Each defect of a data set is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_datasets import INTENDED, HonestDataset

import gen.testing
from gen.testing.datasets import CHECKS


@pytest.mark.parametrize("dataset", INTENDED, ids=lambda dataset: dataset.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(dataset):
    report = gen.testing.check_dataset(dataset)
    assert [result.name for result in report.failures] == [INTENDED[dataset]], str(report)
    assert report.failures[0].cause


def test_an_honest_data_set_passes():
    report = gen.testing.check_dataset(HonestDataset).require()
    assert {result.outcome for result in report.results} == {"passed"}


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} == set(INTENDED.values())


def test_a_data_set_that_is_not_here_is_skipped_and_says_why():
    class Elsewhere(HonestDataset):
        def items(self):
            raise gen.errors.DataMissingError(f"fetch it, and pass --data; not in {self.path}")
            yield

    report = gen.testing.check_dataset(Elsewhere)
    assert not report.failures
    skipped = {result.name: result.message for result in report.results if result.outcome == "skipped"}
    assert "its data isn't on this machine: fetch it, and pass --data" in skipped["items"]


def test_checks_download_nothing():
    import socket

    class Downloads(HonestDataset):
        def items(self):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
            yield

    report = gen.testing.check_dataset(Downloads)
    assert "don't use the network" in str(report)
