"""What a kind asks of its components, and what one of them takes, as text: the docstrings that ``help`` shows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

from gen.registry.components import Registry
from gen.registry.hookspecs import hook_name
from gen.registry.signatures import GIVEN, INTERFACES, PUBLIC, REQUIRED, Kind, arguments_of, spell, whereabouts

_PAGES = {"encoder": "encoder", "decoder": "decoder", "converter": "converter", "dataset": "dataset"}


def contract(kind: Kind) -> str:
    """Of a kind: its interface, each method with its shapes, and the values that they exchange."""
    module, name = INTERFACES[kind]
    interface = getattr(import_module(module), name)
    given = f"{', '.join(GIVEN[kind])}, where it has that keyword" if GIVEN[kind] else "nothing"
    lines = [
        f"{kind}: {PUBLIC[kind]}",
        f"  hook {hook_name(kind)}; gen gives its constructor",
        f"  {given}",
        f"  docs/plugins/{_PAGES.get(kind, 'training')}.md; gen plugins new {kind} NAME; gen plugins check NAME",
        "",
        *_indented(interface.__doc__, "  "),
    ]
    for each, member in _members(interface):
        must = " (must)" if each in getattr(interface, "__abstractmethods__", ()) else ""
        lines += ["", f"  {_signed(each, member)}{must}", *_indented(_doc(member), "      ")]
    for value in _values(interface, import_module(module)):
        lines += ["", f"  {value.__name__}", *_indented(value.__doc__, "      ")]
    return "\n".join(lines)


def described(found: Registry, kind: Kind, name: str) -> str:
    """Of a component: whose it is, where, what it says of itself, and its options with types and defaults."""
    cls, plugin = found.find(kind, name), found.provider(kind, name)
    lines = [f"{kind} {name}: {whereabouts(cls)}, of {plugin.whose}", ""]
    lines += [*_indented(cls.__doc__ if "__doc__" in vars(cls) else None, "  "), ""]
    options = arguments_of(cls, kind=kind)
    for option in options.values():
        default = "" if option.default is REQUIRED else f" = {option.default!r}"
        lines.append(f"  {option.name}: {spell(option.annotation)}{default}")
    if not options:
        lines.append("  it takes no options")
    return "\n".join(lines)


def _indented(text: str | None, by: str) -> Iterator[str]:
    plain = re.sub(r"``(.+?)``", r"\1", inspect.cleandoc(text or ""))
    return (f"{by}{line}".rstrip() for line in plain.splitlines())


def _members(interface: type) -> Iterator[tuple[str, Any]]:
    """What the class itself brings, in its order."""
    for name, member in vars(interface).items():
        function = inspect.isfunction(member) or isinstance(member, (property, cached_property))
        if not name.startswith("_") and function:
            yield name, member


def _doc(member: Any) -> str | None:
    return (member.fget if isinstance(member, property) else member).__doc__


def _signed(name: str, member: Any) -> str:
    """A method as it is called: names, without annotations."""
    if not inspect.isfunction(member):
        return name
    star = False
    shown: list[str] = []
    for each in list(inspect.signature(member).parameters.values())[1:]:
        if each.kind is each.KEYWORD_ONLY and not star:
            shown, star = [*shown, "*"], True
        shown.append(each.name if each.default is each.empty else f"{each.name}={each.default!r}")
    return f"{name}({', '.join(shown)})"


def _values(interface: type, module: Any) -> Iterator[type]:
    """The dataclasses of the interface's module that its methods take or give."""
    said = " ".join(str(member.__annotations__) for _, member in _members(interface) if inspect.isfunction(member))
    for value in vars(module).values():
        known = isinstance(value, type) and value is not interface and value.__module__.startswith("gen.interfaces")
        if known and re.search(rf"\b{value.__name__}\b", said):
            yield value
