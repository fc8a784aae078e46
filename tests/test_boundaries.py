"""Who may import whom, and what a light command may load."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import gen

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core" / "gen").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("gen-*/**/*.py"))
PUBLIC_MODULES = ("gen.nn", "gen.testing")
PUBLIC_NAMES = [(module, name) for module in ("gen", *PUBLIC_MODULES) for name in import_module(module).__all__]


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of every import; the name is empty for ``import module``."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, "." * node.level + (node.module or ""), alias.name) for alias in node.names)


def own_packages(path: Path) -> set[str]:
    """The packages beside or around a file of a plugin: plugins/KIND/gen_KIND, examples/gen-NAME/gen_NAME."""
    project = ROOT.joinpath(*path.relative_to(ROOT).parts[:2])
    return {package.parent.name for package in project.glob("gen_*/__init__.py")}


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=short)
def test_gen_imports_no_plugin_package(path):
    assert [found for found in imports(path) if found[1].startswith("gen_")] == []


@pytest.mark.parametrize("path", [*PLUGINS, *EXAMPLES], ids=short)
def test_a_plugin_imports_only_public_names_of_gen(path):
    wrong = []
    for line, module, name in imports(path):
        top = module.partition(".")[0]
        from_gen = module == "gen" and (not name or name in gen.__all__ or f"gen.{name}" in PUBLIC_MODULES)
        if top == "gen" and not from_gen and module not in PUBLIC_MODULES:
            wrong.append((line, module, name))
        if top.startswith("gen_") and top not in own_packages(path):
            wrong.append((line, module, name))
    assert wrong == []


def test_everything_public_is_named_in_three_places_alike():
    tree = ast.parse((ROOT / "core" / "gen" / "__init__.py").read_bytes())
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    declared = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    table = {name: module for module, names in gen._HOMES.items() for name in names}

    assert declared == table
    assert gen.__all__ == ["__version__", *sorted(table)]
    assert [name for names in gen._HOMES.values() for name in names] == [*table]  # no name has two homes


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module in ("gen", *PUBLIC_MODULES) for name in import_module(module).__all__],
)
def test_every_public_name_can_be_had(module, name):
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_a_public_module_names_what_it_offers_and_offers_nothing_else(module):
    tree = ast.parse(Path(import_module(module).__file__).read_bytes())
    offered = [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    ]
    offered += [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    public = [name for name in offered if not name.startswith("_")]

    assert sorted(public) == sorted(import_module(module).__all__)
    assert import_module(module).__all__ == sorted(import_module(module).__all__)


def test_the_page_on_stability_lists_the_public_modules_and_no_other():
    page = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(gen[\w.]*)` \|", page, re.MULTILINE)

    assert listed == ["gen", *PUBLIC_MODULES]


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'gen' has no attribute 'nonsense'"):
        typing.cast(typing.Any, gen).nonsense  # noqa: B018


HEAVY = ["torch", "rich", "yaml", "numpy", "symusic", "pretty_midi", "matplotlib", "safetensors"]


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], HEAVY),
        (["--version"], HEAVY),
        (["recipes", "--help"], HEAVY),
        (["plugins"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
        (["plugins", "--verbose"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
        (["recipes", "ls"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
    ],
    ids=" ".join,
)
def test_a_light_command_loads_nothing_heavy(words, absent):
    code = (
        f"import sys; from gen.cli import main; code = main({words!r}); "
        f"print(code, sorted(set({absent!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stderr.splitlines()[-1] == "0 []"
