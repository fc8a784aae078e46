"""What can be asked for in the studio, and the words of the command that does it: one table for page and server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gen.errors import UsageError
from gen.system.spelling import hint
from gen.training.named import DEFAULTS

Kind = Literal["number", "whole", "choice", "names", "text", "switch", "model"]

DRUMS = ("kick", "snare", "hats", "toms", "cymbals")
"""Groups of drums that can be chosen or locked."""

_MOST_SEED = (1 << 31) - 1  # what a number of a page's script can say for sure, and a field can show


@dataclass(frozen=True)
class Option:
    """An option of a verb, as a field of the page and as words of the command.

    Attributes:
        name: of the command's option, without its hyphens.
        label, hint: what the page calls it, and says of it.
        kind: ``names`` are some of ``choices``, a ``switch`` is on or off, a ``model`` one by its name.
        default: of the command; what is at its default isn't said.
        low, high, step: of numbers.
        choices: of a ``choice``, whose first is the default and isn't said, or of ``names``.
        pattern: of a ``text``.
    """

    name: str
    label: str
    kind: Kind
    default: float | str | bool | None = None
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    choices: tuple[str, ...] = ()
    pattern: str = ""
    hint: str = ""

    def words(self, value: Any) -> list[str]:
        """The words of a value; none for the default."""
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise UsageError(f"{self.label}: on or off, not {_shown(value)}")
            return [f"--{self.name}"] if value else []
        text = self._text(value)
        return [] if text is None else [f"--{self.name}", text]

    def _text(self, value: Any) -> str | None:
        if self.kind in ("number", "whole"):
            return self._number(value)
        if self.kind == "names":
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise UsageError(f"{self.label}: names, not {_shown(value)}")
            for each in value:
                self._known(each)
            return ",".join(dict.fromkeys(value)) or None
        if not isinstance(value, str):
            raise UsageError(f"{self.label}: a text, not {_shown(value)}")
        if self.kind == "choice":
            self._known(value)
        elif self.pattern and value and not re.fullmatch(self.pattern, value):
            raise UsageError(f"{self.label}: {_shown(value)} is none: {self.hint}")
        unsaid = self.choices[0] if self.kind == "choice" else self.default
        return None if value in ("", unsaid) else value

    def _number(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not self.low <= value <= self.high:
            raise UsageError(f"{self.label}: a number from {self.low:g} to {self.high:g}, not {_shown(value)}")
        if self.kind == "whole":
            if value != int(value):
                raise UsageError(f"{self.label}: a whole number, not {_shown(value)}")
            return None if value == self.default else str(int(value))
        rounded = round(float(value), 3) + 0.0
        return None if rounded == self.default else f"{rounded:g}"

    def _known(self, value: str) -> None:
        if value not in self.choices:
            raise UsageError(f"{self.label}: no {_shown(value)}{hint(value, self.choices)}")


@dataclass(frozen=True)
class Verb:
    """Something to do: a command of gen's, how many clips it takes, and its options."""

    name: str
    title: str
    does: str
    clips: int
    options: tuple[Option, ...]
    page: bool = False

    def words(self, values: Mapping[str, Any]) -> list[str]:
        """The words of its options; a `UsageError` where one isn't its own, or a value can't be."""
        own = {option.name: option for option in self.options}
        for name in values:
            if name not in own:
                raise UsageError(f"{self.title} has no option {_shown(name)}{hint(str(name), own)}")
        return [word for name, option in own.items() if name in values for word in option.words(values[name])]

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {**asdict(self), "model": DEFAULTS[self.name]}


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _seed() -> Option:
    return Option("seed", "Seed", "whole", 0, 0, _MOST_SEED, hint="another number is another idea")


def _amount(default: float, low: float = 0.0) -> Option:
    return Option("amount", "Amount", "number", default, low, 100, hint="in per cent")


def _temperature(default: float) -> Option:
    words = "0 is the likeliest, 1 as trained"
    return Option("temperature", "Temperature", "number", default, 0, 2, 0.05, hint=words)


_LOCKS = (
    Option("drums", "Change only", "names", choices=DRUMS, hint="none ticked: all that aren't locked"),
    Option("keep", "Locked", "names", choices=DRUMS, hint="they stay to the byte"),
    Option(
        "bars", "Bars that may change", "text", "", pattern=r"[1-9]\d{0,5}(-[1-9]\d{0,5})?", hint="such as 3-4, or 3"
    ),
)
_TURNED = (
    *("density", "swing", "laid-back", "loudness", "dynamics", "syncopation"),
    *("pitch", "leaps"),
)
_SONG = (
    Option("form", "Form", "text", "AABA", pattern="[A-Z]{1,64}", hint="a letter a section, such as AABA"),
    Option("bars", "Bars", "whole", 32, 1, 512, hint="of the whole song, as many for each section"),
    Option("fill-every", "Fill every", "whole", 4, 0, 512, hint="bars; 0 for none"),
    Option("melody", "Melody of", "model", "", hint="a model of melodies plays to it"),
    Option("no-ending", "No ending", "switch", False, hint="the song goes round without a seam"),
    Option("loops", "Sections as loops, too", "switch", False),
    Option("qpm", "Tempo", "number", 120, 10, 400, hint="quarter notes a minute"),
)

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "humanize",
            "Humanize",
            "Loudness and timing for a stiff beat; every hit stays.",
            1,
            (_amount(100), Option("only", "Change", "choice", choices=("both", "velocity", "timing"))),
        ),
        Verb(
            "redo",
            "Redo",
            "Play some drums of some bars anew, to what the others play.",
            1,
            (_amount(100, 1), *_LOCKS, _seed()),
        ),
        Verb("vary", "Vary", "Let some hits go and others come.", 1, (_amount(30), *_LOCKS, _seed())),
        Verb(
            "continue",
            "Continue",
            "Go on with the drums for some bars.",
            1,
            (_amount(60, 1), Option("bars", "Bars to add", "whole", 4, 1, 64), _seed()),
        ),
        Verb(
            "apply",
            "Apply",
            "Turn something up or down: density, swing, loudness. Pitch and leaps are for melodies.",
            1,
            (
                *(Option(name, name.replace("-", " ").capitalize(), "number", 0, -5, 5, 0.25) for name in _TURNED),
                *_LOCKS,
            ),
        ),
        Verb("drumify", "Drumify", "Make drums of a tapped rhythm.", 1, (_temperature(0), _seed())),
        Verb("reconstruct", "Reconstruct", "What a model makes of the clip.", 1, (_temperature(0), _seed())),
        Verb(
            "interpolate",
            "Interpolate",
            "Clips on the way from this clip to a second one.",
            2,
            (
                Option("steps", "Steps", "whole", 9, 2, 33),
                Option("linear", "Straight, not along a sphere", "switch", False),
                _temperature(0),
                _seed(),
            ),
        ),
        Verb(
            "song", "Song", "A whole song in a form, with fills and an ending.", 0, (*_SONG, _temperature(0), _seed())
        ),
        Verb(
            "sample",
            "Sample",
            "New clips from a model.",
            0,
            (
                Option("count", "How many", "whole", 8, 1, 32),
                Option("qpm", "Tempo", "number", 120, 10, 400, hint="quarter notes a minute"),
                _temperature(0.5),
                _seed(),
            ),
        ),
        Verb(
            "palette",
            "Palette",
            "A map of a model's clips, as a page to play with.",
            0,
            (Option("size", "Clips along a side", "whole", 11, 2, 15), _seed()),
            page=True,
        ),
    )
}
"""By name, in the order of the page."""
