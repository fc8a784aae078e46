"""The whole extension surface: four hooks, each answering with names and classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from gen.interfaces.converter import Converter
    from gen.interfaces.dataset import DatasetSource
    from gen.interfaces.decoder import Decoder
    from gen.interfaces.encoder import Encoder

hookspec = pluggy.HookspecMarker("gen")
hookimpl = pluggy.HookimplMarker("gen")
"""Marks a function of a plugin as the implementation of the hook of the same name."""


@hookspec
def register_encoders() -> Mapping[str, type[Encoder] | str]:  # type: ignore[empty-body]
    """Encoders by name: classes, or ``"module:Class"`` so that listing plugins needn't import torch."""


@hookspec
def register_decoders() -> Mapping[str, type[Decoder] | str]:  # type: ignore[empty-body]
    """Decoders by name: classes, or ``"module:Class"``."""


@hookspec
def register_converters() -> Mapping[str, type[Converter] | str]:  # type: ignore[empty-body]
    """Converters by name: classes, or ``"module:Class"``."""


@hookspec
def register_datasets() -> Mapping[str, type[DatasetSource] | str]:  # type: ignore[empty-body]
    """Data sources by name: classes, or ``"module:Class"``."""
