"""`MultitrackConverter`: bars of several instruments as performances, with their loudness and feel, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from gen import Conversion, Example, Layout, NoteSequence
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Rows
from gen_converters.common.arrays import Columns, Decoded, Ints, Reals, Singles, checked_rows
from gen_converters.common.bases import RowConverter
from gen_converters.common.conditioning import Changes, ChordClasses, Conditioning
from gen_converters.common.options import check_options, check_pitches
from gen_converters.common.parts import choose, conclude, parts_of
from gen_converters.common.voices import Voice, play
from gen_converters.multitrack import scores
from gen_converters.multitrack.playback import chord_changes, read, voices_of
from gen_converters.multitrack.vocabulary import Vocabulary
from gen_converters.multitrack.windows import Rules, windows_of

_LONGEST_SHIFT = 4  # quarter notes
_FINEST = 960  # steps a quarter note; as fine as most MIDI files, and every shift still has a class


class MultitrackConverter(RowConverter):
    """What two to eight instruments play in a bar, each as a list of events, and back.

    A file is cut where its tempo or metre changes, and each part every ``hop_size_bars``. In such a window every
    instrument makes a track: its program, then note-ons, note-offs, shifts of time and changes of loudness as they
    happen, and an end. Rows are one-hot; a track has ``max_events_per_instrument`` rows, unused ones all zeros, and a
    window ``max_num_instruments`` tracks one after another: melodic ones by program, then drums, and for each that is
    missing an end alone. `Example.length` holds the length of every track.

    The sustain pedal makes notes longer. A note that sounds across the edge of a window, or of a chunk, ends there.

    Lossy on purpose: 24 steps a quarter note, eight degrees of loudness, pedals as such, bends, and windows that don't
    fit.

    Args:
        num_velocity_bins: degrees of loudness; 0 for none.
        hop_size_bars: length of a window in bars, and how far it is to the next.
        chunk_size_bars: a window's tracks are cut into chunks of so many bars, with as many lists each.
        min_num_instruments, max_num_instruments: windows must have so many tracks.
        min_total_events: windows must have so many events in all their tracks.
        max_events_per_instrument: rows of a track in a chunk; two are its program and its end.
        min_pitch, max_pitch: the range of the classes; a window with a note outside it is left out.
        first_subsequence_only: take only parts that are a single window.
        drop_tracks_and_truncate: take windows that have too much, without some tracks and without the last events. In
            mode ``train`` the tracks that stay are drawn, else they are the first.
        chord_encoding: give the chord of each event as controls; see `Conditioning`.
        coincident_chords: what two chords that begin at one step of a window mean: the ``last`` one holds, or
            ``reject`` the window, as the original does. There the edges of bars and half bars differ by as little as
            rounding errors, which costs whole files.
        steps_per_quarter, quarters_per_bar, max_tensors_per_notesequence, mode: see `Cutting`.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        *,
        num_velocity_bins: int = 0,
        hop_size_bars: int = 1,
        chunk_size_bars: int = 1,
        min_num_instruments: int = 2,
        max_num_instruments: int = 8,
        min_total_events: int = 8,
        max_events_per_instrument: int = 64,
        min_pitch: int = 0,
        max_pitch: int = 127,
        first_subsequence_only: bool = False,
        drop_tracks_and_truncate: bool = False,
        steps_per_quarter: int = 24,
        quarters_per_bar: int = 4,
        chord_encoding: ChordClasses | None = None,
        coincident_chords: Literal["last", "reject"] = "last",
        max_tensors_per_notesequence: int | None = None,
        mode: Mode = "infer",
    ) -> None:
        check_options(
            mode,
            hop_size_bars=hop_size_bars,
            chunk_size_bars=chunk_size_bars,
            min_num_instruments=min_num_instruments,
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            max_tensors_per_notesequence=max_tensors_per_notesequence,
        )
        if steps_per_quarter > _FINEST:
            raise ValueError(f"steps_per_quarter must be at most {_FINEST}, got {steps_per_quarter}")
        if not 0 <= num_velocity_bins <= 127:
            raise ValueError(f"num_velocity_bins must be 0 to 127, got {num_velocity_bins}")
        if hop_size_bars % chunk_size_bars:
            raise ValueError(f"hop_size_bars {hop_size_bars} is no multiple of chunk_size_bars {chunk_size_bars}")
        if min_num_instruments > max_num_instruments:
            raise ValueError(
                f"min_num_instruments {min_num_instruments} is more than max_num_instruments {max_num_instruments}"
            )
        if max_events_per_instrument < 3:
            raise ValueError(
                f"max_events_per_instrument must be 3 or more, for a program, an event and an end, got "
                f"{max_events_per_instrument}"
            )
        check_pitches(min_pitch, max_pitch)
        if coincident_chords not in ("last", "reject"):
            raise ValueError(f"coincident_chords must be last or reject, got {coincident_chords!r}")
        self._vocabulary = Vocabulary(min_pitch, max_pitch, _LONGEST_SHIFT * steps_per_quarter, num_velocity_bins)
        self._conditioning = Conditioning(chord_encoding)
        self._rules = Rules(
            vocabulary=self._vocabulary,
            encoding=self._conditioning.encoding,
            hop_bars=hop_size_bars,
            chunks=hop_size_bars // chunk_size_bars,
            chunk_steps=chunk_size_bars * quarters_per_bar * steps_per_quarter,
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            least_tracks=min_num_instruments,
            slots=max_num_instruments,
            least_events=min_total_events,
            rows=max_events_per_instrument,
            single=first_subsequence_only,
            reject_coincident=coincident_chords == "reject",
            squeeze=drop_tracks_and_truncate,
            mode=mode,
        )
        notes = self._vocabulary.note_off
        pitched = ((0, notes), (notes, 2 * notes))
        tokens = (OneHot(self._vocabulary.depth, pitched=pitched, unpitched_after=self._vocabulary.drums),)
        self._layout = Layout(tokens, tokens, self._conditioning.fields)
        self._limit = max_tensors_per_notesequence
        self._mode: Mode = mode

    @property
    def steps(self) -> int:
        """Rows of a window: of all chunks, of all tracks."""
        return self._rules.segments * self._rules.rows

    def magenta_js(self) -> MagentaJsSpec:
        """See `gen.interfaces.MagentaJsNamed`."""
        words, rules = self._vocabulary, self._rules
        if rules.chunks > 1 or rules.chunk_steps != words.max_shift:
            raise ValueError(f"its windows are {_LONGEST_SHIFT} quarter notes long, one list a track")
        args = {
            "stepsPerQuarter": rules.steps_per_quarter,
            "totalSteps": words.max_shift,
            "numVelocityBins": words.velocity_bins,
            "minPitch": words.min_pitch,
            "maxPitch": words.max_pitch,
        }
        return MagentaJsSpec("MultitrackConverter", args, self._conditioning.magenta_js())

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert the windows of one sequence.

        Returns:
            Windows in order of time. Or a rejection: bad-metre, bad-tempo, negative-time, wrong-metre, no-notes,
            too-long, several-windows, pitch-range, too-few-tracks, too-many-tracks, too-many-events or too-few-events;
            and with chords chord-metre, chord-length, coincident-chords, unreadable-chord or unknown-chord.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        loud = notes.velocity > 0
        heard = notes if loud.all() else notes.select(loud)
        notices = [f"skipped {len(notes) - len(heard)} notes without any loudness"] if heard is not notes else []
        parts = parts_of(heard)
        windows = windows_of(parts, self._rules, rng=rng)
        count, lost = len(windows.lengths), windows.lost
        if lost:
            codes = ", ".join(f"{code} {number}" for code, number in lost.most_common())
            notices.append(f"{lost.total()} of {lost.total() + count} windows gave no example: {codes}")
        tokens = Rows(self._layout.outputs, (windows.tokens,))
        chords = None if windows.chords is None else Rows(self._layout.controls, (windows.chords,))
        examples = []
        for row in choose(range(count), self._limit, mode=self._mode, rng=rng):
            rows, controls = tokens[row], None if chords is None else chords[row]
            qpm, start = float(windows.qpm[row]), float(windows.starts[row])
            examples.append(Example(rows, rows, controls, windows.lengths[row], qpm, starts=(start,)))
        return conclude([part for _, part in parts], examples, windows.rejections, notices)

    def _played(self, outputs: Decoded, controls: Decoded | None, qpm: float, *, original: bool) -> list[NoteSequence]:
        """Play the tracks of windows; the number of an instrument is that of its track's place.

        In the original's way a track's program is that of its first chunk, which says drums where it has no notes.
        """
        rules, encoding = self._rules, self._conditioning.encoding
        reading = read(self._lists(outputs), self._vocabulary)
        changes: Sequence[Sequence[tuple[int, int]]] = [()] * len(outputs)
        if controls is not None and encoding:
            said = checked_rows(controls, self.control_depth, name="controls").argmax(axis=2)
            if said.shape != outputs.shape[:2]:
                raise ValueError(f"controls are {list(said.shape)} rows where outputs are {list(outputs.shape[:2])}")
            changes = chord_changes(reading, said.reshape(reading.token.shape), steps=rules.chunk_steps)
        none = np.zeros(0, np.int64)
        clips = voices_of(reading, self._vocabulary, steps=rules.chunk_steps, first_program=original)
        return [
            play(
                voices or [Voice(none, none, none)],
                steps=None if original else rules.chunks * rules.chunk_steps,
                steps_per_quarter=rules.steps_per_quarter,
                quarters_per_bar=rules.quarters_per_bar,
                qpm=qpm,
                changes=Changes([(step, encoding.decode(chord)) for step, chord in chords] if encoding else ()),
            )
            for voices, chords in zip(clips, changes, strict=True)
        ]

    def chord_controls(self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None) -> Singles:
        """See `gen.Converter.chord_controls`; as many chords as chunks divide into equally, of windows of all rows."""
        self._conditioning.check_key(key)
        chunks, slots, events = self._rules.chunks, self._rules.slots, self._rules.rows
        if not chords or chunks % len(chords):
            raise ValueError(
                f"a window has {chunks} chunks of one chord each, and {len(chords)} chords don't fill them"
            )
        said = self._conditioning.progression(chords, key=None, steps=chunks)  # [chunks, depth]
        controls = np.tile(said[:, np.newaxis, np.newaxis], (1, slots, events, 1))
        controls[:, :, 0] = np.eye(1, self.control_depth)  # the program of a track comes under no chord
        return controls.reshape(self.steps, -1)

    def statistics(self, targets: Decoded, outputs: Decoded, lengths: Ints, qpm: Reals) -> Columns:
        """Tokens, programs and onsets of each example; lengths are rows of each track, ``[B, segments]``."""
        expected, played = (
            self._lists(rows).reshape(len(rows), self._rules.segments, self._rules.rows) for rows in (targets, outputs)
        )
        return scores.compare_performances(expected, played, lengths, self._vocabulary)

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Accuracy of events and programs, precision, recall and F1 of onsets; see `scores.figures`."""
        return scores.figures(sums)

    def _lists(self, rows: Decoded) -> Ints:
        """The classes of rows ``[B, T, depth]``, as ``[B, chunks, slots, events]``."""
        array = checked_rows(rows, self.output_depth)
        if array.shape[1] != self.steps:
            raise ValueError(f"outputs: expected {self.steps} rows, got {array.shape[1]}")
        lists: Ints = array.argmax(axis=2).reshape(-1, self._rules.chunks, self._rules.slots, self._rules.rows)
        return lists
