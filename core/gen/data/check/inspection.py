"""One file: read it, look it over, and try every converter on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from gen.data.check.facts import SILENCING, Facts, drum_counts, facts_of
from gen.data.check.targets import Plan, Target
from gen.data.conversion import Heard, convert_piece, hear
from gen.data.likeness import sketch
from gen.errors import MidiError
from gen.interfaces.converter import Converter, Rejection
from gen.interfaces.dataset import Item
from gen.midi.reading import survey
from gen.recipes.build import construct
from gen.recipes.sections import DataSection

SKETCH = 64  # hashes; see `gen.data.likeness.sketch`
_MOST_NOTICES = 20


@dataclass(frozen=True)
class Outcome:
    """What one converter made of a file: so many examples, or a reason for none; ``unmapped`` are drum notes by pitch
    that it takes for no drum.
    """

    examples: int
    reason: Rejection | None = None
    notices: tuple[str, ...] = ()
    unmapped: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileCheck:
    """What was found out about a file.

    Attributes:
        problem: why no converter was tried.
        facts: None where it isn't readable MIDI; where it isn't readable at all, ``sha256`` is empty.
        outcomes: by the label of the converter; none where there is a problem.
        resembles, resemblance: an earlier file that plays nearly the same, and the part that the two share, 0 to 1.
    """

    name: str
    size: int = 0
    sha256: str = ""
    problem: Rejection | None = None
    facts: Facts | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    resembles: str = ""
    resemblance: float = 0.0
    sketch: tuple[int, ...] = field(default=(), repr=False)  # by which such files are found

    @property
    def usable(self) -> bool:
        """Whether any converter gave an example."""
        return self.problem is None and any(outcome.examples for outcome in self.outcomes.values())


def check_file(plan: Plan, name: str, content: bytes) -> FileCheck:
    """Find out everything about a file; only a converter that can't be constructed is a reason for an exception."""
    converters = converters_of(plan)
    blank = FileCheck(name, len(content), hashlib.sha256(content).hexdigest())
    try:
        heard = hear(content, plan.data)
        facts = facts_of(heard, survey(content))
    except MidiError as error:
        return replace(blank, problem=Rejection(error.code, str(error)))
    blank = replace(blank, facts=facts)
    if not len(heard.notes):
        return replace(blank, problem=Rejection("silent", _why_silent(facts)))
    ways = {_way(plan.data): heard}  # read once for all that hear it alike
    outcomes = {}
    for target in plan.targets:
        way = _way(target.data)
        if way not in ways:
            ways[way] = hear(content, target.data)
        outcomes[target.label] = _try(target, converters[target.label], Item(name, "train", content), ways[way])
    return replace(blank, outcomes=outcomes, sketch=tuple(sketch(heard.notes, SKETCH).tolist()))


def _way(data: DataSection) -> tuple[object, ...]:
    """What decides how a file is heard."""
    return data.drum_channels, data.drum_map, data.reading


def _why_silent(facts: Facts) -> str:
    """What there is in a file instead of notes."""
    tracks = "1 track" if facts.tracks == 1 else f"{facts.tracks} tracks"
    held = [text for code, text in facts.oddities.items() if code in SILENCING]
    if facts.silent_onsets and not held:
        held.append(f"all {facts.silent_onsets:,} note-ons have velocity 0")
    return "; ".join([f"{tracks} and not one note", *held])


@lru_cache(maxsize=4)
def converters_of(plan: Plan) -> Mapping[str, Converter]:
    """The converter of each target, by label."""
    return {target.label: construct("converter", target.converter, mode="eval") for target in plan.targets}


def taken_by(converter: Converter) -> frozenset[int] | None:
    """The drum pitches that a converter takes; None where it doesn't ask."""
    return None if converter.drum_classes is None else frozenset[int]().union(*converter.drum_classes)


def _try(target: Target, converter: Converter, item: Item, heard: Heard) -> Outcome:
    taken, unmapped, notes = taken_by(converter), {}, heard.notes
    if taken is not None:
        unmapped = {pitch: count for pitch, count in drum_counts(notes).items() if pitch not in taken}
    try:
        _, piece = convert_piece(notes, item, target.data, converter, np.random.default_rng(0))
    except Exception as error:  # a stranger's plugin may do anything; the other files are none the worse for it
        said = f"{type(error).__name__}: {error}"
        return Outcome(0, Rejection("converter-fault", f"the converter failed: {said[:300]}"), unmapped=unmapped)
    notices = (*heard.notices, *piece.notices)
    return Outcome(len(piece.examples), piece.rejection, notices[:_MOST_NOTICES], unmapped)
