"""Drums on a grid of twelve steps a bar: shuffles, slow blues, swing, and everything in 12/8.

On the usual grid of sixteenth notes a shuffle has no place of its own: its late eighths fall a third of a step beside
it. Here every beat has three steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import gen
import numpy as np
import numpy.typing as npt

from gen_triplets.rows import CLASSES, DRUMS, STEPS_PER_BAR, Hits, drum_of_pitch, hits_of, play, rows_of

_STEPS_PER_QUARTER = {(4, 4): 3, (12, 8): 2}  # by metre: both make bars of four beats of three steps
_MOST_STEPS = 1 << 18  # eleven hours at 120 quarter notes a minute: a damaged file, and it would fill the memory


class TripletsConverter(gen.Converter):
    """Windows of whole bars, one at every bar in which a drum is struck, of five drums.

    A file is cut where its tempo or metre changes; parts in 4/4 and in 12/8 are taken. A bar of 12/8 is read as four
    beats, and played back as a bar of 4/4 of the same length.

    Lost on purpose: loudness, timing between the steps, lengths, and drums of other pitches (which are counted in
    `gen.Conversion.notices`).

    Args:
        bars: length of a window.
        max_distance: leave out windows whose onsets lie further than this from the grid, in steps, on average; None
            takes all. Straight sixteenths have 0.25, a shuffle under a human hand 0.05 to 0.12.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(self, bars: int = 2, *, max_distance: float | None = None) -> None:
        if not 1 <= bars <= 64:
            raise ValueError(f"bars must be from 1 to 64, not {bars}")
        if max_distance is not None and not 0.0 < max_distance <= 0.5:
            raise ValueError(f"max_distance must be above 0 and at most 0.5 steps, not {max_distance}")
        self._bars = bars
        self._max_distance = max_distance
        self._drum_of_pitch = drum_of_pitch()

    @property
    def input_depth(self) -> int:
        """32 classes: an example is read as it is said."""
        return CLASSES

    @property
    def output_depth(self) -> int:
        """32 classes."""
        return CLASSES

    @property
    def control_depth(self) -> int:
        """0: there are no controls."""
        return 0

    @property
    def steps(self) -> int:
        """Twelve for each bar."""
        return self._bars * STEPS_PER_BAR

    @property
    def steps_per_bar(self) -> int:
        """Twelve."""
        return STEPS_PER_BAR

    @property
    def drum_classes(self) -> Sequence[Sequence[int]]:
        """Kick, snare, time, ringing, toms."""
        return DRUMS

    @property
    def layout(self) -> gen.Layout:
        """One class a step."""
        return gen.Layout((gen.interfaces.OneHot(CLASSES),), (gen.interfaces.OneHot(CLASSES),))

    def convert(self, notes: gen.NoteSequence, *, rng: np.random.Generator | None = None) -> gen.Conversion:
        """As `gen.Converter.convert`.

        Returns:
            Windows in order of time. Or a rejection: bad-metre, bad-tempo, negative-time, wrong-metre, no-notes,
            no-drums, no-mapped-notes, straight or too-long.
        """
        examples: list[gen.Example] = []
        reasons: list[gen.Rejection] = []
        starts = [0.0, *gen.notes.time_changes(notes)]
        for start, part in zip(
            starts, gen.notes.split_at_time_changes(notes), strict=False
        ):  # an empty sequence has no part
            found = self._part(part, start)
            if isinstance(found, gen.Rejection):
                reasons.append(found)
            else:
                examples += found
        lost = int((notes.is_drum & (self._drum_of_pitch[notes.pitch] < 0)).sum())
        notices = [f"{lost} drum notes have pitches that no class takes"] if lost else []
        if examples:
            return gen.Conversion(examples, notices=notices)
        none = gen.Rejection("no-notes", "there is no note")
        return gen.Conversion((), reasons[0] if reasons else none, notices)

    def _part(self, part: gen.NoteSequence, start: float) -> list[gen.Example] | gen.Rejection:
        """The examples of a part that begins at ``start`` seconds, or why there are none."""
        signatures = part.time_signatures
        metre = (int(signatures.numerator[0]), int(signatures.denominator[0])) if len(signatures) else (4, 4)
        resolution = _STEPS_PER_QUARTER.get(metre)
        if resolution is None:
            return gen.Rejection("wrong-metre", f"{metre[0]}/{metre[1]}, and 4/4 or 12/8 is needed; give other files")
        try:
            grid = gen.notes.quantise(part, resolution)
        except gen.notes.QuantisationError as error:
            return gen.Rejection(error.code, f"{error}; correct the file")
        if grid.total_steps > _MOST_STEPS:
            return gen.Rejection(
                "too-long", f"{grid.total_steps} steps, and at most {_MOST_STEPS} fit: a damaged file?"
            )
        drums = self._drum_of_pitch[part.pitch]
        taken = part.is_drum & (drums >= 0) & (part.velocity > 0)
        if not taken.any():
            there = int(part.is_drum.sum())
            if there:
                return gen.Rejection("no-mapped-notes", f"no class takes any of {there} drum notes")
            return gen.Rejection("no-drums", f"none of {len(part)} notes is marked as a drum (MIDI channel 10)")
        return self._windows(part.start[taken], grid.start_step[taken], drums[taken], grid, start)

    def _windows(
        self,
        seconds: npt.NDArray[np.float64],
        step: npt.NDArray[np.int64],
        drum: npt.NDArray[np.int64],
        grid: gen.notes.Grid,
        start: float,
    ) -> list[gen.Example] | gen.Rejection:
        """The windows that lie on the grid, or how far the nearest of them lies beside it.

        Args:
            seconds, step, drum: of each hit: its time in the part, the step it is on, and what is struck.
            grid: of the part.
            start: of the part, in seconds.
        """
        distance = np.abs(seconds * grid.steps_per_second - step)
        bars = -(-(int(step.max()) + 1) // STEPS_PER_BAR)
        hits = np.zeros(((bars + self._bars - 1) * STEPS_PER_BAR, len(DRUMS)), np.bool_)  # whole windows to the end
        hits[step, drum] = True
        examples: list[gen.Example] = []
        nearest = np.inf
        for bar in np.unique(step // STEPS_PER_BAR).tolist():
            first = bar * STEPS_PER_BAR
            mean = float(distance[(step >= first) & (step < first + self.steps)].mean())
            nearest = min(nearest, mean)
            if self._max_distance is None or mean <= self._max_distance:
                examples.append(self._example(hits[first : first + self.steps], grid, start, first))
        if examples:
            return examples
        return gen.Rejection(
            "straight",
            f"no window lies nearer than {nearest:.2f} steps to a grid of triplets on average, and max_distance is "
            f"{self._max_distance}: not a shuffle? Raise max_distance, or take the converter drums",
        )

    def _example(self, hits: Hits, grid: gen.notes.Grid, start: float, first: int) -> gen.Example:
        rows = rows_of(hits)
        qpm = grid.qpm * grid.steps_per_quarter / 3  # a beat of three steps is a quarter note when played back
        return gen.Example(rows, rows, None, self.steps, qpm=qpm, starts=[start + first * grid.seconds_per_step])

    def from_tensors(
        self, outputs: npt.NDArray[np.floating], controls: npt.NDArray[np.floating] | None = None
    ) -> list[gen.NoteSequence]:
        """As `gen.Converter.from_tensors`: in 4/4 at 120 quarter notes a minute.

        Raises:
            ValueError: the array has another shape.
        """
        return [play(hits) for hits in hits_of(outputs)]

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """As `gen.Converter.statistics`: steps that are all right; hits that are right, made up and missed."""
        valid = np.arange(targets.shape[1]) < np.asarray(lengths)[:, None]  # [B, T]
        expected, played = hits_of(targets) & valid[..., None], hits_of(outputs) & valid[..., None]  # [B, T, C]
        counts = {
            "steps": valid,
            "steps_right": (expected == played).all(-1) & valid,
            "onset_true_positives": expected & played,
            "onset_false_positives": played & ~expected,
            "onset_false_negatives": expected & ~played,
        }
        return {name: flags.reshape(len(flags), -1).sum(1).astype(np.float64) for name, flags in counts.items()}

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """``step_accuracy``, ``onset_precision``, ``onset_recall`` and ``onset_f1``, as ``drums`` has them."""
        right = sums["onset_true_positives"]
        said, there = right + sums["onset_false_positives"], right + sums["onset_false_negatives"]
        return {
            "step_accuracy": _ratio(sums["steps_right"], sums["steps"]),
            "onset_precision": _ratio(right, said),
            "onset_recall": _ratio(right, there),
            "onset_f1": _ratio(2 * right, said + there),
        }


def _ratio(numerator: float, denominator: float) -> float:
    """A share; not a number of nothing."""
    return numerator / denominator if denominator else float("nan")
