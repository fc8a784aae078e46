"""What a training leaves to hear and to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gen.errors import GenError

if TYPE_CHECKING:
    from gen.data.prepare import Prepared
    from gen.training.load import Trained
    from gen.training.run import Run


def leave_music(run: Run, trained: Trained, prepared: Prepared, count: int) -> str:
    """Clips from the prior, and one held-out clip with its reconstruction, as MIDI and as a picture.

    Returns:
        Where they are, for people.
    """
    from gen.midi.writing import write_midi
    from gen.music.plots import piano_roll
    from gen.music.sampling import sample_clips
    from gen.music.transforming import reconstruct_examples

    folder = run.path / "samples"
    held_out = (prepared.splits.get("validation") or prepared.require("train")).take(slice(0, 1))
    controls = None if held_out.controls is None else held_out.controls[0]
    seed = trained.recipe.training.seed
    steps = int(held_out.lengths.sum()) if trained.model.steps is None else None  # of whole tracks, as long as this one
    clips = sample_clips(trained, count, seed=seed, temperature=1.0, controls=controls, steps=steps)
    names = [f"sample-{index}" for index in range(count)]
    pairs = reconstruct_examples(trained, held_out)
    for original, decoded in pairs:
        clips += [original, decoded]
        names += ["original", "reconstruction"]
    folder.mkdir(exist_ok=True)
    for clip, name in zip(clips, names, strict=True):
        write_midi(clip, folder / f"{name}.mid")
    try:
        shown = [names.index("original"), names.index("reconstruction"), *range(min(2, count))]
        piano_roll([clips[i] for i in shown], run.path / "piano_roll.png", titles=[names[i] for i in shown])
        picture = f" and {run.path / 'piano_roll.png'}"
    except GenError as error:
        picture = f"; no picture: {error}"
    return f"to hear: {len(clips)} MIDI files in {folder}{picture}"
