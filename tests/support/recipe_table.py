"""The table of shipped recipes in docs/recipes.md, made from the recipes themselves.

python tests/support/recipe_table.py writes it anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

import gen
from gen.recipes.find import shipped

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
BEGIN, END = "<!-- recipes: begin -->\n", "<!-- recipes: end -->\n"

ORIGINALS = (
    "cat-mel_2bar_small",
    "cat-mel_2bar_big",
    "cat-mel_2bar_med_chords",
    "flat-mel_16bar",
    "hierdec-mel_16bar",
    "hier-mel_16bar",
    "cat-drums_2bar_small",
    "cat-drums_2bar_big",
    "nade-drums_2bar_reduced",
    "nade-drums_2bar_full",
    "flat-trio_16bar",
    "hierdec-trio_16bar",
    "hier-trio_16bar",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_big",
    "hier-multiperf_vel_1bar_med_chords",
    "hier-multiperf_vel_1bar_big_chords",
    "groovae_4bar",
    "groovae_2bar_humanize",
    "groovae_2bar_tap_fixed_velocity",
    "groovae_2bar_tap_fixed_velocity_note_dropout",
    "groovae_2bar_add_closed_hh",
    "groovae_2bar_hits_control_tfds",
)
"""The configurations of the original, in its order."""


def model_without_memory(name: str) -> gen.VAE:
    """A shipped recipe's model on torch's ``meta`` device: shapes, and no numbers."""
    with torch.device("meta"):
        return gen.build_model(gen.load_recipe(name))


def opening(path: Path) -> list[str]:
    """The comment lines that a recipe opens with, without their marks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return [line.removeprefix("#").strip() for line in lines[:first]]


def cost(path: Path) -> tuple[str, str]:
    """Parameters, and what else the opening says of the cost."""
    found = re.search(r"Cost: ([\d,]+) parameters[;.]\s*(.*)", " ".join(opening(path)))
    assert found, f"{path.name} doesn't say what it costs"
    return found[1], found[2].rstrip(".")


def tables() -> str:
    """All recipes in five tables."""
    paths = shipped()
    own = [name for name in paths if name.startswith(("drums_", "melody_", "mine_"))]
    rest = [name for name in paths if name not in ORIGINALS and name not in own]
    laptop = [name for name in rest if re.search(r"_(small|tiny)(_|$)", name)]
    matched = [name for name in rest if name.endswith("_matched") and name not in laptop]
    groups = {
        "gen's own": own,
        "Under the original's names": ORIGINALS,
        "After the papers, where the original's code has no configuration or another": [
            name for name in rest if name not in laptop and name not in matched
        ],
        "Matched pairs": matched,
        "For a laptop's CPU": laptop,
    }
    return "\n".join(f"### {title}\n\n{_table(names, paths)}" for title, names in groups.items())


def _table(names: tuple[str, ...] | list[str], paths: dict[str, Path]) -> str:
    rows = ["| recipe | what | parameters | batch | memory and time |", "|---|---|--:|--:|---|"]
    for name in names:
        recipe = gen.load_recipe(name)
        parameters, more = cost(paths[name])
        rows.append(f"| `{name}` | {recipe.description} | {parameters} | {recipe.training.batch_size} | {more} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """docs/recipes.md with the tables of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
