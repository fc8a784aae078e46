"""The documentation is true: what it shows runs, what it names exists."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from documents import DOCS, PAGES, ROOT, Block, Reader, blocks, gen_words, page_id

import gen
from gen import cli
from gen.recipes.find import shipped

RUNNABLE = [page for page in PAGES if blocks(page, "sh", "python")]
EVERY_BLOCK = [(page, block) for page in PAGES for block in blocks(page)]


def refuse(*_: object) -> None:
    raise OSError("the documentation's commands must not need a network")


@pytest.fixture
def reader_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with one clip, no data set and no network to get it from."""
    from gen_datasets.demo.source import Demo

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEN_DATA_DIR", str(tmp_path / "no-data-here"))
    monkeypatch.setattr("socket.socket.connect", refuse)
    clip = next(Demo(clips=1).items())
    assert isinstance(clip, gen.Item)
    (tmp_path / "clip.mid").write_bytes(clip.read())
    return tmp_path


@pytest.mark.parametrize("page", RUNNABLE, ids=page_id)
def test_everything_a_page_shows_works_from_top_to_bottom(page: Path, reader_folder: Path) -> None:
    reader = Reader(page, reader_folder)
    reader.run()
    assert reader.count == len(blocks(page, "sh", "python"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```sh\ngen recipes show no-such-recipe\n```\n", "lies.md:2: gen recipes show no-such-recipe: exit code 2"),
        ("```sh\nls | grep nothing-like-it\n```\n", "lies.md:2: .*: exit code 1"),
        ("```sh\ngen train groovae_4bar | cat\n```\n", "too long to run"),
        ("```python\nimport gen\n\ngen.read_midi('nowhere.mid')\n```\n", "lies.md:2: .*nowhere.mid"),
        ("text\n\n```python\nassert 1 == 2\n```\n", "lies.md:4: AssertionError"),
        ("```python\nprint(2 + 2)  # 5\n```\n", "lies.md:2: 5 was not printed"),
    ],
)
def test_a_page_that_lies_is_caught(text: str, complaint: str, reader_folder: Path) -> None:
    page = reader_folder / "lies.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match=complaint):
        Reader(page, reader_folder).run()


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    for page, block in EVERY_BLOCK:
        for command in block.commands() if block.language in ("sh", "console") else []:
            words = gen_words(command)
            if words is not None:
                yield f"{page_id(page)}:{block.line}: {command}", words


@pytest.mark.parametrize("words", [pytest.param(words, id=place) for place, words in shown_commands()])
def test_every_command_that_is_shown_is_understood(words: list[str]) -> None:
    words = [word for word in words if word != "--debug"]
    if not words or words[0] in ("--help", "--version"):
        return
    parser = cli.command_parser(words[0], import_module(cli.COMMANDS[words[0]][0]))
    if "--help" in words:
        return
    args = parser.parse_args(words[1:])  # raises what a user would see
    recipe = getattr(args, "recipe", None)
    if isinstance(recipe, str) and Path(recipe).stem in shipped():
        gen.load_recipe(Path(recipe).stem, [word for word in getattr(args, "overrides", []) if "=" in word])


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_gen_command_in_running_text_exists(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`gen ([a-z]+)", text))
    assert named <= set(cli.COMMANDS)


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {
        target
        for _, block in EVERY_BLOCK
        for command in block.commands()
        for target in re.findall(r"^make ([a-z]+)", command)
    }
    assert {"train", "test"} <= shown <= targets


YAML = [
    pytest.param(page, block, id=f"{page_id(page)}:{block.line}")
    for page, block in EVERY_BLOCK
    if block.language == "yaml"
]


@pytest.mark.parametrize(("page", "block"), YAML)
def test_every_recipe_that_is_shown_is_one_whole_or_as_a_change_of_another(
    page: Path, block: Block, tmp_path: Path
) -> None:
    content = yaml.safe_load(block.text)
    whole = "base" in content or {"data", "converter", "encoder", "decoder"} <= set(content)
    file = tmp_path / "shown.yaml"
    file.write_text(block.text if whole else f"base: groovae_4bar\n{block.text}", encoding="utf-8")
    assert gen.load_recipe(str(file)).name


def test_a_plugin_author_needs_four_commands_and_the_installation() -> None:
    first = blocks(DOCS / "plugins.md", "console")[0]  # what CI runs in a new environment: .ci/plugin_author.py
    commands = [gen_words(command) or command for command in first.commands()]

    assert len(commands) <= 4
    assert commands[0][:2] == ["plugins", "new"]
    assert commands[-1][0] == "train"


def test_the_first_screen_of_the_readme_says_how_to_train_and_test() -> None:
    first = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert "make train" in first
    assert "make test" in first


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=page_id)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def pages_in(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [name for part in (nav.values() if isinstance(nav, dict) else nav) for name in pages_in(part)]  # type: ignore[attr-defined]


def test_every_page_is_in_the_navigation_once() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(pages_in(config["nav"])) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("recipe", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_recipe_opens_with_the_command_that_runs_it(recipe: Path) -> None:
    first = recipe.read_text(encoding="utf-8").splitlines()[0]
    command = f"# gen train recipes/{recipe.name}"
    assert first in (command, f"{command} --data ~/midi"), "the second for recipes that need files of the reader's own"


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reference = tmp_path / "site" / "reference"
    asked = [
        (page.stem, name)
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    built = {
        page: (reference / page.replace("index", "") / "index.html").read_text(encoding="utf-8") for page, _ in asked
    }
    assert len(asked) > 100
    assert [name for page, name in asked if f'id="{name}"' not in built[page]] == []
    everything = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html"))
    assert "fonts.googleapis.com" not in everything  # the site works offline and tells nobody who reads it
