"""The command line: ``gen COMMAND …``.

A command is a module of this package, named in `COMMANDS`, imported when it is chosen. It defines two functions:

``add_arguments(parser: argparse.ArgumentParser) -> None``
    Adds the command's arguments, and sets ``parser.description`` and ``parser.epilog``, which ends in real examples.
    The parser keeps line breaks, takes positional words before and after options, and has ``--debug`` already.
``run(args: argparse.Namespace) -> int``
    Does the work and returns the exit code: 0 fine, 1 failed, 2 misused. Results go to stdout, what is said on the way
    to stderr. What goes wrong is raised: a `gen.errors.GenError` becomes ``gen: <text>`` with its own exit code, an
    ``OSError`` one clear line, Ctrl-C 130. Nobody but `main` prints errors.

A module keeps torch, rich and the like out of its top level and inside ``run``: ``gen COMMAND --help`` stays quick.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from gen.errors import GenError, RecipeError, UsageError
from gen.system.regular import nowhere
from gen.system.terminal import guarded, paragraph
from gen.system.version import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "train": ("gen.cli.train", "train a model from a recipe"),
    "eval": ("gen.cli.eval", "measure a trained model"),
    "compare": ("gen.cli.compare", "train variants side by side, and say what differs"),
    "sample": ("gen.cli.sample", "write new MIDI from a trained model"),
    "reconstruct": ("gen.cli.transform", "what a model makes of a clip, from its latent vector"),
    "interpolate": ("gen.cli.interpolate", "clips on the way from one clip to another"),
    "humanize": ("gen.cli.verbs.humanize", "give a stiff beat loudness and timing"),
    "drumify": ("gen.cli.transform", "make drums of a tapped rhythm"),
    "redo": ("gen.cli.verbs.redo", "play some drums of some bars anew, the rest locked"),
    "vary": ("gen.cli.verbs.redo", "let some hits of a beat go and others come"),
    "continue": ("gen.cli.verbs.redo", "go on with the drums of a file"),
    "apply": ("gen.cli.verbs.apply", "turn something up or down in a clip: density, swing, loudness"),
    "attributes": ("gen.cli.verbs.attributes", "fit and list what gen apply can turn up and down"),
    "song": ("gen.cli.verbs.song", "a whole song in a form, with fills and an ending"),
    "replay": ("gen.cli.verbs.replay", "make a file again from what it says of itself"),
    "render": ("gen.cli.render", "write MIDI files as sound"),
    "show": ("gen.cli.show", "piano rolls of MIDI files, in the terminal or as a page that plays"),
    "palette": ("gen.cli.palette", "a map of a model's latent space, as a page to play with"),
    "studio": ("gen.cli.workshop.studio", "the verbs, runs and pages in a browser, on this machine alone"),
    "mine": ("gen.cli.workshop.mine", "train a model on a folder of your own clips, within minutes"),
    "copies": ("gen.cli.workshop.copies", "how near clips come to those that a model was trained on"),
    "import": ("gen.cli.import_", "make a run of a released checkpoint"),
    "export": ("gen.cli.export", "write a run's model for another program"),
    "data": ("gen.cli.data", "list, fetch, prepare and check data sets"),
    "models": ("gen.cli.models", "list and show the models that come with gen, and keep your own"),
    "recipes": ("gen.cli.recipes", "list, show, copy and check recipes"),
    "plugins": ("gen.cli.plugins", "what is installed, and what is broken and why"),
    "info": ("gen.cli.info", "versions and devices: what a bug report needs"),
}
"""Command to module and one-line help, in the order of ``gen --help``."""

_FULL = re.compile(r"can't allocate memory|out of memory|not enough memory|size calculation overflowed", re.IGNORECASE)
_EXAMPLES = """\
examples:
  gen recipes ls
  gen train groovae_4bar_small
  gen train recipes/groovae_4bar.yaml training.batch_size=64
  gen COMMAND --help
"""


SPINS = "10000"
"""Turns that one of torch's threads spins for another: benchmarks/results/waiting-cpu.md."""


def wait_briefly(environment: MutableMapping[str, str]) -> None:
    """Let torch's threads sleep soon where one waits for another, unless the user says how they wait.

    As libgomp comes, they spin for milliseconds: beside other work, on the cores that the others need.
    It reads the variable once, so this must come before torch is imported.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & environment.keys():
        environment["GOMP_SPINCOUNT"] = SPINS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the words after ``gen`` name, and return its exit code; no exception escapes."""
    with guarded():
        return _main(list(sys.argv[1:] if argv is None else argv))


def _main(words: list[str]) -> int:
    debug = "--debug" in words  # wherever it stands: it is no command's own
    wait_briefly(os.environ)
    try:
        code = _dispatch([word for word in words if word != "--debug"], debug=debug)
        sys.stdout.flush()  # here, where a reader that went away is still ours to handle
        return code
    except SystemExit as stop:  # argparse has printed its help or its complaint
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        print("gen: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(nowhere(), sys.stdout.fileno())  # so that the exit's own flush is quiet too
        return 141  # as a shell reports SIGPIPE
    except Exception as error:
        if debug:
            import traceback

            traceback.print_exc()
        print(explain(error, debug=debug), file=sys.stderr)
        return error.exit_code if isinstance(error, GenError) else 1


def _dispatch(words: list[str], *, debug: bool) -> int:
    at = next((i for i, word in enumerate(words) if not word.startswith("-")), len(words))
    parser = _top_parser()
    parser.parse_args(words[:at])
    if at == len(words):
        parser.print_help(sys.stderr)
        return UsageError.exit_code
    command = words[at]
    if command not in COMMANDS:
        from gen.system.spelling import hint

        raise UsageError(f"no command {command!r}{hint(command, COMMANDS)} (gen --help lists all)")
    module = import_module(COMMANDS[command][0])
    args = command_parser(command, module).parse_args(words[at + 1 :])
    args.debug = debug
    args.words = words[at:]  # for commands that say how a thing was made
    return int(module.run(args))


def command_parser(command: str, module: ModuleType) -> argparse.ArgumentParser:
    """The parser of one command, filled by its module."""
    parser = _Parser(prog=f"gen {command}")
    module.add_arguments(parser)
    parser.add_argument("--debug", action="store_true", help="show a traceback when something fails")
    return parser


class _Parser(argparse.ArgumentParser):
    """Takes ``key=value`` words before and after options, and complains in one line."""

    _branches = False
    _mixing = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False, **options})

    def add_subparsers(self, **options: Any) -> Any:
        self._branches = True
        return super().add_subparsers(**options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._branches or self._mixing:
            return super().parse_known_args(args, namespace)
        self._mixing = True  # the method below calls this one in its turn
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False

    def error(self, message: str) -> NoReturn:
        advice = ""
        if choice := re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message):
            from gen.system.spelling import hint

            advice = hint(choice[1], re.findall(r"[\w-]+", choice[2]))
        raise UsageError(f"{message[:400]}{advice} ({self.prog} --help shows how it is used)")


def _top_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items())
    parser = _Parser(
        prog="gen",
        usage="gen [--version] [--debug] COMMAND …",
        description=f"Latent-space models of music: train, measure, and make MIDI.\n\ncommands:\n{rows}",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"gen {__version__}")
    parser.add_argument("--debug", action="store_true", help="show a traceback when something fails")
    return parser


def explain(error: Exception, *, debug: bool = False) -> str:
    """What to print for an error: one line, or one for each problem of a recipe."""
    if isinstance(error, RecipeError) and len(error.problems) > 1:
        return "\n".join([f"gen: {len(error.problems)} problems", *map(paragraph, error.problems)])
    if isinstance(error, GenError):
        return paragraph(f"gen: {error}")
    if isinstance(error, OSError) and error.strerror:
        return paragraph(f"gen: {error.strerror}" + (f": {error.filename}" if error.filename is not None else ""))
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _FULL.search(str(error))):
        said = str(error).strip().partition("\n")[0] or "Python can't have more"
        return paragraph(
            f"gen: not enough memory ({said}): make the model or training.batch_size smaller, raise "
            "training.accumulate, or do less at a time"
        )
    from gen.registry import registry

    blamed = None
    with suppress(Exception):  # a broken plugin, say, which is no news here
        blamed = registry().blamed(error)
    whose = f"of {blamed}" if blamed else "of gen or of a plugin"
    advice = f"; this is a fault {whose}" + ("" if debug else ": rerun with --debug for the traceback")
    if debug and not blamed:
        advice = ""
    return paragraph(f"gen: unexpected {type(error).__name__}: {error}{advice}")


def say(text: str) -> None:
    """To a person who waits for the results; lines after the first are set in."""
    print(paragraph(text), file=sys.stderr, flush=True)
