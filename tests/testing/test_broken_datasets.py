"""Each defect of a data set is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_datasets import FOLDERS, INTENDED, HonestDataset, HonestFolder

import gen.testing
from gen.testing.datasets import CHECKS


@pytest.mark.parametrize("dataset", INTENDED, ids=lambda dataset: dataset.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(dataset):
    report = gen.testing.check_dataset(dataset)
    assert [result.name for result in report.failures] == [INTENDED[dataset]], str(report)
    assert report.failures[0].cause


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nine files in a folder and one inside."""
    made = tmp_path_factory.mktemp("clips")
    (made / "inside").mkdir()
    for number, item in enumerate(HonestDataset().items()):
        if isinstance(item, gen.Item):
            (made / ("inside" if number % 2 else "") / f"k{number}.mid").write_bytes(item.read())
    return made


@pytest.mark.parametrize("dataset", FOLDERS, ids=lambda dataset: dataset.__name__)
def test_a_defect_that_shows_once_files_are_added_is_found_by_its_check_and_by_no_other(dataset, folder):
    report = gen.testing.check_dataset(dataset, path=str(folder))
    assert [result.name for result in report.failures] == [FOLDERS[dataset]], str(report)


def test_an_honest_data_set_passes(folder):
    skipped = {each.name for each in gen.testing.check_dataset(HonestDataset).require().unproved}
    assert skipped == {"additions", "signature-follows"}
    report = gen.testing.check_dataset(HonestFolder, path=str(folder)).require()
    assert {result.outcome for result in report.results} == {"passed"}


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} == {*INTENDED.values(), *FOLDERS.values()}


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
