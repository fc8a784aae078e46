"""A small converter that keeps every promise, and some that break one each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import gen

STEPS, REST = 16, 12


class HonestConverter(gen.Converter):
    """Bars of sixteen steps, each with the pitch class that begins there, or none."""

    input_depth = output_depth = 13
    control_depth = 0
    steps = STEPS

    @property
    def layout(self):
        return gen.Layout((gen.interfaces.OneHot(13),), (gen.interfaces.OneHot(13),))

    def convert(self, notes, *, rng=None):
        if not len(notes):
            return gen.Conversion((), gen.Rejection("empty", "there is no note in this sequence"))
        qpm = self.tempo(notes)
        step = notes.start * qpm / 15.0
        if not (np.isfinite(step).all() and step.max() < 1e4):
            return gen.Conversion((), gen.Rejection("too-long", f"the last note is at {notes.start.max()} s"))
        bars = self.bars(step)
        rows = np.full((bars, STEPS), REST)
        places = np.clip(np.rint(step), 0, bars * STEPS - 1).astype(int)
        rows.reshape(-1)[places[::-1]] = (notes.pitch % 12)[::-1]  # of notes at one step the first
        return gen.Conversion([self.example(row, rng, qpm, self.begins(bar, qpm)) for bar, row in enumerate(rows)])

    def tempo(self, notes):
        qpm = float(notes.tempos.qpm[0]) if len(notes.tempos) else 120.0
        return qpm if 1.0 <= qpm <= 1e4 else 120.0

    def begins(self, bar, qpm):
        return 240.0 / qpm * bar

    def bars(self, step):
        return max(1, int(np.ceil((np.rint(step).max() + 1) / STEPS)))

    def example(self, row, rng, qpm, start):
        outputs = self.array(row)
        return gen.Example(outputs, outputs, None, self.length(row), qpm, [start])

    def array(self, row):
        return np.eye(13, dtype=np.float32)[row]

    def length(self, row):
        return STEPS

    def classes(self, outputs):
        return outputs.argmax(-1)

    def from_tensors(self, outputs, controls=None):
        return [self.notes(classes) for classes in self.classes(outputs)]

    def notes(self, classes):
        steps = np.flatnonzero(classes != REST)
        start = steps * 0.125
        return gen.NoteSequence(pitch=self.pitch(classes[steps]), start=start, end=start + 0.1, total_time=2.0)

    def pitch(self, classes):
        return 60 + classes

    def statistics(self, targets, outputs, lengths, qpm):
        valid = np.arange(targets.shape[1]) < lengths[:, None]
        right = (self.classes(targets) == self.classes(outputs)) & valid
        return {"right": right.sum(1).astype(float), "steps": valid.sum(1).astype(float)}

    def summarise(self, sums):
        return {"step_accuracy": sums["right"] / sums["steps"] if sums["steps"] else float("nan")}


class RefusesToBeMade(HonestConverter):
    def __init__(self) -> None:
        raise ValueError("bars must be given")


class CountsNoColumns(HonestConverter):
    output_depth = 0


class DoublePrecision(HonestConverter):
    def array(self, row):
        return np.eye(13)[row]


class OneColumnTooFew(HonestConverter):
    input_depth = output_depth = 12


class AnotherLayout(HonestConverter):
    def array(self, row):
        return np.float32(0.5) * super().array(row)


class LengthsBeyondTheEnd(HonestConverter):
    def length(self, row):
        return STEPS + 1


class ExpectsNotes(HonestConverter):
    def convert(self, notes, *, rng=None):
        if notes.start.min() > 1e12:
            raise AssertionError
        return super().convert(notes, rng=rng)


class BelievesInTempos(HonestConverter):
    def convert(self, notes, *, rng=None):
        if len(notes.tempos):
            _ = 60 / int(notes.tempos.qpm[0])
        return super().convert(notes, rng=rng)


class SaysNothing(HonestConverter):
    def convert(self, notes, *, rng=None):
        conversion = super().convert(notes, rng=rng)
        rejection = conversion.rejection
        return conversion if rejection is None else gen.Conversion((), gen.Rejection(rejection.code, "no"))


class RandomNumbersOfNumpy(HonestConverter):
    def example(self, row, rng, qpm, start):
        return super().example(np.roll(row, np.random.randint(2)), rng, qpm, start)  # noqa: NPY002


class PitchesOutOfRange(HonestConverter):
    """One class too far, which only a decoder says."""

    def pitch(self, classes):
        return np.where(classes == 11, 130, 60 + classes)


class OneSequenceForAll(HonestConverter):
    def from_tensors(self, outputs, controls=None):
        return super().from_tensors(outputs, controls)[:1]


class ColumnsBackwards(HonestConverter):
    def pitch(self, classes):
        return 71 - classes


class WritesToItsOutputs(HonestConverter):
    def classes(self, outputs):
        outputs[outputs < 0.5] = 0.0
        return super().classes(outputs)


class ForgetsTheTempo(HonestConverter):
    def example(self, row, rng, qpm, start):
        return super().example(row, rng, 120.0, start)


class BeginsInBars(HonestConverter):
    def begins(self, bar, qpm):
        return float(bar)


class BeginsInQuarterNotes(HonestConverter):
    def begins(self, bar, qpm):
        return 4.0 * bar


class RefusesHighNotes(HonestConverter):
    def convert(self, notes, *, rng=None):
        _ = [str(pitch) for pitch in range(96)][int(notes.pitch.max())] if len(notes) > 20 else None
        return super().convert(notes, rng=rng)


class EndsWithItsLastNote(HonestConverter):
    steps_per_bar = STEPS

    def notes(self, classes):
        notes = super().notes(classes)
        return replace(notes, total_time=float(notes.end.max()) if len(notes) else 0.0)


class ReadsMemoryRowByRow(HonestConverter):
    def classes(self, outputs):
        return np.frombuffer(outputs.tobytes("A"), outputs.dtype).reshape(outputs.shape).argmax(-1)


class OneStepLate(HonestConverter):
    def notes(self, classes):
        return super().notes(np.concatenate([[REST], classes[:-1]]))


class CountsPaddingAsWrong(HonestConverter):
    def length(self, row):
        return 12

    def statistics(self, targets, outputs, lengths, qpm):
        right = super().statistics(targets, outputs, lengths, qpm)
        return {**right, "steps": np.full(len(targets), float(STEPS))}


class LooksAtTargetsOnly(HonestConverter):
    def statistics(self, targets, outputs, lengths, qpm):
        return super().statistics(targets, targets, lengths, qpm)


class MeansOverTheBatch(HonestConverter):
    def statistics(self, targets, outputs, lengths, qpm):
        columns = super().statistics(targets, outputs, lengths, qpm)
        return {name: np.full(len(targets), column.mean()) for name, column in columns.items()}


class DividesByNothing(HonestConverter):
    def summarise(self, sums):
        return {"step_accuracy": sums["right"] / sums["steps"]}


class LeavesOutWhatItCantJudge(HonestConverter):
    def summarise(self, sums):
        return super().summarise(sums) if sums["steps"] else {}


INTENDED = {
    RefusesToBeMade: "constructs",
    CountsNoColumns: "constructs",
    DoublePrecision: "examples",
    OneColumnTooFew: "examples",
    AnotherLayout: "examples",
    LengthsBeyondTheEnd: "examples",
    ExpectsNotes: "reasons",
    BelievesInTempos: "reasons",
    SaysNothing: "reasons",
    RandomNumbersOfNumpy: "determinism",
    PitchesOutOfRange: "decodes-anything",
    OneSequenceForAll: "decodes-anything",
    ColumnsBackwards: "round-trip",
    OneStepLate: "round-trip",
    CountsPaddingAsWrong: "statistics",
    LooksAtTargetsOnly: "statistics",
    MeansOverTheBatch: "additive",
    DividesByNothing: "empty-statistics",
    LeavesOutWhatItCantJudge: "empty-statistics",
    WritesToItsOutputs: "inputs-untouched",
    ForgetsTheTempo: "tempo",
    BeginsInBars: "starts",
    BeginsInQuarterNotes: "starts",
    RefusesHighNotes: "keys",
    EndsWithItsLastNote: "total-time",
    ReadsMemoryRowByRow: "strides",
}
"""Each broken converter, and the check that must fail, alone."""
