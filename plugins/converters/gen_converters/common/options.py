"""Options of converters: what they may be, and what magenta.js calls them (@magenta/music: core/data.ts)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from gen_converters.common.arrays import Bools

_NAMED = {"melody": range(32), "bass": range(32, 40)}  # General MIDI


def check_options(mode: str, **counts: float | None) -> None:
    """Check a mode, and that every number given is above zero; else a ValueError."""
    if mode not in ("train", "eval", "infer"):
        raise ValueError(f"mode must be train, eval or infer, got {mode!r}")
    for name, value in counts.items():
        if value is not None and value <= 0:
            raise ValueError(f"{name} must be above 0, got {value:g}")


def check_pitches(min_pitch: int, max_pitch: int) -> None:
    """Check a range of MIDI pitches; else a ValueError."""
    if not 0 <= min_pitch <= max_pitch <= 127:
        raise ValueError(f"min_pitch {min_pitch} to max_pitch {max_pitch} is no range of MIDI pitches (0 to 127)")


def program_set(programs: Literal["melody", "bass"] | Sequence[int] | None) -> Bools:
    """Programs as flags, boolean ``[128]``: ``melody`` (keyboards to guitars), ``bass``, a list, or None for all."""
    if programs is None:
        return np.ones(128, np.bool_)
    if isinstance(programs, str):
        if programs not in _NAMED:
            raise ValueError(f"programs: {programs!r} is neither {' nor '.join(_NAMED)}; or give a list of 0 to 127")
        programs = _NAMED[programs]
    numbers = [int(program) for program in programs]
    if not numbers or not all(0 <= number <= 127 for number in numbers):
        raise ValueError(f"programs: {numbers} is no list of General MIDI programs (0 to 127)")
    flags = np.zeros(128, np.bool_)
    flags[numbers] = True
    return flags


def not_in_magenta_js(**options: bool) -> None:
    """Raise ValueError with the names of those options that are set and that magenta.js doesn't have."""
    used = [name for name, there in options.items() if there]
    if used:
        raise ValueError(f"it has no {', '.join(used)}")


def magenta_js_melody(min_pitch: int, max_pitch: int, *, skip_polyphony: bool = False) -> dict[str, Any]:
    """Arguments of its ``MelodyConverter``."""
    return {"minPitch": min_pitch, "maxPitch": max_pitch, "ignorePolyphony": not skip_polyphony}
