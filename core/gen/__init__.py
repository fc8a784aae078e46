"""gen: latent-space models of music.

What most people need stands here, and the rest in rooms: `gen.notes`, `gen.midi`, `gen.chords`, `gen.data`,
`gen.music`, `gen.studies`, `gen.checkpoints`, `gen.errors`, and for plugins `gen.interfaces`, `gen.nn` and
`gen.testing`. The names are in `__init__.pyi`, here and in every room, and each is loaded when it is first used: so
``import gen`` costs milliseconds, and torch is imported only by what computes with it.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

_ROOMS = ("notes", "notes.chords", "midi", "data", "music", "interfaces", "checkpoints", "studies", "errors")
"""Where names went that stood here before the rooms had lists of their own."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = _load(name)
        return value
    from gen.system.deprecation import moved

    return moved(name, __name__, _ROOMS, since="0.1", removal="0.3")
