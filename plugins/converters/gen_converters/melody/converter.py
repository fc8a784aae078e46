"""`MelodyConverter`: monophonic lines as one class a step, as MusicVAE reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from gen import Conversion, Converter, Layout, NoteSequence, Rejection
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Rows
from gen.notes import Grid
from gen_converters.common import event_scores, magenta_js
from gen_converters.common.conditioning import Conditioning, Timeline
from gen_converters.common.cuts import Cut, Cutting, PartRows, side_by_side
from gen_converters.common.event_lists import occurrences, places_in
from gen_converters.common.melody_lines import FIRST_NOTE, Events, Line, fit, melody_lines, without_leading_note_offs
from gen_converters.common.one_hot import checked_rows, until_end
from gen_converters.common.programs import Programs, program_set
from gen_converters.common.voices import melody_voice, play


class MelodyConverter(Converter):
    """The notes of each instrument, one at a time, to one class a step, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part every instrument makes melodies that end where there
    is silence for ``gap_bars``; of notes that begin together the highest counts, and a note ends where the next one
    begins. A melody is cut into windows of ``slice_bars``, one at every bar; a note held into a window is silent
    there. Classes: 0 nothing happens, 1 the note ends, 2 and above a note of ``min_pitch`` and above begins.

    Lossy on purpose: loudness, micro-timing, all but one of several notes at a time, drums, and notes outside the
    pitches and programs (which are counted in `Conversion.notices`).

    Args:
        slice_bars: length of a window in bars; None makes an example of each whole melody.
        max_bars: cut longer melodies; what is past this is lost.
        gap_bars: bars of silence that end a melody, counted from the last note's end; 0 or None for none.
        min_pitch, max_pitch: the range of the classes; notes outside it are left out.
        programs: General MIDI programs to take: ``melody`` (0 to 31), ``bass`` (32 to 39), a list, or None for all.
        skip_polyphony: stop an instrument at the first two notes that begin together, and leave out the melody that
            they are in, instead of taking the higher one.
        add_end_token: end each example with a row of a class of its own.
        pad_to_total_time: make each melody begin at the start of its part and end where the part ends.
        steps_per_quarter: resolution; 4 is sixteenth notes.
        quarters_per_bar: a part must have bars of this many quarter notes.
        chord_encoding: give the chord of each step as controls: ``triads`` (49 classes) or ``major-minor`` (25). Where
            a part has no chord symbols they are found from its notes.
        condition_on_key: give the key of each step as controls too (12 classes).
        unknown_chords: what a chord that has no class costs: the ``window`` it is in, or the whole ``part``, as in the
            original.
        dedupe_event_lists: make a window that occurs twice in a part one example.
        max_tensors_per_notesequence: take at most this many examples of a file: in mode ``train`` any, else the first.
        presplit_on_time_changes: cut where tempo or metre changes; otherwise such files are rejected.
        mode: what the tensors are for; given by gen.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        *,
        slice_bars: int | None = None,
        max_bars: int | None = None,
        gap_bars: float | None = 1.0,
        min_pitch: int = 21,
        max_pitch: int = 108,
        programs: Literal["melody", "bass"] | Sequence[int] | None = None,
        skip_polyphony: bool = False,
        add_end_token: bool = False,
        pad_to_total_time: bool = False,
        steps_per_quarter: int = 4,
        quarters_per_bar: int = 4,
        chord_encoding: Literal["triads", "major-minor"] | None = None,
        condition_on_key: bool = False,
        unknown_chords: Literal["window", "part"] = "window",
        dedupe_event_lists: bool = True,
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
        if not 0 <= min_pitch <= max_pitch <= 127:
            raise ValueError(f"min_pitch {min_pitch} to max_pitch {max_pitch} is no range of MIDI pitches (0 to 127)")
        self._conditioning = Conditioning(chord_encoding, keys=condition_on_key, unknown_chords=unknown_chords)
        self._programs: Programs = program_set(programs)
        self._min_pitch = min_pitch
        self._max_pitch = max_pitch
        self._notes = max_pitch - min_pitch + 1
        self._end_token = FIRST_NOTE + self._notes if add_end_token else None
        self._skip_polyphony = skip_polyphony
        self._dedupe = dedupe_event_lists

    @property
    def input_depth(self) -> int:
        """Classes: 90 for pitches 21 to 108, and one more for an end token."""
        return FIRST_NOTE + self._notes + (self._end_token is not None)

    @property
    def output_depth(self) -> int:
        """The same as `input_depth`."""
        return self.input_depth

    @property
    def control_depth(self) -> int:
        """Classes of chords, and 12 for keys."""
        return self._conditioning.depth

    @property
    def steps(self) -> int | None:
        """Steps of a window, and one for an end token; None where whole melodies are examples."""
        return None if self._cutting.window is None else self._cutting.window + (self._end_token is not None)

    @property
    def steps_per_bar(self) -> int:
        """Sixteen for sixteenths in 4/4."""
        return self._cutting.steps_per_bar

    @property
    def layout(self) -> Layout:
        """A class a step, and one each for chord and key."""
        events = (OneHot(self.output_depth, pitched=((FIRST_NOTE, FIRST_NOTE + self._notes),)),)
        return Layout(events, events, self._conditioning.fields)

    def magenta_js(self) -> MagentaJsSpec:
        """What magenta.js calls it.

        Raises:
            ValueError: magenta.js has no converter with these options.
        """
        magenta_js.require(add_end_token=self._end_token is not None)
        args = magenta_js.melody(self._min_pitch, self._max_pitch, skip_polyphony=self._skip_polyphony)
        return MagentaJsSpec("MelodyConverter", args, self._conditioning.magenta_js())

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert the melodies of one sequence.

        Returns:
            Windows part by part, instrument by instrument, in order of time, each once. Or a rejection: tempo-change,
            metre-change, bad-metre, negative-time, wrong-metre, no-notes, no-melody, polyphony, too-long or too-short;
            and with controls chord-metre, chord-length, coincident-chords, unreadable-chord, unknown-chord or no-key.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        left_out = int((~self._usable(notes) & ~notes.is_drum).sum())
        notices = [f"skipped {left_out} notes outside the pitches or programs"] if left_out else []
        return self._cutting.convert(notes, self._cuts, rng=rng, notices=notices)

    def from_tensors(
        self,
        outputs: npt.NDArray[np.floating],
        controls: npt.NDArray[np.floating] | None = None,
        *,
        qpm: float = 120.0,
        original_decode: bool = False,
    ) -> list[NoteSequence]:
        """Play decoded rows: a note sounds until the next one, a note-off or the end.

        Args:
            outputs: ``[B, T, output_depth]``; the likeliest class of each step counts.
            controls: ``[B, T, control_depth]``, for chord symbols and key signatures in the clips.
            qpm: tempo to play at.
            original_decode: end each clip with its last note, and without keys take the last 12 classes of chords
                (the diminished ones) for no chord, as the original does.

        Returns:
            B clips in 4/4 whose ``total_time`` is T steps, or as many as there are before an end token.

        Raises:
            ValueError: the array has another shape, or ``qpm`` isn't positive.
        """
        rows = checked_rows(outputs, self.output_depth).argmax(axis=2)
        said = self._conditioning.checked(controls, rows.shape)
        clips = []
        for classes, conditions in zip(rows, said, strict=True):
            events = classes[: until_end(classes, self._end_token)]
            changes = self._conditioning.decode(conditions[: len(events)], original_decode=original_decode)
            clips.append(
                play(
                    [melody_voice(events, min_pitch=self._min_pitch)],
                    steps=None if original_decode else len(events),
                    steps_per_quarter=self._cutting.steps_per_quarter,
                    qpm=qpm,
                    chords=changes.chords,
                    keys=changes.keys,
                )
            )
        return clips

    def chord_controls(
        self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Controls of a clip that plays to chord symbols, each for an equal share of its steps.

        Args:
            chords: in order; at least one.
            key: pitch class of the key, C = 0; needed where keys are controls.
            steps: T; those of a window where None.

        Returns:
            ``[T, control_depth]``.

        Raises:
            ValueError: there are no such controls, or a chord has no class.
        """
        length = self.steps if steps is None else steps
        return self._conditioning.progression(chords, key=key, steps=length or self.steps_per_bar * len(chords))

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Steps, onsets and pitches of each example; see `gen_converters.common.event_scores.compare_melodies`."""
        expected, played = (checked_rows(rows, self.output_depth).argmax(axis=2) for rows in (targets, outputs))
        valid = event_scores.valid_steps(lengths, expected.shape[1])
        return event_scores.compare_melodies(expected, played, valid, notes=self._notes)

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Accuracy of steps and pitches, precision, recall and F1 of onsets; see `event_scores.figures`."""
        return event_scores.figures(sums)

    def _usable(self, notes: NoteSequence) -> npt.NDArray[np.bool_]:
        """Which notes are within the pitches and programs."""
        in_range = (notes.pitch >= self._min_pitch) & (notes.pitch <= self._max_pitch)
        return in_range & self._programs[notes.program]

    def _cuts(self, part: NoteSequence) -> list[Cut] | Rejection:
        """The windows of a part, or its whole melodies."""
        usable = self._usable(part)
        heard = part if usable.all() else part.select(usable)
        grid = self._cutting.grid(heard)
        if isinstance(grid, Rejection):
            if grid.code == "no-notes" and len(part):
                return Rejection("no-melody", f"none of {len(part)} notes is within the pitches and programs asked for")
            return grid
        lines = self._lines(heard, grid)
        if isinstance(lines, Rejection):
            return lines
        spans = self._cutting.spans([len(line.events) for line in lines], what="melody")
        if isinstance(spans, Rejection):
            return spans
        timeline = self._conditioning.timeline(heard, grid)
        if isinstance(timeline, Rejection):
            return timeline
        places = places_in(
            [line.origin for line in lines], [len(line.events) for line in lines], [at for at, _ in spans]
        )
        rows = np.concatenate([timeline.beside(line.events, line.origin) for line in lines])  # [L, 1 + conditions]
        lists = [rows[first:last] for first, last in spans]
        if self._cutting.window is not None:
            cut = np.stack(lists)  # [W, T, 1 + conditions]; a copy, since windows overlap and each is cleaned
            cut[..., 0] = without_leading_note_offs(cut[..., 0])
            lists = list(cut)
        known = timeline.known(list(zip(lists, places, strict=True)), conditions=lambda window: window[0][:, 1:])
        if isinstance(known, Rejection):
            return known
        same = (
            occurrences(events for events, _ in known) if self._dedupe else [[number] for number in range(len(known))]
        )
        return self._store(
            [known[numbers[0]][0] for numbers in same],
            [sorted({known[number][1] for number in numbers}) for numbers in same],  # two may play the same at once
            timeline,
            grid,
        )

    def _store(self, lists: list[Events], places: list[list[int]], timeline: Timeline, grid: Grid) -> list[Cut]:
        """Lists of events with the numbers of their chords and keys, ``[T, 1 + conditions]`` each, as cuts.

        Args:
            lists: all of them together are one part's.
            places: the steps at which each occurs.
            timeline: says what the numbers mean.
            grid: of the part.
        """
        if self._end_token is not None:
            lists = [np.concatenate([events, events[-1:]]) for events in lists]  # the last chord and key hold
            for events in lists:
                events[-1, 0] = self._end_token
        stored = np.concatenate(lists)  # [L, 1 + conditions]
        line = Rows(self.layout.outputs, [stored[:, 0]])
        rows = PartRows(line, line, timeline.controls(stored[:, 1:]), grid.qpm)
        return side_by_side(rows, map(len, lists), places)

    def _lines(self, part: NoteSequence, grid: Grid) -> list[Line] | Rejection:
        """All melodies of a part."""
        lines = []
        for instrument in np.unique(part.instrument[~part.is_drum]):
            lines += melody_lines(
                part,
                grid,
                np.flatnonzero(part.instrument == instrument),
                min_pitch=self._min_pitch,
                steps_per_bar=self._cutting.steps_per_bar,
                gap=self._cutting.gap,
                skip_polyphony=self._skip_polyphony,
            )
        if lines:
            return self._cut_and_fit(lines, grid)
        if part.is_drum.all():
            return Rejection("no-melody", f"all of {len(part)} notes are drums")
        if self._skip_polyphony:
            return Rejection("polyphony", "every instrument begins with notes together; turn skip_polyphony off")
        return Rejection("no-melody", "no note has any loudness")

    def _cut_and_fit(self, lines: list[Line], grid: Grid) -> list[Line]:
        lines = [Line(line.origin, line.events[: self._cutting.most]) for line in lines]
        return [fit(line, grid.total_steps) for line in lines] if self._cutting.pad_to_total_time else lines
