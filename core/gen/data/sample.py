"""A few files of a data set, prepared for a look: the rest isn't touched, and nothing stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gen.data.conversion import Job
from gen.data.engines import Serial
from gen.data.prepare import Prepared, open_source
from gen.data.store import build_store
from gen.interfaces.dataset import Item, Skipped, Split
from gen.recipes.sections import Recipe

_COUNTING = 5.0  # seconds that counting a data set's files may take


@dataclass(frozen=True, eq=False)
class Sample:
    """The first files of a data set.

    Attributes:
        prepared: their examples.
        files: how many files they are.
        total: how many files the whole data set has; None where counting them took too long.
    """

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
    source, component, notice = open_source(recipe.data, path=path)
    first: list[Item | Skipped] = []
    total: int | None = 0
    deadline = time.monotonic() + _COUNTING
    for number, item in enumerate(source.items(), 1):
        total = number
        if number <= files:
            first.append(item)
        elif time.monotonic() > deadline:
            total = None
            break
    with TemporaryDirectory(prefix="gen-sample-") as folder:
        job = Job(recipe)
        store, _ = build_store(Path(folder), {}, first, job, Serial())
        about = (component.type, source.title, source.licence, notice, recipe.data.windows)
        yield Sample(Prepared(store.splits(job.layouts), store, "", *about), len(first), total)
