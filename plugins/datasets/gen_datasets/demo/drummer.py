"""Composing and playing one clip: which strokes, then when and how hard.

The drummer has four limbs. The right hand keeps time (hi-hat or ride) and takes the crash; the left hand has the snare
side; the right foot the kick; the left foot the pedal, free only while the right hand is on the ride. In a fill the
time-keeping stops and both hands are on the drums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.notes import Tempos, TimeSignatures
from gen_datasets.demo import feel
from gen_datasets.demo.feel import VOICE, Style, ground_truth
from gen_datasets.demo.grooves import FILLS, GROOVES, PATHS, SWUNG, Groove
from gen_datasets.demo.harmony import PHRASE

STEPS = 16  # a bar

PITCHES: dict[str, tuple[int, ...]] = {
    "kick": (36,),
    "snare": (38, 40),
    "ghost": (38,),
    "roll": (38,),
    "rim": (37,),
    "closed": (42, 22),
    "open": (46, 26),
    "pedal": (44,),
    "ride": (51, 59),
    "bell": (53,),
    "crash": (49, 57, 55, 52),
    "high": (48, 50),
    "mid": (45, 47),
    "low": (43, 58),
}
"""Pitches of a Roland TD-11 that carry each voice; a clip's kit uses one of each."""

_NAMES = ("closed", "open", "ride", "bell", "snare", "rim", "high", "low", "ghost", "kick", "pedal")
_OF_TAB = dict(zip("corbsxhlgkp", _NAMES, strict=True))
_CHANGED_MIND = 0.06  # how often an optional stroke differs from the clip's habit


@dataclass(frozen=True)
class Clip:
    """A clip as played: its style, its tempo in quarter notes a minute, and its notes."""

    style: Style
    bpm: int
    notes: NoteSequence


@dataclass(frozen=True)
class _Habit:
    """A clip's settled choices."""

    rights: tuple[str, str]  # verse and chorus
    left: str
    kicks: tuple[str, str]  # main pattern and its answer
    form: str  # which kick pattern each bar of a phrase has
    optional: frozenset[tuple[str, int]]  # optional strokes (tab character, step) that are played
    opens: bool  # 'O' is an open hi-hat
    first_crash: bool


Stroke = tuple[int, int, int]  # bar, step, voice index
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def play(style: Style, bars: int, rng: np.random.Generator) -> Clip:
    """Compose and play a clip of so many bars of 4/4; every choice comes from ``rng``."""
    groove = GROOVES[style][rng.integers(len(GROOVES[style]))]
    bpm = int(rng.integers(groove.tempo[0], groove.tempo[1] + 1))
    strokes = _compose(style, groove, bars, rng)
    return Clip(style, bpm, _perform(style, bpm, bars, strokes, rng))


def _compose(style: Style, groove: Groove, bars: int, rng: np.random.Generator) -> list[Stroke]:
    habit = _habit(groove, rng)
    strokes: list[Stroke] = []
    after_fill = habit.first_crash
    for bar in range(bars):
        fill = _fill_beats(bar, bars, rng)
        if after_fill:
            fill = min(fill, 3)  # the right hand is on the crash first
        strokes += _groove_bar(habit, groove, bar, STEPS - 4 * fill, crash=after_fill, rng=rng)
        strokes += _fill(style, bar, fill, rng)
        after_fill = fill > 0
    return strokes


def _habit(groove: Groove, rng: np.random.Generator) -> _Habit:
    def one_of(tabs: tuple[str, ...]) -> str:
        return tabs[rng.integers(len(tabs))]

    verse, kick = one_of(groove.right), one_of(groove.kick)
    return _Habit(
        rights=(verse, one_of(groove.right) if rng.random() < 0.4 else verse),
        left=one_of(groove.left),
        kicks=(kick, one_of(groove.kick)),
        form=("AAAA", "AAAB", "ABAB", "AABA")[rng.integers(4)],
        optional=frozenset((kind, step) for kind in "gK" for step in range(STEPS) if rng.random() < 0.6),
        opens=bool(rng.random() < 0.5),
        first_crash=bool(rng.random() < 0.5),
    )


def _fill_beats(bar: int, bars: int, rng: np.random.Generator) -> int:
    """Beats of the bar given to a fill: long ones end the clip and every second phrase, short ones the others."""
    if bar == bars - 1 or bar % (2 * PHRASE) == 2 * PHRASE - 1:
        return int(rng.choice((2, 3, 4)))
    if bar % PHRASE == PHRASE - 1:
        return int(rng.choice((0, 1, 2)))
    return 0


def _groove_bar(
    habit: _Habit, groove: Groove, bar: int, until: int, *, crash: bool, rng: np.random.Generator
) -> list[Stroke]:
    """The groove up to step ``until``, where a fill begins; the feet go on below it on the beat."""
    right = habit.rights[bar // PHRASE % 2]
    kick = habit.kicks[habit.form[bar % PHRASE] == "B"]
    on_ride = not set(right) & set("coO")
    strokes = []
    for step in range(STEPS):
        feet = step < until or step % 4 == 0
        hit = [_voice(tab, bar, step, habit, rng) for tab in (right, habit.left) if step < until]
        hit.append(_voice(kick, bar, step, habit, rng) if feet else None)
        hit.append(_voice(groove.pedal, bar, step, habit, rng) if feet and on_ride else None)
        if crash and step == 0:
            hit = [voice for voice in hit if voice not in ("closed", "open", "ride", "bell", "kick")]
            hit += ["crash", "kick"]
        strokes += [(bar, step, VOICE[voice]) for voice in hit if voice]
    return strokes


def _voice(tab: str, bar: int, step: int, habit: _Habit, rng: np.random.Generator) -> str | None:
    mark = tab[(bar * STEPS + step) % len(tab)]
    if mark == "-":
        return None
    if mark == "O":
        return "open" if habit.opens else "closed"
    if mark in "gK" and ((mark, step) in habit.optional) == (rng.random() < _CHANGED_MIND):
        return None
    return _OF_TAB[mark.lower()]


def _fill(style: Style, bar: int, beats: int, rng: np.random.Generator) -> list[Stroke]:
    cells = FILLS[style in SWUNG]
    path = PATHS[rng.integers(len(PATHS))]
    strokes = []
    for beat in range(4 - beats, 4):
        cell = cells[rng.integers(len(cells))]
        for place, mark in enumerate(cell):
            if mark == "-" or (mark == "k" and place == 0):
                continue
            voices = {"x": (path[beat],), "b": ("roll", "low"), "k": ("kick",)}[mark]
            strokes += [(bar, 4 * beat + place, VOICE[voice]) for voice in voices]
    return strokes


def _perform(style: Style, bpm: int, bars: int, strokes: list[Stroke], rng: np.random.Generator) -> NoteSequence:
    bar, step, voice = np.array(sorted(strokes)).T  # [N] each
    slot = bar * STEPS + step
    truth = ground_truth(style)
    late = _noise(slot, bars, feel.DELAY_SHARED_SD, feel.DELAY_OWN_SD, feel.DELAY_BOUND, rng)
    loud = _noise(slot, bars, feel.VELOCITY_SHARED_SD, feel.VELOCITY_OWN_SD, feel.VELOCITY_BOUND, rng)
    onset = np.maximum(slot + (truth.delay[voice, step] + late), 0.0)  # in steps
    end = onset + 0.5
    _let_open_hats_ring(voice, onset, end)
    seconds = 60.0 / bpm / 4
    kit = np.array([PITCHES[name][rng.integers(len(PITCHES[name]))] for name in feel.VOICES])
    length = bars * STEPS * seconds
    return NoteSequence(
        pitch=kit[voice],
        velocity=np.clip(np.rint(truth.velocity[voice, step] + loud), 1, 127).astype(np.int64),
        start=onset * seconds,
        end=np.minimum(end * seconds, length),
        is_drum=np.ones(len(voice), np.bool_),
        tempos=Tempos(time=np.zeros(1), qpm=np.array([float(bpm)])),
        time_signatures=TimeSignatures(time=np.zeros(1), numerator=np.array([4]), denominator=np.array([4])),
        total_time=length,
    )


def _noise(slot: Ints, bars: int, shared_sd: float, own_sd: float, bound: float, rng: np.random.Generator) -> Floats:
    """Zero-mean noise ``[N]``: a slow wander common to all limbs, and something of each stroke's own."""
    shocks = rng.normal(size=bars * STEPS) * shared_sd
    shocks[1:] *= np.sqrt(1 - feel.MEMORY**2)  # the variance is the same from the first step on
    wander = np.empty_like(shocks)
    state = 0.0
    for index, shock in enumerate(shocks.tolist()):
        state = feel.MEMORY * state + shock
        wander[index] = state
    return np.clip(wander[slot] + rng.normal(size=len(slot)) * own_sd, -bound, bound)


def _let_open_hats_ring(voice: Ints, onset: Floats, end: Floats) -> None:
    """Write the ends of open hi-hats: they ring until the hi-hat is next struck or closed, a quarter note at most."""
    hats = np.flatnonzero(np.isin(voice, [VOICE["closed"], VOICE["open"], VOICE["pedal"]]))
    following = np.append(onset[hats[1:]], np.inf)
    ring = np.minimum(onset[hats] + 4.0, following - 0.02)
    is_open = voice[hats] == VOICE["open"]
    end[hats[is_open]] = ring[is_open]
