"""What magenta.js calls the converters (@magenta/music: core/data.ts)."""

from __future__ import annotations

from typing import Any

from gen_converters.common.drum_classes import DrumClasses


def pitch_classes(classes: DrumClasses) -> list[list[int]]:
    """A drum table as JSON has it."""
    return [list(pitches) for pitches in classes]


def require(**options: bool) -> None:
    """Raise ValueError with the names of those options that are set and that magenta.js doesn't have."""
    used = [name for name, there in options.items() if there]
    if used:
        raise ValueError(f"it has no {', '.join(used)}")


def melody(min_pitch: int, max_pitch: int, *, skip_polyphony: bool = False) -> dict[str, Any]:
    """Arguments of ``MelodyConverter``."""
    return {"minPitch": min_pitch, "maxPitch": max_pitch, "ignorePolyphony": not skip_polyphony}
