"""Reading a tune in ABC notation: from its text to notes in quarter notes, as they are heard.

Source of the notation: the ABC music standard 2.1, December 2011. Grace notes, ornaments, lyrics and text are left out;
an accidental holds to the end of the bar in its own octave, as in printed music, on which the tunes stand (the
standard's own default is every octave). Tunes of several voices are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction

from gen.notes.chords import ChordError, parse_chord
from gen_datasets.folk.abc_fields import (
    ACCIDENTALS,
    AbcError,
    Key,
    Metre,
    default_length,
    parse_key,
    parse_length,
    parse_metre,
    parse_tempo,
)
from gen_datasets.folk.abc_parts import Label, Part, part_order, parts_in_order
from gen_datasets.folk.abc_repeats import Bar, parse_bar, played
from gen_datasets.folk.abc_tokens import NOTE, Kind, parse_factor, symbols

_HALF_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MIDDLE_C = 60
_WHOLE = Fraction(1)
_FIELD = re.compile(r"([A-Za-z+]):(?![|:])(.*)")
_TUPLET_TIME = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # the others take the time of two, or of three in compound metre


@dataclass(frozen=True)
class Sound:
    """A note, a chord, or with no pitches a rest."""

    pitches: tuple[int, ...]  # MIDI note numbers
    length: Fraction  # in whole notes
    tied: bool = False  # its pitches go on in the next sound


@dataclass(frozen=True)
class Change:
    """From here on: a metre, a key, a tempo in quarter notes a minute, or a chord symbol."""

    value: Metre | Key | float | str


@dataclass(frozen=True)
class Tune:
    """A tune as it is heard; metre, key and tempo are those at the beginning, None or no name where it says none."""

    fields: Mapping[str, str]  # the text of header fields by letter, the first where there are several
    metre: Metre | None
    key: Key
    qpm: float | None
    pickup: Fraction  # whole notes before the first bar line; 0 where the first bar is whole
    events: tuple[Sound | Change, ...]  # repeats played


def read_tune(lines: Sequence[str], *, first_line: int = 1) -> Tune:
    """Read one tune, from its ``X:`` on; errors name the line, counted from ``first_line``."""
    reader = _Reader()
    for number, line in enumerate(lines, first_line):
        try:
            reader.line(line)
        except AbcError as error:
            raise AbcError(f"line {number}: {error}") from error
    return reader.tune()


@dataclass
class _Reader:
    """What has been read so far."""

    fields: dict[str, str] = field(default_factory=dict)
    metre: Metre | None = None
    unit: Fraction | None = None
    key: Key | None = None
    start_key: Key | None = None
    start_metre: Metre | None = None
    tempo: str | None = None
    events: list[Sound | Change | Bar | Label] = field(default_factory=list)
    in_bar: dict[int, int] = field(default_factory=dict)  # accidentals by the pitch of the letter
    tied: dict[tuple[str, str], int] = field(default_factory=dict)  # pitches by letter and octave marks
    last: dict[tuple[str, str], int] = field(default_factory=dict)  # of the last sound
    broken: Fraction | None = None  # for the next sound
    tuplet: list[Fraction] = field(default_factory=list)  # for each sound to come

    def line(self, line: str) -> None:
        if line.startswith("%"):
            return
        match = _FIELD.match(line)
        if match is not None:
            self._field(match[1], match[2].partition("%")[0].strip())
        elif self.key is not None:
            for kind, text in symbols(line):
                self._symbol(kind, text)

    def tune(self) -> Tune:
        if self.key is None or self.start_key is None:
            raise AbcError("it has no key, which ends a header")
        heard = self._heard()
        if not any(isinstance(event, Sound) and event.pitches for event in heard):
            raise AbcError("it has no notes")
        unit = default_length(self.start_metre) if self.unit is None else self.unit
        qpm = None if self.tempo is None else parse_tempo(self.tempo, unit)
        return Tune(self.fields, self.start_metre, self.start_key, qpm, self._pickup(), tuple(_tied_together(heard)))

    def _heard(self) -> list[Sound | Change]:
        """The events as they are played, part by part where the header says in which order."""
        parts = list(self._parts())
        order = parts_in_order(parts, part_order(self.fields.get("P", "")))
        if not order:
            return played([event for part in parts for event in part.events])
        heard: list[Sound | Change] = [*parts[0].held]
        for part in order:
            said = {type(event.value): event for event in heard if isinstance(event, Change)}
            heard += [event for event in part.held if event != said.get(type(event.value))]
            heard += played(part.events)
        return heard[len(parts[0].held) :]

    def _parts(self) -> Iterator[Part[Sound | Change | Bar, Change]]:
        """The parts as they are written; what stands before the first has no name, and is one even if empty."""
        name, events = "", list[Sound | Change | Bar]()  # in the key and metre that hold
        held: dict[type, Change] = {type(value): Change(value) for value in (self.start_key, self.start_metre) if value}
        before = [*held.values()]
        for event in self.events:
            if isinstance(event, Label):
                yield Part(name, events, before)
                name, events, before = event.name, [], [*held.values()]
                continue
            events.append(event)
            if isinstance(event, Change) and not isinstance(event.value, str):
                held[type(event.value)] = event
        yield Part(name, events, before)

    def _field(self, letter: str, text: str) -> None:
        body = self.key is not None
        if letter == "M":
            self.metre = parse_metre(text)
            self._change(self.metre)
        elif letter == "L":
            self.unit = parse_length(text)
        elif letter == "Q" and body:
            self._change(parse_tempo(text, self._unit()))
        elif letter == "Q":
            self.tempo = text
        elif letter == "K":
            self.key = parse_key(text)
            self._change(self.key)
            if not body:
                self.start_key, self.start_metre = self.key, self.metre
        elif letter == "P" and body:
            self.events.append(Label(text.rstrip(".")))
        elif letter == "V" and self.fields.setdefault("V", text.split(" ")[0]) != text.split(" ")[0]:
            raise AbcError("it has several voices; only tunes of one are read")
        if not body:
            self.fields.setdefault(letter, text)

    def _change(self, value: Metre | Key | float | str | None) -> None:
        if self.start_key is not None and value is not None:
            self.events.append(Change(value))

    def _unit(self) -> Fraction:
        return default_length(self.metre) if self.unit is None else self.unit

    def _symbol(self, kind: Kind, text: str) -> None:
        if kind == "note":
            self._sound([text], _WHOLE)
        elif kind == "chord":
            inside, _, after = text[1:].rpartition("]")
            notes = [match[0] for match in NOTE.finditer(inside)]
            if NOTE.sub("", inside).strip(' ()~.u"v') or not notes:
                raise AbcError(f"chord {text!r} can't be read")
            self._sound(notes, parse_factor(after))
            if "-" in inside:
                self._tie()
        elif kind == "rest":
            self._sound([], parse_factor(text[1:]))
        elif kind == "rests":
            bar = Fraction(1) if self.metre is None else self.metre.bar
            self.events.append(Sound((), bar * int(text[1:] or 1)))
        elif kind == "broken":
            short = Fraction(1, 2 ** min(len(text), 3))
            before, self.broken = (2 - short, short) if text[0] == ">" else (short, 2 - short)
            self._alter_last(text, factor=before)
        elif kind == "tie":
            self._tie()
        elif kind == "tuplet":
            self._begin_tuplet(text)
        elif kind in ("bar", "ending"):
            self.events.append(parse_bar(text))
            self.in_bar = {}
        elif kind == "text":
            with suppress(ChordError):  # a fingering, or words
                parse_chord(text[1:-1])
                self._change(text[1:-1])
        elif kind == "field":
            self._field(text[1], text[3:-1].strip())

    def _sound(self, notes: Sequence[str], factor: Fraction) -> None:
        """A note, several at once, or a rest; what is tied goes on at its pitch."""
        tied, self.last = self.tied, {}
        self.tied = {}
        first = _WHOLE
        for at, note in enumerate(notes):
            match = NOTE.fullmatch(note)
            if match is None:
                raise AbcError(f"note {note!r} can't be read")
            sign, letter, octave = match[1], match[2], match[3]
            if at == 0:
                first = parse_factor(match[4])
            place = (letter, octave)
            self.last[place] = tied[place] if place in tied and not sign else self._pitch(letter, octave, sign)
        duration = self._unit() * first
        if factor is not _WHOLE:
            duration *= factor
        if self.broken is not None:
            duration, self.broken = duration * self.broken, None
        if self.tuplet:
            duration *= self.tuplet.pop()
        self.events.append(Sound(tuple(sorted(set(self.last.values()))), duration))

    def _pitch(self, letter: str, octave: str, sign: str | None) -> int:
        name = letter.upper()
        octaves = letter.islower() + octave.count("'") - octave.count(",")
        natural = _MIDDLE_C + _HALF_STEPS[name] + 12 * octaves
        if sign is not None:
            self.in_bar[natural] = ACCIDENTALS[sign]
        assert self.key is not None
        pitch = natural + self.in_bar.get(natural, self.key.accidentals.get(name, 0))
        if not 0 <= pitch <= 127:
            raise AbcError(f"note {letter}{octave} lies beyond what MIDI has")
        return pitch

    def _alter_last(self, mark: str, *, tied: bool = False, factor: Fraction = _WHOLE) -> None:
        """Change the sound before a mark."""
        for at in reversed(range(len(self.events))):
            sound = self.events[at]
            if isinstance(sound, Sound):
                self.events[at] = replace(sound, length=sound.length * factor, tied=sound.tied or tied)
                return
        raise AbcError(f"{mark!r} has no note before it")

    def _tie(self) -> None:
        self._alter_last("-", tied=True)
        self.tied = self.last

    def _begin_tuplet(self, text: str) -> None:
        numbers = [int(part) if part.strip() else 0 for part in text[1:].split(":")]
        notes, time, count = (*numbers, 0, 0)[:3]
        compound = self.metre is not None and self.metre.compound
        time = time or _TUPLET_TIME.get(notes, 3 if compound else 2)
        self.tuplet = [Fraction(time, notes)] * (count or notes)

    def _pickup(self) -> Fraction:
        """What stands before the first bar line, if it is less than a bar."""
        length = Fraction(0)
        for event in self.events:
            if isinstance(event, Bar) and length:
                break
            length += event.length if isinstance(event, Sound) else 0
        whole = self.start_metre is None or length >= self.start_metre.bar
        return Fraction(0) if whole else length


def _tied_together(events: Sequence[Sound | Change]) -> Iterator[Sound | Change]:
    """Tied notes as one where all of a sound goes on; a tie to another pitch is a slur."""
    held: list[Sound | Change] = []  # a tied sound, and the changes since
    for event in events:
        first = held[0] if held else None
        if isinstance(event, Change) or first is None:
            held.append(event)
        elif isinstance(first, Sound) and first.pitches == event.pitches:
            held[0] = replace(event, length=first.length + event.length)
        else:
            yield from held
            held = [event]
        if not (isinstance(held[0], Sound) and held[0].tied):
            yield from held
            held = []
    yield from held
