"""Who may import whom, and what a light command may load."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import gen

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core" / "gen").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
PUBLIC_MODULES = ("gen.nn", "gen.testing")


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of every import; the name is empty for ``import module``."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, "." * node.level + (node.module or ""), alias.name) for alias in node.names)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=short)
def test_gen_imports_no_plugin_package(path):
    assert [found for found in imports(path) if found[1].startswith("gen_")] == []


@pytest.mark.parametrize("path", PLUGINS, ids=short)
def test_a_plugin_imports_only_public_names_of_gen(path):
    wrong = []
    for line, module, name in imports(path):
        top = module.partition(".")[0]
        from_gen = module == "gen" and (not name or name in gen.__all__ or f"gen.{name}" in PUBLIC_MODULES)
        if top == "gen" and not from_gen and module not in PUBLIC_MODULES:
            wrong.append((line, module, name))
        if top.startswith("gen_") and top != path.relative_to(ROOT / "plugins").parts[1]:
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


@pytest.mark.parametrize("name", gen.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(gen, name) is not None


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
