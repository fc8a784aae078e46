"""What the commands that change some of a file share: a model, a file, where to write, and what is told of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.cli import say
from gen.cli.options import add_drawing, add_hearing, add_labels, add_run, add_writing, labels_asked
from gen.errors import DataError, UsageError
from gen.system import regular
from gen.training.named import LABELLED

if TYPE_CHECKING:
    from gen.music.verbs.changes import Edited
    from gen.notes.drum_maps import DrumMap
    from gen.training.load import Trained


@dataclass(frozen=True, eq=False)
class Request:
    """A model, a file's bytes, and how to find its drums: the arguments of every verb."""

    trained: Trained
    content: bytes
    name: str
    channels: tuple[int, ...]
    drum_map: DrumMap | None
    labels: dict[str, str]

    @property
    def drums(self) -> dict[str, Any]:
        """What verbs take by keyword: how to find the drums, and what the model is told besides."""
        return {**self.found_by, "labels": self.labels}

    @property
    def found_by(self) -> dict[str, Any]:
        """How to find the drums."""
        return {"name": self.name, "channels": self.channels, "drum_map": self.drum_map}


def add_editing(parser: argparse.ArgumentParser, *, default_for: str) -> None:
    """A run, by default the model of a command, a clip, where to write and how to read."""
    add_run(parser, default_for=default_for)
    parser.add_argument("clip", help="a MIDI file with drums, alone or in a band")
    add_writing(parser)
    add_drawing(parser, temperature=None)
    add_hearing(parser)
    add_labels(parser)


def edit_file(args: argparse.Namespace, written: str, verb: Callable[[Request], Edited]) -> int:
    """Read the clip, let a verb edit it, write the result beside its name and ``written``, and tell what was kept."""
    from gen.cli.chosen_windows import Clip, origin_for, read_content, require_free, write_files
    from gen.cli.sight import Sight
    from gen.midi.reading import read_midi
    from gen.music.provenance import signed
    from gen.music.verbs.drums import find_drums
    from gen.notes.sequence import NoteSequence
    from gen.recipes.drum_maps import read_drum_map
    from gen.training.load import load_run

    stem = Path(args.clip).stem
    name = f"{stem}-{written}.mid"
    folder, file = (args.out, name)
    if args.out.lower().endswith((".mid", ".midi")) and not Path(args.out).is_dir():
        folder, file = str(Path(args.out).parent), Path(args.out).name
    (path,) = require_free(folder, [file], force=args.force, wav=args.wav)
    if path.exists() and path.resolve() == Path(args.clip).resolve():
        raise UsageError(f"{path} is the clip itself: give another --out")
    labels = labels_asked(args)
    if labels and args.run not in args.words:  # left out
        args.run = LABELLED.get(args.run, args.run)
    trained = load_run(args.run, step=args.step, device=args.device)
    content = read_content(args.clip)
    sight = Sight.of(args, before=read_midi(content) if args.html or args.png else None, called=Path(args.clip).name)
    drum_map = None if args.drum_map is None else read_drum_map(regular.at_home(args.drum_map))
    request = Request(trained, content, args.clip, tuple(args.drum_channel), drum_map, labels)
    edited = verb(request)
    for notice in edited.notices:
        say(f"{args.clip}: {notice}")
    made = edited.content
    origin = origin_for(args, trained, [Clip(args.clip, content, NoteSequence(), stem)])
    if origin is not None:
        try:
            drums = find_drums(content, **request.found_by)
            track = int(drums.events.track[drums.on[0]])
        except DataError:  # a tune
            track = 0
        made = signed(made, origin.of(name, edited.z), track=track)
    write_files([path], [made], as_json=args.json, details=dict(edited.said), wav=args.wav, sight=sight)
    return 0
