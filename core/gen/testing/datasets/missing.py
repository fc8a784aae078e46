"""What happens where the data isn't there."""

from __future__ import annotations

import inspect
import tempfile
from dataclasses import replace
from pathlib import Path

from gen.errors import DataError
from gen.testing.checks import failed, skipped
from gen.testing.datasets.subject import DatasetSubject


def missing(subject: DatasetSubject) -> None:
    """A ``path`` that leads nowhere is a `gen.errors.DataError` that names it, and so is an empty folder."""
    if "path" not in inspect.signature(subject.maker.cls).parameters:
        skipped("it has no argument path, so it can't be told to look in the wrong place")
    with tempfile.TemporaryDirectory() as folder:
        for path, what in ((Path(folder) / "nowhere", "a path that leads nowhere"), (Path(folder), "an empty folder")):
            maker = replace(subject.maker, options={**subject.maker.options, "path": str(path)})
            try:
                found = list(maker.make().items())
            except DataError as error:
                if str(path) not in str(error):
                    failed(f"of {what}: the error doesn't name it: {error}")
            except Exception as error:
                failed(f"of {what}: {type(error).__name__}: {error}; a DataError or a DataMissingError is promised")
            else:
                failed(f"of {what}: {len(found)} items and no error")
