"""Checks of converters on the music's own terms: its tempo, where it begins, its key, how long it lasts.

Letters in shape comments: B batch, T steps, D depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gen.interfaces.converter import Example
from gen.notes.moving import stretch, transpose
from gen.notes.sequence import Chord, NoteSequence
from gen.testing import arrays
from gen.testing.checks import Checks, failed, skipped
from gen.testing.converters.tensors import ConverterSubject, check_example, closest

CHECKS: Checks[ConverterSubject] = Checks()

_BARS = 2  # by which a piece is moved
_SHIFTS = (-7, -1, 1, 6, 11)  # half steps


def alike(one: list[Example], other: list[Example]) -> bool:
    """Whether examples say the same."""
    return len(one) == len(other) and all(np.array_equal(a.outputs, b.outputs) for a, b in zip(one, other, strict=True))


@CHECKS.add("qpm left out, so that it is 120, or that of another moment; or steps in seconds", needs=["determinism"])
def tempo(subject: ConverterSubject) -> None:
    """A piece at half its tempo gives the same examples, and they tell that tempo; unless its steps are times."""
    told = 0
    for clip in subject.clips:
        if len(clip.tempos) > 1:
            continue
        plain, slow = (list(subject.convert(each).examples) for each in (clip, stretch(clip, 2.0)))
        if not plain or not alike(plain, slow):
            continue
        told += 1
        for examples, wanted in ((plain, clip.tempos.first), (slow, clip.tempos.first / 2)):
            if wrong := [each.qpm for each in examples if abs(each.qpm - wanted) > 1e-3 * wanted]:
                failed(f"of a piece at {wanted:g} quarter notes a minute an example has a qpm of {wrong[0]:g}")
    if not told:
        skipped("at half the tempo examples are others: its steps are times, or every clip has several tempos")


@CHECKS.add(
    "starts in steps, bars or quarter notes in place of seconds, or counted from somewhere else than the beginning",
    needs=["tempo"],
)
def starts(subject: ConverterSubject) -> None:
    """Examples of a piece that is moved by two bars begin two bars later, in seconds, and within the piece."""
    told = 0
    for clip in subject.clips:
        plain = _starts(subject, clip)
        for example_starts in plain.values():
            if min(example_starts) < 0 or max(example_starts) > clip.total_time:
                failed(f"an example of {clip.total_time:.4g} seconds of music begins at {example_starts}")
        if len(clip.tempos) > 1 or not plain:
            continue
        bars = _BARS * 240.0 / clip.tempos.first
        for what, moved, wanted in (
            ("moved by two bars", _later(clip, bars), (1.0, bars)),
            ("at half its tempo", stretch(clip, 2.0), (2.0, 0.0)),
        ):
            after = _starts(subject, moved)
            for outputs in plain.keys() & after.keys():
                told += 1
                there = after[outputs]
                due = [wanted[0] * start + wanted[1] for start in plain[outputs]]
                late = [each for each in due if min(abs(each - start) for start in there) > 0.01]
                if late:
                    said = ", ".join(f"{start:.4g}" for start in there[:4])
                    failed(f"in the piece {what} an example should begin at {late[0]:.4g} s, and begins at {said}")
    if not told:
        skipped("it doesn't say where examples begin, or has others of a piece that is moved")


def _starts(subject: ConverterSubject, clip: NoteSequence) -> dict[bytes, tuple[float, ...]]:
    """Where each example with notes begins, by its outputs; those that several examples have are left out."""
    found: dict[bytes, list[tuple[float, ...]]] = {}
    for example in subject.convert(clip).examples:
        if example.starts and np.ptp(example.outputs, axis=0).any():
            found.setdefault(example.outputs.tobytes(), []).append(example.starts)
    return {outputs: each[0] for outputs, each in found.items() if len(each) == 1}


def _later(clip: NoteSequence, seconds: float) -> NoteSequence:
    """A piece after some rests; tempo, metre and key hold from the beginning."""
    chords = tuple(Chord(chord.time + seconds, chord.text) for chord in clip.chords)
    return replace(
        clip,
        start=clip.start + seconds,
        end=clip.end + seconds,
        chords=chords[:1] and (Chord(0.0, chords[0].text), *chords),
        total_time=clip.total_time + seconds,
    )


@CHECKS.add(
    "an index of a key or a pitch that is off at an end of its range, or pitches folded into it",
    needs=["examples", "determinism", "round-trip"],
)
def keys(subject: ConverterSubject) -> None:
    """In any key, up to the highest and down to the lowest note, there are examples that come back, or a reason."""
    for clip in subject.clips[:2]:
        plain = _pitches(subject, clip)
        keeps = len(plain) > 3 and plain <= set(clip.pitch.tolist())
        for what, notes in _in_other_keys(clip):
            try:
                conversion = subject.convert(notes)
            except Exception as error:
                failed(f"convert() raises {type(error).__name__}: {error}; of a plain piece {what}")
            for example in list(conversion.examples)[:1]:
                check_example(subject, example, f"an example of a piece {what}")
                if (off := closest(subject, example)) is not None:
                    failed(f"an example of a piece {what} {off}")
            if keeps and (strange := _pitches(subject, notes) - set(notes.pitch.tolist())):
                failed(f"an example of a piece {what} is decoded to pitches {sorted(strange)[:4]}, which nobody played")


def _in_other_keys(clip: NoteSequence) -> Iterator[tuple[str, NoteSequence]]:
    """The piece in some keys, and as high and as low as MIDI goes."""
    played = clip.pitch[~clip.is_drum]
    for shift in _SHIFTS if len(played) else ():
        yield f"{abs(shift)} half steps {'higher' if shift > 0 else 'lower'}", transpose(clip, shift)
    if len(played):
        yield "up to pitch 127", transpose(clip, 127 - int(played.max()))
        yield "down to pitch 0", transpose(clip, -int(played.min()))


def _pitches(subject: ConverterSubject, clip: NoteSequence) -> set[int]:
    """The pitches of a clip's first examples, decoded."""
    found: set[int] = set()
    for example in list(subject.convert(clip).examples)[:2]:
        controls = None if example.controls is None else example.controls[None]
        for notes in subject.decode(example.outputs[None], controls, "one example"):
            found |= set(notes.pitch.tolist())
    return found


@CHECKS.add(
    "total_time left to the last note, so that a clip that ends with rests gets shorter, or one of 0",
    needs=["decodes-anything", "examples", "inputs-untouched"],
)
def total_time(subject: ConverterSubject) -> None:
    """Where every step lasts as long, clips of as many steps do; and no note ends after its clip."""
    converter = subject.component
    lengths = []
    for example in subject.examples[:6]:
        controls = None if example.controls is None else example.controls[None]
        (clip,) = subject.decode(example.outputs[None], controls, "one example")
        if len(clip) and clip.end.max() > clip.total_time + 1e-6:
            failed(f"a clip of {clip.total_time:.4g} seconds has a note until {clip.end.max():.4g}")
        lengths.append(clip.total_time)
        if converter.steps_per_bar is None or len(example.outputs) != converter.steps:
            continue
        bars = len(example.outputs) / converter.steps_per_bar
        if abs(clip.total_time - 2.0 * bars) > 0.01:  # bars of 4/4 at 120 quarter notes a minute
            failed(f"{bars:g} bars at 120 quarter notes a minute last {clip.total_time:.4g} seconds, not {2 * bars:g}")


@CHECKS.add(
    "bytes or .data of an array that are read as if it lay in memory row by row", needs=["decodes-anything", "additive"]
)
def strides(subject: ConverterSubject) -> None:
    """How outputs and targets lie in memory makes no difference."""
    targets, lengths, qpm = subject.stacked
    late, converter = np.roll(targets, 1, axis=1), subject.component
    one = converter.statistics(targets, late, lengths, qpm)
    other = converter.statistics(arrays.otherwise(targets), arrays.otherwise(late), lengths, qpm)
    for name, column in one.items():
        if not np.allclose(column, other[name], equal_nan=True):
            failed(f"transposed in memory, outputs have other statistics {name!r}")
    same = [example for example in subject.examples if len(example.outputs) == targets.shape[1]]
    controls = None if same[0].controls is None else np.stack([each.controls for each in same])  # type: ignore[misc]
    plain = subject.decode(targets, controls, "examples")
    apart = subject.decode(arrays.otherwise(targets), arrays.otherwise(controls), "examples")
    for a, b in zip(plain, apart, strict=True):
        if not (np.array_equal(a.pitch, b.pitch) and np.array_equal(a.start, b.start)):
            failed("transposed in memory, outputs are decoded to other notes")
