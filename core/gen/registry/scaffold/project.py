"""New plugin projects: what they are called, and how they are written from templates.

A template is a text file that ends in ``.in``; ``$name`` and the like are filled in by `string.Template`, which knows
nothing else, and ``$$`` is a dollar. The folder ``module`` becomes the package, and ``NAME`` and ``KIND`` in a file's
name what they say. What a kind has of its own takes the place of what is common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from string import Template

from gen.errors import UsageError
from gen.registry import Kind, Registry
from gen.registry.loading import PROJECT
from gen.system import regular
from gen.system.files import directory_atomically, require_folder, write_atomically
from gen.system.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST = 40


@dataclass(frozen=True)
class Names:
    """The names of one new plugin; ``name`` is what recipes call it, such as ``lace``.

    Raises:
        UsageError: a name that can't be a component's, a project's and a package's.
    """

    kind: Kind
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            lower = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-0123456789")
            meant = f", such as {lower!r}" if _NAME.fullmatch(lower) else ", such as 'lace'"
            raise UsageError(
                f"name {self.name!r}: a name is lower-case letters, digits, and single '-' or '_' between them, and "
                f"begins with a letter{meant}"
            )
        if len(self.name) > _LONGEST:
            raise UsageError(f"name {self.name!r}: {len(self.name)} letters are too many; {_LONGEST} at most")

    @property
    def project(self) -> str:
        """Of the distribution and of its folder: ``gen-lace``."""
        return f"gen-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """Of the package to import: ``gen_lace``."""
        return f"gen_{self.name.replace('-', '_')}"

    @property
    def class_name(self) -> str:
        """Of the class: ``LaceDecoder``."""
        return "".join(part.capitalize() for part in re.split("[-_]", self.name)) + self.kind.capitalize()


def check_names(names: Names, registry: Registry) -> None:
    """Check that nothing installed goes by the names of a new plugin.

    Raises:
        UsageError: a component of this kind, a project or a package has the name.
    """
    if names.name in registry.names(names.kind):
        owner = registry.provider(names.kind, names.name)
        whose = f"{owner.name} ({owner.distribution} {owner.version})" if owner.distribution else owner.name
        raise UsageError(f"there is a {names.kind} {names.name!r} already, of plugin {whose}; choose another name")
    if there := next(iter(distributions(name=names.project)), None):
        raise UsageError(
            f"a project {names.project} ({there.version}) is installed already; choose another name, or uninstall it "
            "first"
        )
    if find_spec(names.module) is not None:
        raise UsageError(f"a package {names.module} is there already; choose another name")


def new_project(names: Names, parent: Path) -> Path:
    """Write the project of a new plugin, which installs, is tested and trains as it is, and give its folder.

    That is made whole or not at all, in ``parent``, which need not exist.

    Raises:
        UsageError: there is something by that name already, or ``parent`` is a file.
    """
    require_folder(parent, option="--out")
    project = parent / names.project
    if project.exists() or project.is_symlink():
        raise UsageError(f"{project} is there already; choose another name, or another folder by --out")
    values = {name: getattr(names, name) for name in ("name", "project", "module", "class_name", "kind")}
    values["a_kind"] = f"{'an' if names.kind[0] in 'aeiou' else 'a'} {names.kind}"
    values["requirement"] = f"{PROJECT}{compatible(__version__)}"
    with directory_atomically(project) as folder:
        for root in (_TEMPLATES / "common", _TEMPLATES / names.kind):
            for template in sorted(root.rglob("*.in")):
                steps = template.relative_to(root).with_suffix("").parts
                file = folder.joinpath(*(_filled(step, names) for step in steps))
                regular.inner_folder(file.parent)
                write_atomically(file, Template(regular.read_text(template)).substitute(values))
    return project


def _filled(step: str, names: Names) -> str:
    """A step of a template's path as it is in the project."""
    return names.module if step == "module" else step.replace("NAME", names.name).replace("KIND", names.kind)


def compatible(version: str) -> str:
    """The range of gen's versions that promise to stay compatible with ``0.1.0``, say (docs/stability.md)."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return f">={major}.{minor},<{f'0.{minor + 1}' if major == 0 else major + 1}"
