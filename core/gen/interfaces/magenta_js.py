"""How a converter says what magenta.js calls it; optional, and only exporting asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class MagentaJsSpec:
    """A converter in the ``config.json`` of a magenta.js checkpoint (@magenta/music: core/data.ts, music_vae/model.ts).

    Attributes:
        type: its class there, such as ``MelodyConverter``.
        args: of its constructor, without ``numSteps`` and ``numSegments``, which the model tells.
        settings: what stands beside the converter, such as ``chordEncoder``.
        streams: decoders that magenta.js then looks for, one a stream; 0 for a single one without a number.
    """

    type: str
    args: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    streams: int = 0


@runtime_checkable
class MagentaJsNamed(Protocol):
    """A converter that magenta.js has, too."""

    def magenta_js(self) -> MagentaJsSpec:
        """Itself, in magenta.js's terms.

        Raises:
            ValueError: with these options magenta.js has nothing like it; the text names them.
        """
