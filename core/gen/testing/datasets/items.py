"""What a data set holds: named files, each in a split, readable, and the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from gen.errors import MidiError
from gen.interfaces.dataset import Item, Skipped, Split
from gen.midi.reading import read_midi
from gen.testing.checks import failed, skipped
from gen.testing.datasets.subject import DatasetSubject

_READ = 25


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


def splits(subject: DatasetSubject) -> None:
    """Every item is in one of three splits, or a rule says in which, the same each time."""
    for item in _spread(subject.usable):
        sides = {item.side() for _ in range(2)}
        if not sides <= set(get_args(Split)):
            failed(f"{item.id} is in split {sides.pop()!r}; there are {', '.join(get_args(Split))}")
        if len(sides) > 1:
            failed(f"{item.id} is in split {' and '.join(sorted(sides))} by turns")


def readable(subject: DatasetSubject) -> None:
    """Files are there, most are MIDI (a damaged one is for whoever prepares them to report), and metadata is text."""
    looked_at = _spread(subject.usable)
    damaged: list[str] = []
    for item in looked_at:
        try:
            read_midi(item.read())
        except MidiError as error:
            damaged.append(f"{item.id}: {error}")
        except OSError as error:
            failed(f"{item.id} can't be opened: {error}; offer it as gen.Skipped")
        wrong = [name for name, value in item.metadata.items() if not isinstance(value, str)]
        if wrong:
            failed(f"metadata {wrong[0]!r} of {item.id} is {item.metadata[wrong[0]]!r}, not text")
    if len(damaged) > len(looked_at) / 2:
        failed(f"{len(damaged)} of {len(looked_at)} items can't be read, such as {damaged[0]}")


def stable(subject: DatasetSubject) -> None:
    """A second look, and another object of the same options, give the same files in the same order."""
    before = [(each.id, type(each).__name__) for each in subject.items]
    for source, what in ((subject.source, "a second time"), (subject.make(), "of a new object")):
        after = [(each.id, type(each).__name__) for each in source.items()]
        if after != before:
            wrong = next((a for a, b in zip(after, before, strict=False) if a != b), "a file more or less")
            failed(f"items() {what} gives other files, or in another order: {wrong}")
    bytes_before = [item.read() for item in _spread(subject.usable)]
    again = [each for each in subject.source.items() if isinstance(each, Item)]
    if [item.read() for item in _spread(again)] != bytes_before:
        failed("a second time the bytes of an item are others")


def signature(subject: DatasetSubject) -> None:
    """The signature of the same data is the same."""
    if not subject.items:  # or its data isn't here, and there is nothing to sign
        skipped("there is nothing to sign")
    one, other = subject.source.signature(), subject.make().signature()
    if one != other:
        failed(
            f"the signature of the same data is {one!r} and then {other!r}: all of it would be read again every time"
        )
    if one is not None and not isinstance(one, str):
        failed(f"the signature is {one!r}: text, or None")


def _spread(found: Sequence[Item]) -> list[Item]:
    """Some of many, from all over."""
    step = max(1, len(found) // _READ)
    return list(found[::step][:_READ])
