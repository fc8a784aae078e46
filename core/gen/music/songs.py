"""A whole song out of a model: sections in a form, with fills, and an ending or a way round without a seam."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.errors import UsageError
from gen.interfaces.rows import FloatArray
from gen.midi.instruments import Mask
from gen.music.sections import CRASH, HANDS, KICK, Maker, Section, find_fill, make_sections, maker_of, steps_of
from gen.notes.drum_maps import stand_in
from gen.notes.sequence import NoteSequence
from gen.training.load import Trained

MOST_BARS = 512


@dataclass(frozen=True, eq=False)
class Song:
    """A song, at 120 quarter notes a minute.

    Attributes:
        clip: the whole of it.
        loops: each section of the form once, by its letter, without fills: clips that go round without a seam.
        z: where each section lies in latent space, ``[letters, Z]``, in order of the loops.
        said: numbers by name, for programs.
        notices: what was left out, for people.
    """

    clip: NoteSequence
    loops: Mapping[str, NoteSequence]
    z: npt.NDArray[np.float64]
    said: Mapping[str, float]
    notices: tuple[str, ...] = ()


def song(
    trained: Trained,
    *,
    form: str = "AABA",
    bars: int = 32,
    fill_every: int = 4,
    ending: bool = True,
    seed: int = 0,
    temperature: float = 0.0,
) -> Song:
    """Make a song in a form, such as AABA, of a model whose clips follow from z alone.

    The sections are places in latent space that belong together: a letter is the same wherever it comes again. Of
    drums, every so many bars end in a fill, a whole bar of it before another section and else half of one, and a crash
    follows it. Every fill is another one.

    Args:
        trained: a run of drums or of melodies, such as one of ``drums_4bar`` or ``melody_16bar``.
        form: letters A to Z; each stands for a section.
        bars: of the whole song; the sections share them equally.
        fill_every: bars from fill to fill; 0 for none. Melodies have none.
        ending: close with a stroke on the beat behind the last bar, a melody with its last note held; without it, the
            song goes round: what is played before its first beat stands at its end.
        seed: of all draws.
        temperature: of the decoder; 0 takes the likeliest.

    Raises:
        UsageError: a form or a number that can't be, or a model that can't.
    """
    form = form.strip().upper()
    if not re.fullmatch(r"[A-Z]{1,64}", form):
        raise UsageError(f"a form is 1 to 64 letters, such as AABA, not {form[:80]!r}")
    if not 1 <= bars <= MOST_BARS or bars % len(form):
        raise UsageError(
            f"a song of the form {form} has 1 to {MOST_BARS} bars, as many for each of {len(form)} sections, not {bars}"
        )
    if not 0 <= fill_every <= MOST_BARS:
        raise UsageError(f"there can be a fill every 1 to {MOST_BARS} bars, or none with 0, not {fill_every}")
    maker = maker_of(trained, seed=seed, temperature=temperature)
    each = bars // len(form)
    sections = make_sections(maker, list(dict.fromkeys(form)))
    notices = []
    if not maker.drums and fill_every:
        fill_every = 0
        notices.append("fills are for drums: there are none")
    rows = np.concatenate([_bars_of(maker, sections[letter], each) for letter in form])  # [bars × rows, D]
    fills = []
    for bar in range(fill_every - 1, bars, fill_every) if fill_every else ():
        whole = (bar + 1) % each == 0
        name = form[bar // each]
        fill = find_fill(maker, sections[name], f"{name} {bar}", steps=maker.per_bar if whole else maker.per_bar // 2)
        if fill is not None:
            rows[(bar + 1) * maker.rows - len(fill) : (bar + 1) * maker.rows] = fill
            fills.append(bar)
    clip = _joined(maker, rows, bars_between=each, round_and_round=not ending)
    after = [(bar + 1) % bars if not ending else bar + 1 for bar in fills]
    clip = _with_crashes(maker, clip, [bar * maker.per_bar for bar in after if bar < bars])
    if ending:
        clip = _closed(maker, clip)
    loops = {
        letter: _joined(maker, _bars_of(maker, section, each), bars_between=each, round_and_round=True)
        for letter, section in sections.items()
    }
    said = {"bars": bars, "sections": len(form), "fills": len(fills), "notes": len(clip)}
    z = np.stack([section.z.double().cpu().numpy() for section in sections.values()])
    return Song(clip, loops, z, said, tuple(notices))


def together(*clips: NoteSequence) -> NoteSequence:
    """Clips played at the same time, each an instrument of its own; tempo and metre are those of the first."""
    names = ("pitch", "velocity", "start", "end", "program", "is_drum")
    columns: dict[str, Any] = {name: np.concatenate([getattr(clip, name) for clip in clips]) for name in names}
    instrument = np.repeat(np.arange(len(clips)), [len(clip) for clip in clips])
    total = max(clip.total_time for clip in clips)
    first = clips[0]
    return NoteSequence(
        **columns, instrument=instrument, tempos=first.tempos, time_signatures=first.time_signatures, total_time=total
    )


def _bars_of(maker: Maker, section: Section, bars: int) -> FloatArray:
    """A section's windows in turn, so many bars of them."""
    turns = -(-bars // maker.bars)
    windows = [section.windows[turn % len(section.windows)][: maker.bars * maker.rows] for turn in range(turns)]
    return np.concatenate(windows)[: bars * maker.rows]


def _joined(maker: Maker, rows: FloatArray, *, bars_between: int, round_and_round: bool) -> NoteSequence:
    """Rows as a clip that ends with its last bar; no note is held from one section, or window, into the next."""
    lead = rows[-maker.rows :] if round_and_round else rows[:0]  # so that what comes before the first beat is heard
    clip = maker.notes(np.concatenate([lead, rows]))
    bar = maker.step * maker.per_bar
    at = steps_of(clip, maker.step) - len(lead) // maker.rows * maker.per_bar
    total = len(rows) // maker.rows * bar
    shift = len(lead) // maker.rows * bar
    clip = replace(clip, start=clip.start - shift, end=clip.end - shift, total_time=total).select(at >= 0)
    at = at[at >= 0] // maker.per_bar
    seam = np.minimum(bars_between - at % bars_between, maker.bars - at % bars_between % maker.bars)
    end = clip.end if maker.drums else np.minimum(clip.end, (at + seam) * bar)
    start = clip.start
    before = start < 0
    start = np.where(before, start + total, start)
    end = np.where(before, total, np.minimum(end, total))
    return replace(clip, start=start, end=np.maximum(end, start + 1e-3))


def _with_crashes(maker: Maker, clip: NoteSequence, steps: list[int]) -> NoteSequence:
    """Crashes on some steps, for what the hand plays there otherwise: where it does, or with the kick."""
    classes = maker.converter.drum_classes
    if not steps or classes is None or not any(CRASH in pitches for pitches in classes):
        return clip
    at = steps_of(clip, maker.step) % max(1, round(clip.total_time / maker.step))
    rough = _rough(clip)
    keep = np.ones(len(clip), np.bool_)
    new: list[tuple[float, int]] = []
    for step in steps:
        here = at == step
        if (rough[here] == CRASH).any():
            continue
        hand = here & np.isin(rough, HANDS)
        keep &= ~hand
        beside = np.flatnonzero(hand) if hand.any() else np.flatnonzero(here)
        start = float(clip.start[beside].min()) if len(beside) else step * maker.step
        new.append((start, max(100, int(clip.velocity[beside].max(initial=0)))))
    return _struck(maker, clip.select(keep), [(start, CRASH, velocity) for start, velocity in new])


def _closed(maker: Maker, clip: NoteSequence) -> NoteSequence:
    """A bar more, with a stroke of kick and crash on its beat; a melody holds its last note through it."""
    bar = maker.step * maker.per_bar
    end = clip.total_time
    clip = replace(clip, total_time=end + bar)
    if not maker.drums:
        if not len(clip):
            return clip
        last: Mask = clip.start == clip.start.max()
        return replace(clip, end=np.where(last, end + bar, clip.end))
    kicks = clip.velocity[_rough(clip) == KICK]
    loud = int(kicks.max()) if len(kicks) else 100
    return _struck(maker, clip, [(end, KICK, loud), (end, CRASH, max(loud, 100))])


def _struck(maker: Maker, clip: NoteSequence, hits: list[tuple[float, int, int]]) -> NoteSequence:
    """The clip with more hits: onset, drum and velocity of each."""
    classes = maker.converter.drum_classes or ()
    known = {pitches[0] for pitches in classes}
    hits = [hit for hit in hits if hit[1] in known]
    if not hits:
        return clip
    start, pitch, velocity = (np.array(column) for column in zip(*hits, strict=True))
    count = len(clip)
    columns: dict[str, Any] = {
        "start": np.append(clip.start, start),
        "end": np.append(clip.end, start + maker.step),
        "pitch": np.append(clip.pitch, pitch),
        "velocity": np.append(clip.velocity, velocity),
        "program": np.append(clip.program, np.zeros(len(hits), np.int64)),
        "is_drum": np.append(clip.is_drum, np.ones(len(hits), np.bool_)),
        "instrument": np.append(clip.instrument, np.full(len(hits), clip.instrument[0] if count else 0)),
    }
    return replace(clip, **columns)


def _rough(clip: NoteSequence) -> npt.NDArray[np.int64]:
    return np.array([stand_in(pitch) or pitch for pitch in clip.pitch.tolist()], np.int64)
