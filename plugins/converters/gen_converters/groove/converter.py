"""`GrooveConverter`: drum performances with their loudness and micro-timing, as GrooVAE reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from gen import Conversion, Example, Layout, NoteSequence
from gen.data import bar_windows
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Predictor, Rows
from gen.notes import Grid
from gen_converters.common.arrays import Columns, Decoded, Field, Ints, Reals, Singles
from gen_converters.common.bases import RowConverter
from gen_converters.common.cuts import Cut, PartRows
from gen_converters.common.drum_classes import DrumClasses, class_of_pitch, drum_classes, unmapped_notice
from gen_converters.common.options import check_options, not_in_magenta_js
from gen_converters.common.parts import Rejected, grid_of
from gen_converters.groove import baselines, decode, distributions, scores
from gen_converters.groove.matrix import TAP_CLASS, Hearing, Matrix, groove_matrix
from gen_converters.groove.rows import RowLayout, value_bins

Tables = Literal["roland", "reduced", "full"] | Sequence[Sequence[int]]


class GrooveConverter(RowConverter):
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
        pitch_classes: Tables = "roland",
        inference_pitch_classes: Tables | None = None,
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
        self._keeps_silence = mode == "infer"
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
        controls: tuple[Field, ...] = (self._rows.hits,) if hits_as_controls else ()
        if split_instruments:
            controls += (OneHot(drums),)
        self._layout = Layout(self._rows.fields, self._rows.fields, controls)

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

    def magenta_js(self) -> MagentaJsSpec:
        """See `gen.interfaces.MagentaJsNamed`; taps have no velocities there.

        What ``add_instruments`` leaves out of the input is for the caller there to leave out.
        """
        hearing, bins = self._hearing, self._rows.velocity_bins is not None
        not_in_magenta_js(num_velocity_bins=bins, num_offset_bins=bins, split_instruments=self._rows.split)
        if hearing.tapify and not (hearing.fixed_velocities or hearing.humanize):
            raise ValueError("it has no tapify without fixed_velocities")
        if hearing.fixed_velocities and not (hearing.tapify or hearing.humanize):
            raise ValueError("it has no fixed_velocities without tapify")
        if hearing.tapify and hearing.humanize:
            raise ValueError("it has no tapify and humanize together")
        args = {
            "stepsPerQuarter": self._steps_per_quarter,
            "pitchClasses": [list(pitches) for pitches in self._classes],
            "humanize": hearing.humanize,
            "tapify": hearing.tapify,
        }
        hits = [{"name": "hits", "depth": len(self._classes)}]
        return MagentaJsSpec("GrooveConverter", args, {"extraControls": hits} if self._hits_as_controls else {})

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert one performance; ``rng`` is needed where notes are dropped at random.

        Returns:
            Windows in order of time; overlapping windows, and inputs that equal their outputs, share memory. Or a
            rejection: tempo-change, metre-change, bad-metre, negative-time, wrong-metre, no-notes, no-mapped-notes,
            too-long or too-short.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        if self._hearing.draws and rng is None:
            raise ValueError("max_note_dropout_probability draws at random: pass rng=numpy.random.default_rng(seed)")
        notices: list[str] = []
        try:
            examples = self._examples(notes, notices, rng)
        except Rejected as rejected:
            return Conversion((), rejected.reason, notices)
        return Conversion(examples, notices=notices)

    def _examples(self, notes: NoteSequence, notices: list[str], rng: np.random.Generator | None) -> list[Example]:
        """The windows of a sequence; adds to what is said of it besides."""
        grid = grid_of(
            notes,
            steps_per_quarter=self._steps_per_quarter,
            quarters_per_bar=self._quarters_per_bar,
            where_it_changes="split the file where it changes",
        )
        candidates = notes.is_drum if self._drums_only else np.ones(len(notes), np.bool_)
        if not candidates.any():
            raise Rejected("no-notes", "there is no note that is marked as a drum")
        classes = self._class_of_pitch[notes.pitch]
        rows = np.flatnonzero(candidates & (classes >= 0))
        notices += unmapped_notice(notes.pitch[candidates & (classes < 0)])
        if others := len(notes) - int(candidates.sum()):
            notices.append(f"skipped {others} {'note' if others == 1 else 'notes'} not marked as drums")
        if not len(rows):
            raise Rejected("no-mapped-notes", f"none of the notes is of a drum class: {notices[0]}")
        bars = self._bars(grid, int(grid.start_step[rows].max()))
        if self._split_bars is not None and bars < self._split_bars:
            raise Rejected(
                "too-short",
                f"{bars} {'bar' if bars == 1 else 'bars'} (up to the last onset) where {self._split_bars} are needed; "
                f"set split_bars to {bars} or less, or give longer files",
            )
        if strangers := int(np.count_nonzero(~notes.is_drum[rows])):
            notices.append(
                f"{strangers} of {len(rows)} notes taken are not marked as drums (MIDI channel 10) and count by their "
                "pitch; a recipe with converter.drums_only: true leaves such notes out"
            )
        outputs = groove_matrix(notes, grid, rows, classes[rows], bars * self._steps_per_bar, self._rows.drums)
        return self._windows(self._hearing.heard(outputs, rng), outputs, grid.qpm)

    def _bars(self, grid: Grid, last: int) -> int:
        """Bars up to the one with the last onset; of a clip of somebody's silent ones to fill its last window."""
        bars = last // self._steps_per_bar + 1
        if not (self._keeps_silence and self._split_bars and grid.ends_silent):
            return bars
        return max(bars, min(grid.total_steps // self._steps_per_bar, -(-bars // self._split_bars) * self._split_bars))

    def _windows(self, inputs: Matrix, outputs: Matrix, qpm: float) -> list[Example]:
        """Cut whole-file matrices ``[T, 3, C]`` into examples that are views of one array of rows."""
        said = self._rows.rows(outputs)  # [R]
        heard = said if inputs is outputs else self._rows.rows(inputs)
        stored: list[Any] = [self._rows.stored_hits(outputs)] if self._hits_as_controls else []
        if self._rows.split:
            stored.append(np.tile(np.arange(self._rows.drums), len(outputs)))
        rows = PartRows(heard, said, Rows(self._layout.controls, stored) if stored else None, qpm)
        resolution, rows_per_step = self._steps_per_quarter, self._rows.rows_per_step
        window = self.steps or len(said)
        hop = self._hop * rows_per_step if self._hop else window
        return [
            Cut(rows, (first, first + window), (first,)).example(
                0.0, steps_per_quarter=resolution, rows_per_step=rows_per_step
            )
            for first in range(0, len(said) - window + 1, hop)
        ]

    def _played(self, outputs: Decoded, controls: Decoded | None, qpm: float, *, original: bool) -> list[NoteSequence]:
        """See `decode.play`; controls repeat what the outputs say."""
        return decode.play(
            (decode.original_cells if original else RowLayout.cells)(self._rows, outputs),
            [pitches[0] for pitches in self._classes],
            steps_per_quarter=self._steps_per_quarter,
            qpm=qpm,
            faithful=original,
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

    def statistics(self, targets: Decoded, outputs: Decoded, lengths: Ints, qpm: Reals) -> Columns:
        """Hits, velocity and timing errors of each example, and how its hits are distributed; see `scores.compare`."""
        expected, played = self._rows.cells(targets), self._rows.cells(outputs)
        valid = self._rows.valid_steps(lengths, expected.hit.shape[1])
        positions = self._steps_per_quarter
        errors = scores.compare(expected, played, valid, qpm=qpm, steps_per_quarter=positions)
        return errors | distributions.columns(expected, played, valid, positions=positions)

    def summarise(self, sums: Mapping[str, Any]) -> dict[str, float]:
        """Precision, recall and F1 of hits, velocity and timing errors, and KL of the distributions of both."""
        return scores.figures(sums) | distributions.figures(sums)

    def baselines(
        self, inputs: Singles, outputs: Singles, controls: Singles | None, lengths: Ints, *, rng: np.random.Generator
    ) -> Mapping[str, Predictor]:
        """Simple ways to humanise by the outputs' hits; see `gen_converters.groove.baselines.fit`.

        None, unless the whole score is given (``humanize`` alone, or ``hits_as_controls``) for windows of one length.
        """
        if self.steps is None or not (self._hits_as_controls or self._hearing.is_score):
            return {}
        return baselines.fit(self._rows, outputs, lengths, hits_in_controls=self._hits_as_controls, rng=rng)
