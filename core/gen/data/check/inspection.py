"""One file: read it, look it over, and try every converter on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from gen.data.check.drum_guess import DrumGuess
from gen.data.check.facts import Change, Facts, facts_of
from gen.data.check.targets import Plan, Target
from gen.data.conversion import cut
from gen.data.hearing import heard
from gen.data.likeness import sketch
from gen.errors import MidiError
from gen.interfaces.converter import Conversion, Converter
from gen.interfaces.dataset import Item
from gen.midi.survey import survey
from gen.notes.sequence import NoteSequence
from gen.recipes.build import construct
from gen.recipes.sections import DataSection

SKETCH = 64  # hashes; see `gen.data.likeness.sketch`
_MOST_NOTICES = 20


@dataclass(frozen=True)
class Reason:
    """Why nothing came of a file.

    Attributes:
        code: short and stable, for counting.
        detail: one sentence with the values that decided.
    """

    code: str
    detail: str


@dataclass(frozen=True)
class Outcome:
    """What one converter made of a file.

    Attributes:
        examples: how many.
        reason: why there are none, where there are none.
        notices: what was left out on the way.
        unmapped: drum notes by pitch that it takes for no drum.
    """

    examples: int
    reason: Reason | None = None
    notices: tuple[str, ...] = ()
    unmapped: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileCheck:
    """What was found out about a file.

    Attributes:
        name: as of `gen.data.MidiFile`.
        size: bytes.
        sha256: of its contents; empty where it can't be read.
        problem: why no converter was tried.
        facts: None where it isn't readable MIDI.
        outcomes: by the label of the converter; none where there is a problem.
        resembles: another file, earlier in order, that plays nearly the same.
        resemblance: the part of their notes that the two share, 0 to 1.
        sketch: hashes to find such files by.
    """

    name: str
    size: int = 0
    sha256: str = ""
    problem: Reason | None = None
    facts: Facts | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    resembles: str = ""
    resemblance: float = 0.0
    sketch: tuple[int, ...] = field(default=(), repr=False)

    @property
    def examples(self) -> int:
        """Of all converters together."""
        return sum(outcome.examples for outcome in self.outcomes.values())

    @property
    def usable(self) -> bool:
        """Whether any converter gave an example."""
        return self.problem is None and self.examples > 0

    def to_json(self) -> dict[str, Any]:
        """Everything that can be sent to another process."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FileCheck:
        """The same again."""
        facts = value["facts"]
        outcomes = {
            label: Outcome(
                examples=each["examples"],
                reason=_reason(each["reason"]),
                notices=tuple(each["notices"]),
                unmapped=_by_pitch(each["unmapped"]),
            )
            for label, each in value["outcomes"].items()
        }
        return cls(
            **{
                **value,
                "problem": _reason(value["problem"]),
                "facts": None if facts is None else _facts(facts),
                "outcomes": outcomes,
                "sketch": tuple(value["sketch"]),
            }
        )


class Inspector:
    """Checks files one by one.

    Args:
        plan: what for.

    Raises:
        gen.errors.UsageError, gen.errors.PluginError: a converter can't be constructed.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._converters: dict[str, Converter] = {
            target.label: construct("converter", target.converter, mode="eval") for target in plan.targets
        }

    def check(self, name: str, content: bytes) -> FileCheck:
        """Find out everything about a file; its content is never a reason for an exception.

        Args:
            name: what it is called.
            content: its bytes.
        """
        blank = FileCheck(name, len(content), hashlib.sha256(content).hexdigest())
        try:
            notes = heard(content, self._plan.data)
            facts = facts_of(notes, survey(content))
        except MidiError as error:
            return replace(blank, problem=Reason(error.code, str(error)))
        blank = replace(blank, facts=facts)
        if not len(notes):
            muted = f"; all {facts.silent_onsets:,} note-ons have velocity 0" if facts.silent_onsets else ""
            return replace(blank, problem=Reason("silent", f"{facts.tracks} tracks and not one note{muted}"))
        return replace(
            blank,
            outcomes=self._outcomes(name, content, notes),
            sketch=tuple(sketch(notes, SKETCH).tolist()),
        )

    def _outcomes(self, name: str, content: bytes, notes: NoteSequence) -> dict[str, Outcome]:
        """What each converter makes of the file, which is read once for all that hear it alike."""

        def way(data: DataSection) -> tuple[object, ...]:
            return data.drum_channels, data.drum_map

        ways = {way(self._plan.data): notes}
        outcomes = {}
        for target in self._plan.targets:
            if way(target.data) not in ways:
                ways[way(target.data)] = heard(content, target.data)
            outcomes[target.label] = self._try(target, Item(name, "train", content), ways[way(target.data)])
        return outcomes

    def _try(self, target: Target, item: Item, notes: NoteSequence) -> Outcome:
        converter = self._converters[target.label]
        unmapped = _unmapped(notes, converter)
        try:
            windows = cut(notes, item, target.data)
        except ValueError as error:
            return Outcome(0, Reason("no-windows", str(error)), unmapped=unmapped)
        examples = 0
        reason: Reason | None = None
        notices: dict[str, None] = {}
        for window in windows:
            try:
                conversion = converter.convert(window, rng=np.random.default_rng(0))
            except Exception as error:  # a stranger's plugin may do anything; the other files are none the worse for it
                said = f"{type(error).__name__}: {error}"
                return Outcome(0, Reason("converter-fault", f"the converter failed: {said[:300]}"), unmapped=unmapped)
            examples += len(conversion.examples)
            notices |= dict.fromkeys(conversion.notices)
            reason = reason or _why(conversion)
        if not windows:
            reason = Reason("too-short", f"shorter than one window of {target.data.window_bars} bars")
        return Outcome(examples, None if examples else reason, tuple(notices)[:_MOST_NOTICES], unmapped)


def _why(conversion: Conversion) -> Reason | None:
    rejection = conversion.rejection
    return None if rejection is None else Reason(rejection.code, rejection.detail)


def _unmapped(notes: NoteSequence, converter: Converter) -> dict[int, int]:
    """Drum notes by pitch that a converter takes for no drum."""
    classes = converter.drum_classes
    if classes is None:
        return {}
    taken = np.zeros(128, np.bool_)
    taken[[pitch for pitches in classes for pitch in pitches]] = True
    pitches, counts = np.unique(notes.pitch[notes.is_drum & ~taken[notes.pitch]], return_counts=True)
    return dict(zip(pitches.tolist(), counts.tolist(), strict=True))


def _reason(value: dict[str, str] | None) -> Reason | None:
    return None if value is None else Reason(**value)


def _by_pitch(value: Mapping[str, int]) -> dict[int, int]:
    return {int(pitch): count for pitch, count in value.items()}


def _facts(value: dict[str, Any]) -> Facts:
    guess = value["guess"]
    return Facts(
        **{
            **value,
            "tempos": tuple(Change(**each) for each in value["tempos"]),
            "metres": tuple(Change(**each) for each in value["metres"]),
            "programs": tuple(value["programs"]),
            "drums": _by_pitch(value["drums"]),
            "guess": None if guess is None else DrumGuess(**guess),
        }
    )
