"""Drums to a model and back, cell by cell: what it hears of a window, and what it says at each step of each drum.

N windows, T steps of a window, K drum classes, Z latent size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from gen.errors import UsageError
from gen.interfaces.converter import Converter, Example, convert_with
from gen.interfaces.rows import Flags, FloatArray, Floats
from gen.midi.events import Ints
from gen.model.build import build_converter, steps_per_quarter
from gen.model.labels import labels_of
from gen.music.sampling import controls_of_labels, decode_steps, encode_examples
from gen.music.verbs.bars import Placed, Windows
from gen.music.verbs.drums import Drums
from gen.notes.sequence import DEFAULT_QPM, FloatColumn, NoteSequence
from gen.training.load import Trained

_EARLIEST = 0.98  # half steps; nearer to the middle between two steps, rounding could find the other
_OPTIONS = ("humanize", "tapify")


@dataclass(frozen=True, eq=False)
class Cells:
    """What is said: whether a drum is struck, how loud, 0 to 1, and how early, in half steps; ``[N, T, K]`` each."""

    hit: FloatArray
    velocity: FloatArray
    early: FloatArray


@dataclass(frozen=True, eq=False)
class Player:
    """A model of drums with loudness and timing, all at one step in one row.

    Attributes:
        bars, steps_per_bar, steps_per_quarter: of a window, of a bar, of a quarter note.
        classes: pitches of each drum class, the one it is played back with first.
        class_of: class of each pitch, -1 for none; where only loudness and timing are said, that of the training first.
        labels: what the model is told besides, such as a style, by name; of others, that they are unknown.
    """

    trained: Trained
    converter: Converter
    bars: int
    steps_per_bar: int
    steps_per_quarter: int
    classes: tuple[tuple[int, ...], ...]
    class_of: Ints
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The recipe's."""
        return self.trained.recipe.name

    def hear(self, step: Ints, pitch: Ints, velocity: Ints, early: FloatColumn) -> Example:
        """A window's hits, ``[M]`` each, as the model is used to hear them."""
        seconds = 60.0 / DEFAULT_QPM / self.steps_per_quarter
        beyond = self.bars * self.steps_per_bar  # a last hit after the window, so that it is a whole one
        at = np.append(step - np.clip(early, -_EARLIEST, _EARLIEST) / 2, beyond)
        start = np.maximum(at, 0.0) * seconds
        notes = NoteSequence(
            pitch=np.append(pitch, self.classes[0][0]),
            velocity=np.append(velocity, 1),
            start=start,
            end=start + seconds / 2,
            is_drum=np.array(True),
        )
        conversion = convert_with(self.converter, notes, self.labels, rng=np.random.default_rng(0))
        if conversion.rejection is not None:
            raise UsageError(f"{self.name} can't hear these drums: {conversion.rejection.detail}")
        return conversion.examples[0]

    def told(self) -> FloatArray:
        """The labels as controls of a step of which nothing else is known, ``[1, C]``; an error where it has none."""
        own = labels_of(self.converter)
        controls = np.zeros((1, own.own if own else 0), np.float32)
        found = controls_of_labels(self.trained, self.labels, controls=controls)
        assert not isinstance(found, list)
        return found

    def means(self, examples: Sequence[Example]) -> Tensor:
        """Where each window lies in latent space, ``[N, Z]``."""
        return encode_examples(self.trained, examples).mean

    def say(self, z: Tensor, examples: Sequence[Example]) -> Cells:
        """The likeliest of each z ``[N, Z]``, with the controls of each window."""
        controls = [example.controls for example in examples if example.controls is not None]
        steps = self.bars * self.steps_per_bar
        said = decode_steps(self.trained, z, steps=steps, controls=np.stack(controls) if controls else None)
        return Cells(*np.split(said, 3, axis=2))


def player_of(trained: Trained, *, needs: str | None = None, labels: Mapping[str, str] | None = None) -> Player:
    """The player of a run.

    Raises:
        UsageError: its model says something else than drums with loudness and timing; or the converter has ``needs``,
            an option, off; or, without ``needs``, hears less than what was played; or there is no such label.
    """
    recipe = trained.recipe
    converter = build_converter(recipe)
    arguments = recipe.converter.arguments
    classes = converter.drum_classes
    fields = converter.layout.outputs
    if (
        classes is None
        or [type(field) for field in fields] != [Flags, Floats, Floats]
        or converter.steps is None
        or converter.steps_per_bar is None
    ):
        raise UsageError(
            f"{recipe.name} doesn't say drums with loudness and timing, a step at a time: give a run of a recipe such "
            "as drums_4bar or drums_2bar_humanize"
        )
    if needs is not None and not arguments.get(needs):
        raise UsageError(
            f"{recipe.name} isn't trained for that: its converter has {needs} off. "
            f"Give a run of a recipe with converter.{needs}: true, or take gen reconstruct"
        )
    if needs is None and (given := [option for option in _OPTIONS if arguments.get(option)]):
        raise UsageError(f"{recipe.name} hears less than what is played ({given[0]}): give a run such as of drums_4bar")
    class_of = np.full(128, -1)
    # a tom that the training took for a high one is played like one; where pitches are said, it would come back as one
    trained_on = build_converter(recipe, mode="train").drum_classes if needs == "humanize" else None
    for table in (classes, trained_on or ()):
        for number, pitches in enumerate(table):
            class_of[list(pitches)] = number
    player = Player(
        trained=trained,
        converter=converter,
        bars=converter.steps // converter.steps_per_bar,
        steps_per_bar=converter.steps_per_bar,
        steps_per_quarter=steps_per_quarter(recipe, converter.steps_per_bar),
        classes=tuple(tuple(pitches) for pitches in classes),
        class_of=class_of,
        labels=labels or {},
    )
    if labels:
        player.told()  # which says what it isn't told
    return player


@dataclass(frozen=True, eq=False)
class Hearing:
    """Hits of a file as a model has them.

    Attributes:
        drum: class of each hit ``[H]``, -1 where the model knows none.
        window, step: where each hit has its say, ``[H]``; -1 and anything for those without a class.
        first: the hit that each one's cell is heard by: the loudest of it, the first of those.
        examples: the windows.
    """

    drum: Ints
    window: Ints
    step: Ints
    first: Ints
    examples: tuple[Example, ...]


def hear(player: Player, drums: Drums, placed: Placed, windows: Windows, known: Ints) -> Hearing:
    """Hear all windows of the ``known`` hits' rows; where windows overlap a hit is heard in each."""
    drum = player.class_of[drums.pitch]
    pitch = np.array([pitches[0] for pitches in player.classes])[drum]
    window, place = windows.of(placed.bar)
    window = np.where(drum >= 0, window, -1)
    order = known[np.argsort(placed.bar[known], kind="stable")]
    bars = placed.bar[order]
    examples = []
    for row in windows.bars:
        low, high = np.searchsorted(bars, row, side="left"), np.searchsorted(bars, row, side="right")
        rows = np.concatenate([order[a:b] for a, b in zip(low, high, strict=True)])
        steps = np.repeat(np.arange(len(row)) * player.steps_per_bar, high - low) + placed.step[rows]
        examples.append(player.hear(steps, pitch[rows], drums.velocity[rows], placed.early[rows]))
    step = place * player.steps_per_bar + placed.step
    steps = player.bars * player.steps_per_bar
    cell = (window * steps + step) * len(player.classes) + drum
    loudest = np.lexsort((np.arange(len(drums)), -drums.velocity, cell))
    heads = loudest[np.flatnonzero(np.diff(cell[loudest], prepend=np.iinfo(np.int64).min))]
    first = np.empty(len(drums), np.int64)
    first[loudest] = np.repeat(heads, np.diff(np.append(np.searchsorted(cell[loudest], cell[heads]), len(drums))))
    return Hearing(drum, window, step, first, tuple(examples))
