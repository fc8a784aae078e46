"""`MelodyConverter`: monophonic lines as one class a step, as MusicVAE reads and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gen import NoteSequence
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Rows
from gen.notes import Grid
from gen_converters.common import event_scores
from gen_converters.common.arrays import Bools, Columns, Decoded, Ints, Reals, checked_rows, until_end
from gen_converters.common.bases import EventConverter
from gen_converters.common.conditioning import ChordClasses, Conditioning, UnknownChords
from gen_converters.common.cuts import Cut, Cutting, Line, PartRows, occurrences, side_by_side
from gen_converters.common.melody_lines import FIRST_NOTE, fit, melody_lines, without_leading_note_offs
from gen_converters.common.options import check_pitches, magenta_js_melody, not_in_magenta_js, program_set
from gen_converters.common.parts import Rejected, counted
from gen_converters.common.voices import Voice, melody_voice


class MelodyConverter(EventConverter):
    """The notes of each instrument, one at a time, to one class a step, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part every instrument makes melodies that end where there
    is silence for ``gap_bars``, counted from the last note's end; of notes that begin together the highest counts, and
    a note ends where the next one begins. A melody is cut into windows of ``slice_bars``, one at every bar; a note
    held into a window is silent there. Classes: 0 nothing happens, 1 the note ends, 2 and above a note of
    ``min_pitch`` and above begins: 90 for pitches 21 to 108, and one more for an end token. Played back, a note sounds
    until the next one, a note-off or the end.

    Lossy on purpose: loudness, micro-timing, all but one of several notes at a time, drums, and notes outside the
    pitches and programs (which are counted in `Conversion.notices`).

    Args:
        min_pitch, max_pitch: the range of the classes; notes outside it are left out.
        programs: General MIDI programs to take: ``melody`` (0 to 31), ``bass`` (32 to 39), a list, or None for all.
        skip_polyphony: stop an instrument at the first two notes that begin together, and leave out the melody that
            they are in, instead of taking the higher one.
        add_end_token: end each example with a row of a class of its own.
        dedupe_event_lists: make a window that occurs twice in a part one example.
        chord_encoding, condition_on_key, unknown_chords: the controls; see `Conditioning`.
        slice_bars, max_bars, gap_bars and the others: where files are cut, and into how many examples; see `Cutting`.

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
        chord_encoding: ChordClasses | None = None,
        condition_on_key: bool = False,
        unknown_chords: UnknownChords = "window",
        dedupe_event_lists: bool = True,
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
        check_pitches(min_pitch, max_pitch)
        conditioning = Conditioning(chord_encoding, condition_on_key=condition_on_key, unknown_chords=unknown_chords)
        self._programs = program_set(programs)
        self._min_pitch = min_pitch
        self._max_pitch = max_pitch
        self._notes = max_pitch - min_pitch + 1
        end = FIRST_NOTE + self._notes
        self._end_token = end if add_end_token else None
        self._skip_polyphony = skip_polyphony
        self._dedupe = dedupe_event_lists
        fields = (OneHot(end + add_end_token, pitched=((FIRST_NOTE, end),)),)
        super().__init__(cutting, conditioning, fields, fields, end_token=add_end_token)

    def magenta_js(self) -> MagentaJsSpec:
        """See `gen.interfaces.MagentaJsNamed`."""
        not_in_magenta_js(add_end_token=self._end_token is not None)
        args = magenta_js_melody(self._min_pitch, self._max_pitch, skip_polyphony=self._skip_polyphony)
        return MagentaJsSpec("MelodyConverter", args, self._conditioning.magenta_js())

    def statistics(self, targets: Decoded, outputs: Decoded, lengths: Ints, qpm: Reals) -> Columns:
        """Steps, onsets and pitches of each example; see `event_scores.compare_melodies`."""
        expected, played = (checked_rows(rows, self.output_depth).argmax(axis=2) for rows in (targets, outputs))
        return event_scores.compare_melodies(expected, played, lengths, notes=self._notes)

    def _clips(self, outputs: Decoded) -> list[tuple[list[Voice], int]]:
        clips = []
        for classes in checked_rows(outputs, self.output_depth).argmax(axis=2):
            events = classes[: until_end(classes, self._end_token)]
            clips.append(([melody_voice(events, min_pitch=self._min_pitch)], len(events)))
        return clips

    def _usable(self, notes: NoteSequence) -> Bools:
        """Which notes are within the pitches and programs."""
        in_range = (notes.pitch >= self._min_pitch) & (notes.pitch <= self._max_pitch)
        return in_range & self._programs[notes.program]

    def _notices(self, notes: NoteSequence) -> list[str]:
        left_out = int((~self._usable(notes) & ~notes.is_drum).sum())
        return [f"skipped {left_out} notes outside the pitches or programs"] if left_out else []

    def _cuts(self, part: NoteSequence) -> list[Cut]:
        """The windows of a part, instrument by instrument, each once; or its whole melodies."""
        usable = self._usable(part)
        heard = part if usable.all() else part.select(usable)
        if len(part) and not len(heard):
            raise Rejected(
                "no-melody", f"of {counted(len(part), 'note')} none is within the pitches and programs asked for"
            )
        grid = self._cutting.grid(heard)
        lines = self._cutting.fitted(self._lines(heard, grid), grid, fit)
        spans, places = self._cutting.windows(lines, what="melody")
        timeline = self._conditioning.timeline(heard, grid)
        rows = np.concatenate(
            [np.column_stack([line.events, timeline.at(line.origin, len(line.events))]) for line in lines]
        )  # [L, 1 + conditions]
        lists = [rows[first:last] for first, last in spans]
        if self._cutting.window is not None:
            cut = np.stack(lists)  # [W, T, 1 + conditions]; a copy, since windows overlap and each is cleaned
            cut[..., 0] = without_leading_note_offs(cut[..., 0])
            lists = list(cut)
        known = timeline.known(list(zip(lists, places, strict=True)), conditions=lambda window: window[0][:, 1:])
        same = (
            occurrences(events for events, _ in known) if self._dedupe else [[number] for number in range(len(known))]
        )
        lists = [known[numbers[0]][0] for numbers in same]
        if self._end_token is not None:
            lists = [np.concatenate([events, events[-1:]]) for events in lists]  # the last chord and key hold
            for events in lists:
                events[-1, 0] = self._end_token
        stored = np.concatenate(lists)  # [L, 1 + conditions]
        line = Rows(self._layout.outputs, [stored[:, 0]])
        part_rows = PartRows(line, line, timeline.controls(stored[:, 1:]), grid.qpm)
        return [
            Cut(part_rows, span, sorted({known[number][1] for number in numbers}))  # two may play the same at once
            for span, numbers in zip(side_by_side(map(len, lists)), same, strict=True)
        ]

    def _lines(self, part: NoteSequence, grid: Grid) -> list[Line]:
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
            return lines
        if part.is_drum.all():
            raise Rejected("no-melody", f"it has drums only: {counted(len(part), 'note')}")
        if self._skip_polyphony:
            raise Rejected("polyphony", "every instrument begins with notes together; turn skip_polyphony off")
        raise Rejected("no-melody", "no note has any loudness")
