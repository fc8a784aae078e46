"""The checks of data sets, in the order in which they run."""

from __future__ import annotations

import inspect
import socket
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import get_args
from unittest.mock import patch

from gen.errors import DataError, DataMissingError, MidiError
from gen.interfaces.dataset import DatasetSource, Item, Skipped, Split
from gen.midi.reading import read_midi
from gen.testing.checks import Checks, failed, skipped
from gen.testing.subject import Subject

_READ = 25


class DatasetSubject(Subject[DatasetSource]):
    """A data set under test."""

    KIND = "dataset"

    @cached_property
    def items(self) -> list[Item | Skipped]:
        """All that it gives.

        Raises:
            gen.testing.checks.Verdict: its data isn't here.
        """
        try:
            return list(self.component.items())
        except DataMissingError as error:
            skipped(f"its data isn't on this machine: {str(error).splitlines()[0]}")

    @property
    def some(self) -> list[Item]:
        """Some of many that were not skipped, from all over."""
        return _spread(self.items)


def offline() -> AbstractContextManager[object]:
    """No network for the length of the block: checks download nothing."""
    refusal = OSError("checks of data sets don't use the network; fetch the data first (gen data get)")
    return patch.object(socket.socket, "connect", side_effect=refusal)


CHECKS: Checks[DatasetSubject] = Checks()


@CHECKS.add("reading files in the constructor: items() is the place for that")
def constructs(subject: DatasetSubject) -> None:
    """It can be made from its options, whether its data is here or not."""
    source = subject.make()
    if not isinstance(source, DatasetSource):
        failed(f"{type(source).__name__} is no gen.DatasetSource")


@CHECKS.add("a title or licence left empty, or of several lines", needs=["constructs"])
def terms(subject: DatasetSubject) -> None:
    """Title and licence are a line each."""
    for name in ("title", "licence"):
        text = getattr(subject.component, name)
        if not isinstance(text, str) or not text.strip() or "\n" in text:
            failed(f"{name} is {text!r}: one line for people")


@CHECKS.add("FileNotFoundError passed on, or nothing found and nothing said", needs=["constructs"])
def missing_data(subject: DatasetSubject) -> None:
    """A ``path`` that leads nowhere is a `gen.errors.DataError` that names it, and so is an empty folder."""
    if "path" not in inspect.signature(subject.cls).parameters:
        skipped("it has no argument path, so it can't be told to look in the wrong place")
    with tempfile.TemporaryDirectory() as folder:
        for path, what in ((Path(folder) / "nowhere", "a path that leads nowhere"), (Path(folder), "an empty folder")):
            try:
                found = list(DatasetSubject(subject.cls, {**subject.options, "path": str(path)}).make().items())
            except DataError as error:
                if str(path) not in str(error):
                    failed(f"of {what}: the error doesn't name it: {error}")
            except Exception as error:
                failed(f"of {what}: {type(error).__name__}: {error}; a DataError or a DataMissingError is promised")
            else:
                failed(f"of {what}: {len(found)} items and no error")


@CHECKS.add("names of files without their folders, which are not unique", needs=["constructs"])
def items(subject: DatasetSubject) -> None:
    """There are items, or a `gen.errors.DataError` that says why not; ids are unique, and reasons are words."""
    found = subject.items
    if not any(isinstance(each, Item) for each in found):
        failed(f"items() gives {len(found)} files and none that can be used; raise gen.errors.DataError, and say why")
    for each in found:
        if not isinstance(each, (Item, Skipped)):
            failed(f"items() gives a {type(each).__name__}, which is neither gen.Item nor gen.Skipped")
        if not isinstance(each.id, str) or not each.id:
            failed(f"an id is {each.id!r}; it is text, such as a relative path")
        if isinstance(each, Skipped) and len(each.reason) < 4:
            failed(f"{each.id} is skipped for the reason {each.reason!r}; say it in words")
    twice = [name for name, count in Counter(each.id for each in found if isinstance(each, Item)).items() if count > 1]
    if twice:
        failed(f"{len(twice)} ids are given twice, such as {twice[0]!r}")


@CHECKS.add("files that aren't MIDI offered as items, or numbers as metadata", needs=["items"])
def readable(subject: DatasetSubject) -> None:
    """Files are there, most are MIDI (a damaged one is for whoever prepares them to report), and metadata is text."""
    damaged: list[str] = []
    for item in subject.some:
        try:
            read_midi(item.read())
        except MidiError as error:
            damaged.append(f"{item.id}: {error}")
        except OSError as error:
            failed(f"{item.id} can't be opened: {error}; offer it as gen.Skipped")
        for name, value in item.metadata.items():
            if not isinstance(value, str):
                failed(f"metadata {name!r} of {item.id} is {value!r}, not text")
    if len(damaged) > len(subject.some) / 2:
        failed(f"{len(damaged)} of {len(subject.some)} items can't be read, such as {damaged[0]}")


@CHECKS.add(
    "files in the order in which the system lists them (sort them), or music made up from another seed",
    needs=["readable"],
)
def stable(subject: DatasetSubject) -> None:
    """A second look, and another object of the same options, give the same files in the same order."""
    before = [(each.id, type(each).__name__) for each in subject.items]
    for source, what in ((subject.component, "a second time"), (subject.make(), "of a new object")):
        after = [(each.id, type(each).__name__) for each in source.items()]
        if after != before:
            wrong = next((a for a, b in zip(after, before, strict=False) if a != b), "a file more or less")
            failed(f"items() {what} gives other files, or in another order: {wrong}")
    bytes_before = [item.read() for item in subject.some]
    if [item.read() for item in _spread(subject.component.items())] != bytes_before:
        failed("a second time the bytes of an item are others")


@CHECKS.add("'valid' or 'dev' for validation, or a split that is drawn anew each time", needs=["items"])
def splits(subject: DatasetSubject) -> None:
    """Every item is in one of three splits, or a rule says in which, the same each time."""
    for item in subject.some:
        sides = {item.side() for _ in range(2)}
        if not sides <= set(get_args(Split)):
            failed(f"{item.id} is in split {sides.pop()!r}; there are {', '.join(get_args(Split))}")
        if len(sides) > 1:
            failed(f"{item.id} is in split {' and '.join(sorted(sides))} by turns")


@CHECKS.add("the time of day, or an address of an object, in the signature", needs=["items"])
def signature(subject: DatasetSubject) -> None:
    """The signature of the same data is the same."""
    if not subject.items:  # or its data isn't here, and there is nothing to sign
        skipped("there is nothing to sign")
    one, other = subject.component.signature(), subject.make().signature()
    if one != other:
        failed(
            f"the signature of the same data is {one!r} and then {other!r}: all of it would be read again every time"
        )
    if one is not None and not isinstance(one, str):
        failed(f"the signature is {one!r}: text, or None")


def _spread(found: Iterable[Item | Skipped]) -> list[Item]:
    """Some of the items among many files, from all over."""
    items = [each for each in found if isinstance(each, Item)]
    return items[:: max(1, len(items) // _READ)][:_READ]
