"""Writing the examples of a data set as MIDI files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

from gen.data.conversion import cut, heard
from gen.data.prepare import open_source
from gen.errors import MidiError, UsageError
from gen.interfaces.dataset import Skipped, Split
from gen.midi.writing import write_midi
from gen.model.build import build_converter
from gen.recipes.sections import Recipe
from gen.system.files import require_folder


def export_examples(recipe: Recipe, folder: Path, *, path: str | None = None, limit: int | None = None) -> int:
    """Write every example into ``folder/SPLIT/NAME-NNN.mid``; returns how many files were written.

    Args:
        recipe: whose data source, windows and converter to use.
        folder: made where it isn't there; examples of different recipes don't mix in it.
        path: where the data lie, in place of the recipe's.
        limit: at most so many files a split.

    Raises:
        UsageError: the folder holds something already, or is a file.
    """
    require_folder(folder, option="--export")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"--export {folder}: the folder is not empty; give another, or empty it")
    source, _, _ = open_source(recipe.data, path=path)
    converter = build_converter(recipe, mode="eval")
    written: Counter[Split] = Counter()
    for item in source.items():
        if isinstance(item, Skipped):
            continue
        try:
            content = item.read()
            split = item.side(content)
            if limit is not None and written[split] >= limit:
                continue
            pieces = cut(heard(content, recipe.data), item, recipe.data)
        except (MidiError, OSError, ValueError):  # `gen data prepare` has listed it with its reason
            continue
        name = "_".join(PurePosixPath(item.id).with_suffix("").parts)
        clips = [clip for piece in pieces for clip in converter.excerpts(piece)]
        target = folder / split
        target.mkdir(parents=True, exist_ok=True)
        for index, clip in enumerate(clips[: None if limit is None else limit - written[split]]):
            write_midi(clip, target / f"{name}-{index:03d}.mid")
            written[split] += 1
    return written.total()
