"""From a recipe to examples: out of a store where there is a good one, else into a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gen.data.conversion import Job
from gen.data.downloading import cache_root
from gen.data.engines import Engine, Serial
from gen.data.examples import Examples
from gen.data.provenance import key_of, settings_of, state_of
from gen.data.report import Report
from gen.data.store import Store, up_to_date_store
from gen.errors import DataError, DataMissingError
from gen.interfaces.dataset import DatasetSource, Split
from gen.model.build import build_source
from gen.recipes.sections import Component, DataSection, Recipe


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set, ready for a model.

    Attributes:
        splits: examples by split; splits without examples are absent.
        store: where they lie.
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
        return self.store.fingerprint

    @cached_property
    def report(self) -> Report:
        """What became of every file."""
        about = (self.source, self.title, self.licence, self.notice, self.windows)
        return Report(*about, self.fingerprint, tuple(self.store.reports()))

    def require(self, split: Split) -> Examples:
        """The examples of a split.

        Raises:
            DataError: there are none; the text says why files were rejected.
        """
        if split not in self.splits:
            raise DataError(f"the {split} split has no example: {self.report.why_empty(split)}")
        return self.splits[split]


def open_source(data: DataSection, *, path: str | None = None) -> tuple[DatasetSource, Component, str]:
    """The source that a recipe names, or its fallback; which one it is; and, of the fallback, a notice for people.

    With a ``path``, the command line's ``--data``, there is no falling back.

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
        return build_source(data.fallback), data.fallback, notice
    return source, data.source, ""


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
        recipe: whose data source, windows and converter to use.
        path: where the data lie, in place of the recipe's.
        store: the folder to keep the examples in; by default one in the user's cache.
        engine: where to convert files; by default in this process.
        progress: called with the number of files done.

    Raises:
        DataError: the data set is missing, damaged or empty, or the store can't be written.
        UsageError: ``store`` is a file, or holds something that is no part of a store.
    """
    source, component, notice = open_source(recipe.data, path=path)
    settings = settings_of(recipe, component, path if not notice else None)
    own = prepared_root() / f"{component.type}-{recipe.converter.type}-{key_of(settings)}"
    folder = own if store is None else Path(store)
    made_from = {**settings, **state_of(recipe, component, source)}
    work = (Job(recipe), engine or Serial(), progress)
    splits, found, history = up_to_date_store(folder, made_from, source.items, *work)
    return Prepared(splits, found, history, component.type, source.title, source.licence, notice, recipe.data.windows)
