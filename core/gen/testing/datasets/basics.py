"""It can be made, and says what it is."""

from __future__ import annotations

from gen.interfaces.dataset import DatasetSource
from gen.testing.checks import failed
from gen.testing.datasets.subject import DatasetSubject


def constructs(subject: DatasetSubject) -> None:
    """It can be made from its options, whether its data is here or not."""
    source = subject.make()
    if not isinstance(source, DatasetSource):
        failed(f"{type(source).__name__} is no gen.DatasetSource")


def terms(subject: DatasetSubject) -> None:
    """Title and licence are a line each."""
    for name in ("title", "licence"):
        text = getattr(subject.source, name)
        if not isinstance(text, str) or not text.strip() or "\n" in text:
            failed(f"{name} is {text!r}: one line for people")
