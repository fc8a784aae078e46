"""What a new plugin, its project, its package and its class are called, and whether they may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from gen.errors import UsageError
from gen.registry import Kind, Registry

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST = 40
_SUFFIX = {"encoder": "Encoder", "decoder": "Decoder", "converter": "Converter", "dataset": "Dataset"}


@dataclass(frozen=True)
class Names:
    """The names of one new plugin.

    Args:
        kind: what it provides.
        name: what recipes call it, such as ``lace``.

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
        return "".join(part.capitalize() for part in re.split("[-_]", self.name)) + _SUFFIX[self.kind]


def check_names(names: Names, registry: Registry) -> None:
    """Check that nothing installed goes by these names.

    Args:
        names: of the new plugin.
        registry: what there is already.

    Raises:
        UsageError: a component of this kind, a project or a package has the name.
    """
    if names.name in registry.names(names.kind):
        owner = registry.provider(names.kind, names.name)
        whose = f"{owner.name} ({owner.distribution} {owner.version})" if owner.distribution else owner.name
        raise UsageError(f"there is a {names.kind} {names.name!r} already, of plugin {whose}; choose another name")
    try:
        there = version(names.project)
    except PackageNotFoundError:
        pass
    else:
        raise UsageError(
            f"a project {names.project} ({there}) is installed already; choose another name, or uninstall it first"
        )
    if find_spec(names.module) is not None:
        raise UsageError(f"a package {names.module} is there already; choose another name")
