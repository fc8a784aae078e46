"""``gen reconstruct`` and ``gen drumify``: a clip through a model, window by window."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import add_drawing, add_hearing, add_run, add_writing, whole
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.notes.sequence import NoteSequence


@dataclass(frozen=True)
class _Kind:
    """What is particular to one of the commands."""

    description: str
    examples: str
    clip: str  # what it is to hold
    written: str  # what the file is called, behind the clip's name
    needs: str | None = None  # an option of the converter that has to be on
    original: bool = False  # whether the windows are written too, as the model reads them


_KINDS = {
    "gen reconstruct": _Kind(
        "Encode a clip, decode the mean of its posterior, and write what comes out, at the clip's tempo, beside what\n"
        "the model was to say. The whole clip is heard, window by window, each at its place; or one window alone.",
        """\
  gen reconstruct runs/groovae_4bar-20260101-120000 beat.mid -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --window 3 -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --temperature 0.5 -o out/
""",
        clip="a MIDI file",
        written="reconstruction",
        original=True,
    ),
    "gen drumify": _Kind(
        "Make drums of a rhythm: every note of the clip is a tap, whatever its pitch and channel; of taps on one step\n"
        "the loudest counts. For runs of recipes whose converter has tapify on.",
        """\
  gen drumify runs/groovae_2bar_tap_fixed_velocity-20260101-120000 tap.mid -o out/
  gen drumify runs/groovae_2bar_tap_fixed_velocity-20260101-120000 bass-line.mid -o out/
""",
        clip="a MIDI file with the rhythm, on any instrument",
        written="drums",
        needs="tapify",
    ),
}
"""By the name that a command's parser has."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A run, a clip, and which windows of it."""
    kind = _KINDS[parser.prog]
    parser.description = kind.description
    parser.epilog = f"examples:\n{kind.examples}"
    parser.set_defaults(kind=kind)
    add_run(parser, default_for=parser.prog.split()[-1])
    parser.add_argument("clip", help=kind.clip)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--window", type=whole, metavar="N", help="one window alone (default: the whole clip)")
    which.add_argument("--all", action="store_true", help=argparse.SUPPRESS)  # the whole clip, as ever
    add_writing(parser)
    add_drawing(parser, temperature=0.0)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Read the clip, decode the chosen windows, write what the model makes of them; prints one path a line."""
    from gen.cli.chosen_windows import choose_window, find_windows, origin_for, read_clip, require_free, write_clips
    from gen.cli.sight import Sight
    from gen.music import as_taps, encode_windows, join_clips, windows_in_turn
    from gen.music.transforming import kept_words, reconstruct
    from gen.music.windows import last_window, new_in
    from gen.training.load import load_run

    kind: _Kind = args.kind
    trained = load_run(args.run, step=args.step, device=args.device)
    if kind.needs is not None and not trained.recipe.converter.arguments.get(kind.needs):
        raise UsageError(
            f"{trained.recipe.name} isn't trained for that: its converter has {kind.needs} off. "
            f"Give a run of a recipe with converter.{kind.needs}: true, or take gen reconstruct"
        )
    clip = read_clip(args.clip, trained, args)
    if kind.needs == "tapify":
        clip = replace(clip, notes=as_taps(trained, clip.notes))
    windows = find_windows(trained, clip)
    mark, last = "", None
    if args.window is None:
        turns = windows_in_turn(windows)
        last = last_window(windows, turns)
        end = turns[-1][0] + turns[-1][1].seconds  # from here on, the last window is heard, which begins before
        turns += [last] if last else []
    else:
        window = choose_window(windows, args.window, clip)
        turns = [(0.0, window)]
        mark = f"-window{window.number}"
    names = [kind.written, *(["original"] if kind.original else [])]
    names = [f"{clip.stem}{mark}-{each}.mid" for each in names]
    paths = require_free(args.out, names, force=args.force, wav=args.wav)
    sight = Sight.of(args)
    starts, chosen = [start for start, _ in turns], [window for _, window in turns]
    sets = [reconstruct(trained, chosen, temperature=args.temperature, seed=args.seed)]
    sets += [[window.clip for window in chosen]] if kind.original else []
    if last is not None:
        for each in sets:
            each[-1] = new_in(each[-1], chosen[-1], end - starts[-1])
    clips = [join_clips(each, starts) for each in sets]
    if kind.original:
        say(f"{clip.path}: {kept_words(clips[1], clips[0])}")
    else:
        say(f"{clip.path}: {_taps_kept(clip.notes, clips[0], starts[0])}")
    if args.window is None:  # as long as the clip, so that it loops as that does
        clips = [replace(each, total_time=max(each.total_time, clip.notes.total_time)) for each in clips]
    late = int((clip.notes.start >= starts[-1] + chosen[-1].seconds).sum()) if args.window is None else 0
    if late:
        say(f"{clip.path}: {late} {'note' if late == 1 else 'notes'} at its end fill no whole window and aren't heard")
    taken = [{"window": window.number, "start": start, "bars": window.bars} for start, window in turns]
    origin = origin_for(args, trained, [clip])
    z = encode_windows(trained, chosen).mean.cpu().numpy()
    origins = [origin.of(name, z) for name in names] if origin else []
    details = {"windows": taken, "notes_not_heard": late}
    # what a model of windows was to say is the clip that it is compared with; taps are so themselves
    before, called = (clips[1], names[1]) if kind.original else (clip.notes, Path(clip.path).name)
    sight = replace(sight, before=before, called=called)
    write_clips(paths, clips, as_json=args.json, wav=args.wav, origins=origins, details=details, sight=sight)
    return 0


def _taps_kept(taps: NoteSequence, drums: NoteSequence, since: float) -> str:
    """How many taps have a hit, and how many hits there are beside."""
    step = 15.0 / drums.tempos.first  # seconds of a sixteenth
    begin = since if len(taps) and taps.start.min() < since else 0.0
    tapped, struck = (
        {round(second / step) for second in seconds.tolist()} for seconds in (taps.start - begin, drums.start - begin)
    )
    hits = "1 hit" if len(drums) == 1 else f"{len(drums)} hits"
    return f"{len(tapped & struck)} of {len(tapped)} tapped steps have a hit; {hits} on {len(struck)} steps"
