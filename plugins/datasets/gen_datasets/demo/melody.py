"""Composing a melody: two motifs, repeated, moved and varied in phrases that breathe and come to rest.

A motif is a bar's rhythm and a contour of steps of the scale. Each phrase of four bars states one or both, moves them
to where the chord is, and ends on a long note and a short rest: on a note of the dominant where the phrase is open, on
the tonic where it is closed. A phrase that comes again is the same with an added note here and there.

What holds for every melody: notes that begin on a beat, or last a quarter note or more, are tones of the chord they
begin on; all others are of the scale (in minor, of the harmonic scale over a chord with the raised seventh). Rests are
shorter than a bar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_datasets.demo.drummer import STEPS
from gen_datasets.demo.feel import Style
from gen_datasets.demo.grooves import SWUNG
from gen_datasets.demo.harmony import PHRASE, Harmony
from gen_datasets.demo.score import Beat, Line, Written, beats_of, swung

PROGRAMS = (0, 1, 2, 4, 5, 6, 8, 10, 11, 12, 13, 16, 17, 19, 21, 22, 23, 24, 25, 26, 27, 28, 30)
"""General MIDI keyboards, mallets, organs and guitars that carry a tune."""

_RHYTHMS = (
    *("x---x---x---x---", "x-x-x---x-x-x---", "x-----x-x---x---", "x---x-x-x---x-x-", "x-------x---x---"),
    *("x-----x-x-x-x---", "..x-x-x-x---x---", "x-x-x-x-x-------", "x---x-----x-x---", "x---..x-x-x-x-x-"),
    *("x-----x---x-x-x-", "x-x---x-x---x---"),
)
_BUSY = ("x--xx-x-x---x-x-", "x-xxx-x-x---x---", "x--x--x-x-x-x---", "x-x-xxx-x---x-x-", "x-----xxx---x---")
_ENDINGS = (
    *("x---x---x-----..", "x-x-x-x-x-----..", "x-----x-x---....", "x-x-x---........", "x---x-x-x-------"),
    "x-----------....",
)
_PLANS = ("0010", "0100", "0110", "0011", "0101")  # which motif each bar has; the last is the cadence
_MOVES = (-2, -1, -1, -1, 0, 1, 1, 1, 2)
_LEAPS = (-4, -3, 3, 4)
_LOWEST, _HIGHEST = -2, 10  # degrees of the scale, 0 is the tonic
_BASES = (60, 69)  # where the lowest tonic lies, at the least
_QUARTER = 4  # steps


_Motif = list[tuple[Beat, int]]
"""A bar's rhythm, and how many degrees above its first note each note lies."""


@dataclass(frozen=True)
class _Tone:
    """A note by its degree of the scale."""

    step: int
    steps: int
    degree: int


def compose_melody(harmony: Harmony, style: Style, rng: np.random.Generator) -> Line:
    """A melody over a harmony, its rhythm swung where the style is."""
    composer = _Composer(harmony, style, rng)
    tones: list[_Tone] = []
    known: dict[str, list[_Tone]] = {}
    for phrase, letter in enumerate(harmony.form):
        first = phrase * PHRASE
        bars = min(PHRASE, harmony.bars - first)
        last = first + bars == harmony.bars
        if letter not in known:
            known[letter] = composer.phrase(letter, first, bars, close=last or letter in "cd", before=tones)
            tones += known[letter]
            continue
        tones += composer.varied(known[letter], first)
        if last and (bars < PHRASE or letter in "ab"):  # what was a question, or is cut short, must end all the same
            tones = [tone for tone in tones if tone.step // STEPS < harmony.bars - 1]
            tones += composer.cadence(harmony.bars - 1, tones[-1].degree, close=True)
    base = int(rng.integers(_BASES[0], _BASES[1] + 1))
    base += (harmony.key.tonic - base) % 12
    base -= 12 if base >= _BASES[0] + 10 else 0
    return Line("melody", int(rng.choice(PROGRAMS)), tuple(composer.written(tone, base) for tone in tones))


class _Composer:
    """Writes phrases of one piece, which share two motifs and a taste."""

    def __init__(self, harmony: Harmony, style: Style, rng: np.random.Generator) -> None:
        self._harmony = harmony
        self._rng = rng
        self._swung = style in SWUNG
        rhythms = _RHYTHMS if self._swung else _RHYTHMS + _BUSY
        self._motifs = [self._motif(rhythms[index]) for index in rng.permutation(len(rhythms))[:2]]

    def phrase(self, letter: str, first: int, bars: int, *, close: bool, before: list[_Tone]) -> list[_Tone]:
        """A new phrase of ``bars`` bars from bar ``first``; ``before`` is what has been played."""
        turned = letter in "bd"  # the contrasting phrases begin with the other motif
        plan = _PLANS[self._rng.integers(len(_PLANS))]
        previous = before[-1].degree if before else int(self._rng.choice((0, 2, 4)))
        tones: list[_Tone] = []
        for bar in range(bars - 1):
            motif = self._motifs[(plan[bar] == "1") != turned]
            tones += self._bar(motif, first + bar, previous, lift=(1, 2, -1)[bar])
            previous = tones[-1].degree
        return tones + self.cadence(first + bars - 1, previous, close=close)

    def varied(self, tones: list[_Tone], first: int) -> list[_Tone]:
        """A phrase again, from bar ``first`` on: here and there a held note moves on the off-beat."""
        shift = first * STEPS - tones[0].step // STEPS * STEPS
        offbeat = 3 if self._swung else 2
        found = []
        for tone, after in zip(tones, [*tones[1:], None], strict=True):
            moved = _Tone(tone.step + shift, tone.steps, tone.degree)
            in_cadence = moved.step // STEPS % PHRASE == PHRASE - 1
            if after is None or in_cadence or tone.steps != _QUARTER or tone.step % 4 or self._rng.random() > 0.25:
                found.append(moved)
                continue
            towards = int(np.sign(after.degree - tone.degree)) or int(self._rng.choice((-1, 1)))
            found.append(_Tone(moved.step, offbeat, moved.degree))
            found.append(_Tone(moved.step + offbeat, _QUARTER - offbeat, moved.degree + towards))
        return found

    def written(self, tone: _Tone, base: int) -> Written:
        """The note that is meant; ``base`` is the pitch of degree 0. Louder on strong beats and in mid-phrase."""
        accent = {0: 10, 8: 6}.get(tone.step % STEPS, 2 if tone.step % 4 == 0 else -4)
        arch = (0, 4, 6, 0)[tone.step // STEPS % PHRASE]
        velocity = 78 + accent + arch + int(self._rng.integers(-4, 5))
        return Written(tone.step, tone.steps, base + self._pitch(tone.degree, tone.step), velocity)

    def _motif(self, tab: str) -> _Motif:
        rhythm = beats_of(swung(tab) if self._swung else tab)
        contour = [0]
        for _ in rhythm[1:]:
            leapt = len(contour) > 1 and abs(contour[-1] - contour[-2]) > 2
            if leapt:  # a leap is filled by a step back
                move = -int(np.sign(contour[-1] - contour[-2]))
            else:
                move = int(self._rng.choice(_LEAPS if self._rng.random() < 0.15 else _MOVES))
            contour.append(contour[-1] + move)
        return list(zip(rhythm, contour, strict=True))

    def _bar(self, motif: _Motif, bar: int, previous: int, *, lift: int) -> list[_Tone]:
        """A motif in a bar, begun near the note before and moved as a whole to the middle of the range."""
        start = previous + lift
        contour = [offset for _, offset in motif]
        centre = start + (min(contour) + max(contour)) / 2
        if centre > _HIGHEST - 3:
            start -= 3
        elif centre < _LOWEST + 3:
            start += 3
        return [self._tone(bar, beat, start + offset) for beat, offset in motif]

    def cadence(self, bar: int, previous: int, *, close: bool) -> list[_Tone]:
        """The last bar of a phrase: by step to a note of rest."""
        tab = _ENDINGS[self._rng.integers(len(_ENDINGS))]
        beats = beats_of(swung(tab) if self._swung else tab)
        ends = [0, 7] if close else self._chord_degrees(bar * STEPS + beats[-1].step)
        end = min(ends, key=lambda degree: abs(degree - previous))
        side = int(np.sign(previous - end)) or 1
        tones = [self._tone(bar, beat, end + side * (len(beats) - 1 - at)) for at, beat in enumerate(beats)]
        return [*tones[:-1], self._tone(bar, beats[-1], end)]

    def _tone(self, bar: int, beat: Beat, degree: int) -> _Tone:
        """A note near a degree, on a tone of the chord where it counts."""
        step = bar * STEPS + beat.step
        degree = 2 * _HIGHEST - degree if degree > _HIGHEST else degree
        degree = 2 * _LOWEST - degree if degree < _LOWEST else degree
        if step % 4 == 0 or beat.steps >= _QUARTER:
            degree = min(self._chord_degrees(step), key=lambda near: abs(near - degree))
        return _Tone(step, beat.steps, degree)

    def _chord_degrees(self, step: int) -> list[int]:
        """The degrees within the range that are tones of the chord at a step."""
        tonic, tones = self._harmony.key.tonic, self._harmony.at(step).tones
        return [each for each in range(_LOWEST, _HIGHEST + 1) if (tonic + self._pitch(each, step)) % 12 in tones]

    def _pitch(self, degree: int, step: int) -> int:
        return self._harmony.key.pitch(degree, self._harmony.at(step))
