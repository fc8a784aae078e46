"""The interpolation study of a result in Markdown: how it was made, tables of ends and middle, and differences."""

from __future__ import annotations

from gen.pages.markdown_text import code, difference_text, figure_text, markdown_table, sentence
from gen.pages.values import Result, direction
from gen.pages.ways import DIFFERENCES, INTRODUCTION, MEASURES, ways_of


def ways_markdown(result: Result) -> str:
    """Sentences, facts and a table, without a heading; empty where the study isn't in the result."""
    ways = ways_of(result)
    if ways is None:
        return ""
    several = len(ways.streams) > 1
    rows = [
        [
            code(line.name) if line.is_model else sentence(line.name),
            *([code(stream)] if several else []),
            *map(figure_text, ways.figures(line)),
        ]
        for stream, lines in ways.streams.items()
        for line in lines
    ]
    differences = [
        [
            f"{code(line.name)} less {code(ways.reference)}",
            *([code(stream)] if several else []),
            *(difference_text(cell, direction(cell)) for cell in ways.figures(line)),
        ]
        for stream, lines in ways.differences.items()
        for line in lines
    ]
    head = ["", *(["stream"] if several else []), *ways.heads()]
    right = range(2 if several else 1, len(head))
    return "\n\n".join(
        part
        for part in (
            INTRODUCTION,
            "\n".join(f"- **{each.title}**: {each.measured} {each.reading}" for each in MEASURES),
            "\n".join(f"- {sentence(name)}: {sentence(value)}" for name, value in ways.facts),
            markdown_table(head, rows, right=right),
            DIFFERENCES if differences else "",
            markdown_table(head, differences, right=right),
        )
        if part
    )
