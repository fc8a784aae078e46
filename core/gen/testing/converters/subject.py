"""A converter under test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from gen.interfaces.converter import Converter
from gen.testing.making import Maker


class ConverterSubject:
    """Makes the converter."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"mode": "infer"}
    """What gen gives where nobody says."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def make(self) -> Converter:
        """A new converter."""
        converter: Converter = self.maker.make()
        return converter

    @cached_property
    def converter(self) -> Converter:
        """One converter."""
        return self.make()
