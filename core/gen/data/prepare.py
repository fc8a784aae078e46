"""From a data source to examples, with an account of what became of every file."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from gen.build import build_converter, build_source
from gen.data.examples import Examples, stack
from gen.data.report import FileReport, Report
from gen.data.windows import tfds_windows
from gen.errors import DataError, DataMissingError, MidiError
from gen.interfaces.converter import Conversion, Converter, Example, Rejection
from gen.interfaces.dataset import DatasetSource, Item, Skipped, Split
from gen.midi.reading import read_midi
from gen.notes import DEFAULT_QPM, NoteSequence
from gen.recipes.sections import DataSection, Recipe


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set, ready for a model.

    Attributes:
        splits: examples by split; splits without examples are absent.
        report: what became of every file.
    """

    splits: Mapping[Split, Examples]
    report: Report

    def require(self, split: Split) -> Examples:
        """The examples of a split.

        Raises:
            DataError: there are none; the text says why files were rejected.
        """
        if split not in self.splits:
            raise DataError(f"the {split} split has no example: {self.report.why_empty(split)}")
        return self.splits[split]


def open_source(data: DataSection, *, path: str | None = None) -> tuple[DatasetSource, str, str]:
    """The source that a recipe names, or its fallback.

    Args:
        data: the recipe's section.
        path: the command line's ``--data``; then there is no falling back.

    Returns:
        The source, its name, and a notice for people where it is the fallback (else empty).

    Raises:
        DataError: the data set is missing and there is no fallback, or it is damaged.
    """
    source = build_source(data.source, path=path)
    try:
        source.fetch()
    except DataMissingError as error:
        if data.fallback is None or path is not None:
            raise
        notice = f"data set {data.source.type!r} is not here, so {data.fallback.type!r} takes its place: {error}"
        fallback = build_source(data.fallback)
        fallback.fetch()
        return fallback, data.fallback.type, notice
    return source, data.source.type, ""


def prepare(
    recipe: Recipe,
    *,
    path: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Read, cut and convert a whole data set.

    The same recipe, data and seed give the same arrays: each file draws from its own generator.

    Args:
        recipe: whose data source, windows and converter to use.
        path: where the data lies, in place of the recipe's.
        progress: called with the number of files done.

    Raises:
        DataError: the data set is missing, damaged or empty.
    """
    source, name, notice = open_source(recipe.data, path=path)
    converters = {
        split: build_converter(recipe, mode="train" if split == "train" else "eval") for split in get_args(Split)
    }
    examples: dict[Split, list[Example]] = {split: [] for split in get_args(Split)}
    origins: dict[Split, list[int]] = {split: [] for split in get_args(Split)}
    files: list[FileReport] = []
    digest = hashlib.sha256()
    for index, item in enumerate(source.items()):
        if isinstance(item, Skipped):
            files.append(FileReport(item.id, rejection=Rejection("skipped", item.reason)))
            continue
        file, found = _convert(item, recipe, converters[item.split], digest)
        files.append(file)
        examples[item.split] += found
        origins[item.split] += [index] * len(found)
        if progress is not None:
            progress(index + 1)
    account = Report(
        source=name,
        title=source.title,
        licence=source.licence,
        notice=notice,
        windows=recipe.data.windows,
        fingerprint=digest.hexdigest(),
        files=tuple(files),
    )
    if not files:
        raise DataError(f"data set {name!r} has no files at all ({source.title})")
    splits = {split: stack(found, origins[split]) for split, found in examples.items() if found}
    return Prepared(splits, account)


def _convert(
    item: Item, recipe: Recipe, converter: Converter, digest: hashlib._Hash
) -> tuple[FileReport, list[Example]]:
    """One file: its report and its examples."""

    def report(**found: object) -> FileReport:
        return FileReport(item.id, split=item.split, metadata=dict(item.metadata), **found)  # type: ignore[arg-type]

    try:
        content = item.read()
    except OSError as error:
        return report(rejection=Rejection("unreadable", f"{error.strerror or error}")), []
    digest.update(f"{item.id}\0{item.split}\0".encode())
    digest.update(hashlib.sha256(content).digest())
    try:
        notes = read_midi(content)
    except MidiError as error:
        return report(rejection=Rejection("unreadable", str(error))), []
    try:
        windows = cut(notes, item, recipe.data)
    except ValueError as error:
        return report(rejection=Rejection("no-windows", str(error))), []
    # a generator a file: what one file draws doesn't depend on which files came before it
    rng = np.random.default_rng([recipe.training.seed, zlib.crc32(item.id.encode())])
    conversions = [converter.convert(window, rng=rng) for window in windows]
    found = [example for conversion in conversions for example in conversion.examples]
    return (
        report(
            windows=len(windows),
            examples=len(found),
            rejection=None if found else _first_rejection(conversions, recipe.data),
            notices=tuple(dict.fromkeys(notice for conversion in conversions for notice in conversion.notices)),
        ),
        found,
    )


def cut(notes: NoteSequence, item: Item, data: DataSection) -> list[NoteSequence]:
    """What the converter is given: the whole piece, or windows cut from it.

    Args:
        notes: the piece.
        item: its metadata may know the tempo (``bpm``) and metre (``time_signature``, such as ``4-4``) better.
        data: says how to cut.

    Raises:
        ValueError: the piece can't be cut that way; the text says why.
    """
    if data.windows == "whole" or data.window_bars is None:
        return [notes]
    signatures, tempos = notes.time_signatures, notes.tempos
    beats = int(signatures.numerator[0]) if len(signatures) else 4
    if "time_signature" in item.metadata:
        beats = int(item.metadata["time_signature"].split("-")[0])
    bpm = float(item.metadata.get("bpm", tempos.qpm[0] if len(tempos) else DEFAULT_QPM))
    return tfds_windows(notes, data.window_bars, bpm, beats)


def _first_rejection(conversions: list[Conversion], data: DataSection) -> Rejection:
    for conversion in conversions:
        if conversion.rejection is not None:
            return conversion.rejection
    return Rejection("too-short", f"shorter than one window of {data.window_bars} bars")
