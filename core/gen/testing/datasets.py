"""The checks of data sets, in the order in which they run."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import get_args
from unittest.mock import patch

from gen.errors import DataError, DataMissingError, MidiError
from gen.interfaces.dataset import DatasetSource, Item, Skipped, Split
from gen.midi.reading import read_midi
from gen.midi.writing import midi_bytes
from gen.testing.checks import Checks, failed, skipped
from gen.testing.music import plain_pieces
from gen.testing.subject import Subject

_READ = 25
_MOST = 3000  # files
_BYTES = 2**26  # of a folder that is copied
_COPIES = 9


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


@CHECKS.add(
    "a split by the name, the place in the list, or a draw, where copies and other takes of a file go anywhere",
    needs=["readable", "splits"],
)
def same_content(subject: DatasetSubject) -> None:
    """What has the same bytes is on one side, under whatever names."""
    sides: dict[bytes, tuple[str, Split]] = {}
    for item in [each for each in subject.items if isinstance(each, Item)][:_MOST]:
        content = item.read()
        side = item.side(content)
        name, first = sides.setdefault(hashlib.sha256(content).digest(), (item.id, side))
        if first != side:
            failed(f"{name} is in split {first}, and {item.id}, which has the same bytes, in split {side}")
    if not (folder := _folder(subject)):
        return  # nothing can be added
    with _copied(subject, folder) as (copy, inside):
        there = [item.read() for item in copy.some]
        for number in range(_COPIES if there else 0):
            inside.joinpath(f"{'amz'[number % 3]}-copy-{number}.mid").write_bytes(there[0])
        found = [each for each in copy.make().items() if isinstance(each, Item) and each.read() == there[0]]
        if len(split := {each.side() for each in found}) > 1:
            failed(f"copies of one file under other names are in splits {' and '.join(sorted(split))}")


@CHECKS.add("a split by the place in the list, or by a draw over all files together", needs=["same-content"])
def additions(subject: DatasetSubject) -> None:
    """When files are added, those of before are there as they were, on the side on which they were."""
    if not (folder := _folder(subject)):
        skipped("it has no path to a folder of files, to which some could be added")
    with _copied(subject, folder) as (copy, inside):
        before = _sides(copy.items)
        for number, piece in enumerate(plain_pieces()):
            inside.joinpath(f"{'amz'[number % 3]}-new-{number}.mid").write_bytes(midi_bytes(piece))
        after = _sides(copy.make().items())
        for name, side in before.items():
            if name not in after:
                failed(f"once five files are added {name} is no item any more")
            if after[name] != side:
                failed(f"once five files are added {name} is in split {after[name]}; it was in {side}")


@CHECKS.add(
    "names without sizes and times in the signature, or those of a folder that doesn't tell of what is inside",
    needs=["signature"],
)
def signature_follows(subject: DatasetSubject) -> None:
    """Once a file is written anew, or another one is there, the signature is another."""
    if not subject.items or subject.component.signature() is None:
        skipped("it has none, so all of it is read whenever somebody asks")
    if not (folder := _folder(subject)):
        skipped("it has no path to a folder of files that could be changed")
    with _copied(subject, folder) as (copy, inside):
        first, before = copy.make().signature(), _sides(copy.items)
        piece = midi_bytes(plain_pieces()[3])
        changed = next((file for name in before for file in inside.rglob(Path(name).name)), None)
        if changed is not None:
            changed.write_bytes(piece)
            os.utime(changed, (2e9, 2e9))
            if copy.make().signature() == first:
                failed(f"once {changed.name} is written anew the signature is the same: nobody would notice")
        second = copy.make().signature()
        inside.joinpath("n-new.mid").write_bytes(piece)
        if _sides(copy.make().items()).keys() != before.keys() and copy.make().signature() == second:
            failed("once a file is added the signature is the same: nobody would notice")


def _sides(found: Iterable[Item | Skipped]) -> dict[str, Split]:
    """The side of each item."""
    return {each.id: each.side() for each in found if isinstance(each, Item)}


def _folder(subject: DatasetSubject) -> Path | None:
    """The folder of files that a data source is pointed at, if it is a small one."""
    path = subject.options.get("path")
    if not isinstance(path, (str, Path)) or not Path(path).is_dir():
        return None
    files = [file for file in Path(path).rglob("*") if file.is_file()]
    return Path(path) if len(files) <= _MOST and sum(file.stat().st_size for file in files) <= _BYTES else None


@contextmanager
def _copied(subject: DatasetSubject, folder: Path) -> Iterator[tuple[DatasetSubject, Path]]:
    """The same source on a copy of its folder, and where in there its first item lies."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy)
        again = DatasetSubject(subject.cls, {**subject.options, "path": str(copy)})
        named = (copy / each.id for each in again.some)
        yield again, next((file.parent for file in named if file.is_file()), copy)


def _spread(found: Iterable[Item | Skipped]) -> list[Item]:
    """Some of the items among many files, from all over."""
    items = [each for each in found if isinstance(each, Item)]
    return items[:: max(1, len(items) // _READ)][:_READ]
