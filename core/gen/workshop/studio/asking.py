"""What a browser asks for, checked: every value is looked at, and becomes words of a command or is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gen.errors import UsageError
from gen.system.spelling import hint
from gen.training.cards import read_card
from gen.training.named import DEFAULTS, models
from gen.workshop.studio.choices import VERBS
from gen.workshop.studio.history import History, Place
from gen.workshop.studio.jobs import Job, Jobs
from gen.workshop.studio.places import Places
from gen.workshop.studio.runs import has_model

_RUN = "run:"


def offered_models(places: Places) -> list[dict[str, str]]:
    """Models by what the page calls them: those that are kept by name, and the runs of the folders."""
    found = []
    for name, folder in models().items():
        try:
            about = read_card(folder).description
        except Exception:  # a card that somebody spoilt spoils no list
            about = ""
        found.append({"id": name, "name": name, "about": about})
    runs = [run for run in places.all("run") if has_model(run.path)]
    return found + [{"id": f"{_RUN}{run.key}", "name": run.name, "about": "a run"} for run in runs]


def line_up(request: Any, *, history: History, jobs: Jobs, places: Places) -> Job:
    """Make a job of what the page sent: ``verb``, ``model``, ``clips``, ``options``, ``after`` and ``tab``.

    Raises:
        UsageError: something in it can't be.
    """
    if not isinstance(request, dict):
        raise UsageError("say what to do as an object")
    name = request.get("verb")
    if not isinstance(name, str) or name not in VERBS:
        raise UsageError(f"there is no verb {str(name)[:60]!r}{hint(str(name), VERBS)}")
    verb = VERBS[name]
    given, options = request.get("clips", []), request.get("options", {})
    if not isinstance(given, list) or not isinstance(options, dict):
        raise UsageError("clips are a list, and options an object")
    clips = [_clip(history, each) for each in given]
    if len(clips) != verb.clips:
        what = {0: "no clip", 1: "a clip", 2: "two clips"}[verb.clips]
        raise UsageError(f"{verb.title} takes {what}, and here {'is' if len(clips) == 1 else 'are'} {len(clips)}")
    options = {key: _model(places, history.root, value) if key == "melody" else value for key, value in options.items()}
    model = _model(places, history.root, request.get("model", ""))
    words = [name, *([model] if model not in ("", DEFAULTS[name]) else [])]
    words += [f"{history.path(place).parent.name}/{place[1]}" for place in clips]
    words += verb.words(options)
    return jobs.submit(
        name,
        words,
        of=clips,
        after=looked_at(history, request.get("after")),
        page=verb.page,
        tab=str(request.get("tab", ""))[:40],
    )


def looked_at(history: History, value: Any) -> Place | None:
    """A clip of the history as the page names it, ``[number, file]``; None where it looks at none.

    Raises:
        UsageError: there is no such clip.
    """
    return None if value is None else _clip(history, value)


def _clip(history: History, value: Any) -> Place:
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or not isinstance(value[1], str):
        raise UsageError("a clip is the number of an entry and the name of one of its files")
    place = (value[0], value[1])
    if not place[1].endswith(".mid"):
        raise UsageError(f"{place[1][:80]!r} is no clip")
    history.path(place)
    return place


def _model(places: Places, root: Path, value: Any) -> str:
    """A model as a command in the studio's folder names it."""
    if not isinstance(value, str):
        raise UsageError("a model is named by a text")
    if value == "":
        return ""
    if value.startswith(_RUN):
        run = places.one("run", value.removeprefix(_RUN))
        path = os.path.relpath(run.path, root)
        return path if path.startswith(".") else f"./{path}"
    known = models()
    if value not in known:
        raise UsageError(f"there is no model {value[:60]!r}{hint(value, known)}")
    return value


def told(entry_or_job: Mapping[str, Any]) -> dict[str, Any]:
    """What the page is told of an entry or of a job, with the command as one would type it."""
    import shlex

    command = entry_or_job["command"]
    return {**entry_or_job, "command": shlex.join(["gen", *command]) if command else ""}
