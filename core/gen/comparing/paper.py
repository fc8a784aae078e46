"""What the MusicVAE paper reports (Roberts et al. 2018, table 1), to stand beside what was measured here.

Its models are up to a hundred times larger and learned from some 1.5 million files, so its numbers say which way to
look, not what to reach.
"""

from __future__ import annotations

from gen.recipes.sections import Component

Pair = dict[str, float]
"""Accuracy of a step, by regime."""


def _pair(teacher_forced: float, free_running: float) -> Pair:
    return {"teacher_forced": teacher_forced, "free_running": free_running}


TABLE: dict[tuple[str, str], dict[str, Pair]] = {
    ("2-bar drums", ""): {"flat": _pair(0.979, 0.917)},
    ("2-bar melody", ""): {"flat": _pair(0.986, 0.951)},
    ("16-bar melody", ""): {"flat": _pair(0.883, 0.620), "hierarchical": _pair(0.919, 0.812)},
    ("16-bar drums", ""): {"flat": _pair(0.884, 0.549), "hierarchical": _pair(0.928, 0.879)},
    ("16-bar trio", "melody"): {"flat": _pair(0.796, 0.579), "hierarchical": _pair(0.848, 0.753)},
    ("16-bar trio", "bass"): {"flat": _pair(0.829, 0.565), "hierarchical": _pair(0.880, 0.773)},
    ("16-bar trio", "drums"): {"flat": _pair(0.903, 0.641), "hierarchical": _pair(0.912, 0.863)},
}
"""Row and stream to the paper's models; temperature 1 where they are free-running."""


def row_name(converter: Component) -> str:
    """What a converter's examples are called in the table: ``16-bar melody``."""
    bars = converter.arguments.get("slice_bars", converter.arguments.get("split_bars"))
    return converter.type if bars is None else f"{bars}-bar {converter.type}"
