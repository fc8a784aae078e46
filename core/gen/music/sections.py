"""Sections of a song: places in latent space that belong together, what a model says there, and fills between.

Letters in shape comments: M candidates, T steps of a window, D depth of a step, Z latent size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gen.errors import UsageError
from gen.interfaces.converter import Converter
from gen.interfaces.rows import FloatArray
from gen.model.build import build_converter, steps_per_quarter
from gen.model.vae import slerp
from gen.music.sampling import decode_steps
from gen.notes.drum_maps import stand_in
from gen.notes.sequence import DEFAULT_QPM, NoteSequence
from gen.training.batch import seed_of
from gen.training.load import Trained

KICK, SNARE, CRASH = 36, 38, 49
HANDS = (42, 46, 51)
_TOMS = (45, 48, 50)
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_CANDIDATES = 32
"""M: draws among which a section, or a fill, is chosen."""
_APART = 0.5
"""How far the other sections lie from the first, of the way to a draw of their own."""
_ALIKE = 0.6
"""F1 of another section's notes beside the first one's that is aimed at."""

Steps = set[tuple[int, int]]
"""Notes as (step, pitch); drums as the drum of a plain kit that stands in for each."""


@dataclass(frozen=True, eq=False)
class Maker:
    """A model that makes windows of some bars from z alone.

    Attributes:
        rows: of a bar, as the model says them; of some models several make a step.
        per_bar, per_quarter: steps.
    """

    trained: Trained
    converter: Converter
    bars: int
    rows: int
    per_bar: int
    per_quarter: int
    temperature: float
    seed: int

    @property
    def step(self) -> float:
        """Seconds of a step, at 120 quarter notes a minute."""
        return 60.0 / DEFAULT_QPM / self.per_quarter

    @property
    def drums(self) -> bool:
        """Whether it plays nothing but drums."""
        return self.converter.drum_classes is not None

    def generator(self, what: str) -> torch.Generator:
        """Draws of their own for one thing."""
        return torch.Generator().manual_seed(seed_of(self.seed, f"song {what}"))

    def draws(self, what: str) -> Tensor:
        """Draws from the prior, ``[M, Z]``."""
        return self.trained.model.prior(_CANDIDATES, generator=self.generator(what))

    def say(self, z: Tensor, what: str) -> FloatArray:
        """What it says at each place, ``[M, T, D]``."""
        seed = int(torch.randint(1 << 62, (1,), generator=self.generator(f"{what} draws")))
        drawing = torch.Generator(self.trained.model.device).manual_seed(seed)
        return decode_steps(self.trained, z, temperature=self.temperature, generator=drawing)

    def notes(self, rows: FloatArray) -> NoteSequence:
        """Rows ``[T, D]`` of any length as notes, at 120 quarter notes a minute."""
        return self.converter.from_tensors(rows[None], None)[0]

    def played(self, rows: FloatArray) -> Steps:
        """The notes of rows ``[T, D]``."""
        notes = self.notes(rows)
        at = steps_of(notes, self.step).tolist()
        rough = [(stand_in(pitch) or pitch) if self.drums else pitch for pitch in notes.pitch.tolist()]
        return set(zip(at, rough, strict=True))


def maker_of(trained: Trained, *, seed: int, temperature: float) -> Maker:
    """The maker of a run.

    Raises:
        UsageError: its clips don't follow from z alone, or have no bars.
    """
    converter = build_converter(trained.recipe)
    per_bar, steps = converter.steps_per_bar, converter.steps
    if converter.control_depth or per_bar is None or steps is None or trained.model.steps is None:
        raise UsageError(
            f"{trained.recipe.name} can't make a song: it needs a model that plays bars of steps, to no controls, such "
            "as drums_4bar, melody_2bar or melody_16bar"
        )
    bars = steps // per_bar
    return Maker(
        trained=trained,
        converter=converter,
        bars=bars,
        rows=trained.model.steps // bars,
        per_bar=per_bar,
        per_quarter=steps_per_quarter(trained.recipe, per_bar),
        temperature=temperature,
        seed=seed,
    )


def steps_of(notes: NoteSequence, step: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The step nearest to each onset."""
    nearest: np.ndarray[tuple[int], np.dtype[np.int64]] = np.floor(notes.start / step + 0.5).astype(np.int64)
    return nearest


@dataclass(frozen=True, eq=False)
class Section:
    """What a letter of a form stands for: its z ``[Z]``, and the windows that it plays in turn, ``[T, D]`` each."""

    z: Tensor
    windows: tuple[FloatArray, ...]
    played: Steps


def make_sections(maker: Maker, letters: Sequence[str]) -> dict[str, Section]:
    """A section for each letter: the first where a steady beat, or a tune, is found, the others half-way from there.

    Of some draws the one is taken whose bars are most alike and, of drums, in which kick, snare and a hand on hats or
    ride play together; of the others that which is neither the first again nor a stranger to it. Tunes
    keep to a key, and share their pitches with the first one.
    """
    found: dict[str, Section] = {}
    first: Section | None = None
    for letter in letters:
        draws = maker.draws(f"section {letter}")
        z = draws if first is None else slerp(first.z.expand_as(draws), draws, _APART)
        said = maker.say(z, f"section {letter}")
        played = [maker.played(rows) for rows in said]
        worth = [_steadiness(maker, each) + _kinship(maker, each, first) for each in played]
        best = int(np.argmax(worth))
        windows = [said[best]]
        if not maker.drums:  # a tune answers itself, where a beat goes on
            answer = slerp(z[best], draws[(best + 1) % len(draws)], 0.3)
            windows.append(maker.say(answer[None], f"answer {letter}")[0])
        found[letter] = Section(z[best], tuple(windows), played[best])
        first = first or found[letter]
    return found


def _steadiness(maker: Maker, played: Steps) -> float:
    bars = [
        {(at % maker.per_bar, pitch) for at, pitch in played if at // maker.per_bar == bar} for bar in range(maker.bars)
    ]
    filled = float(np.mean([bool(bar) for bar in bars]))
    if not maker.drums:
        pitches = [pitch for _, pitch in played]
        return filled + min(len({*pitches}), 5) / 5 - abs(len(played) / maker.bars - 6) / 12 + 2 * _in_a_key(pitches)
    alike = float(np.mean([agreement(bars[0], bar) for bar in bars[1:]])) if maker.bars > 1 else 0.0
    voices = {pitch for _, pitch in played}
    whole = (KICK in voices) + (SNARE in voices) + bool(voices & {*HANDS})
    many = max(0, len(voices) - 5)  # more than four limbs keep going
    return alike + filled + whole / 2 + ((0, KICK) in played) / 2 - many / 5


def _in_a_key(pitches: Sequence[int]) -> float:
    """The share of pitches that the best major scale has."""
    shares = [np.mean([(pitch - key) % 12 in _MAJOR for pitch in pitches]) for key in range(12) if pitches]
    return float(max(shares, default=0.0))


def _kinship(maker: Maker, played: Steps, first: Section | None) -> float:
    if first is None:
        return 0.0
    if maker.drums:
        return -abs(agreement(played, first.played) - _ALIKE)
    own = {pitch % 12 for _, pitch in first.played}
    return 2.0 * float(np.mean([pitch % 12 in own for _, pitch in played])) if played else 0.0


def agreement(one: Steps, other: Steps) -> float:
    """F1 of notes beside others; 1 where there are none on either side."""
    total = len(one) + len(other)
    return 2.0 * len(one & other) / total if total else 1.0


def find_fill(maker: Maker, section: Section, name: str, *, steps: int) -> FloatArray | None:
    """The last ``steps`` of a bar that is a fill, as rows; None where the model plays none.

    Of all bars of some draws about the section, the one whose end has about a hit of snare or toms every other step,
    on several of them, and the hands off the hats.
    """
    draws = maker.draws(f"fill {name}")
    z = torch.stack([slerp(section.z, away, 0.3 + 0.7 * n / len(draws)) for n, away in enumerate(draws)])
    said = maker.say(z, f"fill {name}")
    best, most = None, 0.0
    since = maker.per_bar - steps
    for rows in said:
        played = maker.played(rows)
        for bar in range(maker.bars):
            end = [pitch for at, pitch in played if at // maker.per_bar == bar and at % maker.per_bar >= since]
            drums = [pitch for pitch in end if pitch == SNARE or pitch in _TOMS]
            worth = 1.0 - abs(len(drums) - steps / 2) / (steps / 2) + 0.2 * len({*drums})
            worth -= 0.5 * sum(pitch in HANDS for pitch in end) / steps
            if len(drums) >= steps / 4 and worth > most:
                per_step = maker.rows // maker.per_bar
                first = bar * maker.rows + since * per_step
                best, most = rows[first : (bar + 1) * maker.rows], worth
    return best
