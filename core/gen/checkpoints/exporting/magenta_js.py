"""A trained model as a checkpoint of magenta.js, for @magenta/music in browsers and Node.

What it makes of one there (@magenta/music: music_vae/model.ts, which finds layers by the names of variables alone) is
computed here, to check what is exported. Letters in shape comments: B batch, T steps, I input depth, H units, D output
depth, Z latent size, C control depth.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gen.checkpoints.formats.magenta_js import Quantised, write_magenta_js_checkpoint
from gen.checkpoints.formats.variables import Array
from gen.checkpoints.original import OriginalVariables
from gen.errors import CheckpointError
from gen.interfaces.converter import MagentaJsNamed, MagentaJsSpec
from gen.interfaces.decoder import Segmented
from gen.model.build import build_converter
from gen.model.vae import VAE
from gen.system.spelling import listing
from gen.training.load import Trained

_QUANTISED: dict[int, Quantised | None] = {4: None, 2: "uint16", 1: "uint8"}
_TOLERANCE = 1e-6
_DIRECTION = "cell_0/bidirectional_rnn/{}/multi_rnn_cell/cell_0/lstm_cell"
_UNREAD = ("encoder/sigma/",)  # it encodes to the mean


def write_magenta_js(trained: Trained, folder: Path, *, weight_bytes: int = 4) -> dict[str, Any]:
    """Write ``weights_manifest.json``, files of weights and ``config.json``.

    Before anything is written, the model is run the way magenta.js will and compared with itself. Of ``weight_bytes``,
    4 keeps weights exact, 2 and 1 quantise them.

    Returns:
        What to tell of it: ``variables``, ``parameters``, ``bytes_a_weight`` and the converter's ``type`` there.
    """
    spec = _spec(trained)
    vae = trained.model.eval()
    segments = vae.decoder.segments if isinstance(vae.decoder, Segmented) else None
    variables = OriginalVariables(vae)
    _check(_MagentaJsModel(variables, spec, segments=segments), vae, trained)
    args = {"numSteps": vae.steps, **({} if segments is None else {"numSegments": segments}), **spec.args}
    config = {"type": "MusicVAE", "dataConverter": {"type": spec.type, "args": args}, **spec.settings}
    write_magenta_js_checkpoint(folder, variables, config=config, quantised=_QUANTISED[weight_bytes])
    return {
        "variables": len(variables),
        "parameters": sum(value.size for value in variables.values()),
        "bytes_a_weight": weight_bytes,
        "converter": spec.type,
    }


def _spec(trained: Trained) -> MagentaJsSpec:
    """What magenta.js calls the converter."""
    converter, name = build_converter(trained.recipe), trained.recipe.converter.type
    if not isinstance(converter, MagentaJsNamed):
        raise CheckpointError(
            f"magenta.js has no converter like {name!r}, or none that it says (gen.interfaces.MagentaJsSpec)"
        )
    try:
        spec = converter.magenta_js()
    except ValueError as error:
        raise CheckpointError(f"magenta.js has no such converter as {trained.recipe.name}'s: {error}") from error
    if trained.model.steps is None:
        raise CheckpointError(f"magenta.js says a fixed number of steps, but clips of {trained.recipe.name} vary")
    return spec


@torch.no_grad()
def _check(theirs: _MagentaJsModel, vae: VAE, trained: Trained) -> None:
    """Compare in double precision, so that no two choices are ever close enough to fall either way."""
    ours = copy.deepcopy(vae).double()
    converter = build_converter(trained.recipe)
    generator = torch.Generator().manual_seed(0)
    steps = vae.steps
    assert steps is not None

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    z, inputs = draw(2, vae.latent.size), draw(2, steps, converter.input_depth)
    controls = draw(steps, converter.control_depth) if converter.control_depth else None
    read = None if controls is None else controls.expand(2, -1, -1)
    seen = inputs if read is None else torch.cat([inputs, read], dim=-1)
    mean = ours.mean(ours.encoder(seen, torch.full((2,), steps)))  # VAE.encode is of single precision, always
    said = ours.decode(z, controls=controls, temperature=0.0)
    wrong = []
    try:
        if not _same(mean, theirs.encode(inputs, read)):
            wrong.append("it would encode clips to something else")
        if not _same(said, theirs.decode(z, steps, controls)):
            wrong.append("it would decode z to something else")
    except RuntimeError as error:  # torch's word for shapes that don't go together
        wrong.append(f"its layers would not fit each other ({error})")
    if wrong:
        raise CheckpointError(
            f"magenta.js can't run this model: {' and '.join(wrong)}, for its encoders and decoders work differently"
        )


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE)


@dataclass(frozen=True, eq=False)
class _Layer:
    """An affine map, or an LSTM: ``kernel [I, O]``, ``bias [O]``."""

    kernel: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return x @ self.kernel + self.bias

    def lstm(self, x: Tensor, c: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """One step with a forget bias of 1: new ``c`` and ``h``."""
        i, j, f, o = self(torch.cat([x, h], dim=-1)).chunk(4, dim=-1)
        c = c * (f + 1.0).sigmoid() + i.sigmoid() * j.tanh()
        return c, c.tanh() * o.sigmoid()


class _MagentaJsModel:
    """A model as magenta.js would assemble it of a checkpoint's variables, in double precision.

    ``segments`` is ``numSegments`` of the config; None for none.
    """

    def __init__(self, variables: Mapping[str, Array], spec: MagentaJsSpec, *, segments: int | None) -> None:
        self._variables = variables
        self._read: set[str] = set()
        self._missing: set[str] = set()
        self._problems: list[str] = []
        self._segments = segments
        self._groove = spec.type == "GrooveConverter"
        levels = [f"encoder/hierarchical_level_{level}/" for level in range(2)] if segments else ["encoder/"]
        self._encoders = [self._directions(scope) for scope in levels]
        self._mean = self._layer("encoder/mu")
        preprocessed = f"control_preprocessing/{_DIRECTION.format('fw')}/kernel" in variables
        self._controls = self._directions("control_preprocessing/") if preprocessed else None
        top = "core_decoder/" if segments else ""
        streams = [f"{top}core_decoder_{number}/" for number in range(spec.streams)] or [top]
        self._decoders = [self._decoder(f"{scope}decoder/") for scope in streams]
        if segments:
            scope = "decoder/hierarchical_level_0/"
            self._conductor = self._layers(scope), self._layer(f"{scope}initial_state")
            for layer in self._conductor[0][:1]:
                if len(layer.kernel) != 1 + len(layer.bias) // 4:
                    self._problems.append("its conductor hears nothing; this one hears what was said")
        self._refuse_what_is_left()

    def encode(self, inputs: Tensor, controls: Tensor | None) -> Tensor:
        """``[B, T, I]`` and ``[B, T, C]`` to means ``[B, Z]``."""
        x = inputs if controls is None else torch.cat([inputs, controls], dim=-1)
        for level, (fw, bw) in enumerate(self._encoders):
            pieces = x.chunk(self._segments, dim=1) if self._segments and level == 0 else [x]
            ends = [(_run(fw, piece, back=False)[:, -1], _run(bw, piece, back=True)[:, 0]) for piece in pieces]
            x = torch.stack([torch.cat(end, dim=-1) for end in ends], dim=1)  # [B, S, 2H]
        return self._mean(x[:, 0])

    def decode(self, z: Tensor, steps: int, controls: Tensor | None) -> Tensor:
        """``[B, Z]`` and ``[T, C]`` to the likeliest ``[B, T, D]``."""
        if not self._segments:
            return torch.cat([decoder.decode(z, steps, None, self._said(controls)) for decoder in self._decoders], -1)
        layers, initial = self._conductor
        states = _states(initial(z).tanh(), layers)
        heard: list[Tensor | None] = [None] * len(self._decoders)
        parts = [None] * self._segments if controls is None else controls.chunk(self._segments)
        segments = []
        for part in parts:
            states = _stacked(layers, z.new_zeros(len(z), 1), states)
            said = [
                decoder.decode(states[-1][1], steps // self._segments, previous, self._said(part))
                for decoder, previous in zip(self._decoders, heard, strict=True)
            ]
            heard = [stream[:, -1] for stream in said]
            segments.append(torch.cat(said, dim=-1))
        return torch.cat(segments, dim=1)

    def _said(self, controls: Tensor | None) -> Tensor | None:
        """Controls as decoders hear them."""
        if controls is None or self._controls is None:
            return controls
        fw, bw = self._controls
        both = [_run(fw, controls[None], back=False), _run(bw, controls[None], back=True)]
        return torch.cat(both, dim=-1)[0]

    def _decoder(self, scope: str) -> _Decoder:
        layers = self._layers(f"{scope}multi_rnn_cell/")
        initial, projection = self._layer(f"{scope}z_to_initial_state"), self._layer(f"{scope}output_projection")
        if f"{scope}nade/w_enc" in self._variables:
            w_enc, w_dec = (self._tensor(f"{scope}nade/{name}") for name in ("w_enc", "w_dec_t"))
            depth, hidden = w_enc.shape[0], w_enc.shape[-1]
            w_enc, w_dec = w_enc.reshape(depth, hidden), w_dec.reshape(depth, hidden)
            return _Decoder(layers, initial, projection, depth, lambda raw: _nade(raw, w_enc, w_dec))
        return _Decoder(layers, initial, projection, len(projection.bias), _groove if self._groove else _categorical)

    def _directions(self, scope: str) -> tuple[_Layer, _Layer]:
        return self._layer(scope + _DIRECTION.format("fw")), self._layer(scope + _DIRECTION.format("bw"))

    def _layers(self, scope: str) -> list[_Layer]:
        found: list[_Layer] = []
        while f"{scope}cell_{len(found)}/lstm_cell/kernel" in self._variables:
            found.append(self._layer(f"{scope}cell_{len(found)}/lstm_cell"))
        if not found:
            self._missing.add(f"{scope}cell_0/lstm_cell")
        elif len({len(layer.bias) for layer in found}) > 1:
            self._problems.append(f"all layers of a decoder must be of one size; {scope.rstrip('/')}'s are not")
        return found

    def _layer(self, scope: str) -> _Layer:
        return _Layer(self._tensor(f"{scope}/kernel"), self._tensor(f"{scope}/bias"))

    def _tensor(self, name: str) -> Tensor:
        self._read.add(name)
        if name not in self._variables:
            self._missing.add(name.rpartition("/")[0])
            return torch.zeros(1)
        return torch.from_numpy(self._variables[name]).double()

    def _refuse_what_is_left(self) -> None:
        left = {name for name in self._variables if name not in self._read and not name.startswith(_UNREAD)}
        if self._missing:
            self._problems.append(f"it looks for {listing(self._missing, limit=4)}, and this model has none")
        if left:
            scopes = {name.rpartition("/")[0] for name in left}
            self._problems.append(f"it has no place for {listing(scopes, limit=4)}")
        if self._problems:
            lines = "".join(f"\n  {problem}" for problem in self._problems)
            raise CheckpointError(
                f"magenta.js can't run this model:{lines}\n"
                "(its encoders are bidirectional LSTMs of one layer, or of two levels in a model whose decoder has one "
                "conductor; its decoders are flat; nothing is residual)"
            )


@dataclass(frozen=True, eq=False)
class _Decoder:
    layers: list[_Layer]
    initial: _Layer
    projection: _Layer
    depth: int
    likeliest: Callable[[Tensor], Tensor]

    def decode(self, z: Tensor, steps: int, previous: Tensor | None, controls: Tensor | None) -> Tensor:
        """``[B, steps, D]``; the first step hears ``previous``, zeros where None."""
        states = _states(self.initial(z).tanh(), self.layers)
        heard = z.new_zeros(len(z), self.depth) if previous is None else previous
        said = []
        for step in range(steps):
            x = [heard, z] if controls is None else [heard, z, controls[step].expand(len(z), -1)]
            states = _stacked(self.layers, torch.cat(x, dim=-1), states)
            heard = self.likeliest(self.projection(states[-1][1]))
            said.append(heard)
        return torch.stack(said, dim=1)


_States = list[tuple[Tensor, Tensor]]


def _states(flat: Tensor, layers: list[_Layer]) -> _States:
    """Equal parts: c before h, layer by layer."""
    pieces = flat.chunk(2 * len(layers), dim=-1)
    return list(zip(pieces[0::2], pieces[1::2], strict=True))


def _stacked(layers: list[_Layer], x: Tensor, states: _States) -> _States:
    new = []
    for layer, (c, h) in zip(layers, states, strict=True):
        c, h = layer.lstm(x, c, h)
        new.append((c, h))
        x = h
    return new


def _run(layer: _Layer, x: Tensor, *, back: bool) -> Tensor:
    """Hidden states ``[B, T, H]`` of ``[B, T, I]``, in the order of time."""
    c = h = x.new_zeros(len(x), len(layer.bias) // 4)
    outputs = []
    for step in reversed(x.unbind(1)) if back else x.unbind(1):
        c, h = layer.lstm(step, c, h)
        outputs.append(h)
    return torch.stack(outputs[::-1] if back else outputs, dim=1)


def _categorical(raw: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(raw.argmax(-1), raw.shape[-1]).to(raw.dtype)


def _groove(raw: Tensor) -> Tensor:
    hits, velocities, offsets = raw.chunk(3, dim=-1)
    return torch.cat([(hits.sigmoid() > 0.5).to(raw.dtype), velocities.sigmoid(), offsets.tanh()], dim=-1)


def _nade(raw: Tensor, w_enc: Tensor, w_dec: Tensor) -> Tensor:
    depth, hidden = w_enc.shape
    activation, biases = raw[:, :hidden], raw[:, hidden:]
    bits = []
    for drum in range(depth):
        chance = (biases[:, drum] + activation.sigmoid() @ w_dec[drum]).sigmoid()
        bits.append((chance >= 0.5).to(raw.dtype))
        activation = activation + bits[-1][:, None] * w_enc[drum]
    return torch.stack(bits, dim=-1)
