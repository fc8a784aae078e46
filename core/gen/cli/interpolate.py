"""``gen interpolate``: the way from one clip to another, or the square between four."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import add_drawing, add_hearing, add_writing, whole
from gen.errors import UsageError
from gen.training.named import DEFAULTS, run_folder

if TYPE_CHECKING:
    from gen.cli.chosen_windows import Clip
    from gen.music import Window

_EPILOG = """\
examples:
  gen interpolate a.mid b.mid --steps 9 -o out/
  gen interpolate runs/groovae_4bar-20260101-120000 a.mid song.mid --window-b 3 --linear -o out/
  gen interpolate a.mid b.mid c.mid d.mid --steps 5 -o out/grid
"""
_ENDS = "abcd"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen interpolate``."""
    parser.description = (
        "Go from one clip to another through latent space, at equal steps, both ends included; write a file a step,\n"
        "and one with all of them in turn. The tempo goes evenly from the one's to the other's. Four clips are the\n"
        "corners of a grid: top left, top right, bottom left, bottom right. Whole clips are heard, window by window;\n"
        "where one has more, the other begins anew."
    )
    parser.epilog = _EPILOG
    words = f"two clips, or four; before them a run's folder or a model's name (default {DEFAULTS['interpolate']})"
    parser.add_argument("clips", nargs="+", metavar="CLIP", help=words)
    parser.add_argument("--steps", type=whole, metavar="N", help="how many clips, or rows (default 9; of a grid 5)")
    parser.add_argument("--linear", action="store_true", help="go straight, not along a sphere")
    for end in _ENDS:
        which = {"a": "first", "b": "second", "c": "third", "d": "fourth"}[end]
        text = f"one window of the {which} clip alone"
        parser.add_argument(f"--window-{end}", type=whole, metavar="N", help=text)
    add_writing(parser)
    add_drawing(parser, temperature=0.0)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Write the clips and the joined one; prints one path a line."""
    from gen.cli.chosen_windows import choose_window, find_windows, origin_for, read_clip, require_free, write_clips
    from gen.cli.sight import Sight
    from gen.music import encode_windows, join_clips, windows_in_turn
    from gen.music.laying import lay
    from gen.music.transforming import between, kept_words
    from gen.training.load import load_run

    named = len(args.clips) in (3, 5)
    model, paths = (args.clips[0], args.clips[1:]) if named else (DEFAULTS["interpolate"], args.clips)
    if len(paths) not in (2, 4) or (not named and (run_folder(paths[0]) / "recipe.yaml").is_file()):
        raise UsageError(
            f"give two clips, or four for a grid, and before them a run, if any: not {' '.join(args.clips)}"
        )
    grid = len(paths) == 4
    steps = (5 if grid else 9) if args.steps is None else args.steps
    most = 25 if grid else 999
    if not 2 <= steps <= most:
        raise UsageError(f"--steps must be from 2 (the ends) to {most}, not {steps}")
    trained = load_run(model, step=args.step, device=args.device)
    ends: list[list[Window]] = []
    read: list[Clip] = []
    for path, end in zip(paths, _ENDS, strict=False):
        clip = read_clip(path, trained, args)
        laid = lay(trained, clip.notes, any_metre=False)
        if laid is not None:
            clip = replace(clip, notes=laid.notes)
            for notice in laid.notices:
                say(f"{clip.path}: {notice}")
        windows, number = find_windows(trained, clip), getattr(args, f"window_{end}")
        whole_clip = [window for _, window in windows_in_turn(windows)]
        ends.append(whole_clip if number is None else [choose_window(windows, number, clip)])
        read.append(clip)
    turns = max(map(len, ends))
    groups = [[windows[turn % len(windows)] for windows in ends] for turn in range(turns)]
    stem = "-to-".join(clip.stem for clip in read)
    rows = range(1, steps + 1)
    names = [f"{stem}-{row:02d}-{column:02d}.mid" for row in rows for column in rows] if grid else []
    names = [*(names or [f"{stem}-{number:03d}.mid" for number in rows]), f"{stem}-joined.mid"]
    files = require_free(args.out, names, force=args.force, wav=args.wav)
    sight = Sight.of(args, together=True)
    # a window comes in many turns, where one clip is longer than another
    own = list({id(window): window for group in groups for window in group}.values())
    row_of = {id(window): row for row, window in enumerate(own)}
    z = encode_windows(trained, own).mean
    means = [z[[row_of[id(window)] for window in group]] for group in groups]
    options = {"linear": args.linear, "temperature": args.temperature, "seed": args.seed}
    parts = between(trained, groups, means, steps=steps, **options)
    clips = [join_clips(each) for each in zip(*parts, strict=True)]
    corners = [0, steps - 1, steps * (steps - 1), steps * steps - 1] if grid else [0, steps - 1]
    for clip, place, windows in zip(read, corners, ends, strict=True):
        was = join_clips([windows[turn % len(windows)].clip for turn in range(turns)])
        say(f"{clip.path}: {kept_words(was, clips[place])} at its end of the way")
    origin = origin_for(args, trained, read)
    origins = [origin.of(name, z.cpu().numpy()) for name in names] if origin else []
    write_clips(files, [*clips, join_clips(clips)], as_json=args.json, wav=args.wav, origins=origins, sight=sight)
    return 0
