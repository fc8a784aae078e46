"""A component's class: where it is, whether it fits, and its constructor, which is the schema of its recipe node.

Accepted annotations: int, float, bool, str, None, Literal of these, unions, list / tuple / Sequence of these, and
nested components: an interface such as ``gen.Decoder``, or ``Callable[..., gen.Decoder]`` for one that the owner
constructs itself, with sizes of its own. A reference ``"module:Class"`` is resolved only when its class is asked for,
so listing what is installed imports no component.
"""

from __future__ import annotations

import ast
import collections.abc
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Union

from gen.errors import PluginError
from gen.system.regular import read_bytes, read_text

Kind = Literal[
    "encoder",
    "decoder",
    "converter",
    "dataset",
    "latent",
    "metric",
    "objective",
    "observer",
    "optimiser",
    "schedule",
]

_KINDS: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    "encoder": ("gen.Encoder", ("input_size", "steps", "layout")),
    "decoder": ("gen.Decoder", ("output_depth", "control_depth", "latent_size", "steps", "layout", "encoder")),
    "converter": ("gen.Converter", ("mode",)),
    "dataset": ("gen.DatasetSource", ()),
    "latent": ("gen.interfaces.Latent", ("input_size", "latent_size")),
    "metric": ("gen.interfaces.Metric", ("converter",)),
    "objective": ("gen.interfaces.Objective", ("latent_size",)),
    "observer": ("gen.interfaces.Observer", ()),
    "optimiser": ("gen.interfaces.Optimiser", ()),
    "schedule": ("gen.interfaces.Schedule", ()),
}
"""All that makes a kind one: the public name of its interface, which stands in ``gen.interfaces.KIND``, and what gen
gives to its constructors. Its hook is ``register_KINDs``."""

KINDS: tuple[Kind, ...] = tuple(_KINDS)

INTERFACES: Mapping[Kind, tuple[str, str]] = {
    kind: (f"gen.interfaces.{kind}", public.rpartition(".")[2]) for kind, (public, _) in _KINDS.items()
}
"""Module and class of the interface of each kind; a module may import torch, so it is imported late."""

GIVEN: Mapping[Kind, tuple[str, ...]] = {kind: given for kind, (_, given) in _KINDS.items()}
"""Keywords that gen itself passes to a constructor that has them; a recipe can't set these."""

REQUIRED: Any = inspect.Parameter.empty

NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_REFERENCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


@dataclass(frozen=True)
class Argument:
    """One argument that a recipe may set. ``default`` is `REQUIRED` where there is none."""

    name: str
    annotation: Any
    default: Any = REQUIRED


def arguments_of(cls: type, *, kind: Kind) -> dict[str, Argument]:
    """What a recipe may set on ``cls``, in the order of its constructor, without what gen gives.

    Raises:
        TypeError: a constructor that can't be a schema: ``*args``, ``**kwargs``, an annotation missing or not accepted.
    """
    given = GIVEN[kind]
    parameters = [p for p in _parameters(cls) if p.name not in given]
    if not parameters:
        return {}
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise TypeError(f"the constructor takes {stars}{parameter.name}; name every argument")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise TypeError(f"{parameter.name!r} is positional-only; recipes pass arguments by keyword")
        if parameter.annotation is REQUIRED:
            raise TypeError(f"{parameter.name!r} has no annotation")
    try:
        hints = typing.get_type_hints(cls.__init__)  # type: ignore[misc]
    except NameError as error:
        raise TypeError(f"an annotation of the constructor can't be resolved: {error}") from error
    for parameter in parameters:
        rejected = next(_rejected(hints[parameter.name]), None)
        if rejected is not None:
            raise TypeError(f"{parameter.name!r}: a recipe has no way to write {spell(rejected)}")
    return {p.name: Argument(p.name, hints[p.name], p.default) for p in parameters}


def given_to(cls: type, values: Mapping[str, object]) -> dict[str, object]:
    """Those of ``values`` that the constructor has a place for."""
    names = {parameter.name for parameter in _parameters(cls)}
    return {name: value for name, value in values.items() if name in names}


def component_kind(annotation: Any) -> Kind | None:
    """``"decoder"`` for ``gen.Decoder`` or ``Callable[..., gen.Decoder]``, and so on; None for anything else."""
    if is_factory(annotation):
        annotation = typing.get_args(annotation)[1]
    if not isinstance(annotation, type):
        return None
    home = (annotation.__module__, annotation.__name__)
    return next((kind for kind, interface in INTERFACES.items() if interface == home), None)


def kind_of(cls: type) -> Kind:
    """The kind of a class, by what it derives from.

    Raises:
        ValueError: it derives from no interface.
    """
    homes = {(base.__module__, base.__name__) for base in cls.__mro__}
    found = next((kind for kind, interface in INTERFACES.items() if interface in homes), None)
    if found is None:
        raise ValueError(f"{cls.__name__} derives from none of {', '.join(name for name, _ in _KINDS.values())}")
    return found


def is_factory(annotation: Any) -> bool:
    """Whether an annotation is ``Callable[..., X]``."""
    arguments = typing.get_args(annotation)
    return typing.get_origin(annotation) is collections.abc.Callable and arguments[0] is ...


def is_union(annotation: Any) -> bool:
    """Whether an annotation is ``X | Y``, ``Optional[X]`` or ``Union[X, Y]``."""
    return typing.get_origin(annotation) in (Union, types.UnionType)


def sequence_items(annotation: Any) -> tuple[Any, ...] | None:
    """Annotations of the items of a list, tuple or Sequence; one and an ellipsis for any number; None if it is none."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (list, collections.abc.Sequence):
        return (arguments[0], ...)
    return arguments if origin is tuple else None


def spell(annotation: Any) -> str:
    """An annotation the way a person would say it: ``int or None``, ``list of int``, ``'norm' or 'value'``."""
    if annotation is None or annotation is type(None):
        return "null"
    if is_union(annotation):
        return " or ".join(spell(member) for member in typing.get_args(annotation))
    if typing.get_origin(annotation) is Literal:
        return " or ".join(repr(value) for value in typing.get_args(annotation))
    items = sequence_items(annotation)
    if items is not None:
        if items[-1:] == (...,):
            return f"list of {spell(items[0])}"
        return f"list of {len(items)} ({', '.join(spell(item) for item in items)})"
    kind = component_kind(annotation)
    if kind is not None:
        return kind
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _parameters(cls: type) -> Sequence[inspect.Parameter]:
    """Parameters of the constructor without ``self``; none where the class only inherits that of its framework."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    constructor: Callable[..., object] = inspect.unwrap(vars(owner)["__init__"])
    if owner is object or constructor is object.__init__ or constructor.__module__.startswith("torch.nn."):
        return ()
    return list(inspect.signature(constructor).parameters.values())[1:]


def _rejected(annotation: Any) -> Iterator[Any]:
    """The parts of an annotation that are not accepted."""
    if annotation in (int, float, bool, str, None, type(None)) or component_kind(annotation) is not None:
        return
    if typing.get_origin(annotation) is Literal:
        plain = (int, bool, str, type(None))
        yield from (value for value in typing.get_args(annotation) if not isinstance(value, plain))
        return
    inner = typing.get_args(annotation) if is_union(annotation) else sequence_items(annotation)
    if not inner:
        yield annotation
    for item in inner or ():
        if item is not ...:
            yield from _rejected(item)


def whereabouts(cls: type) -> str:
    """A class, and where it is written: ``Lace (gen_lace/lace.py:12)``."""
    spot = locate(cls)
    return cls.__name__ if spot is None else f"{cls.__name__} ({spot.file}:{spot.line})"


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
    if not isinstance(name, str) or not NAME.fullmatch(name):
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
            with redirect_stdout(sys.stderr):  # as in gen.registry.loading
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
        tree = ast.parse(read_bytes(Path(spec.origin)))
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
        source = read_text(Path(spec.origin))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    may_hold = re.search(rf"\b{re.escape(name)}\b|import \*|__getattr__", source)
    return None if may_hold else f"module {module} has no {name}"


def _check_class(kind: Kind, name: str, cls: object) -> type:
    home, interface = INTERFACES[kind]
    # A class that derives from the interface has imported its module: no need to import torch just to say no.
    base = getattr(sys.modules.get(home), interface, None)
    if not isinstance(cls, type) or base is None or not issubclass(cls, base):
        raise ValueError(f"{kind} {name!r}: {_describe(cls)} is not a subclass of {_KINDS[kind][0]}")
    return cls


def _describe(value: object) -> str:
    return value.__name__ if isinstance(value, type) else f"{value!r} ({type(value).__name__})"
