"""What is checked: a component, made again and again as a recipe would make it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from gen.recipes.build import instantiate
from gen.recipes.sections import Component
from gen.registry import Kind
from gen.registry.signatures import GIVEN, given_to

C = TypeVar("C")
R = TypeVar("R")


class Subject(Generic[C]):
    """A class, what a recipe says of it, and the sizes that gen gives.

    Options are what a recipe would write; a component inside is a `gen.recipes.sections.Component`, or what its owner's
    constructor takes: a class will do where that is a ``Callable``. Sizes come among them, since no option can have a
    size's name, or together as a mapping called ``sizes``; a list of that name is an option.

    Raises:
        ValueError: a size that gen doesn't give to this kind.
    """

    KIND: ClassVar[Kind]
    SIZES: ClassVar[Mapping[str, Any]] = {}
    """What gen gives, where nobody says."""

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        self.cls = cls
        rest, names = dict(options), GIVEN[self.KIND]
        together: Mapping[str, Any] = rest.pop("sizes") if isinstance(rest.get("sizes"), Mapping) else {}
        if unknown := sorted(set(together) - set(names)):
            known = ", ".join(names) or "none"
            raise ValueError(f"sizes that gen gives to a {self.KIND} are {known}; not {', '.join(unknown)}")
        own = {name: rest.pop(name) for name in names if name in rest}
        self.options: Mapping[str, Any] = rest
        self.given: Mapping[str, Any] = {**self.SIZES, **together, **own}

    def make(self) -> C:
        """A new one.

        Raises:
            gen.errors.GenError: the constructor refuses what it was given.
        """
        made: C = instantiate(self.KIND, self.cls, Component(self.cls.__name__, dict(self.options)), **self.given)
        return made

    @cached_property
    def component(self) -> C:
        """One of them."""
        return self.make()

    def __str__(self) -> str:
        options = ", ".join(f"{name}={_short(value)}" for name, value in self.options.items())
        given = given_to(self.cls, self.given)
        sizes = [f"{name} {value}" for name, value in given.items() if isinstance(value, (int, str))]
        return ", ".join([f"{self.KIND} {self.cls.__name__}({options})", *sizes])


def _short(value: object) -> str:
    if isinstance(value, Component):
        return f"{value.type}({', '.join(f'{k}={_short(v)}' for k, v in value.arguments.items())})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_short, value))}]"
    return value.__name__ if isinstance(value, type) else repr(value)


@contextmanager
def random_from(seed: int) -> Iterator[None]:
    """Python's and numpy's random states from a seed for the length of the block; then what they were."""
    python, numpy = random.getstate(), np.random.get_state(legacy=True)  # noqa: NPY002 - what must not be used
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def under_two_seeds(run: Callable[[int], R]) -> tuple[R, R]:
    """What a function of a seed gives, with Python's and numpy's random states from it, too; they stay as they were."""
    results = []
    for seed in (1, 2):
        with random_from(seed):
            results.append(run(seed))
    return results[0], results[1]
