"""A component's constructor is the schema of its recipe node; this reads it.

Accepted annotations: int, float, bool, str, None, Literal of these, unions, list / tuple / Sequence of these, and
nested components: an interface such as ``gen.Decoder``, or ``Callable[..., gen.Decoder]`` for one that the owner
constructs itself, with sizes of its own.
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

Kind = Literal["encoder", "decoder", "converter", "dataset"]

KINDS: tuple[Kind, ...] = ("encoder", "decoder", "converter", "dataset")

INTERFACES: Mapping[Kind, tuple[str, str]] = {
    "encoder": ("gen.interfaces.encoder", "Encoder"),
    "decoder": ("gen.interfaces.decoder", "Decoder"),
    "converter": ("gen.interfaces.converter", "Converter"),
    "dataset": ("gen.interfaces.dataset", "DatasetSource"),
}
"""Module and class of the interface of each kind; a module may import torch, so it is imported late."""

GIVEN: Mapping[Kind, tuple[str, ...]] = {
    "converter": ("mode",),
    "encoder": ("input_size", "steps"),
    "decoder": ("output_depth", "control_depth", "latent_size", "steps", "encoder"),
    "dataset": (),
}
"""Keywords that gen itself passes to a constructor that has them; a recipe can't set these."""

REQUIRED: Any = inspect.Parameter.empty


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
