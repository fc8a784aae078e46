"""What key a demo piece is in, how it is built from phrases, and the chords of every half bar.

A phrase has four bars. *Open* phrases (a and b) end on the dominant, *closed* ones (c and d) on the tonic, so that an
open and a closed one make a period: a question and its answer. The form says which phrase comes when; a phrase that
comes again has the same chords. The last bar of a piece is the tonic.

Sources: the common vocabulary of harmony teaching (periods, cadences, the functions of the degrees), written down for
this project.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen.notes.chords import parse_chord
from gen_datasets.demo.feel import Style

PHRASE = 4  # bars
_HALVES = 2  # of a bar; a chord lasts one or more

_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_MAJORS = frozenset({1, 3, 5, 6, 8, 10})  # tonics of the major keys that are written in flats
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_SEVENTHS: tuple[Style, ...] = ("swing", "latin")  # styles in which every chord has a seventh

# what a numeral stands for: degree of the scale, kind of triad, kind with a seventh
_NUMERALS = {
    "major": {
        "I": (0, "", "maj7"),
        "ii": (1, "m", "m7"),
        "iii": (2, "m", "m7"),
        "IV": (3, "", "maj7"),
        "V": (4, "", "7"),
        "vi": (5, "m", "m7"),
    },
    "minor": {
        "i": (0, "m", "m7"),
        "ii": (1, "dim", "m7b5"),
        "III": (2, "", "maj7"),
        "iv": (3, "m", "m7"),
        "V": (4, "", "7"),
        "VI": (5, "", "maj7"),
        "VII": (6, "", "7"),
    },
}

# phrases are divided by |, bars by spaces, the halves of a bar by a comma
_OPEN = {
    "major": "I vi IV V|I IV ii V|I V vi IV,V|I iii IV V|vi IV I V|IV I ii V|I I IV V|vi ii IV,ii V|iii vi ii V",
    "minor": "i VI iv V|i iv VII III,V|i VII VI V|i i iv V|VI VII i V|iv VII III V|i VI ii V",
}
_CLOSED = {
    "major": "I IV V I|IV V I I|ii V I I|vi ii V I|I vi ii,V I|IV I V I|iii vi ii,V I",
    "minor": "i iv V i|VI iv V i|iv V i i|i VI ii,V i|III VII iv,V i|VI VII V i",
}
_FORMS = ("acacbdac", "acbdacbd", "acacbdbd", "acbcacbc", "abacadac", "acbdbdac")


@dataclass(frozen=True)
class Key:
    """A key: ``tonic`` is a pitch class, C = 0."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """Such as ``Eb minor``."""
        return f"{self.spell(self.tonic)} {self.mode}"

    @property
    def signature(self) -> int:
        """0 for major, 1 for minor: the mode of a `gen.notes.KeySignatures`."""
        return int(self.mode == "minor")

    def spell(self, pitch_class: int) -> str:
        """A pitch class in the accidentals of the key."""
        relative = (self.tonic + 3 * self.signature) % 12
        return (_FLATS if relative in _FLAT_MAJORS else _SHARPS)[pitch_class % 12]

    def pitch(self, degree: int, chord: Chord) -> int:
        """Half steps of a degree of the scale above the lowest tonic; degree 7 is the tonic an octave above.

        In a minor key the seventh is raised where the chord has it raised.
        """
        octave, place = divmod(degree, 7)
        half_steps = _SCALES[self.mode][place]
        if place == 6 and (self.tonic + 11) % 12 in chord.tones:
            half_steps = 11
        return 12 * octave + half_steps


@dataclass(frozen=True)
class Chord:
    """A chord as it is named, such as ``Bbm7``, with its root and all its tones as pitch classes."""

    symbol: str
    root: int
    tones: frozenset[int]


@dataclass(frozen=True)
class Harmony:
    """The plan of a piece: its key, the letter of each phrase, and the chord of each half bar."""

    key: Key
    form: str
    halves: tuple[Chord, ...]

    @property
    def bars(self) -> int:
        """Length of the piece."""
        return len(self.halves) // _HALVES

    def at(self, step: int) -> Chord:
        """The chord at a step of a piece of 16 steps to the bar."""
        return self.halves[min(step // 8, len(self.halves) - 1)]

    @property
    def symbols(self) -> str:
        """The chords for people: bars divided by ``|``, the two chords of a bar by a space."""
        bars = zip(self.halves[::2], self.halves[1::2], strict=True)
        return " | ".join(one.symbol if one == other else f"{one.symbol} {other.symbol}" for one, other in bars)


def harmonise(style: Style, bars: int, rng: np.random.Generator) -> Harmony:
    """Choose a key, a form and the chords of its phrases.

    Swing and latin have sevenths throughout, the others only on the dominant, at times. A form that is too short for
    the piece begins again, and one too long is cut.
    """
    key = Key(int(rng.integers(12)), "minor" if rng.random() < 0.4 else "major")
    sevenths = style in _SEVENTHS
    dominant_seventh = sevenths or bool(rng.random() < 0.5)
    phrases = [book[key.mode].split("|") for book in (_OPEN, _CLOSED)]
    chosen = [each[at] for each in phrases for at in rng.permutation(len(each))[:2]]
    book = dict(zip("abcd", chosen, strict=True))
    pattern = _FORMS[rng.integers(len(_FORMS))]
    form = "".join(pattern[phrase % len(pattern)] for phrase in range(-(-bars // PHRASE)))
    split = [bar.split(",") for letter in form for bar in book[letter].split()][:bars]
    numerals = [half for halves in split for half in (halves if len(halves) == _HALVES else halves * _HALVES)]
    numerals[-_HALVES:] = [next(iter(_NUMERALS[key.mode]))] * _HALVES
    chords = {
        numeral: _chord(key, numeral, seventh=sevenths or (dominant_seventh and numeral == "V")) for numeral in numerals
    }
    return Harmony(key, form, tuple(chords[numeral] for numeral in numerals))


def _chord(key: Key, numeral: str, *, seventh: bool) -> Chord:
    degree, triad, with_seventh = _NUMERALS[key.mode][numeral]
    root = (key.tonic + _SCALES[key.mode][degree]) % 12
    symbol = key.spell(root) + (with_seventh if seventh else triad)
    return Chord(symbol, root, frozenset(parse_chord(symbol).pitches))
