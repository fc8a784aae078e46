"""Cut a performance into windows of whole bars.

`bar_windows` assigns notes to bars as the converters do, by the step they fall on, and loses none that belongs to a
window. `tfds_windows` cuts as the TensorFlow Datasets edition of the Groove MIDI Dataset (``groove/2bar-midionly``,
``groove/4bar-midionly``), on which GrooVAE was trained: notes that cross an edge are lost, as most early downbeats.
"""

from __future__ import annotations

import numpy as np

from gen.notes.grid import quantise
from gen.notes.sequence import FloatColumn, IntColumn, NoteSequence, Tempos, TimeSignatures

_MICROSECONDS_A_MINUTE = 6e7
_DEFAULT_RESOLUTION = 220
_MOST_WINDOWS = 5_000


def bar_windows(notes: NoteSequence, bars: int, *, hop_bars: int = 1, steps_per_quarter: int = 4) -> list[NoteSequence]:
    """Every window of ``bars`` bars, each starting ``hop_bars`` after the one before.

    A note belongs to the bar of the step it is nearest to. So a downbeat that was played early starts its window
    slightly before zero, an early downbeat of the bar after isn't in it, and nothing is cut short. A last, partial
    window is left out; bars are counted up to the last onset.

    Args:
        notes: a sequence with one tempo and one time signature.
        bars, hop_bars: length of a window, and bars from one to the next; the same for windows that don't overlap.
        steps_per_quarter: the grid on which notes are assigned.

    Returns:
        Windows in order of time, with one tempo and one time signature at 0 s and a ``total_time`` of ``bars`` bars.
        Controllers, bends, keys and chords are left out.

    Raises:
        QuantisationError: the tempo or metre changes, or a note lies too far before zero.
        ValueError: ``bars`` or ``hop_bars`` isn't positive, a bar isn't a whole number of steps, or there were more
            than 5,000 windows.
    """
    if bars < 1 or hop_bars < 1:
        raise ValueError(f"bars ({bars}) and hop_bars ({hop_bars}) must be at least 1")
    grid = quantise(notes, steps_per_quarter)
    steps_per_bar = int(grid.steps_per_bar)
    if steps_per_bar != grid.steps_per_bar:
        bar = f"a bar of {grid.numerator}/{grid.denominator}"
        raise ValueError(f"{bar} isn't a whole number of steps at {steps_per_quarter} steps a quarter note")
    found = int(grid.start_step.max(initial=-1)) // steps_per_bar + 1
    signatures = TimeSignatures(np.zeros(1), np.array([grid.numerator]), np.array([grid.denominator]))
    _require_few(-(-(found - bars + 1) // hop_bars))
    length = bars * steps_per_bar * grid.seconds_per_step
    windows = []
    for first in range(0, found - bars + 1, hop_bars):
        begin, end = first * steps_per_bar, (first + bars) * steps_per_bar
        rows = np.flatnonzero((grid.start_step >= begin) & (grid.start_step < end))
        offset = begin * grid.seconds_per_step
        start, end_time = notes.start[rows] - offset, notes.end[rows] - offset
        windows.append(_window(notes, rows, start, end_time, grid.qpm, signatures, total_time=length))
    return windows


def tfds_windows(notes: NoteSequence, bars: int, bpm: float, beats: int) -> list[NoteSequence]:
    """The windows of ``bars`` bars, one starting at every bar, that the TFDS edition cuts from a file.

    Bars are ``60 / bpm * beats`` long, counted from 0 s up to the file's last event (see `last_event`), rounded.
    Only notes that lie entirely within a window are in it. Times and tempo go through a MIDI file of the same
    resolution on the way: onsets fall on ticks, and the tempo on whole microseconds a quarter note.

    Unlike there, notes shorter than a tick keep a tick, overlapping notes of one pitch keep their own ends, and
    controllers, bends, keys and chords, which no converter of drums reads, are left out.

    Args:
        notes, bars: a whole file, with one tempo; length of a window in bars, 2 or 4 in the published edition.
        bpm, beats: tempo and numerator of the time signature as the data set's table gives them, whole numbers there.

    Returns:
        Windows in order of time, each keeping the file's time signatures.

    Raises:
        ValueError: the file has more than one tempo, a number isn't positive, the tempo is none that a file of windows
            can say, or there were more than 5,000 of them.

    Source: the Groove builder of TensorFlow Datasets 2.0 and pretty_midi's ``adjust_times``.
    """
    if bars < 1 or beats < 1 or not bpm > 0:
        raise ValueError(f"bars ({bars}), beats ({beats}) and bpm ({bpm}) must be positive")
    if len(notes.tempos) > 1:
        raise ValueError(f"the file has {len(notes.tempos)} tempos; it must have one")
    qpm = notes.tempos.first
    resolution = notes.ticks_per_quarter or _DEFAULT_RESOLUTION
    bar = 60 / bpm * beats
    count = round(last_event(notes) / bar) - bars + 1
    _require_few(count)
    windows = []
    for first in range(count):
        begin, end = first * bar, (first + bars) * bar
        rows = np.flatnonzero((notes.start >= begin) & (notes.end <= end))
        scale, window_qpm = _retimed(qpm, resolution, begin, end)
        # The window's clock first: its onsets are rounded to ticks of the scaled tempo, and read back at the
        # tempo that the file can say, which is a whole number of microseconds.
        tick = 60.0 / (window_qpm * resolution)
        start = _ticks(notes.start[rows] - begin, scale)
        stop = np.maximum(_ticks(notes.end[rows] - begin, scale), start + 1)
        windows.append(_window(notes, rows, start * tick, stop * tick, window_qpm, notes.time_signatures))
    return windows


def last_event(notes: NoteSequence) -> float:
    """Time of the last event of any kind but chords, in seconds: where a file ends for the TFDS edition."""
    tables = (notes.control_changes, notes.pitch_bends, notes.tempos, notes.time_signatures, notes.key_signatures)
    return float(max(column.max(initial=0.0) for column in (notes.end, *(table.time for table in tables))))


def _retimed(qpm: float, resolution: int, begin: float, end: float) -> tuple[float, float]:
    """Seconds a tick of a cut window, and its tempo once written to a file.

    The window's edges are put on the file's ticks; what that changes of their distance scales the tempo.
    """
    tick = 60.0 / (qpm * resolution)
    first, last = _ticks(np.array([begin, end]), tick)
    speed = (last - first) * tick / (end - begin)
    scaled = qpm * speed
    microseconds = int(_MICROSECONDS_A_MINUTE / scaled) if scaled > 0 else 0
    if not microseconds:
        raise ValueError(f"at {qpm:g} quarter notes a minute, windows have a tempo that no MIDI file can say")
    return 60.0 / (scaled * resolution), _MICROSECONDS_A_MINUTE / microseconds


def _require_few(windows: int) -> None:
    """Refuse what only a file of a few events, an age apart, is cut into: music of a day has half of that."""
    if windows > _MOST_WINDOWS:
        raise ValueError(f"{windows:,} windows are more than the {_MOST_WINDOWS:,} that a file may be cut into")


def _ticks(seconds: FloatColumn, tick: float) -> FloatColumn:
    """Nearest ticks, as whole float64."""
    return np.rint(seconds / tick)


def _window(
    notes: NoteSequence,
    rows: IntColumn,
    start: FloatColumn,
    end: FloatColumn,
    qpm: float,
    signatures: TimeSignatures,
    *,
    total_time: float = -1.0,
) -> NoteSequence:
    """Rows of a sequence at other times, with one tempo; without a length, it ends with its last note."""
    return NoteSequence(
        **{name: getattr(notes, name)[rows] for name in ("pitch", "velocity", "program", "is_drum", "instrument")},
        start=start,
        end=end,
        tempos=Tempos(time=np.zeros(1), qpm=np.array([qpm])),
        time_signatures=signatures,
        instrument_names=notes.instrument_names,
        total_time=total_time,
        ticks_per_quarter=notes.ticks_per_quarter,
    )
