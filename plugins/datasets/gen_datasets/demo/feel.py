"""How the demo's drummer feels the beat: the known mean timing and loudness of every voice at every step.

Grid: 16 steps to a bar of 4/4. A *delay* is in steps and positive behind the beat; a step of a swung style that is
played at two thirds of the beat is step 3 of the beat, a third early. Every note that the demo plays has the delay and
the velocity of its style's `Feel` plus noise of zero mean, so that the best prediction of a note is known exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Style = Literal["rock", "funk", "swing", "half-time", "latin", "shuffle"]
STYLES: tuple[Style, ...] = get_args(Style)

DELAY_SHARED_SD = 0.02  # steps; wanders slowly, all limbs together
DELAY_OWN_SD = 0.015  # steps; each stroke for itself
DELAY_BOUND = 0.08  # steps; the noise never goes further, so a stroke never reaches a neighbouring step
VELOCITY_SHARED_SD = 4.0
VELOCITY_OWN_SD = 4.0
VELOCITY_BOUND = 14.0
MEMORY = 0.9  # how much of the shared noise is left a step later


@dataclass(frozen=True, eq=False)
class Feel:
    """The ground truth of one style: mean delays in steps, and mean MIDI velocities, ``[voice, step]`` each."""

    delay: npt.NDArray[np.float64]
    velocity: npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Habits:
    """A style's feel in few numbers: a delay or level is the sum of one for the voice, the beat and the place in it."""

    delays: Mapping[str, float]  # steps, by voice; 0 where left out
    swing: tuple[float, float, float, float]  # steps, by place within the beat
    beat_delays: tuple[float, float, float, float]  # steps, by beat
    levels: Mapping[str, tuple[int, int, int, int]]  # velocity by place within the beat, over _LEVELS
    beat_levels: tuple[int, int, int, int]  # added to the velocity, by beat


_LEVELS: dict[str, tuple[int, int, int, int]] = {
    "kick": (98, 78, 88, 76),
    "snare": (106, 90, 98, 90),  # accents: the backbeat
    "ghost": (36, 30, 34, 28),  # soft strokes between them
    "roll": (94, 76, 86, 78),  # snare strokes of a fill
    "rim": (80, 66, 74, 66),  # cross-stick
    "closed": (82, 48, 64, 50),
    "open": (88, 70, 82, 70),
    "pedal": (62, 48, 54, 48),  # hi-hat by foot
    "ride": (80, 54, 66, 56),
    "bell": (90, 70, 80, 70),
    "crash": (106, 94, 98, 94),
    "high": (92, 78, 86, 80),
    "mid": (94, 80, 88, 82),
    "low": (98, 84, 92, 86),
}

VOICES = tuple(_LEVELS)
"""What a stroke is meant as. One pitch can carry several: a snare head has backbeats, ghost notes and rolls."""

VOICE = {name: index for index, name in enumerate(VOICES)}

_FILL_SWELL = (-8, -4, 0, 6)  # a fill grows towards the end of its bar
_FILL_VOICES = ("roll", "high", "mid", "low")

_HABITS: dict[Style, _Habits] = {
    "rock": _Habits(
        delays={"snare": 0.06, "ghost": 0.04, "closed": -0.03, "open": -0.04, "ride": -0.02, "roll": -0.03},
        swing=(0.0, 0.0, 0.01, 0.0),
        beat_delays=(0.0, 0.01, 0.0, 0.02),
        levels={},
        beat_levels=(2, 0, -1, 2),
    ),
    "funk": _Habits(
        delays={"kick": -0.02, "snare": 0.03, "ghost": 0.05, "closed": 0.01, "open": -0.02, "roll": -0.01},
        swing=(0.0, 0.08, 0.0, 0.11),
        beat_delays=(-0.01, 0.0, 0.02, 0.0),
        levels={"closed": (86, 44, 70, 46), "ghost": (34, 28, 36, 26), "kick": (102, 74, 86, 80)},
        beat_levels=(4, 0, -2, 0),
    ),
    "swing": _Habits(
        delays={"ride": -0.04, "kick": 0.02, "ghost": 0.05, "rim": 0.03, "pedal": -0.02, "snare": 0.04},
        swing=(0.0, 1 / 3, 0.0, -1 / 3),
        beat_delays=(0.0, -0.01, 0.0, -0.01),
        levels={
            "kick": (42, 36, 40, 48),
            "ride": (72, 50, 56, 58),
            "ghost": (44, 40, 42, 50),
            "snare": (80, 70, 74, 78),
            "crash": (88, 80, 84, 80),
        },
        beat_levels=(-3, 5, -3, 5),
    ),
    "half-time": _Habits(
        delays={"snare": 0.10, "ghost": 0.06, "kick": 0.01, "closed": 0.03, "open": 0.02, "ride": 0.03, "roll": 0.04},
        swing=(0.0, 0.02, 0.0, 0.03),
        beat_delays=(0.0, 0.01, 0.02, 0.01),
        levels={"snare": (110, 94, 100, 94), "kick": (104, 80, 92, 84)},
        beat_levels=(2, -2, 1, -2),
    ),
    "latin": _Habits(
        delays={"rim": -0.03, "kick": 0.01, "bell": -0.02, "high": 0.03, "closed": -0.01, "ghost": 0.02},
        swing=(0.0, -0.03, 0.0, -0.06),
        beat_delays=(0.0, 0.0, -0.02, 0.01),
        levels={
            "kick": (78, 62, 86, 66),
            "closed": (68, 50, 76, 56),
            "ride": (70, 52, 78, 60),
            "rim": (84, 72, 88, 76),
        },
        beat_levels=(-2, 2, -2, 2),
    ),
    "shuffle": _Habits(
        delays={"snare": 0.05, "ghost": 0.03, "closed": -0.02, "ride": -0.03, "roll": 0.0, "kick": 0.01},
        swing=(0.0, 0.31, 0.0, -0.31),
        beat_delays=(0.0, 0.02, 0.0, 0.02),
        levels={"closed": (86, 50, 60, 56), "ghost": (38, 32, 34, 34), "ride": (84, 52, 62, 60)},
        beat_levels=(1, 2, -2, 3),
    ),
}


def swing_of(style: Style) -> tuple[float, float, float, float]:
    """The delay in steps that a style gives every instrument, by place within the beat."""
    return _HABITS[style].swing


def ground_truth(style: Style) -> Feel:
    """The mean delay and velocity of every voice at every step of a style.

    The first step of a clip is the one exception: nothing can sound before the clip begins, so what would be early
    there is on time.
    """
    habits = _HABITS[style]
    place, beat = np.arange(16) % 4, np.arange(16) // 4
    shared = np.array(habits.swing)[place] + np.array(habits.beat_delays)[beat]  # [step]
    own = np.array([habits.delays.get(voice, 0.0) for voice in VOICES])  # [voice]
    levels = np.array([{**_LEVELS, **habits.levels}[voice] for voice in VOICES], np.float64)  # [voice, place]
    swells = [_FILL_SWELL if voice in _FILL_VOICES else habits.beat_levels for voice in VOICES]
    swell = np.array(swells)  # [voice, beat]
    return Feel(delay=own[:, None] + shared, velocity=levels[:, place] + swell[:, beat])
