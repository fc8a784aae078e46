"""Drum notes that converters take for no drum, and a drum map that would change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gen.data.check.inspection import FileCheck
from gen.notes.drum_maps import drum_name, stand_in


@dataclass(frozen=True)
class Unmapped:
    """A pitch as heard, after any drum map, and how many notes in how many files have it.

    Attributes:
        converters: labels of those that take it for no drum.
        suggestion: a pitch that all converters take, for a drum of the same kind; None where no such is known.
    """

    pitch: int
    notes: int
    files: int
    converters: tuple[str, ...]
    suggestion: int | None

    @property
    def name(self) -> str:
        """General MIDI's, or that there is none."""
        return drum_name(self.pitch) or "no General MIDI drum"


def unmapped_pitches(checks: Sequence[FileCheck], taken: Mapping[str, Collection[int] | None]) -> tuple[Unmapped, ...]:
    """Every such pitch of some files, the most frequent first.

    ``taken`` has the drum pitches that each converter takes, by label; None for one that doesn't ask.
    """
    listeners = [frozenset(pitches) for pitches in taken.values() if pitches is not None]
    known = frozenset.intersection(*listeners) if listeners else frozenset()
    notes: Counter[int] = Counter()
    files: Counter[int] = Counter()
    converters: dict[int, dict[str, None]] = {}
    for check in checks:
        found: Counter[int] = Counter()
        for label, outcome in check.outcomes.items():
            found |= Counter(outcome.unmapped)  # the most of each that a converter leaves out
            for pitch in outcome.unmapped:
                converters.setdefault(pitch, {})[label] = None
        notes.update(found)
        files.update(found.keys())
    return tuple(
        Unmapped(pitch, notes[pitch], files[pitch], tuple(converters[pitch]), _nearest(pitch, known))
        for pitch in sorted(notes, key=lambda pitch: (-notes[pitch], pitch))
    )


def suggested_map(unmapped: Sequence[Unmapped]) -> str:
    """A drum map to paste, as YAML; empty where there is nothing to map."""
    if not unmapped:
        return ""
    rows = []
    for each in sorted(unmapped, key=lambda each: each.pitch):
        notes = "1 note" if each.notes == 1 else f"{each.notes:,} notes"
        if each.suggestion is None:
            rows.append((f"# {each.pitch}: ?", f"{each.name}, {notes}: say which drum it is"))
        else:
            rows.append((f"{each.pitch}: {each.suggestion}", f"{each.name} as {drum_name(each.suggestion)}, {notes}"))
    width = max(len(entry) for entry, _ in rows)
    lines = [f"{entry:<{width}}  # {comment}" for entry, comment in rows]
    return "\n".join(["# what is heard: what it is taken for", *lines, ""])


def _nearest(pitch: int, known: frozenset[int]) -> int | None:
    kind = stand_in(pitch)
    if kind is None or kind in known:
        return kind
    alike = (other for other in known if stand_in(other) == kind)
    return min(alike, key=lambda other: (abs(other - pitch), other), default=None)
