"""A small plugin whose components exercise every kind of argument, so that these tests rest on no real model."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
import torch

import gen
import gen.testing


class Source(gen.DatasetSource):
    title = "made up"
    licence = "none"

    def __init__(self, *, path: str | None = None, verify: bool = True) -> None:
        self.path, self.verify = path, verify

    def items(self):
        return iter(())


class Table(gen.Converter):
    """A converter with all the plain annotations."""

    input_depth = output_depth = 3
    control_depth = 0
    steps = 4

    def __init__(
        self,
        *,
        bars: int = 2,
        swing: float = 0.5,
        loud: bool = False,
        label: str = "",
        scheme: Literal["roland", "reduced"] | Sequence[Sequence[int]] = "roland",
        hop: int | None = None,
        pair: tuple[int, float] = (1, 2.0),
        words: list[str] | None = None,
        mode: gen.interfaces.Mode = "infer",
    ) -> None:
        if bars < 1:
            raise ValueError(f"bars must be at least 1, got {bars}")
        self.scheme, self.mode = scheme, mode

    def convert(self, notes, *, rng=None):
        return gen.Conversion((), gen.Rejection("no-notes", "a table takes no notes"))

    def from_tensors(self, outputs, controls=None):
        return []

    def statistics(self, targets, outputs, lengths, qpm):
        return {}

    def summarise(self, sums):
        return {}


class Reader(gen.Encoder):
    def __init__(self, sizes: Sequence[int], *, dropout: float = 0.0, input_size: int) -> None:
        super().__init__()
        self.sizes, self.input_size = sizes, input_size

    @property
    def output_size(self):
        return 2

    def forward(self, inputs, lengths, *, generator=None):
        return torch.zeros(len(inputs), 2)


class _Speaker(gen.Decoder):
    """Says nothing but zeros, and loses nothing by it."""

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        return gen.DecoderOutput(loss=torch.zeros(len(z)), outputs=torch.zeros_like(targets))

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        return torch.zeros(len(z), steps, Table.output_depth)


class Plain(_Speaker):
    """Has no constructor of its own, and so takes nothing."""


class Sized(_Speaker):
    def __init__(self, *, width: int = 8, latent_size: int, output_depth: int = 0) -> None:
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1, got {width}")
        self.width, self.latent_size = width, latent_size


class Owner(_Speaker):
    """Takes components: one as it is, one to make itself, and a list of them."""

    def __init__(
        self,
        core: gen.Decoder,
        *,
        maker: Callable[..., gen.Decoder] | None = None,
        parts: Sequence[gen.Decoder] = (),
        latent_size: int,
    ) -> None:
        super().__init__()
        self.core, self.parts = core, parts
        self.made = maker(latent_size=7) if maker is not None else None


@pytest.fixture(autouse=True)
def dummies() -> Iterator[None]:
    """Only the components above exist."""
    offered = {
        "register_datasets": {"folder": Source, "demo": Source},
        "register_converters": {"table": Table},
        "register_encoders": {"reader": Reader},
        "register_decoders": {"plain": Plain, "sized": Sized, "owner": Owner},
    }
    hooks = {hook: gen.hookimpl(specname=hook)(lambda names=names: names) for hook, names in offered.items()}
    with gen.testing.plugins(types.SimpleNamespace(**hooks), alone=True):
        yield


GOOD = """\
data: {source: folder, fallback: demo}
converter: {type: table, bars: 4}
encoder:
  type: reader
  sizes: [512]
decoder: {type: sized, width: 16}
latent: {size: 64, free_bits: 48}
training: {batch_size: 32, learning_rate: 1e-3}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """``write(text)`` makes ``r.yaml`` in an empty current folder; places in messages are then short."""
    monkeypatch.chdir(tmp_path)

    def make(text: str, name: str = "r.yaml") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def good() -> str:
    return GOOD
