"""Making the component that is checked, again and again, as a recipe would make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gen.recipes.build import instantiate
from gen.recipes.sections import Component
from gen.registry import Kind
from gen.registry.signatures import GIVEN, given_to


@dataclass(frozen=True)
class Maker:
    """A class, what a recipe says of it, and the sizes that gen gives.

    Attributes:
        kind: of the component.
        cls: its class.
        options: what a recipe would write. A component inside is a `gen.recipes.sections.Component`, or what its
            owner's constructor takes: a class will do where that is a ``Callable``.
        given: sizes, by the names under which gen gives them.
    """

    kind: Kind
    cls: type
    options: Mapping[str, object]
    given: Mapping[str, Any]

    def make(self) -> Any:
        """A new one.

        Raises:
            gen.errors.GenError: the constructor refuses what it was given.
        """
        return instantiate(self.kind, self.cls, Component(self.cls.__name__, dict(self.options)), **self.given)

    def __str__(self) -> str:
        options = ", ".join(f"{name}={_short(value)}" for name, value in self.options.items())
        given = given_to(self.cls, self.given)
        sizes = ", ".join(f"{name} {value}" for name, value in given.items() if isinstance(value, (int, str)))
        return f"{self.kind} {self.cls.__name__}({options})" + (f", {sizes}" if sizes else "")


def maker(kind: Kind, cls: type, options: Mapping[str, object], defaults: Mapping[str, Any]) -> Maker:
    """Tell sizes from options.

    Sizes come among the options, since no option can have a size's name, or together as a mapping called ``sizes``;
    a list of that name is an option like any other.

    Args:
        kind: of the component.
        cls: its class.
        options: of the component, and sizes.
        defaults: sizes where nobody says.

    Raises:
        ValueError: a size that gen doesn't give to this kind.
    """
    rest = dict(options)
    together = rest.pop("sizes") if isinstance(rest.get("sizes"), Mapping) else {}
    unknown = sorted(set(together) - set(GIVEN[kind]))  # type: ignore[call-overload]
    if unknown:
        known = ", ".join(GIVEN[kind]) or "none"
        raise ValueError(f"sizes that gen gives to a {kind} are {known}; not {', '.join(unknown)}")
    own = {name: rest.pop(name) for name in GIVEN[kind] if name in rest}
    return Maker(kind, cls, rest, {**defaults, **together, **own})  # type: ignore[dict-item]


def _short(value: object) -> str:
    if isinstance(value, Component):
        return f"{value.type}({', '.join(f'{k}={_short(v)}' for k, v in value.arguments.items())})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_short, value))}]"
    return value.__name__ if isinstance(value, type) else repr(value)
