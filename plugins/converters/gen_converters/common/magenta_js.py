"""What magenta.js calls the converters (@magenta/music: core/data.ts, core/chords.ts)."""

from __future__ import annotations

from typing import Any

from gen.interfaces import MagentaJsSpec
from gen_converters.common.drum_classes import DrumClasses

_CHORD_ENCODERS = {"triads": "TriadChordEncoder", "major-minor": "MajorMinorChordEncoder"}


def conditions(encoding: str | None, *, keys: bool = False) -> dict[str, Any]:
    """Settings of a model that hears chords (by the name of their encoding) and keys."""
    chords = {} if encoding is None else {"chordEncoder": _CHORD_ENCODERS[encoding]}
    return {**chords, "conditionOnKey": True} if keys else chords


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


def drums(classes: DrumClasses, *, roll_input: bool, roll_output: bool, end_token: bool) -> MagentaJsSpec:
    """The one of three converters whose rows are these."""
    require(add_end_token=end_token)
    if roll_output and not roll_input:
        raise ValueError("it has no roll_output without roll_input")
    kind = "DrumRollConverter" if roll_output else "DrumsConverter" if roll_input else "DrumsOneHotConverter"
    return MagentaJsSpec(kind, {"pitchClasses": pitch_classes(classes)})


def groove(
    classes: DrumClasses,
    *,
    steps_per_quarter: int,
    humanize: bool,
    tapify: bool,
    fixed_velocities: bool,
    hits_as_controls: bool,
    bins: bool,
    split: bool,
) -> MagentaJsSpec:
    """``GrooveConverter``, whose taps have no velocities.

    What ``add_instruments`` leaves out of the input is for the caller there to leave out.
    """
    require(num_velocity_bins=bins, num_offset_bins=bins, split_instruments=split)
    if tapify and not (fixed_velocities or humanize):
        raise ValueError("it has no tapify without fixed_velocities")
    if fixed_velocities and not (tapify or humanize):
        raise ValueError("it has no fixed_velocities without tapify")
    if tapify and humanize:
        raise ValueError("it has no tapify and humanize together")
    controls = {"extraControls": [{"name": "hits", "depth": len(classes)}]} if hits_as_controls else {}
    args = {
        "stepsPerQuarter": steps_per_quarter,
        "pitchClasses": pitch_classes(classes),
        "humanize": humanize,
        "tapify": tapify,
    }
    return MagentaJsSpec("GrooveConverter", args, controls)
