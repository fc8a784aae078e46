"""`DrumsConverter`: which drums are struck at each step, as MusicVAE reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from gen import Conversion, Converter, Layout, NoteSequence, Rejection
from gen.interfaces import MagentaJsSpec, Mode
from gen.notes import Grid
from gen_converters.common import event_scores, magenta_js
from gen_converters.common.cuts import Cut, Cutting, PartRows, side_by_side
from gen_converters.common.drum_classes import DrumClasses, class_of_pitch, drum_classes, unmapped_notice
from gen_converters.common.drum_rows import DrumRows
from gen_converters.common.event_lists import occurrences, places_in
from gen_converters.common.voices import drum_voice, play
from gen_converters.drums.tracks import Hits, Track, drum_tracks, fit


class DrumsConverter(Converter):
    """Drum notes to the set of drums that is struck at each step, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part all drums make tracks that end where there is silence
    for ``gap_bars``; a track is cut into windows of ``slice_bars``, one at every bar. A window that occurs twice in a
    part is one example.

    Lossy on purpose: loudness, micro-timing, note lengths, and pitches that no class takes (which are counted in
    `Conversion.notices`).

    Args:
        slice_bars: length of a window in bars; None makes an example of each whole track.
        max_bars: cut longer tracks; what is past this is lost.
        gap_bars: bars without an onset that end a track, counted from the step after the last one; 0 or None for none.
        pitch_classes: the name of a table (``reduced``, ``full``, ``roland``) or lists of pitches, of which the first
            is the one played back.
        roll_input: the encoder sees a bit for each drum, and one for silence, instead of one class a combination.
        roll_output: the decoder says a bit for each drum.
        add_end_token: end each example with a row that says so.
        pad_to_total_time: make each track begin at the start of its part and end where the part ends.
        steps_per_quarter: resolution; 4 is sixteenth notes.
        quarters_per_bar: a part must have bars of this many quarter notes.
        max_tensors_per_notesequence: take at most this many examples of a file: in mode ``train`` any, else the first.
        presplit_on_time_changes: cut where tempo or metre changes; otherwise such files are rejected.
        mode: what the tensors are for; given by gen.

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
        self._cutting = Cutting(
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
        classes = drum_classes(pitch_classes)
        self._classes = classes
        self._class_of_pitch = class_of_pitch(classes)
        self._pitches = [pitches[0] for pitches in classes]
        self._rows = DrumRows(
            drums=len(classes), roll_input=roll_input, roll_output=roll_output, end_token=add_end_token
        )

    @property
    def input_depth(self) -> int:
        """2^C for one-hot rows, C + 1 for rolls; one more with an end token."""
        return self._rows.input_depth

    @property
    def output_depth(self) -> int:
        """2^C for one-hot rows, C for rolls; one more with an end token."""
        return self._rows.output_depth

    @property
    def control_depth(self) -> int:
        """None: 0."""
        return 0

    @property
    def steps(self) -> int | None:
        """Steps of a window, and one for an end token; None where whole tracks are examples."""
        return None if self._cutting.window is None else self._cutting.window + self._rows.end_token

    @property
    def steps_per_bar(self) -> int:
        """Sixteen for sixteenths in 4/4."""
        return self._cutting.steps_per_bar

    @property
    def layout(self) -> Layout:
        """A class a step, or a bit for each drum."""
        return Layout(self._rows.input_fields, self._rows.output_fields)

    @property
    def drum_classes(self) -> DrumClasses:
        """Those of ``pitch_classes``."""
        return self._classes

    def magenta_js(self) -> MagentaJsSpec:
        """What magenta.js calls it.

        Raises:
            ValueError: magenta.js has no converter with these options.
        """
        rows = self._rows
        return magenta_js.drums(
            self._classes, roll_input=rows.roll_input, roll_output=rows.roll_output, end_token=rows.end_token
        )

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert the drums of one sequence.

        Returns:
            Windows in order of time, each once. Or a rejection: tempo-change, metre-change, bad-metre, negative-time,
            wrong-metre, no-notes, no-drums, no-mapped-notes, too-long or too-short.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        unmapped = notes.pitch[notes.is_drum & (self._class_of_pitch[notes.pitch] < 0)]
        return self._cutting.convert(notes, self._cuts, rng=rng, notices=unmapped_notice(unmapped))

    def from_tensors(
        self,
        outputs: npt.NDArray[np.floating],
        controls: npt.NDArray[np.floating] | None = None,
        *,
        qpm: float = 120.0,
        original_decode: bool = False,
    ) -> list[NoteSequence]:
        """Play decoded rows: every hit is a step long.

        Args:
            outputs: ``[B, T, output_depth]``; a bit above one half sounds.
            controls: there are none.
            qpm: tempo to play at.
            original_decode: end each clip with its last note, as the original does.

        Returns:
            B drum clips in 4/4 whose ``total_time`` is T steps, or as many as there are before an end token.

        Raises:
            ValueError: the array has another shape, or ``qpm`` isn't positive.
        """
        clips = []
        for hits in self._rows.decode(outputs):
            steps = None if original_decode else len(hits)
            voices = [drum_voice(hits, self._pitches)]
            clips.append(play(voices, steps=steps, steps_per_quarter=self._cutting.steps_per_quarter, qpm=qpm))
        return clips

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Steps and hits of each example; see `gen_converters.common.event_scores.compare_drums`."""
        expected, expected_end = self._rows.read(targets)
        played, played_end = self._rows.read(outputs)
        same = (expected == played).all(axis=2) & (expected_end == played_end)
        return event_scores.compare_drums(expected, played, same, event_scores.valid_steps(lengths, expected.shape[1]))

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Step accuracy, and precision, recall and F1 of hits; see `gen_converters.common.event_scores.figures`."""
        return event_scores.figures(sums)

    def _cuts(self, part: NoteSequence) -> list[Cut] | Rejection:
        """The windows of a part, or its whole tracks."""
        grid = self._cutting.grid(part)
        if isinstance(grid, Rejection):
            return grid
        classes = self._class_of_pitch[part.pitch]
        drums = part.is_drum & (part.velocity > 0)
        rows = np.flatnonzero(drums & (classes >= 0))
        if not drums.any():
            return Rejection("no-drums", f"none of {len(part)} notes is marked as a drum (MIDI channel 10)")
        if not len(rows):
            return Rejection("no-mapped-notes", f"no drum class takes any of {int(drums.sum())} drum notes")
        tracks = drum_tracks(
            grid,
            rows,
            classes[rows],
            drums=self._rows.drums,
            steps_per_bar=self._cutting.steps_per_bar,
            gap=self._cutting.gap,
        )
        tracks = [Track(track.origin, track.hits[: self._cutting.most]) for track in tracks]
        if self._cutting.pad_to_total_time:
            tracks = [fit(track, grid.total_steps) for track in tracks]
        lists = [track.hits for track in tracks]
        spans = self._cutting.spans([len(hits) for hits in lists], what="drum track")
        if isinstance(spans, Rejection):
            return spans
        places = places_in([track.origin for track in tracks], map(len, lists), [first for first, _ in spans])
        return self._store(np.concatenate(lists), spans, places, grid)

    def _store(self, hits: Hits, spans: list[tuple[int, int]], places: list[int], grid: Grid) -> list[Cut]:
        """Spans of hits ``[L, C]``, which begin at ``places`` of their part, each once, as cuts."""
        if self._rows.end_token:  # what ends with a row of its own can't share its steps with the next window
            blank = np.zeros((1, hits.shape[1]), np.bool_)
            hits = np.concatenate([rows for first, last in spans for rows in (hits[first:last], blank)])
            lengths = [last - first + 1 for first, last in spans]
            inputs, outputs = self._rows.encode(hits, np.cumsum(lengths) - 1)
            cuts = side_by_side(PartRows(inputs, outputs, None, grid.qpm), lengths, [(at,) for at in places])
        else:
            inputs, outputs = self._rows.encode(hits)
            rows = PartRows(inputs, outputs, None, grid.qpm)
            cuts = [Cut(rows, first, last, (at,)) for (first, last), at in zip(spans, places, strict=True)]
        (stored,) = inputs.stored
        return [
            cuts[numbers[0]]._replace(at=[places[number] for number in numbers])
            for numbers in occurrences(stored[cut.first : cut.last] for cut in cuts)
        ]
