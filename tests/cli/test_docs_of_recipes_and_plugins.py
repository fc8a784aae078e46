"""The commands and snippets that docs/recipes.md and docs/plugins.md show work as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gen import cli

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ["recipes.md", "plugins.md"]


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_works(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "gen"
        assert cli.main(words[1:]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES)
def test_every_snippet_of_the_page_runs(page, capsys):
    for snippet in blocks(page, "python"):
        exec(compile(snippet, page, "exec"), {"__name__": "snippet"})  # noqa: S102 -- our own documentation


def test_the_recipe_of_the_page_is_a_recipe(tmp_path, capsys):
    whole, child = blocks("recipes.md", "yaml")
    for name, text in (("whole.yaml", whole), ("child.yaml", child)):
        (tmp_path / name).write_text(text)
        assert cli.main(["recipes", "show", "--resolved", str(tmp_path / name)]) == 0
