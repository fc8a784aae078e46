"""Models by name: those that come with gen, and those that a user keeps. Each is a run with a card, in a folder.

`run_folder` is the one place where a name becomes a folder; whoever opens a run asks it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from gen.errors import UsageError
from gen.recipes.find import beside_the_code
from gen.system.regular import at_home

CARD = "card.json"
"""What makes a run's folder a model: where it is from, what it can do, and what it can't."""

DEFAULTS = {
    "sample": "drums_4bar",
    "reconstruct": "drums_4bar",
    "interpolate": "drums_4bar",
    "humanize": "drums_2bar_humanize",
    "drumify": "drums_2bar_tap",
    "redo": "drums_4bar",
    "vary": "drums_4bar",
    "continue": "drums_4bar",
    "palette": "drums_4bar",
    "song": "drums_4bar",
    "apply": "drums_4bar",
}
"""The model that a command takes where none is named; other commands of the same kind may add theirs."""

LABELLED = {"drums_2bar_humanize": "drums_2bar_humanize_styles"}
"""The model in place of a default, where one is told labels, such as a style."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")


def own_models() -> Path:
    """Where this user's models are kept: ``GEN_MODELS_DIR``, or the system's place for such; it may not exist yet."""
    import platformdirs

    own = os.environ.get("GEN_MODELS_DIR")
    return at_home(own) if own else platformdirs.user_data_path("gen-music", appauthor=False) / "models"


def shipped_models() -> Path:
    """The folder of the models that come with gen: a checkout's ``models/``, or a wheel's copy of it."""
    return beside_the_code("models")


def models() -> dict[str, Path]:
    """Name to folder of every model, by name; one's own can't take the name of one that comes with gen."""
    cards = [card for folder in (own_models(), shipped_models()) for card in folder.glob(f"*/{CARD}")]
    return dict(sorted((card.parent.name, card.parent) for card in cards))


def run_folder(run: str | os.PathLike[str]) -> Path:
    """The folder of a run, given by its path; or of a model, given by its name.

    A word without a separator is a model's name, unless a run of that name is in the current folder. What is neither
    comes back as it is: whoever opens it says what is wrong with it.
    """
    path = Path(run)
    return path if (path / "recipe.yaml").is_file() else models().get(os.fspath(run), path)


def require_name(name: str) -> None:
    """Make sure that a model can be called so."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"a model can't be called {name!r}: letters, digits, '.', '_' and '-', 64 at the most")
