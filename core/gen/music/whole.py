"""A whole clip through a model: said again, or drums made of its rhythm; of any length, and whatever its tempo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen.errors import UsageError
from gen.music.laying import Laid, lay
from gen.music.sampling import encode_windows, join_clips
from gen.music.transforming import as_taps, kept_words, say_windows
from gen.music.windows import Window, find_windows, last_window, new_in, windows_in_turn
from gen.notes.sequence import FloatColumn, NoteSequence
from gen.training.load import Trained


@dataclass(frozen=True, eq=False)
class Whole:
    """What became of a clip.

    Attributes:
        made: what the model makes of it, at its tempo.
        original: what the model was to say, as far as it hears the clip.
        notices: what was decided, what was kept and what fell away, for people.
        turns: where each window begins, seconds, and the window, in the clip as it was heard.
        unheard: notes at its end that fill no window.
        z: latent vectors of the windows, ``[N, Z]``.
    """

    made: NoteSequence
    original: NoteSequence
    notices: tuple[str, ...]
    turns: tuple[tuple[float, Window], ...]
    unheard: int
    z: FloatColumn


def reconstruct_clip(
    trained: Trained,
    notes: NoteSequence,
    *,
    temperature: float = 0.0,
    seed: int = 0,
    name: str = "this clip",
    content: bytes | None = None,
) -> Whole:
    """Say a clip of any length again, window after window; the last window ends with the clip.

    A clip shorter than a window is heard as a loop. Its tempos stay, and with drums its metre: see `gen.music.laying`.

    Args:
        temperature: 0 takes the likeliest.
        seed: of every draw.
        name, content: what errors call the clip, and the file that it was read from.

    Raises:
        DataError: nothing that the model can read; the text says why, and what to do.
    """
    whole, laid = _through(trained, notes, temperature, seed, name, content)
    kept = kept_words(*(each if laid is None else laid.own(each) for each in (whole.original, whole.made)))
    return _back(replace(whole, notices=(*whole.notices, kept)), laid, notes)


def drumify(
    trained: Trained,
    notes: NoteSequence,
    *,
    temperature: float = 0.0,
    seed: int = 0,
    name: str = "this clip",
    content: bytes | None = None,
) -> Whole:
    """Drums of a rhythm: every note is a tap, whatever its pitch and channel; see `reconstruct_clip`.

    Raises:
        UsageError: the run isn't one of a model of taps.
        DataError: nothing that the model can read.
    """
    require_taps(trained)
    taps = as_taps(trained, notes)
    whole, laid = _through(trained, taps, temperature, seed, name, content)
    heard, made = (taps, whole.made) if laid is None else (laid.own(laid.notes), laid.own(whole.made))
    words = _taps_kept(heard, made, whole.turns[0][0])
    return _back(replace(whole, notices=(*whole.notices, words)), laid, taps)


def require_taps(trained: Trained) -> None:
    """Make sure that a model makes drums of taps."""
    if not trained.recipe.converter.arguments.get("tapify"):
        raise UsageError(
            f"{trained.recipe.name} isn't trained for that: its converter has tapify off. "
            "Give a run of a recipe with converter.tapify: true, or take gen reconstruct"
        )


def _through(
    trained: Trained, notes: NoteSequence, temperature: float, seed: int, name: str, content: bytes | None
) -> tuple[Whole, Laid | None]:
    """In the time in which the model heard it."""
    laid = lay(trained, notes)
    heard = notes if laid is None else laid.notes
    found = find_windows(trained, heard, name=name, content=content)
    turns = windows_in_turn(found.windows)
    last = last_window(found.windows, turns)
    end = turns[-1][0] + turns[-1][1].seconds  # from here on, the last window is heard, which begins before
    turns += [last] if last else []
    starts, chosen = [start for start, _ in turns], [window for _, window in turns]
    z = encode_windows(trained, chosen).mean
    sets = [say_windows(trained, chosen, z, temperature=temperature, seed=seed), [window.clip for window in chosen]]
    if last is not None:
        for each in sets:
            each[-1] = new_in(each[-1], chosen[-1], end - starts[-1])
    made, original = (join_clips(each, starts) for each in sets)
    notices = [*found.notices, *(() if laid is None else laid.notices)]
    unheard = int((heard.start >= starts[-1] + chosen[-1].seconds).sum())
    if unheard:
        words = "1 note at its end fills" if unheard == 1 else f"{unheard} notes at its end fill"
        notices.append(f"{words} no whole window: not heard")
    return Whole(made, original, tuple(notices), tuple(turns), unheard, z.cpu().numpy()), laid


def _back(whole: Whole, laid: Laid | None, notes: NoteSequence) -> Whole:
    """In the clip's own time, as long as the clip, so that it loops as that does."""
    clips = [each if laid is None else laid.back(each) for each in (whole.made, whole.original)]
    made, original = (replace(each, total_time=max(each.total_time, notes.total_time)) for each in clips)
    return replace(whole, made=made, original=original)


def _taps_kept(taps: NoteSequence, drums: NoteSequence, since: float) -> str:
    """How many taps have a hit, and how many hits there are beside."""
    step = 15.0 / drums.tempos.first  # seconds of a sixteenth
    begin = since if len(taps) and taps.start.min() < since else 0.0
    tapped, struck = (
        {*np.rint(seconds / step).astype(np.int64).tolist()} for seconds in (taps.start - begin, drums.start - begin)
    )
    hits = "1 hit" if len(drums) == 1 else f"{len(drums)} hits"
    return f"{len(tapped & struck)} of {len(tapped)} tapped steps have a hit; {hits} on {len(struck)} steps"
