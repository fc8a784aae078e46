"""From a recipe to examples: out of a store where there is a good one, else into a new one; or a few for a look."""

from __future__ import annotations

import re
import time
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from gen.data.conversion import Job, cut, heard
from gen.data.downloading import cache_root
from gen.data.engines import Engine, Serial
from gen.data.examples import Examples
from gen.data.labels import learned
from gen.data.provenance import key_of, settings_of, state_of
from gen.data.report import Report
from gen.data.store import Store, build_store, up_to_date_store
from gen.errors import DataError, DataMissingError, GenError, MidiError, UsageError
from gen.interfaces.dataset import DatasetSource, Skipped, Split
from gen.midi.writing import write_midi
from gen.model.build import build_converter, build_source, takes_path
from gen.recipes.sections import Component, DataSection, Recipe
from gen.system import regular
from gen.system.files import require_folder

_LONGEST_NAME = 180  # bytes of a name of an exported file, before what tells it from others
_COUNTING = 5.0  # seconds that counting a data set's files may take


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set, ready for a model.

    Attributes:
        splits, store: examples by split, those without any absent; and where they lie.
        history: one line for people: made anew and why, finished, or used again.
        source, title, licence, notice, windows: see `gen.data.report.Report`.
    """

    splits: Mapping[Split, Examples]
    store: Store
    history: str
    source: str
    title: str
    licence: str
    notice: str
    windows: str

    @property
    def fingerprint(self) -> str:
        """sha256 over ids, splits and contents of all files."""
        return str(self.store.manifest["fingerprint"])

    @cached_property
    def report(self) -> Report:
        """What became of every file."""
        about = (self.source, self.title, self.licence, self.notice, self.windows)
        return Report(*about, self.fingerprint, tuple(self.store.reports()))

    def require(self, split: Split) -> Examples:
        """The examples of a split; a DataError says why files were rejected where there are none."""
        if split not in self.splits:
            raise DataError(f"the {split} split has no example: {self.report.why_empty(split)}")
        return self.splits[split]


def open_source(data: DataSection, *, path: str | None = None) -> tuple[DatasetSource, Component, str]:
    """The source that a recipe names, or its fallback; which one it is; and, of the fallback, a notice for people.

    With a ``path``, the command line's ``--data``, there is no falling back. A DataError where the data set is missing
    all the same, or damaged.
    """
    source = build_source(data.source, path=path)
    try:
        source.fetch()
    except DataMissingError as error:
        if data.fallback is None or path is not None:
            raise
        notice = f"data set {data.source.type!r} is not here, so {data.fallback.type!r} takes its place: {error}"
        return build_source(data.fallback), data.fallback, notice
    return source, data.source, ""


class FallbackWarning(UserWarning):
    """A recipe's data set isn't here, and its fallback took its place: figures are of other music."""


def place_of(recipe: Recipe, path: str | None) -> str | None:
    """Where the data of a recipe lies, if that isn't the recipe's own affair: as given, or as the run knows it.

    Raises:
        DataMissingError: it isn't where it was when the run was trained on it.
    """
    if path is not None or not recipe.data_path or not takes_path(recipe.data.source):
        return path
    if not regular.exists(recipe.data_path):
        raise DataMissingError(
            f"{recipe.name} was trained on the data in {recipe.data_path}, which isn't there any more: say where it is "
            "now, with --data or path="
        )
    return recipe.data_path


def with_learned_labels(recipe: Recipe, *, path: str | None = None) -> Recipe:
    """The recipe with the classes of every label written out: those that the training files have, where it has none.

    A model's width depends on them, so they are found before it is built, and a run keeps them with its recipe.

    Args:
        path: where the data lies, in place of the recipe's own.

    Raises:
        DataError: no training file has a value of a label, or they have too many; or as `prepare`.
    """
    if all(label.learned for label in recipe.data.labels):
        return recipe
    return learned(recipe, open_source(recipe.data, path=place_of(recipe, path))[0])


def prepared_root() -> Path:
    """Where stores lie if nobody says otherwise: in the user's cache."""
    return cache_root() / "prepared"


def prepare(
    recipe: Recipe,
    *,
    path: str | None = None,
    store: Path | str | None = None,
    engine: Engine | None = None,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Read, cut and convert a whole data set, or open what was made of it before.

    The same recipe and data give the same arrays, whatever the engine: each file draws from its own generator.

    Args:
        recipe, path: whose data source, windows and converter to use; and where the data lie, in place of its own. A
            run's recipe knows where its data lie. A fallback is a `UserWarning`.
        store: the folder to keep the examples in; by default one in the user's cache.
        engine: where to convert files; by default in this process.
        progress: called with the number of files done.

    Raises:
        DataError: the data set is missing, damaged or empty, or the store can't be written.
        UsageError: ``store`` is a file, or holds something that is no part of a store.
    """
    path = place_of(recipe, path)
    source, component, notice = open_source(recipe.data, path=path)
    if notice:
        warnings.warn(notice, FallbackWarning, stacklevel=2)
    recipe = learned(recipe, source)
    settings = settings_of(recipe, component, path if not notice else None)
    own = prepared_root() / f"{component.type}-{recipe.converter.type}-{key_of(settings)}"
    folder = own if store is None else Path(store)
    made_from = {**settings, **state_of(recipe, component, source)}
    work = (Job(recipe), engine or Serial(), progress)
    splits, found, history = up_to_date_store(folder, made_from, source.items, *work)
    return Prepared(splits, found, history, component.type, source.title, source.licence, notice, recipe.data.windows)


@dataclass(frozen=True, eq=False)
class Sample:
    """The first so many files of a data set, out of a total that is None where counting them took too long."""

    prepared: Prepared
    files: int
    total: int | None

    def estimate(self, split: Split) -> int | None:
        """How many examples the whole data set has in a split, if the rest is like the sample."""
        if self.total is None or split not in self.prepared.splits:
            return None
        return round(len(self.prepared.splits[split]) * self.total / self.files)


@contextmanager
def prepared_sample(recipe: Recipe, *, path: str | None = None, files: int = 64) -> Iterator[Sample]:
    """Prepare the first ``files`` into a temporary folder, which is gone after the block; otherwise as `prepare`."""
    source, component, notice = open_source(recipe.data, path=place_of(recipe, path))
    items = source.items()
    first = list(islice(items, files))
    total: int | None = len(first)
    deadline = time.monotonic() + _COUNTING
    for total, _ in enumerate(items, files + 1):
        if time.monotonic() > deadline:
            total = None
            break
    with TemporaryDirectory(prefix="gen-sample-") as folder:
        job = Job(recipe)
        store, _ = build_store(Path(folder), {}, first, job, Serial())
        about = (component.type, source.title, source.licence, notice, recipe.data.windows)
        yield Sample(Prepared(store.splits(job.layouts), store, "", *about), len(first), total)


def export_examples(recipe: Recipe, folder: Path, *, path: str | None = None, limit: int | None = None) -> int:
    """Write every example, or at most ``limit`` a split, into ``folder/SPLIT/NAME-NNN.mid``; returns how many.

    Raises:
        UsageError: the folder holds something already, since examples of different recipes don't mix, or is a file.
    """
    require_folder(folder, option="--export")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"--export {folder}: the folder is not empty; give another, or empty it")
    source, _, _ = open_source(recipe.data, path=place_of(recipe, path))
    converter = build_converter(recipe, mode="eval")
    written: Counter[Split] = Counter()
    names: Counter[str] = Counter()
    for item in source.items():
        if isinstance(item, Skipped):
            continue
        try:
            content = item.read()
            split = item.side(content)
            if limit is not None and written[split] >= limit:
                continue
            pieces = cut(heard(content, recipe.data), item, recipe.data)
            clips = [clip for piece in pieces for clip in converter.excerpts(piece)]
        except MidiError:  # `gen data prepare` has listed it with its reason
            continue
        except GenError:
            raise
        except Exception:  # of whatever kind: it is listed, too
            continue
        name = _unused("_".join(PurePosixPath(item.id).with_suffix("").parts), names)
        target = folder / split
        regular.folder(folder)
        regular.inner_folder(target)
        for index, clip in enumerate(clips[: None if limit is None else limit - written[split]]):
            write_midi(clip, target / f"{name}-{index:03d}.mid")
            written[split] += 1
    return written.total()


def _unused(name: str, used: Counter[str]) -> str:
    """A file's name like that given that no earlier one has, also where capitals don't count; and remember it."""
    plain = re.sub(r"[^\w .,()&+'#-]", "_", unicodedata.normalize("NFC", name)).strip(". ") or "piece"
    plain = found = plain.encode()[:_LONGEST_NAME].decode(errors="ignore")  # with all that is added, below 255 bytes
    while found.casefold() in used:
        used[plain.casefold()] += 1
        found = f"{plain}~{used[plain.casefold()]}"
    used[found.casefold()] = 1
    return found
