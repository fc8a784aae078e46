"""One object that knows every component by kind and name."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gen.errors import UnknownNameError
from gen.registry.loading import PROJECT, Broken, Plugin, PluginSource, installed, load
from gen.registry.signatures import Kind, resolve
from gen.system.spelling import hint, listing


class Registry:
    """Components by kind and name. Making one loads the plugins, as `load`; a class is imported when asked for."""

    def __init__(self, sources: Iterable[PluginSource], *, strict: bool = False) -> None:
        plugins, broken = load(sources, strict=strict)
        self.plugins: tuple[Plugin, ...] = tuple(plugins)
        """The plugins that work, in the order they were loaded."""
        self.broken: tuple[Broken, ...] = tuple(broken)
        """The plugins that were left out, and why."""
        self._classes: dict[tuple[Kind, str], type] = {}

    def names(self, kind: Kind) -> list[str]:
        """Names of all components of a kind, sorted."""
        return sorted(name for plugin in self.plugins for name in plugin.provides.get(kind, ()))

    def provider(self, kind: Kind, name: str) -> Plugin:
        """The plugin that a component comes from.

        Raises:
            UnknownNameError: as `find`.
        """
        for plugin in self.plugins:
            if name in plugin.provides.get(kind, ()):
                return plugin
        names = self.names(kind)
        text = f"no {kind} named {name!r}{hint(name, names)} (available: {listing(names)})"
        if self.broken:
            broken = "; ".join(f"{each.name}: {each.error}" for each in self.broken)
            text += f"; it may be one of a broken plugin's: {broken}"
        raise UnknownNameError(text)

    def blamed(self, error: BaseException) -> str | None:
        """The plugin in whose code an exception was raised, or that called what raised it, and where; None if none.

        ``plugin 'lace' (gen-lace 0.3), gen_lace/decoder.py:12``; gen's own are not told from gen.
        """
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            for plugin in self.plugins:
                home = Path(plugin.file)
                around = home.parent if home.name == "__init__.py" else home
                if plugin.file and plugin.distribution != PROJECT and Path(frame.filename).is_relative_to(around):
                    return f"{plugin.whose}, {frame.filename}:{frame.lineno}"
        return None

    def whose(self, kind: Kind, name: str) -> str:
        """A component and who brought it, for messages: ``converter 'lace' of plugin 'lace' (gen-lace 0.3)``."""
        plugin = self.provider(kind, name)
        return f"{kind} {name!r}" + ("" if plugin.distribution == PROJECT else f" of {plugin.whose}")

    def find(self, kind: Kind, name: str) -> type:
        """The class of a component, imported now if it wasn't.

        Raises:
            UnknownNameError: no such name; with the nearest one, all there are, and which plugins are broken.
            PluginError: the plugin promised a class that isn't there, or that breaks the contract.
        """
        plugin = self.provider(kind, name)
        if (kind, name) not in self._classes:
            self._classes[kind, name] = resolve(kind, name, plugin.provides[kind][name], plugin=plugin.name)
        return self._classes[kind, name]


_current: Registry | None = None


def registry() -> Registry:
    """The registry of this process: what is installed, loaded once.

    ``GEN_PLUGINS=a,b`` restricts what is loaded; ``GEN_STRICT_PLUGINS=1`` raises a broken plugin's own error.
    """
    global _current
    if _current is None:
        _current = Registry(installed(), strict=os.environ.get("GEN_STRICT_PLUGINS", "0") not in ("", "0"))
    return _current


@contextmanager
def using(replacement: Registry) -> Iterator[Registry]:
    """Make another registry the one of this process for a while (see `gen.testing.plugins`)."""
    global _current
    before, _current = _current, replacement
    try:
        yield replacement
    finally:
        _current = before
