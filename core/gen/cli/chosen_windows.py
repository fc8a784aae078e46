"""What the commands that read and write clips share: reading one, choosing its windows, writing all or none."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.cli import say
from gen.cli.sight import OPTIONS, Sight
from gen.errors import GenError, MidiError, UsageError
from gen.system import regular
from gen.system.terminal import one_line

if TYPE_CHECKING:
    from gen.music import Window
    from gen.music.provenance import Origin
    from gen.notes.sequence import NoteSequence
    from gen.training.load import Trained

_MOST_LISTED = 40
_WHERE = ("--force", "--json", "--wav")
_ANYWHERE = ("-o", "--out", *OPTIONS)  # options whose value says where to write
_NOTHING = Sight()
_EVERY = 1 << 24  # bytes: no MIDI file that a person made is longer


@dataclass(frozen=True, eq=False)
class Clip:
    """A MIDI file: its path, its bytes and what is heard of them; what files made of it begin with is its stem."""

    path: str
    content: bytes
    notes: NoteSequence
    stem: str


def read_clip(path: str, trained: Trained, args: argparse.Namespace) -> Clip:
    """Read a clip with the drum channels and the drum map of the model's recipe, and of the command line."""
    from gen.data.conversion import hear
    from gen.recipes.drum_maps import read_drum_map

    data = trained.recipe.data
    drum_map = data.drum_map if args.drum_map is None else read_drum_map(regular.at_home(args.drum_map))
    channels = tuple(sorted({*data.drum_channels, *args.drum_channel}))
    content = read_content(path)
    try:
        data = replace(data, drum_channels=channels, drum_map=drum_map, reading="gen")
        found = hear(content, data, in_place=True)  # whatever the model was trained on, a clip is heard as it is played
        for notice in found.notices:
            say(f"{path}: {notice}")
        return Clip(path, content, found.notes, Path(path).stem)
    except MidiError as error:
        raise MidiError(f"{path}: {error}", code=error.code) from error


def read_content(path: str) -> bytes:
    """The bytes of a clip."""
    try:
        with regular.opened(Path(path)) as file:
            content = file.read(_EVERY + 1)
    except OSError as error:
        raise MidiError(f"can't read {path}: {error.strerror or error}") from error
    if len(content) > _EVERY:
        raise MidiError(f"{path}: over {_EVERY >> 20} MB: no clip is that long")
    return content


def find_windows(trained: Trained, clip: Clip) -> Sequence[Window]:
    """The windows of a clip, at least one; what is in none of them is said."""
    from gen.music.windows import find_windows

    found = find_windows(trained, clip.notes, name=clip.path, content=clip.content)
    for notice in found.notices:
        say(f"{clip.path}: {notice}")
    return found.windows


def choose_window(windows: Sequence[Window], number: int, clip: Clip) -> Window:
    """The window of that number, counted from 1, or an error with a list of them."""
    if not 1 <= number <= len(windows):
        more = [f"and {len(windows) - _MOST_LISTED} more"] if len(windows) > _MOST_LISTED else []
        listed = "\n".join(f"  {each}" for each in [*windows[:_MOST_LISTED], *more])
        raise UsageError(f"{clip.path} has no window {number}: they are 1 to {len(windows)}\n{listed}")
    return windows[number - 1]


def require_free(folder: str, names: Sequence[str], *, force: bool, wav: bool = False) -> list[Path]:
    """Paths in a folder, at which nothing may stand that isn't to be overwritten; nor where their sound is to go."""
    from gen.system.files import require_folder

    require_folder(Path(folder), option="--out")
    paths = [Path(folder) / name for name in names]
    sounds = [path.with_suffix(".wav") for path in paths if wav]
    there = next((path for path in [*paths, *sounds] if path.exists()), None)
    if there is not None and not force:
        raise UsageError(f"{there} is there already; give another --out or --force to overwrite it")
    return paths


def write_clips(
    paths: Sequence[Path],
    clips: Sequence[NoteSequence],
    *,
    as_json: bool,
    origins: Sequence[Origin] = (),
    details: dict[str, Any] | None = None,
    wav: bool = False,
    sight: Sight = _NOTHING,
) -> None:
    """Write clips, each with its origin where there are origins; see `write_files`."""
    from gen.midi.writing import midi_bytes
    from gen.music.provenance import signed

    contents = []
    for index, (path, clip) in enumerate(zip(paths, clips, strict=True)):
        try:
            content = midi_bytes(clip)
        except ValueError as error:  # what a hostile clip may lead to, such as a tempo that no file can say
            raise GenError(f"{path} can't be written: {error}") from error
        contents.append(signed(content, origins[index]) if origins else content)
    write_files(paths, contents, as_json=as_json, details=details, wav=wav, sight=sight)


def write_files(
    paths: Sequence[Path],
    contents: Sequence[bytes],
    *,
    as_json: bool,
    details: dict[str, Any] | None = None,
    wav: bool = False,
    sight: Sight = _NOTHING,
) -> None:
    """Write files, where asked to as sound, as a page and as a picture too, and print their paths, one a line.

    With ``as_json`` as JSON, with what else there is.
    """
    from gen.midi.reading import read_midi
    from gen.music.sound.rendering import write_wav
    from gen.system.files import json_text, write_atomically

    written: list[Path] = []
    for path, content in zip(paths, contents, strict=True):
        regular.folder(path.parent)
        write_atomically(path, content)
        written.append(path)
        if wav:
            written.append(write_wav(read_midi(content), path.with_suffix(".wav")))
    if sight.html or sight.png:
        shown = {path.name: read_midi(content) for path, content in zip(paths, contents, strict=True)}
        written += sight.show(shown)
    if not as_json:
        print("\n".join(one_line(str(path)) for path in written))
    if as_json:
        print(json_text({"files": [str(path) for path in written], **(details or {})}, indent=1))


def origin_for(args: argparse.Namespace, trained: Trained, clips: Sequence[Clip] = ()) -> Origin | None:
    """The origin of what a command makes of clips; None where it is to be left out (``--plain``).

    Where to write is no part of it: ``gen replay`` says that anew.
    """
    from gen.music.provenance import origin_of

    if args.plain:
        return None
    words = [word for word in without(args.words, *_ANYWHERE) if word not in _WHERE]
    return origin_of(trained, seed=args.seed, command=words, inputs={clip.path: clip.content for clip in clips})


def without(words: Sequence[str], *options: str) -> list[str]:
    """The words of a command without some options that take a value, such as ``-o`` and ``--out``, and their values."""
    kept, skip = [], False
    for word in words:
        glued = word.startswith(tuple(f"{option}=" if option.startswith("--") else option for option in options))
        if not skip and word not in options and not glued:
            kept.append(word)
        skip = not skip and word in options
    return kept
