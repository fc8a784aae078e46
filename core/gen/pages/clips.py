"""Clips as one page that plays: each by itself, or versions of one another side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gen.music.rolls import note_rows, places, summary
from gen.notes.sequence import NoteSequence
from gen.pages.comparison import page

ORIGINAL = "original"
"""What a page calls the version that stands behind the others as outlines."""


def clips_page(
    clips: Mapping[str, NoteSequence], *, title: str, before: NoteSequence | None = None, together: bool = False
) -> str:
    """A whole HTML document of clips by name, with loudness and timing to see, and in words.

    Args:
        before: what the clips were made of: they are shown as versions of it.
        together: show them as versions of the first one even so.
    """
    groups: list[dict[str, NoteSequence]] = [{name: clip} for name, clip in clips.items()]
    if before is not None or together:
        groups = [{**({} if before is None else {ORIGINAL: before}), **clips}]
    return page({"title": title, "clips": [_card(group) for group in groups]})


def _card(versions: Mapping[str, NoteSequence]) -> dict[str, Any]:
    name = next((name for name in versions if name != ORIGINAL), ORIGINAL)
    return {
        "name": name,
        "seconds": max(clip.total_time for clip in versions.values()),
        "versions": {each: note_rows(clip, timing=True) for each, clip in versions.items()},
        "words": {each: summary(clip, places(clip)) for each, clip in versions.items()},
    }
