"""What to do about each reason: one entry a code, which looks at all files that it befell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from gen.data.check.facts import Facts, changing
from gen.data.check.inspection import FileCheck
from gen.data.check.targets import Target
from gen.interfaces.converter import Rejection


@dataclass(frozen=True)
class Case:
    """A file that gave nothing, and why; ``target`` is None where no converter was to blame."""

    check: FileCheck
    reason: Rejection
    target: Target | None = None


_PRESPLIT, _GAP = "presplit_on_time_changes", "gap_bars"

Fix = str | Callable[[Sequence[Case]], str]

_MOST_NAMED = 4  # metres, channels … that one sentence lists


def fix_for(code: str, cases: Sequence[Case]) -> str:
    """What to do about a reason of at least one case; for a code that nobody here knows, what its converter said."""
    fix = FIXES.get(code, cases[0].reason.detail)
    return (fix if isinstance(fix, str) else fix(cases)) + _other_reading(cases)


_UNHEARD = {
    "instant-strokes": "drum strokes without a length are heard",
    "endless-strokes": "drum strokes without an end are heard",
    "tempo-elsewhere": "tempo and metre of every track count",
    "programs-elsewhere": "programs on other tracks count",
    "rhythm-parts": "the file's own rhythm parts are drums",
}


def _other_reading(cases: Sequence[Case]) -> str:
    """What another reading would hear, where a recipe reads as the original does; else nothing."""
    facts = _facts([case for case in cases if case.target is not None and case.target.data.reading == "original"])
    ways = {way: None for each in facts for code, way in _UNHEARD.items() if code in each.oddities}
    if any((each.tempo_changes and not each.felt_tempo_changes) for each in facts):
        ways["tempos that no note feels don't count"] = None
    if any((each.metre_changes and not each.felt_metre_changes) for each in facts):
        ways["metres that no note feels don't count"] = None
    return f". This recipe reads files as the original does; with data.reading=gen {' and '.join(ways)}" if ways else ""


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _counted(counter: Counter[str]) -> str:
    shown = counter.most_common(_MOST_NAMED)
    rest = len(counter) - len(shown)
    return ", ".join(f"{name} ({_files(count)})" for name, count in shown) + (f" and {rest} more" if rest else "")


def _distinct(cases: Sequence[Case]) -> list[Case]:
    """One case a file."""
    return list({case.check.name: case for case in cases}.values())


def _facts(cases: Sequence[Case]) -> list[Facts]:
    return [case.check.facts for case in cases if case.check.facts is not None]


def no_drums(cases: Sequence[Case]) -> str:
    """The channel that the drums seem to be on, where there is one."""
    files = _distinct(cases)
    guesses = [facts.guess for facts in _facts(files) if facts.guess is not None]
    if not guesses:
        return (
            "no channel looks like drums either. If one is, name it: --drum-channel N. Otherwise these files are for "
            "models of melodies"
        )
    channels = Counter(guess.channel for guess in guesses)
    flags = " ".join(f"--drum-channel {channel}" for channel, _ in channels.most_common(_MOST_NAMED))
    some = "" if len(guesses) == len(files) == 1 else f"in {_files(len(guesses))} "
    where = _counted(Counter(f"channel {guess.channel}" for guess in guesses)) if len(guesses) > 1 else ""
    first = next(guess for guess in guesses if guess.channel == channels.most_common(1)[0][0])
    named = ", ".join(str(channel) for channel, _ in channels.most_common(_MOST_NAMED))
    rest = len(files) - len(guesses)
    others = f". In the other {_files(rest)} no channel looks like drums" if rest else ""
    return (
        f"{some}the drums seem to be elsewhere: {where or f'channel {first.channel}'} ({first.why}). Check with "
        f"{flags}; in a recipe set data.drum_channels: [{named}]{others}"
    )


def missing_part(cases: Sequence[Case]) -> str:
    """Which instruments a trio needs, and where its drums may be."""
    base = (
        "it needs a melody (General MIDI programs 1 to 32, as sequencers count), a bass (33 to 40) and drums on "
        "channel 10: set the programs of the tracks that play them"
    )
    without = [case for case in cases if any(facts.guess for facts in _facts([case]))]
    return f"{base}; for drums, {no_drums(without)}" if without else base


def no_notes(cases: Sequence[Case]) -> str:
    """Nothing that this converter listens to."""
    drumless = [facts for facts in _facts(cases) if facts.notes and not facts.drum_notes]
    if len(drumless) == len(cases):
        return no_drums(cases)
    return "there is nothing in it that this converter listens to: gen data check FILE --json says what it holds"


def wrong_metre(cases: Sequence[Case]) -> str:
    """Which setting takes the metres that were found."""
    metres = Counter(map(_metre, _distinct(cases)))
    settings: dict[int, list[str]] = {}
    others: list[str] = []
    for metre, _ in metres.most_common(_MOST_NAMED):
        numerator, _, denominator = metre.partition("/")
        quarters = 4 * int(numerator) / int(denominator)
        if quarters == int(quarters):
            settings.setdefault(int(quarters), []).append(metre)
        else:
            others.append(metre)
    ways = [f"quarters_per_bar: {quarters} takes {' and '.join(found)}" for quarters, found in settings.items()]
    if others:
        ways.append(f"{' and '.join(others)} can't be taken: no whole number of quarter notes")
    return (
        f"found {_counted(metres)}. In the converter's options {'; '.join(ways)}; a model has one metre, so train "
        "another for these files. Where the music is in 4/4 all the same, correct the time signature in a sequencer"
    )


def _metre(case: Case) -> str:
    """The metre that a rejection speaks of, else the file's first."""
    said = re.search(r"\b(\d+/\d+) has", case.reason.detail)
    metres = [change.value for facts in _facts([case]) for change in facts.metres]
    return said[1] if said else next(iter(metres), "4/4")


def _at_changes(kind: Literal["tempo", "metre"], advice: str) -> Fix:
    """How often the tempo or metre changes, and where first; and advice."""

    def told(cases: Sequence[Case]) -> str:
        said = (changing(kind, facts) for facts in _facts(cases))
        takes = [case.target.converter.arguments.get(_PRESPLIT) for case in cases if case.target is not None]
        cut = f"Cut the files there{f', or set {_PRESPLIT}: true' if False in takes else ''}"
        return next((f"for instance the {text}. " for text in said if text), "") + advice.format(cut=cut)

    return told


def too_short(cases: Sequence[Case]) -> str:
    """How many bars there are, and how many files a shorter window would take."""
    advice = []
    by_window: dict[tuple[str, int], list[int]] = {}
    for case in cases:
        found = re.search(r"\b(\d+) bars?\b.* where \d+ are needed", case.reason.detail)
        if found and case.target is not None and case.target.window:
            needed = case.target.converter.arguments[case.target.window]
            by_window.setdefault((case.target.window, int(str(needed))), []).append(int(found[1]))
    for (option, needed), lengths in by_window.items():
        if max(lengths) < 1:
            continue
        most = min(max(sorted(lengths)[len(lengths) // 2], 1), needed - 1)  # what every second file has
        enough = sum(bars >= most for bars in lengths)
        of = "" if len(lengths) == 1 else f" takes {enough:,} of {len(lengths):,}"
        advice.append(f"{option}: {most}{of} (now {needed})")
        if most > 1 and (all_of := sum(bars >= 1 for bars in lengths)) > enough:
            advice[-1] += f", {option}: 1 {all_of:,}"
    told = f"shorter windows: {'; '.join(advice)}. " if advice else ""
    gaps = any(case.target is not None and _GAP in case.target.converter.arguments for case in cases)
    silence = f"A melody or drum track ends at silent bars; a larger {_GAP} lets it go on. " if gaps else ""
    return f"{told}{silence}{'Or join' if told or silence else 'Join'} short files"


_GIVE_LENGTH = (
    "its notes have no length: if they are drums, name their channel (--drum-channel N), for of drums the onset is "
    "enough; else give them one in a sequencer"
)
_SILENCED = {
    "instant-notes": _GIVE_LENGTH,
    "endless-notes": _GIVE_LENGTH,
    "outside-tracks": "a track's length was never written, as where a recorder was cut off: open the file in a "
    "sequencer that mends it and save it anew, or record it again",
}


def silent(cases: Sequence[Case]) -> str:
    """What there was instead of notes."""
    ways = {way: None for facts in _facts(cases) for code, way in _SILENCED.items() if code in facts.oddities}
    if ways:
        return "; ".join(ways)
    if any(facts.silent_onsets for facts in _facts(cases)):
        return "velocity 0 means the end of a note in MIDI: give the notes a velocity from 1 to 127 in a sequencer"
    return "it holds tempo, text or controllers only: nothing to learn from, leave it out"


_AGAIN = "get the file again from where it came, or open it in a sequencer that forgives and save it anew"
_CHORDS = "or turn chord_encoding and condition_on_key off"

FIXES: dict[str, Fix] = {
    # the file
    "not-midi": "it isn't a Standard MIDI File, whatever its name says: export it as one, or remove it",
    "truncated": f"bytes are missing at its end: {_AGAIN}",
    "damaged": f"its bytes are wrong at that place: {_AGAIN}",
    "too-late": "an event that late is a stray one at its end: remove it in a sequencer",
    "too-many": "no piece needs so much: save what is music of it in a sequencer, or cut it into several files",
    "too-many-controls": "thin its controllers out in a sequencer, or give its programs tracks of their own",
    "smpte": "its time is in film frames: save it with musical time (ticks per quarter note) in a sequencer",
    "format-2": "it holds several pieces (type 2): save each pattern as a file of its own",
    "unreadable": "make the file readable (permissions, a broken link, an empty file), or remove it",
    "skipped": "make the file readable, or remove it",
    "silent": silent,
    "duplicate": "nothing: data sources leave it out by themselves; delete it to be rid of the line",
    "timed-out": "give it more time: --time-limit 120. If that doesn't help, leave it out and report it as a bug",
    "crashed": "leave it out, and report it as a bug with the file; --workers 0 --debug shows more",
    "converter-fault": "a fault of the converter, not of the file: report it to whoever made the converter",
    # the grid
    "no-windows": "data.windows: whole lets the converter cut; tfds needs one tempo and metre throughout",
    "tempo-change": _at_changes(
        "tempo",
        "{cut}; or, if the changes only follow a player, set one tempo in a sequencer and keep the notes on the beat",
    ),
    "metre-change": _at_changes("metre", "{cut}"),
    "wrong-metre": wrong_metre,
    "bad-metre": "the denominator of its time signature is no power of two: correct it in a sequencer",
    "bad-tempo": "a tempo of no quarter notes a minute: correct it",
    "negative-time": "notes begin before the start: shift the piece so that its first bar begins at 0",
    "too-long": "over nine hours at a normal tempo is most likely one stray event at the end: remove it in a sequencer",
    "too-short": too_short,
    # who plays
    "no-notes": no_notes,
    "no-drums": no_drums,
    "no-mapped-notes": "its drum notes have pitches of no drum class: map them with --drum-map, as suggested below",
    "no-melody": "nothing to sing along to: drums have no melody, and other notes must be within the converter's "
    "min_pitch, max_pitch and programs, which may be set wider",
    "polyphony": "every instrument begins with a chord: skip_polyphony: false takes the highest of notes together",
    "missing-part": missing_part,
    "never-together": "the three are there, but not long enough at a time: a smaller slice_bars, or a larger gap_bars",
    "too-many-windows": "it is too long, or has too many instruments: take out what doubles, or cut it",
    "pitch-range": "notes outside min_pitch and max_pitch: set them wider",
    "too-few-tracks": "too few instruments play at once: a smaller min_num_instruments, or melody and drums instead",
    "too-many-tracks": "too many instruments: a larger max_num_instruments, or drop_tracks_and_truncate: true",
    "too-few-events": "too little happens in its windows: a smaller min_total_events, or a larger hop_size_bars",
    "too-many-events": "too much happens in its windows: a larger max_events_per_instrument, or "
    "drop_tracks_and_truncate: true",
    "several-windows": "it is longer than one window: first_subsequence_only: false takes them all",
    # chords and keys
    "no-key": "chord symbols without a key signature: add one, or remove the symbols so that gen finds both",
    "chord-metre": f"chords can't be found in this metre: write chord symbols, {_CHORDS}",
    "chord-length": f"chords can be found in pieces of ordinary length only: cut it, {_CHORDS}",
    "coincident-chords": "two chord symbols at one place: remove one of them",
    "unreadable-chord": "write the chord symbol like C, F#m7 or Bb7/D",
    "unknown-chord": "the chord has no class: write a plainer symbol, or set another chord_encoding",
}
"""Reasons that gen's own reading and converters give, and what helps. A test holds it against the converters."""
