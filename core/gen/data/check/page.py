"""The account as one HTML page that needs nothing else: no network, no library, no font.

File names and track names come from strangers. Everything is escaped, and the page's policy lets no script run but its
own, by hash, and lets nothing be fetched from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from gen.data.check.account import Account, cases_of
from gen.data.check.fixes import fix_for
from gen.data.check.inspection import FileCheck
from gen.notes.drum_maps import drum_name
from gen.system import regular
from gen.system.terminal import one_line
from gen.system.version import __version__

_MOST_ROWS = 20_000  # of the table of files; a browser takes no more in good time
_MOST_BARS = 24
_TEMPOS = [0, *range(40, 201, 20), 240]
_BARS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]
_NOTES = [0, 10, 30, 100, 300, 1000, 3000, 10000, 30000]
_TITLE = ": what gen can use</title>"


def is_report(path: Path) -> bool:
    """Whether a file is a page that `html_page` made."""
    with regular.opened(path) as file:
        return _TITLE.encode() in file.read(1 << 14)


def html_page(account: Account) -> str:
    """The page, UTF-8 text without characters that can't be encoded."""
    style, script = (regular.resource("gen.data.check", name) for name in ("page.css", "page.js"))
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    page = "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(account.path)}{_TITLE}",
            f"<style>{style}</style>\n</head>\n<body>",
            *_summary(account),
            *_reasons(account),
            *_drums(account),
            *_remarks(account),
            "<h2>Plots</h2>",
            '<div class="charts">',
            *_charts(account),
            "</div>",
            *_files(account),
            f"<script>{script}</script>\n</body>\n</html>\n",
        ]
    )
    return page.encode("utf-8", "replace").decode("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(value: object) -> str:
    return escape(one_line(str(value)))


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; the columns ``numbers`` are set to the right."""

    def line(tag: str, cells: Iterable[str]) -> str:
        kinds = ((' class="n"' if index in numbers else "", cell) for index, cell in enumerate(cells))
        return f"<tr>{''.join(f'<{tag}{kind}>{cell}</{tag}>' for kind, cell in kinds)}</tr>"

    body = "\n".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', heads)}</thead><tbody>\n{body}\n</tbody></table>"


def _summary(account: Account) -> list[str]:
    rows = []
    for each in account.yields:
        options = ", ".join(f"{key}: {value}" for key, value in each.target.options.items())
        rows.append((_text(each.target.label), f"{each.files:,}", f"{each.examples:,}", _text(options)))
    return [
        f"<h1>{_text(account.path)}</h1>",
        f"<p><strong>{len(account.files):,}</strong> files, <strong>{account.usable:,}</strong> of them usable. "
        f'<span class="dim">gen {_text(__version__)}</span></p>',
        "<h2>Examples</h2>",
        _table(("converter", "usable files", "examples", "options"), rows, numbers=(1, 2)),
    ]


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> list[str]:
    return [f"<h2>{title}</h2>", _table(heads, rows, numbers=numbers)] if rows else []


def _reasons(account: Account) -> list[str]:
    rows = []
    for reason in account.reasons:
        who = "<br>".join(f"{_text(label)} {count:,}" for label, count in reason.converters.items()) or "the file"
        what = f'<span class="dim">{_text(reason.example)}</span>: {_text(reason.detail)}'
        fix = f'<strong class="fix">{_text(reason.fix)}</strong>'
        rows.append((_text(reason.code), f"{reason.files:,}", who, fix + what))
    return _section("Why files gave nothing", ("reason", "files", "for", "what to do, and an example"), rows, (1,))


def _drums(account: Account) -> list[str]:
    rows = []
    for each in account.unmapped:
        suggested = "" if each.suggestion is None else f"{each.suggestion} {_text(drum_name(each.suggestion))}"
        counted = (str(each.pitch), _text(each.name), f"{each.notes:,}", f"{each.files:,}")
        rows.append((*counted, _text(", ".join(each.converters)), suggested))
    heads = ("pitch", "General MIDI", "notes", "files", "left out by", "could count as")
    advice = (
        "<p>Save this as <code>my-kit.yaml</code>, correct it, and check again with "
        "<code>--drum-map my-kit.yaml</code>; in a recipe it is <code>data.drum_map</code>.</p>\n"
        f"<pre>{escape(account.drum_map)}</pre>"
    )
    return [*_section("Drum notes that no class takes", heads, rows, (0, 2, 3)), *([advice] if rows else [])]


def _remarks(account: Account) -> list[str]:
    rows = []
    for each in account.remarks:
        example = f'<span class="dim">{_text(each.example)}</span>: {_text(each.detail)}'
        rows.append((_text(each.code), f"{each.files:,}", f"{_text(each.meaning)}<br>{example}"))
    return _section("Worth knowing", ("what", "files", "what it means, and an example"), rows, (1,))


def _charts(account: Account) -> list[str]:
    facts = [check.facts for check in account.files if check.facts is not None]
    metres = Counter(each.metres[0].value if each.metres else "none (4/4)" for each in facts)
    drums = sum((Counter(each.drums) for each in facts), Counter[int]())
    missing = {each.pitch for each in account.unmapped}
    pitches = sorted(pitch for pitch, _ in drums.most_common(_MOST_BARS))
    tempos = [float(each.tempos[0].value.split()[0]) for each in facts if each.tempos]
    return [
        bars("Examples by converter", [(each.target.label, each.examples) for each in account.yields]),
        bars("Usable files by converter", [(each.target.label, each.files) for each in account.yields]),
        bars("Files by reason", [(each.code, each.files) for each in account.reasons]),
        histogram("Tempo, quarter notes a minute", tempos, _TEMPOS, unit="qpm"),
        histogram("Length in bars", [each.bars for each in facts], _BARS, unit="bars"),
        histogram("Notes in a file", [each.notes for each in facts], _NOTES, unit="notes"),
        bars("Metre at the start", [(name, count) for name, count in metres.most_common(_MOST_BARS)]),
        bars(
            "Drum notes by pitch (in the second colour: some converter leaves them out)",
            [(f"{pitch} {drum_name(pitch)}".strip(), drums[pitch]) for pitch in pitches],
            marked=[pitch in missing for pitch in pitches],
        ),
    ]


def _files(account: Account) -> list[str]:
    labels = [each.target.label for each in account.yields]
    shown, note = account.files, ""
    if len(shown) > _MOST_ROWS:
        shown = tuple(sorted(shown, key=lambda check: check.usable)[:_MOST_ROWS])
        note = f"<p>The table shows {len(shown):,} of them, those that gave nothing first.</p>"
    heads = "".join(f'<th class="n" data-sort="number">{_text(label)}</th>' for label in labels)
    return [
        f"<h2>All files</h2>{note}",
        '<input id="filter" type="search" placeholder="show only rows with …" aria-label="filter the table">',
        '<table id="files"><thead><tr><th data-sort="text">file</th><th class="n" data-sort="number">bars</th>'
        f'<th class="n" data-sort="number">notes</th>{heads}<th data-sort="text">why not, and what to do</th></tr>',
        "</thead><tbody>",
        *(_file_row(check, account, labels) for check in shown),
        "</tbody></table>",
    ]


def _file_row(check: FileCheck, account: Account, labels: Sequence[str]) -> str:
    def number(value: int | None) -> str:
        return f'<td class="n" data-v="{-1 if value is None else value}">{"" if value is None else f"{value:,}"}</td>'

    numbers: list[int | None] = [None, None] if check.facts is None else [check.facts.bars, check.facts.notes]
    numbers += [check.outcomes[label].examples if label in check.outcomes else None for label in labels]
    said = []
    for case in cases_of(check, account.plan):
        who = "" if case.target is None else f"{_text(case.target.label)}: "
        why = f"{who}<strong>{_text(case.reason.code)}</strong> {_text(case.reason.detail)}"
        said.append(f'<div>{why} <span class="dim">→ {_text(fix_for(case.reason.code, [case]))}</span></div>')
    return (
        f'<tr class="{"yes" if check.usable else "no"}"><td>{_text(check.name)}</td>{"".join(map(number, numbers))}'
        f"<td>{''.join(said)}</td></tr>"
    )


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
    """Vertical bars that count values between edges, which ascend; those beyond count in the outermost bars."""
    placed = Counter(bisect(edges[1:-1], value) for value in values)
    counts = [placed[place] for place in range(len(edges) - 1)]
    most = max(counts, default=0) or 1
    step = (_WIDTH - 2 * _MARGIN) / max(len(counts), 1)
    room, foot = _HEIGHT - _BOTTOM - _TOP, _HEIGHT - _BOTTOM + 14
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
        parts.append(f'<text class="small" x="{x:.1f}" y="{foot}" text-anchor="middle">{low}</text>')
    parts.append(f'<text class="small" x="{_WIDTH - _MARGIN}" y="{foot}" text-anchor="middle">{edges[-1]:g}</text>')
    return _figure(title, parts, _HEIGHT)


def _figure(title: str, parts: Sequence[str], height: int) -> str:
    body = "\n".join(parts) if parts else '<text class="label" x="10" y="14">nothing to show</text>'
    drawn = max(height, _ROW)
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {_WIDTH} {drawn}" width="{_WIDTH}" '
        f'height="{drawn}" role="img" aria-label="{escape(title)}">\n{body}\n</svg></figure>'
    )
