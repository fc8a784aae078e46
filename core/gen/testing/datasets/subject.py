"""A data set under test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from gen.interfaces.dataset import DatasetSource
from gen.testing.making import Maker


class DatasetSubject:
    """Makes the data set."""

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
