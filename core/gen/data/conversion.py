"""A few files of a data set to examples, with an account of each: the work that engines hand out.

What comes of a file depends on its bytes, its id and the recipe alone, so it may be done anywhere and in any order.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

import numpy as np

from gen.data.report import FileReport
from gen.data.table import Table
from gen.data.windows import tfds_windows
from gen.errors import GenError, MidiError, PluginError
from gen.interfaces.converter import Conversion, Converter, Example, Rejection, convert_with
from gen.interfaces.dataset import Item, Skipped, Split
from gen.interfaces.rows import Layout
from gen.midi.oddities import Oddity
from gen.midi.reading import read
from gen.model.build import build_converter
from gen.notes.moving import stretch, transpose
from gen.notes.sequence import NoteSequence
from gen.notes.steadying import steady, without_leading_silence
from gen.recipes.sections import AugmentSection, DataSection, Recipe
from gen.registry import registry
from gen.system.crew import LateError, at_most

_SECONDS = 60.0  # for a file; those that people made take less than one

Task = tuple[int, tuple[Item | Skipped, ...]]
"""Some files, one after another, and the number of the first one in the data set."""


@dataclass(frozen=True, eq=False)
class TaskResult:
    """A report for each file of a task, and the examples by split; splits without any are absent."""

    reports: tuple[FileReport, ...]
    tables: Mapping[Split, Table]


@dataclass(frozen=True)
class Job:
    """What to do with the files; a function from task to result that can be sent to another process."""

    recipe: Recipe

    @property
    def layouts(self) -> dict[Split, Layout]:
        """What the columns of each split's examples mean."""
        return {split: converter.layout for split, converter in converters_of(self.recipe).items()}

    def __call__(self, task: Task) -> TaskResult:
        """Convert the files of a task; a `PluginError` where the converter breaks its contract."""
        converters = converters_of(self.recipe)
        reports = []
        examples: dict[Split, list[Example]] = {split: [] for split in converters}
        origins: dict[Split, list[int]] = {split: [] for split in converters}
        first, items = task
        for index, item in enumerate(items, first):
            if isinstance(item, Skipped):
                reports.append(FileReport(item.id, rejection=Rejection("skipped", item.reason)))
                continue
            report, found = _in_bounds(item, self.recipe, converters)
            reports.append(report)
            if report.split is not None:
                examples[report.split] += found
                origins[report.split] += [index] * len(found)
        full = [split for split, found in examples.items() if found]
        try:
            tables = {split: Table.of(examples[split], origins[split], converters[split].layout) for split in full}
        except ValueError as error:
            whose = registry().whose("converter", self.recipe.converter.type)
            raise PluginError(f"{whose} gives examples that break its contract: {error}") from error
        return TaskResult(tuple(reports), tables)


@lru_cache(maxsize=4)
def converters_of(recipe: Recipe) -> Mapping[Split, Converter]:
    """The recipe's converter as each split needs it."""
    return {split: build_converter(recipe, mode="train" if split == "train" else "eval") for split in get_args(Split)}


def _in_bounds(item: Item, recipe: Recipe, converters: Mapping[Split, Converter]) -> tuple[FileReport, list[Example]]:
    """`convert_file`, which one file neither ends nor holds up for the others."""
    try:
        with at_most(_SECONDS):
            return convert_file(item, recipe, converters)
    except LateError as error:
        reason = Rejection("timed-out", str(error))
    except GenError:
        raise
    except Exception as error:  # of a stranger's plugin, or of ours at a file that nobody foresaw
        said = "it takes too much memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
        reason = Rejection("converter-fault", f"the converter failed: {said[:300]}")
    split: Split | None = item.split if isinstance(item.split, str) else None
    return FileReport(item.id, split=split, metadata=dict(item.metadata), rejection=reason), []


def convert_file(item: Item, recipe: Recipe, converters: Mapping[Split, Converter]) -> tuple[FileReport, list[Example]]:
    """One file: its report and its examples."""
    data = recipe.data
    split: Split | None = item.split if isinstance(item.split, str) else None
    digest = ""

    def report(**found: Any) -> FileReport:
        return FileReport(item.id, split=split, sha256=digest, metadata=dict(item.metadata), **found)

    try:
        content = item.read()
    except OSError as error:
        return report(rejection=Rejection("unreadable", f"{error.strerror or error}")), []
    digest = hashlib.sha256(content).hexdigest()
    try:
        found_in = hear(content, data)
    except MidiError as error:
        split = item.side(content)
        return report(rejection=Rejection("unreadable", str(error))), []
    # what a piece is known by doesn't depend on how a recipe hears it
    known = not data.drum_channels and data.reading == "gen" and not (data.drum_map and data.drum_map.voices)
    split, notes = item.side(content, found_in.as_read if known else None), found_in.notes
    # a generator a file: what one file draws doesn't depend on which files came before it
    rng = np.random.default_rng([data.seed, zlib.crc32(item.id.encode(errors="surrogatepass"))])
    if data.augment.frozen and split == "train":
        notes = augment(notes, data.augment, rng)
    windows, found = convert_piece(notes, item, data, converters[split], rng)
    examples = list(found.examples)
    notices = (*found_in.notices, *found.notices)
    return report(windows=windows, examples=len(examples), rejection=found.rejection, notices=notices), examples


def convert_piece(
    notes: NoteSequence, item: Item, data: DataSection, converter: Converter, rng: np.random.Generator
) -> tuple[int, Conversion]:
    """Cut a piece as a recipe says, and convert each window; also how many there are. See `cut`."""
    try:
        windows = cut(notes, item, data)
    except ValueError as error:
        return 0, Conversion([], Rejection("no-windows", str(error)))
    conversions = [convert_with(converter, window, item.metadata, rng=rng) for window in windows]
    examples = [example for conversion in conversions for example in conversion.examples]
    rejections = [conversion.rejection for conversion in conversions if conversion.rejection is not None]
    rejections.append(Rejection("too-short", f"shorter than one window of {data.window_bars} bars"))
    notices = dict.fromkeys(notice for conversion in conversions for notice in conversion.notices)
    return len(windows), Conversion(examples, None if examples else rejections[0], tuple(notices))


@dataclass(frozen=True, eq=False)
class Heard:
    """The music of a file, as a converter gets it and as it was read; and what is odd about the file.

    ``silent_bars`` before the first note were left out.
    """

    notes: NoteSequence
    as_read: NoteSequence
    oddities: tuple[Oddity, ...]
    silent_bars: int = 0

    @property
    def notices(self) -> tuple[str, ...]:
        """What of the file isn't heard."""
        count = self.silent_bars
        silence = f"{count} silent {'bar' if count == 1 else 'bars'} before the first note left out"
        return (*(each.text for each in self.oddities if each.lost), *([silence] if count else []))


def hear(content: bytes, data: DataSection, *, in_place: bool = False) -> Heard:
    """A MIDI file as a recipe wants it: with its reading and drum channels, and its drum map applied.

    With ``in_place`` silence before the first note stays. Raises as `gen.read_midi`.
    """
    voices = () if data.drum_map is None else data.drum_map.voices
    as_read, oddities = read(content, data.drum_channels, voices, original=data.reading == "original")
    notes, silent = as_read, 0
    if data.reading == "gen":
        notes = steady(as_read)
        if not in_place:
            notes, silent = without_leading_silence(notes)
    mapped = notes if data.drum_map is None else data.drum_map.apply(notes)
    return Heard(mapped, as_read, oddities, silent)


def heard(content: bytes, data: DataSection) -> NoteSequence:
    """The notes alone; see `hear`."""
    return hear(content, data).notes


def augment(notes: NoteSequence, section: AugmentSection, rng: np.random.Generator) -> NoteSequence:
    """A whole piece played at another speed and in another key, once, before it is converted.

    Source: magenta, music_vae/data.py: NoteSequenceAugmenter; the stretch is drawn first, then the transposition.
    """
    if not len(notes):
        return notes
    factor = float(rng.uniform(*section.stretch))
    semitones = int(rng.integers(*section.transpose, endpoint=True))
    return transpose(notes if factor == 1.0 else stretch(notes, factor), semitones)


_METRE = re.compile(r"\s*([1-9]\d*)\s*[-/]\s*[1-9]\d*\s*")


def cut(notes: NoteSequence, item: Item, data: DataSection) -> list[NoteSequence]:
    """What the converter is given: the whole piece, or windows cut from it; a ValueError says why it can't be cut.

    The item's metadata may know the tempo (``bpm``) and metre (``time_signature``, ``4-4`` or ``4/4``) better.
    """
    if data.windows == "whole" or data.window_bars is None:
        return [notes]
    signatures, tempos = notes.time_signatures, notes.tempos
    beats = int(signatures.numerator[0]) if len(signatures) else 4
    if metre := item.metadata.get("time_signature"):
        found = _METRE.fullmatch(metre)
        if found is None:
            raise ValueError(
                f"{item.id} has the metadata time_signature {metre!r}, which is no metre such as 4-4 or 4/4"
            )
        beats = int(found[1])
    bpm = tempos.first
    if tempo := item.metadata.get("bpm"):
        try:
            bpm = float(tempo)
        except ValueError:
            raise ValueError(f"{item.id} has the metadata bpm {tempo!r}, which is no number") from None
    return tfds_windows(notes, data.window_bars, bpm, beats)
