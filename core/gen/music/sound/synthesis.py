"""Notes to sound with numpy alone: what `pages/assets/synth.js` does in a browser, number for number.

Oscillators for pitches, bursts of noise and sines for drums. Nothing is drawn at random, so that a clip always sounds
the same. Letters in shape comments: S samples, K harmonics, C samples of a wave's cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from gen.notes.sequence import NoteSequence

Samples = npt.NDArray[np.float32]
_Filter = Literal["lowpass", "highpass", "bandpass"]
_Wave = Literal["sine", "triangle", "square", "sawtooth"]

RATE = 44_100
"""Samples a second."""

TAIL = 1.2
"""Seconds that may sound on after the last note's end: the longest drum."""

_OUTPUT = 0.8  # what everything is multiplied by
_CYCLE = 2048  # samples of one cycle of a wave
_RELEASE, _SILENT = 0.015, 0.06  # time constant, and when a released tone is cut


@dataclass(frozen=True)
class _Tone:
    """A family of eight General MIDI programs: wave, attack and decay in seconds, level held, low-pass in Hz."""

    wave: _Wave
    attack: float
    decay: float
    held: float
    low: float


_PLUCKED = _Tone("triangle", 0.004, 0.5, 0.25, 5200)
_HELD = _Tone("sawtooth", 0.04, 0.1, 0.8, 2200)
FAMILIES = (
    _PLUCKED,  # pianos
    _Tone("sine", 0.002, 0.4, 0.1, 8000),  # bells and mallets
    _Tone("square", 0.01, 0.05, 0.9, 2600),  # organs
    _Tone("sawtooth", 0.004, 0.35, 0.3, 2600),  # guitars
    _Tone("sawtooth", 0.006, 0.25, 0.5, 900),  # basses
    *(_HELD, _HELD, _HELD),  # strings, ensembles, brass
    _Tone("square", 0.02, 0.1, 0.8, 2000),  # reeds
    _Tone("sine", 0.03, 0.1, 0.9, 6000),  # pipes
)


@dataclass(frozen=True)
class _Drum:
    """How a drum is made; the numbers are seconds and Hz."""

    length: float
    level: float
    sine: tuple[float, float] | None = None
    square: float | None = None
    noise: tuple[_Filter, float, float] | None = None


def _tom(top: float) -> _Drum:
    return _Drum(0.3, 0.8, sine=(top, top * 0.55))


_KICK = _Drum(0.32, 1.0, sine=(150, 48))
_SNARE = _Drum(0.18, 0.75, sine=(220, 160), noise=("bandpass", 2400, 0.6))
_CLOSED = _Drum(0.06, 0.4, noise=("highpass", 8000, 0.7))
_OPEN = _Drum(0.38, 0.36, noise=("highpass", 7000, 0.7))
_CRASH = _Drum(1.1, 0.42, noise=("highpass", 4500, 0.5))
_RIDE = _Drum(0.45, 0.28, square=2900, noise=("highpass", 9000, 0.7))
_CLICK = _Drum(0.05, 0.5, sine=(1600, 1200))
_CLAP = _Drum(0.14, 0.8, noise=("bandpass", 1300, 1.2))
_OTHER = _Drum(0.1, 0.5, sine=(900, 700))
DRUMS = {
    **dict.fromkeys((35, 36), _KICK), 37: _CLICK, **dict.fromkeys((38, 40), _SNARE), 39: _CLAP,
    41: _tom(100), 43: _tom(115), 45: _tom(135), 47: _tom(160), 48: _tom(190), 50: _tom(225),
    **dict.fromkeys((22, 42, 44, 54, 69, 70, 82), _CLOSED), **dict.fromkeys((26, 46), _OPEN),
    **dict.fromkeys((49, 52, 55, 57), _CRASH), **dict.fromkeys((51, 53, 59), _RIDE),
}  # fmt: skip


def synthesise(notes: NoteSequence) -> Samples:
    """A clip as samples ``[S]`` at `RATE`; where it would clip, the whole is made quieter."""
    seconds = max(float(notes.end.max(initial=0.0)), notes.total_time) + TAIL
    out = np.zeros(round(seconds * RATE), np.float32)
    rows = zip(*(getattr(notes, name).tolist() for name in _COLUMNS), strict=True)
    for start, end, pitch, velocity, program, is_drum in rows:
        sound = _drum(pitch, velocity) if is_drum else _tone(pitch, velocity, program, end - start)
        at = round(max(start, 0.0) * RATE)
        out[at : at + len(sound)] += sound[: len(out) - at]
    peak = float(np.abs(out).max(initial=0.0)) * _OUTPUT
    heard: Samples = out * np.float32(_OUTPUT / max(peak, 1.0))
    return heard


_COLUMNS = ("start", "end", "pitch", "velocity", "program", "is_drum")


def _drum(pitch: int, velocity: int) -> Samples:
    struck: Samples = _hit(DRUMS.get(pitch, _OTHER)) * np.float32((velocity / 127) ** 1.5)
    return struck


@cache
def _hit(kind: _Drum) -> Samples:
    """A drum struck as hard as can be, ``[S]``."""
    time = np.arange(round(kind.length * RATE)) / RATE
    fading = kind.level * 1000.0 ** (-time / kind.length)
    out = np.zeros(len(time))
    if kind.sine is not None:
        top, bottom = kind.sine
        glide = kind.length * 0.4
        hertz = top * (bottom / top) ** np.minimum(time / glide, 1.0)
        out += fading * np.sin(2 * np.pi * (np.cumsum(hertz) - hertz[0]) / RATE)
    if kind.square is not None:
        out += 0.25 * fading * _played("square", kind.square, RATE / 2, len(time))
    if kind.noise is not None:
        out += fading * _hiss(*kind.noise)[: len(time)]
    return out.astype(np.float32)


def _tone(pitch: int, velocity: int, program: int, length: float) -> Samples:
    family = program >> 3
    kind = FAMILIES[family] if family < len(FAMILIES) else _PLUCKED
    level = 0.32 * (velocity / 127) ** 1.2
    end = max(length, 0.03)
    time = np.arange(round((end + _SILENT) * RATE)) / RATE
    held = kind.held + (1.0 - kind.held) * np.exp(-np.maximum(time - kind.attack, 0.0) / (kind.decay / 2))
    released = np.exp(-np.maximum(time - end, 0.0) / _RELEASE)
    envelope = level * np.minimum(time / kind.attack, 1.0) * held * released
    hertz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    return np.asarray(envelope * _played(kind.wave, hertz, kind.low, len(time)), np.float32)


def _played(wave: _Wave, hertz: float, low: float, samples: int) -> npt.NDArray[np.float64]:
    """A wave through a low-pass, ``[samples]``, without what is above half the rate."""
    cycle = _cycle(wave, hertz, low)
    place = np.arange(samples) * (hertz * _CYCLE / RATE) % _CYCLE
    before = place.astype(np.int64)
    share = place - before
    return (1.0 - share) * cycle[before] + share * cycle[before + 1]


@cache
def _cycle(wave: _Wave, hertz: float, low: float) -> npt.NDArray[np.float64]:
    """One cycle and its first sample again, ``[C + 1]``, from its Fourier series."""
    top = 1 if wave == "sine" else max(1, min(int(RATE / 2 / hertz), _CYCLE // 2 - 1))
    k = np.arange(1, top + 1)
    odd = (k % 2).astype(np.float64)
    heights = {
        "sine": odd,
        "triangle": 8 / np.pi**2 * odd * (-1.0) ** ((k - 1) // 2) / k**2,
        "square": 4 / np.pi * odd / k,
        "sawtooth": 2 / np.pi * (-1.0) ** (k + 1) / k,
    }[wave]
    spectrum = np.zeros(_CYCLE // 2 + 1, np.complex128)
    spectrum[1 : top + 1] = -0.5j * _CYCLE * heights * np.abs(_response("lowpass", low, 1.0, k * hertz))  # [K]
    cycle = np.fft.irfft(spectrum, _CYCLE)
    return np.append(cycle, cycle[0])


@cache
def _hiss(kind: _Filter, hertz: float, q: float) -> npt.NDArray[np.float64]:
    """Two seconds of noise through a filter, ``[2 × RATE]``: a second over and over, as a looped buffer."""
    state, values = 1, []
    for _ in range(RATE):  # a linear congruential generator, the page's own
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(state / 2147483648 - 1)
    spectrum = np.fft.rfft(values)
    filtered = np.fft.irfft(spectrum * _response(kind, hertz, q, np.fft.rfftfreq(RATE, 1 / RATE)), RATE)
    return np.tile(filtered, 2)


def _response(
    kind: _Filter, hertz: float, q: float, at: npt.NDArray[np.floating] | npt.NDArray[np.integer]
) -> npt.NDArray[np.complex128]:
    """What a biquad of the Web Audio API makes of frequencies; the q of low- and high-pass is in decibels there."""
    centre = 2 * np.pi * min(hertz, RATE / 2) / RATE
    cos, sin = np.cos(centre), np.sin(centre)
    alpha = sin / (2 * (q if kind == "bandpass" else 10 ** (q / 20)))
    above = {
        "lowpass": ((1 - cos) / 2, 1 - cos, (1 - cos) / 2),
        "highpass": ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2),
        "bandpass": (alpha, 0.0, -alpha),
    }[kind]
    z = np.exp(-2j * np.pi * np.asarray(at, np.float64) / RATE)
    below = (1 + alpha, -2 * cos, 1 - alpha)
    return np.asarray(np.polyval(above[::-1], z) / np.polyval(below[::-1], z), np.complex128)
