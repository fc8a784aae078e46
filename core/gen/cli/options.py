"""Options that several commands have, and the preparation that some of them are for."""

from __future__ import annotations

import argparse
import math
import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.sight import add_sight
from gen.errors import UsageError
from gen.system import terminal
from gen.training.named import DEFAULTS

if TYPE_CHECKING:
    from gen.data.engines import Engine
    from gen.data.prepare import Prepared
    from gen.recipes.sections import Recipe

MOST_PROCESSES = 1024
_DEVICE = re.compile(r"auto|cpu|(cuda|xpu)(:\d+)?|mps")


def add_run(parser: argparse.ArgumentParser, *, default_for: str | None = None) -> None:
    """A run by its path or a model by its name; with the model of a command as the default, it may be left out."""
    words = "a run's folder, or a model's name (gen models ls)"
    if default_for is None:
        parser.add_argument("run", help=words)
    else:
        model = DEFAULTS[default_for]
        parser.add_argument("run", nargs="?", default=model, help=f"{words}; default {model}")


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``; whether this machine has it is for torch to say."""
    words = "cpu, cuda, cuda:1 … (default: cuda if there is one)"
    parser.add_argument("--device", type=_device, default="auto", metavar="D", help=words)


def add_preparation(parser: argparse.ArgumentParser) -> None:
    """Where examples are prepared and kept."""
    group = parser.add_argument_group("preparing the data")
    group.add_argument("--data", metavar="PATH", help="where the data set lies (a zip or a folder)")
    group.add_argument("--store", metavar="DIR", help="keep the examples in this folder (default: in the user's cache)")
    group.add_argument("--workers", type=whole, metavar="N", help="processes that convert files (default: one a core)")
    group.add_argument(
        "--engine", choices=("auto", "serial", "pool", "dask"), default="auto", help="where files are converted"
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help="with --engine dask: a running one, tcp://HOST:8786")


def add_writing(parser: argparse.ArgumentParser) -> None:
    """Where clips are written, and how they are listed."""
    parser.add_argument("-o", "--out", default="out", metavar="DIR", help="where to write them (default out/)")
    parser.add_argument("--force", action="store_true", help="overwrite clips that are there already")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    parser.add_argument("--wav", action="store_true", help="write every clip as sound, too (see gen render)")
    add_sight(parser)
    parser.add_argument("--plain", action="store_true", help="leave out the text event that says how a file was made")


def add_synth(parser: argparse.ArgumentParser) -> None:
    """What makes the sound."""
    words = "soundfont needs gen-music[sound], plain nothing (default: the better that is there)"
    parser.add_argument("--synth", choices=("auto", "soundfont", "plain"), default="auto", help=words)


def add_drawing(parser: argparse.ArgumentParser, *, temperature: float | None) -> None:
    """Chance, and which checkpoint of a run to use; without a temperature where only the likeliest is asked for."""
    parser.add_argument("--seed", type=drawing_seed, default=0, help="the same seed gives the same clips (default 0)")
    if temperature is not None:
        parser.add_argument(
            "--temperature",
            type=drawing_temperature,
            default=temperature,
            help=f"0 is the likeliest, 1 as trained (default {temperature:g})",
        )
    parser.add_argument("--step", type=whole, help="which checkpoint (default: the latest)")
    add_device(parser)


def add_labels(parser: argparse._ActionsContainer) -> None:
    """What a model is told besides, by a recipe's labels."""
    parser.add_argument(
        "--style", metavar="NAME", help="of a model that is told styles (gen models show NAME lists them), such as jazz"
    )
    parser.add_argument(
        "--control",
        action="append",
        default=[],
        metavar="LABEL=CLASS",
        help="any label of the recipe, such as style=latin; may be repeated for others",
    )


def labels_asked(args: argparse.Namespace) -> dict[str, str]:
    """What `add_labels` asks for, by the label's name."""
    found: dict[str, str] = {}
    for word in [*args.control, *([] if args.style is None else [f"style={args.style}"])]:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not (name and equals and value):
            raise UsageError(f"--control {word}: write LABEL=CLASS, such as style=latin")
        if name in found:
            raise UsageError(f"--control {word}: {name} is {found[name]} already")
        found[name] = value
    return found


def add_hearing(parser: argparse._ActionsContainer, *, channels: Iterable[int] | None = range(1, 17)) -> None:
    """How a clip is read; None leaves it to the command to refuse channels."""
    parser.add_argument(
        "--drum-channel",
        action="append",
        default=[],
        type=whole,
        choices=channels,
        metavar="N",
        help="drums are on this MIDI channel (1 to 16) as well as on 10; may be repeated",
    )
    parser.add_argument(
        "--drum-map",
        metavar="FILE",
        help="a YAML file of lines such as '22: 42' or 'Hand Clap: snare'; or a kit: roland-td, addictive-drums-2, "
        "superior-drummer-3, ezdrummer-2",
    )


def require_at_least(args: argparse.Namespace, **least: int) -> None:
    """Make sure that options which were given aren't below what is named."""
    for name, number in least.items():
        value = getattr(args, name)
        if value is not None and value < number:
            raise UsageError(f"--{name.replace('_', '-')} must be at least {number}, not {value}")


def require_at_most(args: argparse.Namespace, **most: int) -> None:
    """Make sure that options which were given aren't above what is named."""
    for name, number in most.items():
        value = getattr(args, name)
        if value is not None and value > number:
            raise UsageError(f"--{name.replace('_', '-')} must be at most {number:,}, not {value:,}")


def whole(text: str) -> int:
    """A whole number that 64 bits hold."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no whole number") from None
    if abs(number) >= 1 << 63:
        raise argparse.ArgumentTypeError(f"{text[:40]} is beyond 2**63 - 1")
    return number


def drawing_seed(text: str) -> int:
    """A seed of every draw."""
    number = whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"a seed is from 0 to 2**63 - 1, not {text}")
    return number


def tempo(text: str) -> float:
    """Quarter notes a minute that a MIDI file can say and a person can hear."""
    qpm = _number(text)
    if not 10 <= qpm <= 1000:
        raise argparse.ArgumentTypeError(f"--qpm must be from 10 to 1000, not {text}")
    return qpm


def drawing_temperature(text: str) -> float:
    """A temperature to draw at: 0 is the likeliest."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"--temperature must be 0 or more, not {text}")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number") from None


def _device(text: str) -> str:
    if not _DEVICE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"no device {text!r}; give cpu, cuda, cuda:N, xpu, xpu:N, mps or auto")
    return text


def prepare_for(args: argparse.Namespace, recipe: Recipe, *, path: str | None, quiet: bool = False) -> Prepared:
    """Prepare a recipe's examples, from ``path`` where given, as the options of `add_preparation` say."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from gen.data.prepare import FallbackWarning, prepare

    engine = _engine(args)
    console = terminal.console(stderr=True)
    columns = (TextColumn("preparing"), TextColumn("{task.completed:,} files"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FallbackWarning)  # which is said below
            prepared = prepare(
                recipe, path=path, store=args.store, engine=engine, progress=lambda n: bar.update(task, completed=n)
            )
    if not quiet:
        say(prepared.history)
        if prepared.notice:
            say(f"NOTICE: {prepared.notice}")
    return prepared


def _engine(args: argparse.Namespace) -> Engine:
    from gen.data.engines import Auto, Dask, Pool, Serial

    require_at_least(args, workers=1)
    require_at_most(args, workers=MOST_PROCESSES)
    if args.scheduler is not None and args.engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    if args.engine == "dask":
        return Dask(args.scheduler, args.workers)
    if args.engine == "serial" or args.workers == 1:
        return Serial()
    return Pool(args.workers) if args.engine == "pool" else Auto(args.workers)
