"""``gen reconstruct`` and ``gen drumify``: a clip through a model, window by window."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import add_drawing, add_hearing, add_run, add_writing, whole

if TYPE_CHECKING:
    from gen.cli.chosen_windows import Clip
    from gen.music.whole import Whole
    from gen.training.load import Trained


@dataclass(frozen=True)
class _Kind:
    """What is particular to one of the commands."""

    description: str
    examples: str
    clip: str  # what it is to hold
    written: str  # what the file is called, behind the clip's name
    taps: bool = False  # whether it makes drums of taps; else the windows are written too, as the model reads them


_KINDS = {
    "gen reconstruct": _Kind(
        "Encode a clip, decode the mean of its posterior, and write what comes out, at the clip's tempo, beside what\n"
        "the model was to say. The whole clip is heard, window by window, each at its place (a short one as a loop);\n"
        "or one window alone.",
        """\
  gen reconstruct runs/groovae_4bar-20260101-120000 beat.mid -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --window 3 -o out/
  gen reconstruct runs/groovae_4bar-20260101-120000 song.mid --temperature 0.5 -o out/
""",
        clip="a MIDI file",
        written="reconstruction",
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
        taps=True,
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
    from gen.cli.chosen_windows import origin_for, read_clip, require_free, write_clips
    from gen.cli.sight import Sight
    from gen.music.whole import drumify, reconstruct_clip, require_taps
    from gen.training.load import load_run

    kind: _Kind = args.kind
    trained = load_run(args.run, step=args.step, device=args.device)
    if kind.taps:
        require_taps(trained)
    clip = read_clip(args.clip, trained, args)
    if args.window is None:
        verb = drumify if kind.taps else reconstruct_clip
        options = {"temperature": args.temperature, "seed": args.seed}
        whole = verb(trained, clip.notes, name=clip.path, content=clip.content, **options)
        mark = ""
    else:
        whole = _one_window(args, trained, clip)
        mark = f"-window{args.window}"
    names = [kind.written] if kind.taps else [kind.written, "original"]
    names = [f"{clip.stem}{mark}-{each}.mid" for each in names]
    paths = require_free(args.out, names, force=args.force, wav=args.wav)
    sight = Sight.of(args)
    for notice in whole.notices:
        say(f"{clip.path}: {notice}")
    taken = [{"window": window.number, "start": start, "bars": window.bars} for start, window in whole.turns]
    origin = origin_for(args, trained, [clip])
    origins = [origin.of(name, whole.z) for name in names] if origin else []
    details = {"windows": taken, "notes_not_heard": whole.unheard}
    # what a model of windows was to say is the clip that it is compared with; taps are so themselves
    before, called = (clip.notes, Path(clip.path).name) if kind.taps else (whole.original, names[1])
    sight = replace(sight, before=before, called=called)
    clips = [whole.made] if kind.taps else [whole.made, whole.original]
    write_clips(paths, clips, as_json=args.json, wav=args.wav, origins=origins, details=details, sight=sight)
    return 0


def _one_window(args: argparse.Namespace, trained: Trained, clip: Clip) -> Whole:
    """One window of a clip through the model, by its number."""
    from gen.cli.chosen_windows import choose_window, find_windows
    from gen.music import as_taps, encode_windows
    from gen.music.transforming import kept_words, reconstruct
    from gen.music.whole import Whole

    notes = as_taps(trained, clip.notes) if args.kind.taps else clip.notes
    window = choose_window(find_windows(trained, replace(clip, notes=notes)), args.window, clip)
    (made,) = reconstruct(trained, [window], temperature=args.temperature, seed=args.seed)
    notices = () if args.kind.taps else (kept_words(window.clip, made),)
    z = encode_windows(trained, [window]).mean.cpu().numpy()
    return Whole(made, window.clip, notices, ((0.0, window),), 0, z)
