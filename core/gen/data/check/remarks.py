"""What else is worth knowing about files: what keeps none from being used, and drum notes that no class takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gen.data.check.facts import Facts, changing
from gen.data.check.inspection import FileCheck
from gen.notes.drum_maps import drum_name, stand_in


@dataclass(frozen=True)
class Remark:
    """Something that holds of some files, of the first for instance; and what follows from it, and can be done."""

    code: str
    files: int
    example: str
    detail: str
    meaning: str


def remarks(checks: Sequence[FileCheck]) -> tuple[Remark, ...]:
    """Remarks about some files, the most frequent first."""
    found = []
    for code, (say, meaning) in _REMARKS.items():
        details = [(check.name, said) for check in checks if check.facts and (said := say(check, check.facts))]
        if details:
            found.append(Remark(code, len(details), *details[0], meaning))
    return tuple(sorted(found, key=lambda remark: (-remark.files, remark.code)))


def _left_out(check: FileCheck, _: Facts) -> str:
    said = check.outcomes.items()  # in the order of the plan
    return next((f"{label}: {each.notices[0]}" for label, each in said if each.examples and each.notices), "")


def _without_grid(_: FileCheck, facts: Facts) -> str:
    tempo = facts.tempos[0].value if facts.tempos else "120 qpm"
    unset = facts.notes and not facts.metres and not facts.tempo_changes and tempo == "120 qpm"
    return f"no time signature, tempo {tempo}" if unset else ""


def _unfelt(_: FileCheck, facts: Facts) -> str:
    counts = (
        (facts.tempo_changes, facts.felt_tempo_changes, "tempo"),
        (facts.metre_changes, facts.felt_metre_changes, "metre"),
    )
    changes = [(all_of, word) for all_of, felt, word in counts if all_of and not felt]
    times = [f"{word} changes {'once' if all_of == 1 else f'{all_of:,} times'}" for all_of, word in changes]
    return f"{' and '.join(times)}, and no note feels it" if times else ""


def _silence(_: FileCheck, facts: Facts) -> str:
    bars = facts.silent_bars
    return f"{bars} silent {'bar' if bars == 1 else 'bars'} before the first note" if bars else ""


def _oddity(*codes: str) -> Callable[[FileCheck, Facts], str]:
    """What reading said under some codes."""
    return lambda _, facts: "; ".join(facts.oddities[code] for code in codes if code in facts.oddities)


def _programs(_: FileCheck, facts: Facts) -> str:
    if not facts.programs or any(program < 40 for program in facts.programs):
        return ""
    few = ", ".join(str(program + 1) for program in facts.programs[:6])
    return f"programs {few}: neither melody (1 to 32) nor bass (33 to 40)"


def _resembling(check: FileCheck, _: Facts) -> str:
    if not check.resembles or check.problem is not None:
        return ""
    return f"shares {check.resemblance:.0%} of what it plays with {check.resembles}"


_CUT = "converters cut the piece at each change, or refuse it; windows never cross one"

_REMARKS: dict[str, tuple[Callable[[FileCheck, Facts], str], str]] = {
    "tempo-changes": (lambda _, facts: changing("tempo", facts), _CUT),
    "metre-changes": (lambda _, facts: changing("metre", facts), _CUT),
    "near-duplicates": (
        _resembling,
        "copies, transpositions, other takes: they weigh double in training; data source folder keeps them on one side "
        "of the split",
    ),
    "type-0": (
        lambda _, facts: f"one track, {facts.notes:,} notes" if facts.format == 0 else "",
        "a type-0 file has all instruments in one track; channels and programs tell them apart, nothing to do",
    ),
    "no-tempo-grid": (
        _without_grid,
        "tempo 120 and no time signature is what a recorder without a beat writes: its bars may not be the music's; "
        "listen to an example (gen data prepare RECIPE --export DIR)",
    ),
    "chords": (
        lambda _, facts: f"up to {facts.at_once} notes at once on one instrument" if facts.at_once > 1 else "",
        "melodies take the highest of notes that begin together; skip_polyphony: true leaves such melodies out",
    ),
    "programs": (
        _programs,
        "a trio goes by General MIDI programs: set those of its tracks. Melodies may have any, unless options say so",
    ),
    "unfelt-changes": (
        _unfelt,
        "such as after the last note, or by rounding: data.reading: gen takes the file as one piece; recipes under the "
        "original's names read as the original does, which cuts or refuses it",
    ),
    "silence": (_silence, "left out of examples, since nothing is to be learnt from it; in gen's verbs it stays"),
    "strokes": (
        _oddity("instant-strokes", "endless-strokes"),
        "of a drum the onset is enough; recipes under the original's names lose them, as the original does: say "
        "data.reading=gen to hear them there too",
    ),
    "lost-notes": (
        _oddity("instant-notes", "endless-notes"),
        "a note needs a length: give them one in a sequencer; where they are drums, say so: --drum-channel N",
    ),
    "tempo-elsewhere": (
        _oddity("tempo-elsewhere"),
        "as a sequencer plays it; recipes under the original's names heed the first track alone, as the original does, "
        "unless told data.reading=gen",
    ),
    "programs-elsewhere": (
        _oddity("programs-elsewhere"),
        "as a synthesiser plays it; recipes under the original's names take program 1 there, unless told "
        "data.reading=gen",
    ),
    "rhythm-parts": (_oddity("rhythm-parts"), "as a synthesiser plays it; data.drum_channels names others"),
    "bad-events": (_oddity("bad-events"), "all else is read; nothing to do, unless the tempo or metre is wrong now"),
    "odd-chunks": (
        _oddity("wrapper", "announced-tracks", "track-length", "outside-tracks"),
        "gen reads the tracks that are there; if something is missing, save the file anew in a sequencer",
    ),
    "left-out": (_left_out, "parts of usable files that a converter passed over; --json has every notice"),
}


@dataclass(frozen=True)
class Unmapped:
    """A pitch as heard, after any drum map, that some converters take for no drum, and a suggestion: a pitch that all
    take, for a drum of the same kind; None where no such is known.
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
    """Every such pitch of some files, the most frequent first; ``taken`` as of `gen.data.check.account.account`."""
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
    rows = []
    for each in sorted(unmapped, key=lambda each: each.pitch):
        notes = "1 note" if each.notes == 1 else f"{each.notes:,} notes"
        if each.suggestion is None:
            rows.append((f"# {each.pitch}: ?", f"{each.name}, {notes}: say which drum it is"))
        else:
            rows.append((f"{each.pitch}: {each.suggestion}", f"{each.name} as {drum_name(each.suggestion)}, {notes}"))
    width = max((len(entry) for entry, _ in rows), default=0)
    lines = [f"{entry:<{width}}  # {comment}" for entry, comment in rows]
    return "\n".join(["# what is heard: what it is taken for", *lines, ""]) if rows else ""


def _nearest(pitch: int, known: frozenset[int]) -> int | None:
    kind = stand_in(pitch)
    if kind is None or kind in known:
        return kind
    alike = (other for other in known if stand_in(other) == kind)
    return min(alike, key=lambda other: (abs(other - pitch), other), default=None)
