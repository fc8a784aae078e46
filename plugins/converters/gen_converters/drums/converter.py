"""`DrumsConverter`: which drums are struck at each step, as MusicVAE reads and writes them.

Sources: note_seq, drums_lib.py (DrumTrack.from_quantized_sequence); magenta, drum_pipelines.py (extract_drum_tracks).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gen import NoteSequence
from gen.interfaces import MagentaJsSpec, Mode
from gen.notes import Grid
from gen_converters.common import event_scores
from gen_converters.common.arrays import Columns, Decoded, Ints, Reals
from gen_converters.common.bases import EventConverter
from gen_converters.common.conditioning import Conditioning
from gen_converters.common.cuts import Cut, Cutting, Line, PartRows, occurrences, side_by_side, stretches
from gen_converters.common.drum_classes import DrumClasses, class_of_pitch, drum_classes, unmapped_notice
from gen_converters.common.options import not_in_magenta_js
from gen_converters.common.parts import Rejected, counted
from gen_converters.common.voices import Voice, drum_voice
from gen_converters.drums.rows import DrumRows


class DrumsConverter(EventConverter):
    """Drum notes to the set of drums that is struck at each step, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part all drums make tracks that end where there is no onset
    for ``gap_bars``, counted from the step after the last one; a track is cut into windows of ``slice_bars``, one at
    every bar. A window that occurs twice in a part is one example. One-hot rows have 2^C classes for C drums, rolls a
    bit for each, and in inputs one for silence; one more with an end token. Played back, every hit is a step long.

    Lossy on purpose: loudness, micro-timing, note lengths, and pitches that no class takes (which are counted in
    `Conversion.notices`).

    Args:
        pitch_classes: the name of a table (``reduced``, ``full``, ``roland``) or lists of pitches, of which the first
            is the one played back.
        roll_input: the encoder sees a bit for each drum, and one for silence, instead of one class a combination.
        roll_output: the decoder says a bit for each drum.
        add_end_token: end each example with a row that says so.
        slice_bars, max_bars, gap_bars and the others: where files are cut, and into how many examples; see `Cutting`.

    Raises:
        ValueError: an option is out of range, or there are too many classes for one-hot rows.
    """

    def __init__(
        self,
        *,
        slice_bars: int | None = None,
        max_bars: int | None = None,
        gap_bars: float | None = 1.0,
        pitch_classes: Literal["reduced", "full", "roland"] | Sequence[Sequence[int]] = "reduced",
        roll_input: bool = False,
        roll_output: bool = False,
        add_end_token: bool = False,
        pad_to_total_time: bool = False,
        steps_per_quarter: int = 4,
        quarters_per_bar: int = 4,
        max_tensors_per_notesequence: int | None = None,
        presplit_on_time_changes: bool = True,
        mode: Mode = "infer",
    ) -> None:
        cutting = Cutting(
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            slice_bars=slice_bars,
            max_bars=max_bars,
            gap_bars=gap_bars,
            pad_to_total_time=pad_to_total_time,
            max_tensors_per_notesequence=max_tensors_per_notesequence,
            presplit_on_time_changes=presplit_on_time_changes,
            mode=mode,
        )
        self._classes = drum_classes(pitch_classes)
        self._class_of_pitch = class_of_pitch(self._classes)
        self._rows = rows = DrumRows(len(self._classes), roll_input, roll_output, add_end_token)
        super().__init__(cutting, Conditioning(), rows.input_fields, rows.output_fields, end_token=add_end_token)

    @property
    def drum_classes(self) -> DrumClasses:
        """Those of ``pitch_classes``."""
        return self._classes

    def magenta_js(self) -> MagentaJsSpec:
        """See `gen.interfaces.MagentaJsNamed`: the one of three converters whose rows are these."""
        rows = self._rows
        not_in_magenta_js(add_end_token=rows.end_token)
        if rows.roll_output and not rows.roll_input:
            raise ValueError("it has no roll_output without roll_input")
        kind = (
            "DrumRollConverter" if rows.roll_output else "DrumsConverter" if rows.roll_input else "DrumsOneHotConverter"
        )
        return MagentaJsSpec(kind, {"pitchClasses": [list(pitches) for pitches in self._classes]})

    def statistics(self, targets: Decoded, outputs: Decoded, lengths: Ints, qpm: Reals) -> Columns:
        """Steps and hits of each example; see `event_scores.compare_hits`."""
        expected, expected_end = self._rows.read(targets)
        played, played_end = self._rows.read(outputs)
        same = (expected == played).all(axis=2) & (expected_end == played_end)
        return event_scores.compare_hits(expected, played, same, lengths)

    def _clips(self, outputs: Decoded) -> list[tuple[list[Voice], int]]:
        pitches = [pitches[0] for pitches in self._classes]
        return [([drum_voice(hits, pitches)], len(hits)) for hits in self._rows.decode(outputs)]

    def _notices(self, notes: NoteSequence) -> list[str]:
        return unmapped_notice(notes.pitch[notes.is_drum & (self._class_of_pitch[notes.pitch] < 0)])

    def _cuts(self, part: NoteSequence) -> list[Cut]:
        """The windows of a part, each once, or its whole tracks."""
        grid = self._cutting.grid(part)
        lines = self._cutting.fitted(self._tracks(part, grid), grid)
        spans, places = self._cutting.windows(lines, what="drum track")
        hits = np.concatenate([line.events for line in lines])  # [L, C]
        ends = None
        if self._rows.end_token:  # what ends with a row of its own can't share its steps with the next window
            blank = np.zeros((1, hits.shape[1]), np.bool_)
            hits = np.concatenate([rows for first, last in spans for rows in (hits[first:last], blank)])
            spans = side_by_side(last - first + 1 for first, last in spans)
            ends = np.array([last - 1 for _, last in spans])
        inputs, outputs = self._rows.encode(hits, ends)
        rows = PartRows(inputs, outputs, None, grid.qpm)
        (stored,) = inputs.stored
        return [
            Cut(rows, spans[numbers[0]], [places[number] for number in numbers])
            for numbers in occurrences(stored[first:last] for first, last in spans)
        ]

    def _tracks(self, part: NoteSequence, grid: Grid) -> list[Line]:
        """The tracks of a part, whole bars each, in order of time."""
        classes = self._class_of_pitch[part.pitch]
        drums = part.is_drum & (part.velocity > 0)
        rows = np.flatnonzero(drums & (classes >= 0))
        if not drums.any():
            raise Rejected("no-drums", f"none of {counted(len(part), 'note')} is marked as a drum (MIDI channel 10)")
        if not len(rows):
            raise Rejected(
                "no-mapped-notes", f"no drum class takes any of them: {counted(int(drums.sum()), 'drum note')}"
            )
        step, classes = grid.start_step[rows], classes[rows]
        onset = np.unique(step)
        tracks = []
        for stretch in stretches(onset, onset + 1, steps_per_bar=self._cutting.steps_per_bar, gap=self._cutting.gap):
            inside = (step >= onset[stretch.first]) & (step <= onset[stretch.last - 1])
            hits = np.zeros((stretch.steps, self._rows.drums), np.bool_)
            hits[step[inside] - stretch.origin, classes[inside]] = True
            tracks.append(Line(stretch.origin, hits))
        return tracks
