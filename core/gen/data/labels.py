"""The classes of labels that a recipe leaves to the data: what the training files have."""

from __future__ import annotations

from dataclasses import replace

from gen.errors import DataError
from gen.interfaces.dataset import DatasetSource, Skipped
from gen.recipes.sections import Recipe

_MOST = 256  # classes of a label; more are names of files, or times


def learned(recipe: Recipe, source: DatasetSource) -> Recipe:
    """The recipe with the classes of every label written out, in order of the alphabet; itself where they are.

    Raises:
        DataError: no training file has a value of a label, or they have too many.
    """
    open_ones = [label for label in recipe.data.labels if not label.learned]
    if not open_ones:
        return recipe
    found: dict[str, set[str]] = {label.name: set() for label in open_ones}
    for item in source.items():
        if isinstance(item, Skipped):
            continue
        words = {label.name: label.word(item.metadata.get(label.name)) for label in open_ones}
        if any(word not in found[name] for name, word in words.items()) and item.side() == "train":
            for name, word in words.items():
                found[name].add(word)
    for label in open_ones:
        found[label.name].discard("")
        if not 1 <= len(found[label.name]) <= _MOST:
            what = f"{len(found[label.name]):,} different values" if found[label.name] else "no value"
            raise DataError(
                f"data.labels: the training files have {what} of {label.name!r}: name its classes, or leave it out"
            )
    labels = [
        label if label.learned else replace(label, classes=tuple(sorted(found[label.name])))
        for label in recipe.data.labels
    ]
    return replace(recipe, data=replace(recipe.data, labels=tuple(labels)))
