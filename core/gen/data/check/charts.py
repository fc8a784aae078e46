"""Bar charts as SVG text: no library, no style sheet of their own, every label escaped."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from html import escape

_WIDTH, _ROW, _LABEL, _VALUE = 480, 20, 180, 70
_HEIGHT, _BOTTOM, _TOP = 160, 20, 18
_MARGIN = 24
_LONGEST_LABEL = 26
_PLAIN, _MARKED = "#3b7dd8", "#d8793b"  # where the page's own colours aren't in force


def bars(title: str, rows: Sequence[tuple[str, float]], *, marked: Sequence[bool] = ()) -> str:
    """Horizontal bars, one a row of label and value, values not negative; rows ``marked`` are in the second colour."""
    most = max((value for _, value in rows), default=0.0) or 1.0
    room = _WIDTH - _LABEL - _VALUE
    parts = []
    for index, (label, value) in enumerate(rows):
        y = index * _ROW
        width = max(round(room * value / most, 1), 1.0 if value else 0.0)
        special = index < len(marked) and marked[index]
        kind = f'class="bar mark" fill="{_MARKED}"' if special else f'class="bar" fill="{_PLAIN}"'
        short = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
        parts += [
            f'<text class="label" x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(short)}</text>',
            f'<rect {kind} x="{_LABEL}" y="{y + 3}" width="{width}" height="{_ROW - 6}">'
            f"<title>{escape(label)}: {value:,.6g}</title></rect>",
            f'<text class="label" x="{_LABEL + width + 6}" y="{y + 14}">{value:,.6g}</text>',
        ]
    return _figure(title, parts, len(rows) * _ROW)


def histogram(title: str, values: Sequence[float], edges: Sequence[float], *, unit: str = "") -> str:
    """Vertical bars that count values between edges, which ascend; those beyond the edges count in the outermost bars.

    The ``unit`` of the values is shown where one points.
    """
    placed = Counter(bisect(edges[1:-1], value) for value in values)
    counts = [placed[place] for place in range(len(edges) - 1)]
    most = max(counts, default=0) or 1
    step = (_WIDTH - 2 * _MARGIN) / max(len(counts), 1)
    room = _HEIGHT - _BOTTOM - _TOP
    parts = []
    for index, count in enumerate(counts):
        height = max(round(room * count / most, 1), 1.0 if count else 0.0)
        x, y = _MARGIN + index * step, _HEIGHT - _BOTTOM - height
        low, high = f"{edges[index]:g}", f"{edges[index + 1]:g}"
        parts.append(
            f'<rect class="bar" fill="{_PLAIN}" x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{height}">'
            f"<title>{low} to {high} {escape(unit)}: {count:,}</title></rect>"
        )
        if count:
            parts.append(
                f'<text class="small" x="{x + step / 2:.1f}" y="{y - 3:.1f}" text-anchor="middle">{count:,}</text>'
            )
        parts.append(f'<text class="small" x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 14}" text-anchor="middle">{low}</text>')
    foot = _HEIGHT - _BOTTOM + 14
    parts.append(f'<text class="small" x="{_WIDTH - _MARGIN}" y="{foot}" text-anchor="middle">{edges[-1]:g}</text>')
    return _figure(title, parts, _HEIGHT)


def _figure(title: str, parts: Sequence[str], height: int) -> str:
    body = "\n".join(parts) if parts else '<text class="label" x="10" y="14">nothing to show</text>'
    drawn = max(height, _ROW)
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {_WIDTH} {drawn}" width="{_WIDTH}" '
        f'height="{drawn}" role="img" aria-label="{escape(title)}">\n{body}\n</svg></figure>'
    )
