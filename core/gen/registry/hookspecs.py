"""The whole extension surface: a hook for each kind, which answers with names and classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pluggy

from gen.registry.signatures import KINDS, Kind

hookspec = pluggy.HookspecMarker("gen")
hookimpl = pluggy.HookimplMarker("gen")
"""Marks a function of a plugin as the implementation of the hook of the same name."""


def hook_name(kind: Kind) -> str:
    """What the hook of a kind is called."""
    return f"register_{kind}s"


def _hook(kind: Kind) -> Callable[[], object]:
    def register() -> Mapping[str, type | str]:  # type: ignore[empty-body]
        """Components by name: classes, or ``"module:Class"`` so that listing plugins needn't import torch."""

    register.__name__ = register.__qualname__ = hook_name(kind)
    marked: Callable[[], object] = hookspec(register)
    return marked


HOOKS = type("Hooks", (), {hook_name(kind): staticmethod(_hook(kind)) for kind in KINDS})
"""``register_encoders``, ``register_decoders`` and so on, one a kind."""
