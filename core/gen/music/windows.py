"""What a model can read of a clip of any length: its windows, with their places; or why there are none, and what to do.

What a rejection advises is meant for whoever trains: another option, a shorter window. A model that is trained already
has its options, so here the clip has to change, or the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gen.data.check.facts import bar_numbers, facts_of
from gen.data.check.fixes import Case, fix_for
from gen.data.check.inspection import FileCheck
from gen.data.conversion import Heard
from gen.errors import DataError
from gen.interfaces.converter import Conversion, Converter, Example, Rejection
from gen.midi.reading import survey
from gen.model.build import build_converter
from gen.notes.moving import at_tempo
from gen.notes.sequence import NoteSequence, Tempos, TimeSignatures
from gen.recipes.sections import Recipe
from gen.training.load import Trained

_LIMIT = "max_tensors_per_notesequence"
_DRUMS_ONLY = "drums_only"
_TOUCH = 1e-3  # seconds by which windows may overlap all the same: rounding


@dataclass(frozen=True, eq=False)
class Window:
    """A part of a clip that is one example.

    Attributes:
        number: counted from 1, in the order in which windows begin.
        example: its tensors; ``example.starts`` are all places where the same steps occur, in seconds.
        clip: the same as notes, at the clip's tempo: what the model is to say.
        bars: bars of the clip in which it begins, counted from 1, as many as ``example.starts``.
    """

    number: int
    example: Example
    clip: NoteSequence
    bars: tuple[int, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.clip.total_time

    def __str__(self) -> str:
        notes = "1 note" if len(self.clip) == 1 else f"{len(self.clip)} notes"
        if not self.bars:
            return f"window {self.number}: {self.seconds:.2f} s, {notes}"
        first = self.example.starts[0]
        again = f"; again in bar {', '.join(map(str, self.bars[1:]))}" if len(self.bars) > 1 else ""
        return f"window {self.number}: bar {self.bars[0]}, {first:.2f} to {first + self.seconds:.2f} s, {notes}{again}"


@dataclass(frozen=True, eq=False)
class Found:
    """The windows of a clip, at least one, in order of time; and notices of what is in none of them."""

    windows: Sequence[Window]
    notices: Sequence[str] = ()


def find_windows(
    trained: Trained, notes: NoteSequence, *, name: str = "this clip", content: bytes | None = None
) -> Found:
    """Everything in a clip of any length that a model can read.

    All windows are found, also where the recipe takes only some of each file for training. Errors call the clip by
    ``name``; where they have the ``content`` of its file, they also know what is on its channels.

    Raises:
        DataError: there is no window; the text says why, and what to do.
    """
    converter, conversion = _converted(trained, notes)
    if conversion.rejection is not None:
        raise DataError(
            f"{name}: {trained.recipe.name} can't read it: "
            f"{what_to_do(conversion.rejection, notes, trained.recipe, converter, content=content)}"
        )
    countable = _countable(notes)
    examples = sorted(conversion.examples, key=lambda example: example.starts[:1])
    windows = []
    for number, example in enumerate(examples, 1):
        bars = tuple(bar_numbers(countable, np.array(example.starts)))
        controls = None if example.controls is None else example.controls[np.newaxis]
        (clip,) = converter.from_tensors(example.outputs[np.newaxis], controls)
        windows.append(Window(number, example, at_tempo(clip, example.qpm), bars))
    return Found(windows, conversion.notices)


def rejection_of(trained: Trained, notes: NoteSequence) -> Rejection | None:
    """Why there is no window in a clip; None where there is one."""
    return _converted(trained, notes)[1].rejection


def _converted(trained: Trained, notes: NoteSequence) -> tuple[Converter, Conversion]:
    for converter in _converters_for(trained.recipe, notes):
        conversion = converter.convert(notes, rng=np.random.default_rng(0))
        if conversion.rejection is None:
            break
    return converter, conversion


def windows_in_turn(windows: Sequence[Window]) -> list[tuple[float, Window]]:
    """Windows of a clip that follow one another without overlap, and where each begins in seconds.

    From the first window on, always the earliest that begins where the last has ended or later; windows that occur
    in several places are taken in each. Where a converter doesn't tell places, all windows, end to end.
    """
    if not all(window.example.starts for window in windows):
        ends = np.cumsum([0.0, *(window.seconds for window in windows)]).tolist()
        return list(zip(ends, windows, strict=False))
    places = [(start, window) for window in windows for start in window.example.starts]
    places.sort(key=lambda place: (place[0], place[1].number))
    chosen: list[tuple[float, Window]] = []
    end = -math.inf
    for start, window in places:
        if start >= end - _TOUCH:
            chosen.append((start, window))
            end = start + window.seconds
    return chosen


def last_window(windows: Sequence[Window], turns: Sequence[tuple[float, Window]]) -> tuple[float, Window] | None:
    """The window that goes on longest beyond those in turn, and where it begins; None where nothing is beyond them.

    So a clip of three bars is heard whole by a model of two: its last window begins before the one before it ends.
    """
    end = max(start + window.seconds for start, window in turns)
    places = [(start, window) for window in windows for start in window.example.starts]
    beyond = [place for place in places if place[0] + place[1].seconds > end + _TOUCH]
    return max(beyond, key=lambda place: (place[0] + place[1].seconds, place[0]), default=None)


def new_in(clip: NoteSequence, window: Window, since: float) -> NoteSequence:
    """The notes that a window's clip has from a time on, those that are played up to half a step early too."""
    return clip.select(clip.start >= since - window.seconds / len(window.example.outputs) / 2)


def _converters_for(recipe: Recipe, notes: NoteSequence) -> Iterator[Converter]:
    """The recipe's converter for clips from anywhere, without a limit of examples a file; where it takes any note for a
    drum and the clip says which are, before it the same with ears for those alone.
    """
    arguments = dict(recipe.converter.arguments)
    if arguments.get(_LIMIT) is not None:
        arguments[_LIMIT] = None
    ways = [arguments]
    if arguments.get(_DRUMS_ONLY) is False and notes.is_drum.any():
        ways.insert(0, {**arguments, _DRUMS_ONLY: True})
    for way in ways:  # one by one: the first mostly does, and a converter takes longer to build than a clip to read
        yield build_converter(replace(recipe, converter=replace(recipe.converter, arguments=way)))


def _countable(notes: NoteSequence) -> NoteSequence:
    """A clip without the tempos and metres in which nobody can count, wherever a strange file has some."""
    tempos, metres = notes.tempos, notes.time_signatures
    sound = np.isfinite(tempos.qpm) & (tempos.qpm > 0)
    whole = (metres.numerator > 0) & (metres.denominator > 0)
    return replace(
        notes,
        tempos=Tempos(tempos.time[sound], tempos.qpm[sound]),
        time_signatures=TimeSignatures(metres.time[whole], metres.numerator[whole], metres.denominator[whole]),
    )


_CUT = "cut the clip there, and give the parts one by one"

_OF_CLIPS = {
    "too-short": "give a longer clip{needed}; a short one can be repeated in a sequencer",
    "wrong-metre": "give a clip in the metre that the model was trained on{metre}; where the music is in it all the "
    "same, correct the time signature in a sequencer",
    "tempo-change": f"{_CUT}; if the changes only follow a player, set one tempo in a sequencer and keep the notes on "
    "the beat",
    "metre-change": _CUT,
    "no-mapped-notes": "none of its drum notes has a pitch that the model knows; say what they mean with --drum-map",
    "polyphony": "every instrument begins with several notes together: this model reads a melody, one note at a time",
    "pitch-range": "its notes are outside the pitches of the model: transpose the clip",
    "no-melody": "this model reads a melody: notes that aren't drums, within its pitches and programs",
    "too-few-tracks": "this model needs more instruments at once: give a clip with more tracks",
    "too-many-tracks": "this model takes fewer instruments: mute some tracks",
    "too-few-events": "more has to happen in a window: give a busier clip",
    "too-many-events": "less may happen in a window: give a plainer clip, or mute tracks",
    "chord-metre": "this model hears chords, which gen finds in ordinary metres only: correct the time signature, or "
    "give another clip",
    "chord-length": "this model hears chords, which gen finds in pieces of ordinary length only: cut the clip",
    "too-many-windows": "cut the clip, or mute tracks",
    "several-windows": "cut the clip to one window{needed}",
    "never-together": "melody, bass and drums have to play at the same time for longer{needed}",
}
"""What to do with a clip, where it isn't what to do with a file of a data set."""


def what_to_do(
    rejection: Rejection, notes: NoteSequence, recipe: Recipe, converter: Converter, *, content: bytes | None = None
) -> str:
    """Why a clip gives nothing, and the way out, in one text.

    The rejection is of the recipe's converter; ``content`` is the file that the clip was read from, if there is one.
    """
    own = _OF_CLIPS.get(rejection.code)
    if own is not None:
        steps, bar = converter.steps, converter.steps_per_bar
        bars = steps // bar if steps and bar else 0
        needed = f" (a window is {bars} {'bar' if bars == 1 else 'bars'})" if bars else ""
        quarters = recipe.converter.arguments.get("quarters_per_bar")
        metre = f", {quarters} quarter notes a bar" if quarters else ""
        facts = rejection.detail.partition(";")[0]
        return _sentences(facts, own.format(needed=needed, metre=metre))
    check = FileCheck("", facts=None if content is None else facts_of(Heard(notes, notes, ()), survey(content)))
    fix = fix_for(rejection.code, [Case(check, rejection)])
    return rejection.detail if fix == rejection.detail else _sentences(rejection.detail, fix)


def _sentences(one: str, other: str) -> str:
    return f"{one}{'' if one.endswith('?') else '.'} {other[:1].upper()}{other[1:]}"
