"""A data set under test."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ClassVar

from gen.errors import DataMissingError
from gen.interfaces.dataset import DatasetSource, Item, Skipped
from gen.testing.checks import skipped
from gen.testing.making import Maker


class DatasetSubject:
    """Makes the data set, and looks at it once."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}
    """gen gives nothing."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def make(self) -> DatasetSource:
        """A new one."""
        source: DatasetSource = self.maker.make()
        return source

    @cached_property
    def source(self) -> DatasetSource:
        """One of them."""
        return self.make()

    @cached_property
    def items(self) -> list[Item | Skipped]:
        """All that it gives.

        Raises:
            gen.testing.checks.Skipped: its data isn't here.
        """
        try:
            return list(self.source.items())
        except DataMissingError as error:
            skipped(f"its data isn't on this machine: {str(error).splitlines()[0]}")

    @property
    def usable(self) -> list[Item]:
        """The items, without what was skipped."""
        return [each for each in self.items if isinstance(each, Item)]


@contextmanager
def offline() -> Iterator[None]:
    """No network for the length of the block: checks download nothing."""

    def refuse(*_: object) -> None:
        raise OSError("checks of data sets don't use the network; fetch the data first (gen data get)")

    connect = socket.socket.connect
    socket.socket.connect = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
