"""``gen replay``: a file that gen made, made again from what it says of itself."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import tempfile
from pathlib import Path

from gen.cli import say
from gen.errors import DataError, GenError, MidiError, UsageError
from gen.system import regular
from gen.system.spelling import listing

_EPILOG = """\
examples:
  gen replay out/beat-humanized.mid
  gen replay out/groovae_4bar-seed1-000.mid -o again.mid
"""

# what a stranger's file may have run: they read, and write nowhere but where they are told last
_VERBS = ("sample", "reconstruct", "interpolate", "humanize", "drumify", "redo", "vary", "continue", "song", "apply")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, and where to write it again."""
    parser.description = (
        "Run the command that made a MIDI file, which a text event inside it holds, and compare: the file comes out\n"
        "again byte for byte, where the model and the clips that it was made of are the same and where the command\n"
        "names them. Files written with --plain hold no such text."
    )
    parser.epilog = _EPILOG
    parser.add_argument("clip", help="a MIDI file that gen wrote")
    parser.add_argument("-o", "--out", metavar="FILE", help="write what comes out to this file")
    parser.add_argument("--force", action="store_true", help="overwrite that file")


def run(args: argparse.Namespace) -> int:
    """Say whether the file comes out again; 0 if it does."""
    from gen.cli import main
    from gen.cli.chosen_windows import read_content, without
    from gen.cli.sight import OPTIONS
    from gen.music.provenance import read_origin
    from gen.system.files import write_atomically

    content = read_content(args.clip)
    origin = read_origin(content)
    if origin is None:
        raise DataError(f"{args.clip} doesn't say how it was made: gen didn't write it, or with --plain")
    out = None if args.out is None else Path(args.out)
    if out is not None and out.exists() and not args.force:
        raise UsageError(f"{out} is there already; give another --out or --force to overwrite it")
    command = " ".join(["gen", *origin.command])
    say(f"{args.clip}: {command}")
    if origin.command[:1] not in {(verb,) for verb in _VERBS}:
        raise DataError(f"{args.clip}: {command} is none of the commands that write clips: {listing(_VERBS)}")
    words = without(origin.command, *OPTIONS)  # a stranger's file says nowhere else to write
    for name, expected in (origin.inputs or {}).items():
        try:
            read = read_content(name)
        except MidiError as error:
            raise DataError(f"{args.clip} was made of {name}: {error}") from error
        if hashlib.sha256(read).hexdigest() != expected:
            raise DataError(f"{name} isn't what {args.clip} was made of: it has changed since")
    with tempfile.TemporaryDirectory() as folder:
        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = main([*words, "-o", folder])
        made = Path(folder) / Path(origin.file).name
        if code or not made.is_file():
            raise GenError(f"{command} made no {origin.file}: {said.getvalue().strip()}")
        again = regular.read_bytes(made)
    if out is not None:
        write_atomically(out, again)
        print(out)
    if again == content:
        say(f"{args.clip}: the same, byte for byte")
        return 0
    now = read_origin(again)
    other = (
        "by another model"
        if now is not None and now.model != origin.model
        else "by other software or on another machine"
    )
    say(f"{args.clip}: not the same; it was made {other} (gen {origin.version})")
    return 1
