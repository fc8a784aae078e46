"""Options for gen's own components: those that some need, and those worth trying in more than one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gen.recipes.sections import Component

Variants = Mapping[str, Mapping[str, Mapping[str, Any]]]

ENCODERS: Variants = {
    "feedforward_bars": {
        "": {"segment": 3, "size": 5, "together": 4},
        "one-step": {"segment": 1, "size": 4, "together": 3},
    },
    "bilstm": {"": {}, "residual": {"sizes": [4, 3], "residual": True}},
    "lstm": {"": {}, "residual": {"sizes": [4, 4], "residual": True}},
    "feedforward": {"": {"sizes": [5]}, "layers": {"sizes": [6, 5], "straight": 0}},
    "pieces": {
        "": {"segment": 3, "piece": 2, "size": 5, "together": 4},
        "one-step": {"segment": 1, "piece": 1, "size": 4, "together": 3},
    },
    "linear_start": {"": {"core": Component("lstm", {"sizes": [4]}), "size": 3}},
    "hierarchical": {
        "bilstm": {"core": Component("bilstm", {"sizes": [4]}), "level_lengths": [2, 3]},
        "lstm": {"core": Component("lstm", {"sizes": [4]}), "level_lengths": [3, 2, 1]},
    },
}
"""Options of components that need some, and of those worth trying in more than one way; all others take their own."""

_FLAT = Component("flat", {"sizes": [5, 4]})
_GRU = Component("conditioned_gru", {"size": 5, "vector": 3})
_STREAMS = {"cores": [_FLAT, Component("flat", {"sizes": [3, 4]})], "depths": [4, 5]}
_NADE = Component("flat", {"sizes": [5], "outputs": "nade", "hidden": 3})

DECODERS: Variants = {
    "flat": {
        "": {},
        "residual": {"sizes": [4, 4, 3], "residual": True},
        "multi": {"sizes": [8], "outputs": "multi", "depths": [4, 5]},
        "boolean": {"sizes": [8], "outputs": "boolean"},
        "nade": {"sizes": [8], "outputs": "nade", "hidden": 7},
    },
    "feedforward": {
        "": {"sizes": [5]},
        "layers": {"sizes": [6, 5], "straight": False},
        "spread": {"sizes": [5], "errors": "absolute", "spread": 1.0},
        "given": {"sizes": [5], "given_hits": True},
        "categorical": {"sizes": [5], "outputs": "categorical"},
        "multi": {"sizes": [5], "outputs": "multi", "depths": [4, 5]},
        "boolean": {"sizes": [5], "outputs": "boolean"},
    },
    "groove": {"": {}, "residual": {"sizes": [4, 4], "residual": True}},
    "conditioned_gru": {
        "": {"size": 5, "vector": 3},
        "hiding": {"size": 5, "vector": 3, "hide": 0.5},
        "sharpened": {"size": 5, "vector": 3, "sharpen": 0.5},
        "multi": {"size": 8, "vector": 3, "outputs": "multi", "depths": [4, 5]},
        "boolean": {"size": 8, "vector": 3, "outputs": "boolean"},
    },
    "hierarchical_gru": {
        "gru": {"core": _GRU, "size": 6, "vector": 4, "level_lengths": [3, 2]},
        "hiding": {
            "core": Component("conditioned_gru", {"size": 5, "vector": 3, "hide": 0.5}),
            "size": 6,
            "vector": 4,
            "level_lengths": [2, 3],
        },
        "flat": {"core": _FLAT, "size": 4, "vector": 4, "level_lengths": [3, 2]},
    },
    "split": {"two": _STREAMS, "one-core": {"cores": [_FLAT], "depths": [2, 3, 4]}},
    "bidirectional_control": {"": {"core": _FLAT, "sizes": [3, 2]}, "residual": {"core": _FLAT, "residual": True}},
    "hierarchical": {
        "flat": {"core": _FLAT, "sizes": [6, 4], "level_lengths": [3, 2]},
        "residual": {"core": _FLAT, "sizes": [4, 4], "level_lengths": [2, 3], "residual": True},
        "projected": {"core": _FLAT, "sizes": [4, 6], "embedding_size": 5, "level_lengths": [3, 1, 2]},
        "projected-autoregressive": {
            "core": _FLAT,
            "sizes": [4, 6],
            "embedding_size": 5,
            "level_lengths": [3, 1, 2],
            "autoregressive": [0, 1],
        },
        "three-levels": {"core": _FLAT, "sizes": [4], "level_lengths": [3, 1, 2]},
        "autoregressive": {"core": _FLAT, "sizes": [4], "level_lengths": [2, 3], "autoregressive": [0]},
        "autoregressive-at-the-top": {"core": _NADE, "sizes": [4], "level_lengths": [3, 2, 1], "autoregressive": [0]},
        "autoregressive-everywhere": {
            "core": Component("split", _STREAMS),
            "sizes": [5, 4],
            "level_lengths": [1, 3, 2],
            "autoregressive": [0, 1],
        },
        "of-controls": {
            "core": Component("bidirectional_control", {"core": _FLAT}),
            "sizes": [4],
            "level_lengths": [3, 2],
        },
        "of-hierarchies": {
            "core": Component("hierarchical", {"core": _FLAT, "sizes": [3], "level_lengths": [3, 1]}),
            "sizes": [4],
            "level_lengths": [2, 3],
            "autoregressive": [0],
        },
    },
}


def streams_of(described: Component) -> list[int]:
    """Widths of the streams of a decoder's step; 9 for decoders that don't say."""
    if described.arguments.get("outputs") == "boolean":
        return [1]
    core = described.arguments.get("core")
    return list(described.arguments.get("depths") or (streams_of(core) if isinstance(core, Component) else [9]))
