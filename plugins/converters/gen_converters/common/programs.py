"""Which General MIDI programs count as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gen_converters.common.arrays import Bools

_NAMED = {"melody": range(32), "bass": range(32, 40)}


def program_set(programs: Literal["melody", "bass"] | Sequence[int] | None) -> Bools:
    """Programs as flags, boolean ``[128]``.

    Args:
        programs: ``melody`` (0 to 31: keyboards to guitars), ``bass`` (32 to 39), a list, or None for all.

    Raises:
        ValueError: there is no such name or program, or the list is empty.
    """
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
