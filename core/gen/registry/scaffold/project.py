"""Writing a new plugin's project from templates.

A template is a text file that ends in ``.in``; ``$name`` and the like are filled in by `string.Template`, which knows
nothing else, and ``$$`` is a dollar. The folder ``module`` becomes the package, and ``NAME`` in a file's name the name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from gen.errors import UsageError
from gen.registry.compatibility import PROJECT
from gen.registry.scaffold.names import Names
from gen.system.files import directory_atomically
from gen.system.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".in"


def new_project(names: Names, parent: Path) -> Path:
    """Write the project of a new plugin, which installs, is tested and trains as it is.

    Args:
        names: of the plugin; see `gen.registry.scaffold.check_names`.
        parent: the folder in which the project's own is made; it need not exist.

    Returns:
        The project's folder, which is whole or not there.

    Raises:
        UsageError: there is something by that name already, or ``parent`` is a file.
    """
    if parent.exists() and not parent.is_dir():
        raise UsageError(f"--out {parent}: that is a file; give a folder")
    project = parent / names.project
    if project.exists() or project.is_symlink():
        raise UsageError(f"{project} is there already; choose another name, or another folder by --out")
    values = _values(names)
    with directory_atomically(project) as folder:
        for path, text in _rendered(names, values):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return project


def compatible(version: str) -> str:
    """The range of gen's versions that promise to stay compatible with one (docs/stability.md).

    Args:
        version: such as ``0.1.0`` or ``1.3.2rc1``.
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    return f">={major}.{minor},<{f'0.{minor + 1}' if major == 0 else major + 1}"


def _values(names: Names) -> Mapping[str, str]:
    return {
        "name": names.name,
        "project": names.project,
        "module": names.module,
        "class_name": names.class_name,
        "kind": names.kind,
        "requirement": f"{PROJECT}{compatible(__version__)}",
    }


def _rendered(names: Names, values: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Path below the project, and text, of every file."""
    for part in ("common", names.kind):
        root = _TEMPLATES / part
        for file in sorted(root.rglob(f"*{_SUFFIX}")):
            steps = file.relative_to(root).with_suffix("").parts
            place = Path(*(names.module if step == "module" else step.replace("NAME", names.name) for step in steps))
            yield place, Template(file.read_text(encoding="utf-8")).substitute(values)
