"""Trying a plugin without installing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gen.registry import Registry, installed, using


@contextmanager
def plugins(*added: object, alone: bool = False, strict: bool = True) -> Iterator[Registry]:
    """Make ``gen`` see further plugins inside a ``with`` block.

    ::

        with gen.testing.plugins(my_module) as registry:
            assert "mine" in registry.names("decoder")
            recipe = gen.load_recipe("my_recipe.yaml")

    Args:
        added: modules, or other objects, with functions marked by `gen.hookimpl`.
        alone: leave out what is installed.
        strict: raise what a broken plugin raises; otherwise it is recorded, as it would be when installed.
    """
    sources = [] if alone else installed()
    with using(Registry([*sources, *map(_Given, added)], strict=strict)) as registry:
        yield registry


@dataclass(frozen=True)
class _Given:
    """A plugin that is there already."""

    plugin: object
    dist: None = None

    @property
    def name(self) -> str:
        name = getattr(self.plugin, "__name__", None)
        return name if isinstance(name, str) else type(self.plugin).__name__

    def load(self) -> Any:
        return self.plugin
