"""Names on their way out: they work as before, and say what took their place."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar, cast

Marked = TypeVar("Marked", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

_RENAMED = "__gen_renamed__"
_DEPRECATED = "__gen_deprecated__"


@dataclass(frozen=True)
class Renamed:
    """What an option is called now, and a clause for people: since when, and until when the old name works."""

    new: str
    notice: str


def deprecated(*, since: str, removal: str, instead: str) -> Callable[[Marked], Marked]:
    """Mark a function, a method or a class that is going to be removed.

    Whoever calls it is warned (`DeprecationWarning`) at the place of the call, once for each place unless warnings are
    filtered otherwise; whoever names such a component in a recipe, by a `FutureWarning` with file and line.

    ::

        @gen.deprecated(since="0.3", removal="0.5", instead="gen_lace.weave")
        def knit(): ...

    Args:
        since: the first version of its project that warns.
        removal: the version that will lack it; at least two minor versions later (docs/stability.md).
        instead: what to use.
    """

    def mark(thing: Marked) -> Marked:
        package = thing.__module__.partition(".")[0]
        text = (
            f"{thing.__module__}.{thing.__qualname__} is deprecated since {package} {since} and goes with {removal}; "
            f"use {instead}"
        )
        if isinstance(thing, type):
            _before_construction(thing, lambda arguments: warnings.warn(text, DeprecationWarning, stacklevel=3))
            setattr(thing, _DEPRECATED, text)
            return thing

        @functools.wraps(thing)
        def warned(*args: Any, **options: Any) -> Any:
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            return thing(*args, **options)

        return cast(Marked, warned)

    return mark


def renamed(options: Mapping[str, str], *, since: str, removal: str) -> Callable[[Class], Class]:
    """Mark a class of which options were renamed; the old names go on working, in recipes too.

    In Python an old name is a `DeprecationWarning` at the place of the call; in a recipe, a `FutureWarning` that says
    file and line, since whoever runs a recipe need not be whoever writes Python.

    ::

        @gen.renamed({"hidden": "hidden_size"}, since="0.3", removal="0.5")
        class LaceDecoder(gen.Decoder): ...

    Args:
        options: old name to new name.
        since: the first version of its project that has the new names.
        removal: the version that will know the old ones no more.

    Raises:
        TypeError: the constructor lacks a new name, or has an old one.
    """

    def mark(cls: Class) -> Class:
        package = cls.__module__.partition(".")[0]
        mine: dict[str, Renamed] = {}
        for old, new in options.items():
            if new not in inspect.signature(cls).parameters or old in inspect.signature(cls).parameters:
                raise TypeError(f"{cls.__name__} must take {new!r}, and not {old!r}, to have had that renamed")
            notice = f"is called {new!r} since {package} {since}; the old name goes with {removal}"
            mine[old] = Renamed(new, notice)

        def rename(arguments: dict[str, Any]) -> None:
            for old, now in mine.items():
                if old not in arguments:
                    continue
                if now.new in arguments:
                    raise TypeError(f"{cls.__name__} was given {old!r} and {now.new!r}, which are the same option")
                warnings.warn(f"{cls.__name__}: {old!r} {now.notice}", DeprecationWarning, stacklevel=3)
                arguments[now.new] = arguments.pop(old)

        _before_construction(cls, rename)
        setattr(cls, _RENAMED, {**renamed_options(cls), **mine})
        return cls

    return mark


def moved(name: str, package: str, rooms: Sequence[str], *, since: str, removal: str) -> Any:
    """What a package's ``__getattr__`` gives for a name that went to one of its modules with an ``__all__``, its rooms.

    Whoever asks is warned (`DeprecationWarning`) at the place where they ask, and told the new place.

    Raises:
        AttributeError: no room has the name.
    """
    for room in rooms if not name.startswith("_") else ():
        module = import_module(f"{package}.{room}")
        if name in module.__all__:
            new = f"{module.__name__}.{name}"
            text = f"{package}.{name} is {new} since {package} {since}; the old name goes with {removal}"
            warnings.warn(text, DeprecationWarning, stacklevel=3)
            return getattr(module, name)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


def deprecation_of(cls: type) -> str | None:
    """What `deprecated` says of a class itself; None where it isn't marked."""
    return cast("str | None", vars(cls).get(_DEPRECATED))


def renamed_options(cls: type) -> Mapping[str, Renamed]:
    """Old names of a class's options."""
    return cast("Mapping[str, Renamed]", getattr(cls, _RENAMED, {}))


def _before_construction(cls: type, act: Callable[[dict[str, Any]], None]) -> None:
    """Let ``act`` see, and change, what a constructor is given by keyword; it warns with ``stacklevel=3``."""
    construct: Callable[..., None] = cls.__init__  # type: ignore[misc]

    @functools.wraps(construct)  # so that the signature, which is the schema of a recipe, stays what it was
    def __init__(self: object, *args: Any, **options: Any) -> None:
        act(options)
        construct(self, *args, **options)

    cls.__init__ = __init__  # type: ignore[misc]
