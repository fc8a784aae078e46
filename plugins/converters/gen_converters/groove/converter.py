"""`GrooveConverter`: drum performances with their loudness and micro-timing, as GrooVAE reads and writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gen import Conversion, Converter, Example, Layout, NoteSequence, Rejection
from gen.data import bar_windows
from gen.interfaces import Flags, MagentaJsSpec, Mode, OneHot, Predictor, Rows
from gen_converters.common import magenta_js
from gen_converters.common.drum_classes import DrumClasses, class_of_pitch, drum_classes, unmapped_notice
from gen_converters.common.parts import check_options, grid_of
from gen_converters.groove import baselines, decode, distributions, scores
from gen_converters.groove.hearing import Hearing
from gen_converters.groove.matrix import TAP_CLASS, Matrix, groove_matrix
from gen_converters.groove.rows import RowLayout, value_bins


class GrooveConverter(Converter):
    """Drum notes to ``[hits | velocities | offsets]`` on a grid of sixteenths, and back.

    Row t holds the drums of step t, C classes: C hits (0 or 1), C velocities (MIDI velocity / 127) and C offsets in
    half steps, positive for early. Everything is relative to the step, so the tempo doesn't matter. The options that
    change what the encoder reads (``humanize``, ``tapify``, ``add_instruments``, ``fixed_velocities``, note dropout)
    never change what the decoder must say. A file is cut into windows of ``split_bars``; a last, partial window is
    left out.

    Lossy on purpose: note lengths, all but the loudest of several hits of one class on one step, trailing silence
    and pitches that no class takes (which are counted in `Conversion.notices`).

    Args:
        split_bars: length of a window in bars; None makes one example of the whole file.
        steps_per_quarter: resolution; 4 is sixteenth notes.
        quarters_per_bar: a file must have bars of this many quarter notes.
        pitch_classes: drum classes in modes ``train`` and ``eval``: the name of a table (``roland``, ``reduced``,
            ``full``) or lists of pitches, of which the first is the one played back.
        inference_pitch_classes: drum classes in mode ``infer``, both ways, as many as ``pitch_classes``. None takes
            ``reduced`` where ``pitch_classes`` is ``roland``, as every GrooVAE has it, and else the same classes.
        humanize: the encoder hears hits only: no velocities, no offsets.
        tapify: the encoder hears one tapped rhythm, in the column of class 3, instead of drums.
        add_instruments: classes (indices) that the encoder doesn't hear, and the decoder has to add.
        num_velocity_bins, num_offset_bins: classes instead of values; both or neither, at least 2.
        split_instruments: one row for each drum of a step, instead of one row a step.
        hop_size: steps from one window to the next; None for windows that don't overlap. Needs ``split_bars``.
        hits_as_controls: give the hits as controls (and the drum's index, when split).
        fixed_velocities: the encoder hears no velocities.
        max_note_dropout_probability: drop notes from what the encoder hears, with a probability drawn for each file
            from 0 to this; softer notes go sooner. In mode ``train`` only.
        dropout_outside_training: drop notes in every mode, as the original does.
        drums_only: take only notes that are marked as drums; otherwise every note counts by its pitch.
        mode: what the tensors are for; given by gen.

    Raises:
        ValueError: an option is out of range, or two contradict each other.
    """

    def __init__(
        self,
        *,
        split_bars: int | None = None,
        steps_per_quarter: int = 4,
        quarters_per_bar: int = 4,
        pitch_classes: Literal["roland", "reduced", "full"] | Sequence[Sequence[int]] = "roland",
        inference_pitch_classes: Literal["roland", "reduced", "full"] | Sequence[Sequence[int]] | None = None,
        humanize: bool = False,
        tapify: bool = False,
        add_instruments: Sequence[int] | None = None,
        num_velocity_bins: int | None = None,
        num_offset_bins: int | None = None,
        split_instruments: bool = False,
        hop_size: int | None = None,
        hits_as_controls: bool = False,
        fixed_velocities: bool = False,
        max_note_dropout_probability: float | None = None,
        dropout_outside_training: bool = False,
        drums_only: bool = False,
        mode: Mode = "infer",
    ) -> None:
        check_options(
            mode,
            split_bars=split_bars,
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            hop_size=hop_size,
        )
        if hop_size is not None and split_bars is None:
            raise ValueError(f"hop_size {hop_size} without split_bars: there are no windows to move")

        if inference_pitch_classes is None:
            inference_pitch_classes = "reduced" if pitch_classes == "roland" else pitch_classes
        training = drum_classes(pitch_classes)
        inference = drum_classes(inference_pitch_classes, option="inference_pitch_classes")
        if len(training) != len(inference):
            raise ValueError(
                f"pitch_classes has {len(training)} classes and inference_pitch_classes {len(inference)}; "
                "a model needs as many in both"
            )
        drums = len(training)
        if tapify and drums <= TAP_CLASS:
            raise ValueError(f"tapify taps on class {TAP_CLASS}, but pitch_classes has only {drums} classes")
        silenced = tuple(int(index) for index in add_instruments or ())
        for index in silenced:
            if not 0 <= index < drums:
                raise ValueError(f"add_instruments: {index} is no class index; pitch_classes has 0 to {drums - 1}")

        velocity_bins, offset_bins = value_bins(num_velocity_bins, num_offset_bins)
        if max_note_dropout_probability is not None and not 0.0 <= max_note_dropout_probability <= 1.0:
            raise ValueError(f"max_note_dropout_probability must be 0 to 1, got {max_note_dropout_probability}")
        if dropout_outside_training and max_note_dropout_probability is None:
            raise ValueError("dropout_outside_training without max_note_dropout_probability: nothing would be dropped")

        self._split_bars = split_bars
        self._steps_per_quarter = steps_per_quarter
        self._quarters_per_bar = quarters_per_bar
        self._steps_per_bar = steps_per_quarter * quarters_per_bar
        self._classes = inference if mode == "infer" else training
        self._class_of_pitch = class_of_pitch(self._classes)
        self._hop = hop_size
        self._hits_as_controls = hits_as_controls
        self._drums_only = drums_only
        self._hearing = Hearing(
            humanize=humanize,
            tapify=tapify,
            silenced=silenced,
            fixed_velocities=fixed_velocities,
            max_dropout=max_note_dropout_probability or 0.0,
            drops=mode == "train" or dropout_outside_training,
        )
        self._rows = RowLayout(drums, velocity_bins, offset_bins, split=split_instruments)

    @property
    def input_depth(self) -> int:
        """Width of a row, 3 C for plain values."""
        return self._rows.depth

    @property
    def output_depth(self) -> int:
        """The same as `input_depth`."""
        return self._rows.depth

    @property
    def control_depth(self) -> int:
        """Hits as controls: C, or 1 when split; and when split C more, for the drum's index."""
        return sum(field.width for field in self._control_fields)

    @property
    def steps(self) -> int | None:
        """Rows of a window; None where the whole file is one example."""
        if self._split_bars is None:
            return None
        return self._split_bars * self._steps_per_bar * self._rows.rows_per_step

    @property
    def steps_per_bar(self) -> int:
        """Rows of a bar: sixteen for sixteenths in 4/4, times the drums when split."""
        return self._steps_per_bar * self._rows.rows_per_step

    @property
    def drum_classes(self) -> DrumClasses:
        """Those of its mode."""
        return self._classes

    @property
    def layout(self) -> Layout:
        """Hits as bits; velocities and offsets as real numbers, or a class for each drum."""
        return Layout(self._rows.fields, self._rows.fields, self._control_fields)

    @property
    def _control_fields(self) -> tuple[Flags | OneHot, ...]:
        hits = (self._rows.hits,) if self._hits_as_controls else ()
        return (*hits, OneHot(self._rows.drums)) if self._rows.split else hits

    def magenta_js(self) -> MagentaJsSpec:
        """What magenta.js calls it.

        Raises:
            ValueError: magenta.js has no converter with these options.
        """
        return magenta_js.groove(
            self._classes,
            steps_per_quarter=self._steps_per_quarter,
            humanize=self._hearing.humanize,
            tapify=self._hearing.tapify,
            fixed_velocities=self._hearing.fixed_velocities,
            hits_as_controls=self._hits_as_controls,
            bins=self._rows.velocity_bins is not None,
            split=self._rows.split,
        )

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert one performance.

        Args:
            notes: any sequence.
            rng: needed where notes are dropped at random.

        Returns:
            Windows in order of time; overlapping windows, and inputs that equal their outputs, share memory. Or a
            rejection: tempo-change, metre-change, bad-metre, negative-time, wrong-metre, no-notes, no-mapped-notes,
            too-long or too-short.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        if self._hearing.draws and rng is None:
            raise ValueError("max_note_dropout_probability draws at random: pass rng=numpy.random.default_rng(seed)")
        grid = grid_of(
            notes,
            steps_per_quarter=self._steps_per_quarter,
            quarters_per_bar=self._quarters_per_bar,
            where_it_changes="split the file where it changes",
        )
        if isinstance(grid, Rejection):
            return Conversion((), grid)

        classes = self._class_of_pitch[notes.pitch]
        candidates = notes.is_drum if self._drums_only else np.ones(len(notes), np.bool_)
        rows = np.flatnonzero(candidates & (classes >= 0))
        notices = self._notices(notes, candidates, classes)
        if not candidates.any():
            return _rejected("no-notes", "there is no note that is marked as a drum")
        if not len(rows):
            return _rejected("no-mapped-notes", f"none of the notes is of a drum class: {notices[0]}", notices)

        bars = int(grid.start_step[rows].max()) // self._steps_per_bar + 1
        if self._split_bars is not None and bars < self._split_bars:
            return _rejected(
                "too-short",
                f"{bars} bars (up to the last onset) where {self._split_bars} are needed; "
                f"set split_bars to {bars} or less, or give longer files",
                notices,
            )
        strangers = int(np.count_nonzero(~notes.is_drum[rows]))
        if strangers:
            notices = [
                *notices,
                f"{strangers} of {len(rows)} notes taken are not marked as drums (MIDI channel 10) and count by their "
                "pitch; a recipe with converter.drums_only: true leaves such notes out",
            ]
        outputs = groove_matrix(notes, grid, rows, classes[rows], bars * self._steps_per_bar, self._rows.drums)
        inputs = self._hearing.heard(outputs, rng)
        return Conversion(self._windows(inputs, outputs, grid.qpm), notices=notices)

    def from_tensors(
        self,
        outputs: npt.NDArray[np.floating],
        controls: npt.NDArray[np.floating] | None = None,
        *,
        qpm: float = 120.0,
        original_decode: bool = False,
    ) -> list[NoteSequence]:
        """Play decoded rows.

        Args:
            outputs: ``[B, T, output_depth]``; a hit above one half sounds.
            controls: not needed; they repeat what the outputs say.
            qpm: tempo to play at, such as that of the clip a groove was made from.
            original_decode: give exactly the original's notes, which may start before zero, have velocity 0 and
                form a sequence of no length, and for binned values read only T div C steps.

        Returns:
            B drum clips in 4/4 whose ``total_time`` is T steps.

        Raises:
            ValueError: the array has another shape, or ``qpm`` isn't positive.
        """
        if not (math.isfinite(qpm) and qpm > 0):
            raise ValueError(f"qpm must be a positive number, got {qpm}")
        read = decode.original_cells if original_decode else RowLayout.cells
        return decode.play(
            read(self._rows, outputs),
            [pitches[0] for pitches in self._classes],
            steps_per_quarter=self._steps_per_quarter,
            qpm=qpm,
            faithful=original_decode,
        )

    def excerpts(self, notes: NoteSequence) -> list[NoteSequence]:
        """The windows of a performance, cut from it with its own pitches, note lengths and tempo."""
        examples = self.convert(notes, rng=np.random.default_rng(0)).examples
        if not examples or self._split_bars is None:
            return super().excerpts(notes)
        hop_bars, rest = divmod(self._hop or self._split_bars * self._steps_per_bar, self._steps_per_bar)
        taken = notes.select(self._class_of_pitch[notes.pitch] >= 0)
        windows = [] if rest else bar_windows(taken, self._split_bars, hop_bars=hop_bars)
        return windows if len(windows) == len(examples) else super().excerpts(notes)

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Hits, velocity and timing errors of each example, and how its hits are distributed.

        See `gen_converters.groove.scores.compare` and `gen_converters.groove.distributions.columns`.
        """
        expected, played = self._rows.cells(targets), self._rows.cells(outputs)
        valid = self._rows.valid_steps(lengths, expected.hit.shape[1])
        positions = self._steps_per_quarter
        errors = scores.compare(expected, played, valid, qpm=qpm, steps_per_quarter=positions)
        return errors | distributions.columns(expected, played, valid, positions=positions)

    def summarise(self, sums: Mapping[str, Any]) -> dict[str, float]:
        """Precision, recall and F1 of hits, velocity and timing errors, and KL of the distributions of both.

        See `gen_converters.groove.scores.figures` and `gen_converters.groove.distributions.figures`.
        """
        return scores.figures(sums) | distributions.figures(sums)

    def baselines(
        self,
        inputs: npt.NDArray[np.float32],
        outputs: npt.NDArray[np.float32],
        controls: npt.NDArray[np.float32] | None,
        lengths: npt.NDArray[np.int64],
        *,
        rng: np.random.Generator,
    ) -> Mapping[str, Predictor]:
        """Simple ways to humanise; see `gen_converters.groove.baselines.fit`.

        Args:
            inputs, controls: not needed; their hits are those of the outputs.
            outputs: ``[N, T, output_depth]``, of training examples.
            lengths: valid rows, ``[N]``.
            rng: of every draw.

        Returns:
            Nothing, unless the whole score is given (``humanize`` alone, or ``hits_as_controls``) for windows of one
            length.
        """
        if self.steps is None or not (self._hits_as_controls or self._hearing.is_score):
            return {}
        return baselines.fit(self._rows, outputs, lengths, hits_in_controls=self._hits_as_controls, rng=rng)

    def _notices(
        self, notes: NoteSequence, candidates: npt.NDArray[np.bool_], classes: npt.NDArray[np.int64]
    ) -> list[str]:
        """What is left out, with counts."""
        notices = unmapped_notice(notes.pitch[candidates & (classes < 0)])
        others = len(notes) - int(candidates.sum())
        if others:
            notices.append(f"skipped {others} {'note' if others == 1 else 'notes'} not marked as drums")
        return notices

    def _windows(self, inputs: Matrix, outputs: Matrix, qpm: float) -> list[Example]:
        """Cut whole-file matrices ``[T, 3, C]`` into examples that are views of one array of rows."""
        target_rows = self._rows.rows(outputs)  # [R]
        input_rows = target_rows if inputs is outputs else self._rows.rows(inputs)
        control_rows = self._control_rows(outputs)
        length = len(target_rows)
        window = self.steps or length
        hop = self._hop * self._rows.rows_per_step if self._hop else window
        seconds = 60.0 / qpm / self._steps_per_quarter / self._rows.rows_per_step
        examples = []
        for first in range(0, length - window + 1, hop):
            cut = slice(first, first + window)
            heard = target = target_rows[cut]
            if input_rows is not target_rows:
                heard = input_rows[cut]
            controls = None if control_rows is None else control_rows[cut]
            start = first * seconds
            examples.append(Example(heard, target, controls, window, qpm=qpm, starts=(start,)))
        return examples

    def _control_rows(self, outputs: Matrix) -> Rows | None:
        """Controls of a whole file ``[R]``."""
        if not self._control_fields:
            return None
        stored: list[npt.NDArray[np.integer]] = [self._rows.stored_hits(outputs)] if self._hits_as_controls else []
        if self._rows.split:
            stored.append(np.tile(np.arange(self._rows.drums), len(outputs)))
        return Rows(self._control_fields, stored)


def _rejected(code: str, detail: str, notices: Sequence[str] = ()) -> Conversion:
    return Conversion((), Rejection(code, detail), notices)
