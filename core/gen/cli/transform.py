"""What ``gen reconstruct``, ``gen humanize`` and ``gen drumify`` share: a clip through a model, window by window."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from gen.cli.options import add_drawing, add_hearing, add_writing
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.notes.sequence import NoteSequence
    from gen.training.load import Trained

Prepare = Callable[["Trained", "NoteSequence"], "NoteSequence"]
"""What is done with a clip before a model reads it."""


def add_transform(parser: argparse.ArgumentParser, *, clip: str) -> None:
    """A run, a clip, and which windows of it.

    Args:
        parser: of the command.
        clip: what the clip is to hold.
    """
    parser.add_argument("run", help="a run directory")
    parser.add_argument("clip", help=clip)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--window", type=int, metavar="N", help="which window of a clip that has several")
    which.add_argument("--all", action="store_true", help="the whole clip: window after window, each at its place")
    add_writing(parser)
    add_drawing(parser, temperature=0.0)
    add_hearing(parser)


def transform(
    args: argparse.Namespace,
    *,
    name: str,
    needs: str | None = None,
    prepare: Prepare | None = None,
    original: bool = False,
) -> int:
    """Read the clip, decode the chosen windows, write what the model makes of them.

    Args:
        args: of `add_transform`.
        name: what the written file is called, behind the clip's name.
        needs: an option of the converter that has to be on.
        prepare: what is done with the clip first.
        original: whether the windows are written too, as the model reads them.
    """
    from dataclasses import replace

    from gen.cli.chosen_windows import choose_window, find_windows, read_clip, require_free, write_clips
    from gen.music import join_clips, windows_in_turn
    from gen.music.transforming import reconstruct
    from gen.training.load import load_run

    trained = load_run(args.run, step=args.step, device=args.device)
    if needs is not None and not trained.recipe.converter.arguments.get(needs):
        raise UsageError(
            f"{trained.recipe.name} isn't trained for that: its converter has {needs} off. "
            f"Give a run of a recipe with converter.{needs}: true, or take gen reconstruct"
        )
    clip = read_clip(args.clip, trained, args)
    if prepare is not None:
        clip = replace(clip, notes=prepare(trained, clip.notes))
    windows = find_windows(trained, clip)
    if args.all:
        turns = windows_in_turn(windows)
        mark = ""
    else:
        window = choose_window(windows, args.window, clip, options="with --window N, or take all with --all:")
        turns = [(0.0, window)]
        mark = "" if args.window is None else f"-window{window.number}"
    names = [name, "original"] if original else [name]
    paths = require_free(args.out, [f"{clip.stem}{mark}-{each}.mid" for each in names], force=args.force)
    chosen = [window for _, window in turns]
    starts = [start for start, _ in turns]
    decoded = reconstruct(trained, chosen, temperature=args.temperature, seed=args.seed)
    clips = [join_clips(decoded, starts)]
    if original:
        clips.append(join_clips([window.clip for window in chosen], starts))
    taken = [{"window": window.number, "start": start, "bars": window.bars} for start, window in turns]
    write_clips(paths, clips, as_json=args.json, details={"windows": taken})
    return 0
