"""Where a component's class is: resolving ``"module:Class"``, checking what it names, and finding its line.

A reference is resolved only when its class is asked for, so listing what is installed imports no component.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from gen.errors import PluginError
from gen.registry.signatures import INTERFACES, Kind, arguments_of

_NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_REFERENCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


@dataclass(frozen=True)
class Location:
    """A line of a source file."""

    file: str
    line: int


def check_entry(kind: Kind, name: object, reference: object) -> None:
    """Check one pair of what a hook returned, as far as that goes without importing a component.

    Raises:
        ValueError: an unsuitable name, or neither a class of that kind nor ``"module:Class"``.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{kind} name {name!r} must be lower-case letters, digits, '_' and '-', such as 'flat'")
    if isinstance(reference, str):
        if not _REFERENCE.fullmatch(reference):
            raise ValueError(f"{kind} {name!r}: {reference!r} is not of the form 'module:Class'")
    elif not isinstance(reference, type):
        raise ValueError(f"{kind} {name!r}: expected a class or 'module:Class', got {_describe(reference)}")
    else:
        _check_class(kind, name, reference)


def resolve(kind: Kind, name: str, reference: type | str, *, plugin: str) -> type:
    """The class behind a reference, checked to be a usable component of that kind.

    Raises:
        PluginError: the module or the class is not there or doesn't fit; names the plugin and the reference.
    """
    blame = f"plugin {plugin!r}, {kind} {name!r}"
    if isinstance(reference, str):
        blame += f" ({reference})"
    try:
        found: object = reference
        if isinstance(reference, str):
            module, _, own = reference.partition(":")
            loaded = import_module(module)
            if not hasattr(loaded, own):
                raise ValueError(f"module {module} has no {own}")
            found = getattr(loaded, own)
        cls = _check_class(kind, name, found)
    except Exception as error:  # importing runs a stranger's code
        raise PluginError(f"{blame}: {type(error).__name__}: {error}") from error
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        raise PluginError(f"{blame}: {cls.__name__} lacks {', '.join(missing)}, which a {kind} must have")
    try:
        arguments_of(cls, kind=kind)
    except TypeError as error:
        raise PluginError(f"{blame}: {error}") from error
    return cls


def locate(reference: type | str) -> Location | None:
    """File and line of a component, without importing it; None where its source can't be found."""
    try:
        if isinstance(reference, type):
            file = inspect.getsourcefile(reference)
            return None if file is None else Location(file, inspect.getsourcelines(reference)[1])
        module, _, name = reference.partition(":")
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            return None
        tree = ast.parse(Path(spec.origin).read_bytes())
    except Exception:  # a place to look at is a courtesy; whatever is wrong with the module is told when it is used
        return None
    lines = (node.lineno for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return next((Location(spec.origin, line) for line in lines), None)


def why_missing(reference: type | str) -> str | None:
    """What speaks against a component's being there, as far as that can be told without importing it; or None.

    `resolve` has the last word: a module that is there may still fail, or hold something else by that name.
    """
    if isinstance(reference, type):
        return None
    module, _, name = reference.partition(":")
    try:
        spec = find_spec(module)  # imports the packages around the module: a stranger's code
        if spec is None:
            return f"no module named {module!r}"
        if spec.origin is None or not spec.origin.endswith(".py"):
            return None
        source = Path(spec.origin).read_text(encoding="utf-8")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    may_hold = re.search(rf"\b{re.escape(name)}\b|import \*|__getattr__", source)
    return None if may_hold else f"module {module} has no {name}"


def _check_class(kind: Kind, name: str, cls: object) -> type:
    home, interface = INTERFACES[kind]
    # A class that derives from the interface has imported its module: no need to import torch just to say no.
    base = getattr(sys.modules.get(home), interface, None)
    if not isinstance(cls, type) or base is None or not issubclass(cls, base):
        raise ValueError(f"{kind} {name!r}: {_describe(cls)} is not a subclass of gen.{interface}")
    return cls


def _describe(value: object) -> str:
    return value.__name__ if isinstance(value, type) else f"{value!r} ({type(value).__name__})"
