"""Clips as small pictures below one another, for a page: a row a drum or pitch, time across, the higher the louder."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np

from gen.music.rolls import places, row_name
from gen.notes.sequence import NoteSequence

_WIDTH, _LABEL, _ROW, _TITLE = 760, 84, 15, 20
_COLOURS = ("#1f6feb", "#c2410c")
"""Of notes that the first clip has too, at that pitch and step, and of others."""


def strip(clips: Sequence[NoteSequence], titles: Sequence[str], *, bars: int | None = None) -> str:
    """An SVG of clips, each under its title; bars of the longest where not given.

    Notes that the first clip hasn't, at that pitch and step, have another colour. The same clips give the same text.
    """
    found = [places(clip) for clip in clips]
    count = bars or max(each.bars for each in found)
    first = set(zip(clips[0].pitch.tolist(), found[0].step.tolist(), strict=True)) if clips else set()
    parts: list[str] = []
    top = 0
    for clip, title, place in zip(clips, titles, found, strict=True):
        shown = np.flatnonzero(place.step < count * place.steps)
        rows = sorted({(bool(clip.is_drum[n]), int(clip.pitch[n])) for n in shown}, reverse=True)
        parts.append(f'<text x="0" y="{top + 13}" font-weight="bold">{escape(title)}</text>')
        top += _TITLE
        scale = (_WIDTH - _LABEL) / (count * place.steps)
        for beat in range(0, count * place.steps + 1, place.grid):
            x = _LABEL + beat * scale
            colour = "#888" if beat % place.steps == 0 else "#ddd"
            bottom = top + _ROW * len(rows)
            parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{colour}"/>')
        for number, (drum, pitch) in enumerate(rows):
            name = row_name(pitch, drum=drum)
            bottom = top + _ROW * (number + 1)
            parts.append(f'<text x="{_LABEL - 6}" y="{bottom - 3}" text-anchor="end">{escape(name)}</text>')
            for n in shown[(clip.is_drum[shown] == drum) & (clip.pitch[shown] == pitch)].tolist():
                step, end = int(place.step[n]), int(place.last[n]) + 1
                late = float(place.milliseconds[n]) / 1e3 / _seconds(clip) * place.grid
                x, height = _LABEL + (step + late) * scale, 3 + 10 * int(clip.velocity[n]) / 127
                width = max(3.0, scale * (0.55 if drum else end - step - 0.15))
                colour = _COLOURS[(pitch, step) not in first]
                parts.append(
                    f'<rect x="{x:.1f}" y="{bottom - height:.1f}" width="{width:.1f}" height="{height:.1f}" '
                    f'fill="{colour}"/>'
                )
        top += _ROW * len(rows) + 8
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 4} {top}" width="{_WIDTH + 4}" height="{top}" '
        'font-family="sans-serif" font-size="11" role="img">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _seconds(clip: NoteSequence) -> float:
    """Of a quarter note."""
    return 60.0 / clip.tempos.first
