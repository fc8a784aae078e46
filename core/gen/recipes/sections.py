"""The sections of a recipe: plain frozen values that say everything a model and its training need.

The constructor is the schema: what a section's ``__init__`` takes is what its YAML node takes, with the same
defaults. Types are checked by `gen.recipes.schema`, which knows the place; ranges are checked here, so that a
section made in Python is as valid as one read from a file. Nothing here imports torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gen.notes.drum_maps import DrumMap
from gen.recipes.labels import LabelSection

APART = {"apart": True}
"""What a field's metadata says that is no part of a recipe's plain values."""


@dataclass(frozen=True)
class Component:
    """A part that a plugin provides, by name, and what its constructor is given.

    Arguments are plain values (int, float, bool, str, None), lists of these, or further components. Where the
    constructor takes a tuple or a sequence, the list is kept as a tuple.
    """

    type: str
    """Name in the registry, such as ``bilstm``."""

    arguments: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Keyword arguments for the constructor, defaults filled in. Those that gen itself gives are never here."""

    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Where each argument was written, as ``file:line:col: path``, and under ``""`` the component; for messages."""


GAUSSIAN = Component("gaussian")
"""The latent space of the original."""


@dataclass(frozen=True)
class AugmentSection:
    """Changes of key and speed, and drums of others, in training only; of validation and test nothing is changed.

    Each example is changed anew in every epoch. A change of key that would carry a note of an example out of the
    model's range isn't drawn for that example. Changes of speed change the tempo alone: steps are parts of a bar.
    """

    transpose: tuple[int, int] = (0, 0)
    """The least and the greatest number of semitones, each number as likely as the next; drums never move."""

    stretch: tuple[float, float] = (1.0, 1.0)
    """The least and the greatest factor by which a piece is slowed down."""

    mix: float = 0.0
    """The chance that of an example only some drums are its own, a coin for each, and the others those of another
    example: drums of two drummers who play together. For steps that are drums side by side, heard as they are said."""

    frozen: bool = False
    """Draw once for each file, when it is prepared, and never again, as the original does."""

    def __post_init__(self) -> None:
        low, high = self.transpose
        if not -127 <= low <= high <= 127:
            raise ValueError(f"transpose must be two numbers of semitones, the lesser first, got {[low, high]}")
        if not 0.0 <= self.mix <= 1.0:
            raise ValueError(f"mix is a chance from 0 to 1, got {self.mix}")
        slow, fast = self.stretch
        if not (math.isfinite(fast) and 0.0 < slow <= fast):
            raise ValueError(f"stretch must be two factors above 0, the lesser first, got {[slow, fast]}")


@dataclass(frozen=True)
class DataSection:
    """Where the music comes from, and how a long piece is cut before the converter sees it."""

    source: Component
    """The data source; in YAML also just its name: ``source: groove`` is ``source: {type: groove}``."""

    fallback: Component | None = None
    """The data source to use, with a notice, where ``source`` is not on this machine; written like it. None for
    none."""

    windows: Literal["whole", "tfds"] = "whole"
    """``whole`` gives the converter each piece as it is; ``tfds`` cuts it first, the way the published Groove
    editions were cut: windows of ``window_bars`` bars that start on every bar."""

    window_bars: int | None = None
    """Length of a window in bars; needed by, and only by, ``windows: tfds``."""

    drum_channels: tuple[int, ...] = ()
    """MIDI channels, 1 to 16, whose notes are drums; channel 10 always is one."""

    drum_map: DrumMap | None = None
    """What a kit's own pitches are taken for, before the converter sees the notes: pitches or names of General MIDI
    drums, ``{22: 42, Hand Clap: snare}``, or the path of a YAML file with such lines, seen from the recipe. Also
    ``channel 3: snare`` and ``track Kick: kick``, and ``pedal 0-63: open hat`` (controller 4). None where the pitches
    are General MIDI's."""

    reading: Literal["gen", "original"] = "gen"
    """``gen`` takes files as they are played: drum strokes without a length, tempo and metre of every track, one tempo
    where no note feels another, no bars of silence before the first note. ``original`` reads as the original does."""

    augment: AugmentSection = field(default_factory=AugmentSection)
    """Changes of key and speed in training."""

    seed: int = 0
    """Seed of what is drawn once, when the data are prepared; ``training.seed`` is another."""

    labels: tuple[LabelSection, ...] = ()
    """What is known of a file that the model is given as a condition: ``[{name: style}]``."""

    def __post_init__(self) -> None:
        for channel in self.drum_channels:
            if not 1 <= channel <= 16:
                raise ValueError(f"drum_channels are MIDI channels from 1 to 16, got {channel}")
        if self.windows == "tfds" and self.window_bars is None:
            raise ValueError("windows 'tfds' needs window_bars, the length of a window in bars")
        if self.windows == "whole" and self.window_bars is not None:
            raise ValueError("window_bars is only for windows 'tfds'; remove it, or set windows: tfds")
        if self.window_bars is not None and self.window_bars < 1:
            raise ValueError(f"window_bars must be at least 1, got {self.window_bars}")
        _check_seed(self.seed)


@dataclass(frozen=True)
class LatentSection:
    """The latent space and the price of using it (Roberts et al. 2018, section 2.1)."""

    size: int = 256
    """Width of z."""

    free_bits: float = 0.0
    """Bits of KL per sequence, summed over z, that cost nothing."""

    max_beta: float = 1.0
    """Weight of the KL term that training arrives at; with ``beta_rate`` 0, from step 1 on."""

    beta_rate: float = 0.0
    """Rate of the approach: at step s, counted from 0, the weight is ``max_beta * (1 - beta_rate**s)``."""

    free_bits_over: Literal["example", "batch", "dimension"] = "example"
    """Whether each sequence has its own free bits, as in the original, or a batch shares them out: sequences with much
    to tell then have more than those with little, which is how a code of that many bits on average is best spent.
    ``dimension`` gives each dimension of z an equal share, and a batch shares that out, so that none can save by
    falling silent (Kingma et al. 2016, appendix C.8)."""

    refine_steps: int = 0
    """Steps of gradient descent by which a trained model betters the posterior of every example that it encodes, at no
    more bits than the encoder spends; for converters that hear what they say. Training has no part in it."""

    refine_rate: float = 0.03
    """Rate of those steps at the first of them; it falls to nothing. Recurrent decoders want less, and more steps."""

    prior: Literal["normal", "fitted"] = "normal"
    """What is drawn from to make something new: the standard normal, or a mixture of normals fitted to the training
    clips whenever the model is saved. The KL is that to the standard normal in any case."""

    prior_parts: int = 64
    """How many normals a fitted prior consists of."""

    type: Component = field(default_factory=lambda: GAUSSIAN)
    """What z is: ``gaussian``, normally distributed; ``mixture``, ``autoregressive`` and ``repeating``, with a prior
    that is learned; ``categorical``, variables of a few classes; or what a plugin brings. Its own options stand beside
    those above: ``{type: categorical, classes: 8, size: 64}``."""

    KIND: ClassVar[str] = "latent"
    """A section that is a component as well: options that aren't its own are those of its ``type``."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")
        if self.refine_steps < 0:
            raise ValueError(f"refine_steps must be 0 or more, got {self.refine_steps}")
        if not self.refine_rate > 0.0:
            raise ValueError(f"refine_rate must be above 0, got {self.refine_rate}")
        if self.prior_parts < 1:
            raise ValueError(f"prior_parts must be at least 1, got {self.prior_parts}")
        if self.prior == "fitted" and self.type != GAUSSIAN:
            raise ValueError(f"prior 'fitted' is for a normal z, and {self.type.type!r} has a prior of its own")
        _not_negative(free_bits=self.free_bits, max_beta=self.max_beta)
        if not 0.0 <= self.beta_rate <= 1.0:
            raise ValueError(f"beta_rate must be from 0 to 1, got {self.beta_rate}")


@dataclass(frozen=True)
class SamplingSection:
    """Scheduled sampling (Bengio et al. 2015): how often a step of the decoder hears itself in training.

    At training step s, counted from 0, each step of each example hears the model's own draw in place of the target
    with a probability of

    - ``constant``: ``rate``, from 0 to 1; 0 is teacher forcing;
    - ``exponential``: ``1 - rate**s``, for a rate between 0 and 1;
    - ``inverse_sigmoid``: ``1 - rate / (rate + exp(s / rate))``, for a rate of 1 or more: a half at
      ``rate * ln(rate)`` steps, and soon after all.
    """

    schedule: Literal["constant", "exponential", "inverse_sigmoid"] = "constant"
    """How the probability grows."""

    rate: float = 0.0
    """The number that the schedule takes."""

    def __post_init__(self) -> None:
        rate = self.rate
        if self.schedule == "constant" and not 0.0 <= rate <= 1.0:
            raise ValueError(f"rate must be from 0 to 1 for schedule 'constant', got {rate}")
        if self.schedule == "exponential" and not 0.0 < rate < 1.0:
            raise ValueError(f"rate must be above 0 and below 1 for schedule 'exponential', got {rate}")
        if self.schedule == "inverse_sigmoid" and not (math.isfinite(rate) and rate >= 1.0):
            raise ValueError(f"rate must be at least 1 for schedule 'inverse_sigmoid', got {rate}")

    @property
    def teacher_forced(self) -> bool:
        """Whether the decoder never hears itself."""
        return self.schedule == "constant" and self.rate == 0.0


@dataclass(frozen=True)
class TrainingSection:
    """How the model is trained: an optimiser, a learning rate that decays towards a floor, clipped gradients."""

    batch_size: int = 512
    """Examples per optimizer step."""

    accumulate: int = 1
    """Equal slices of a batch, computed one after another, or by several processes, before the one update; memory is
    that of a slice. Draws belong to a slice, so the number is part of what a seed means. Under torchrun it grows to a
    multiple of the number of processes."""

    steps: int = 50_000
    """Optimizer steps in all."""

    learning_rate: float = 1e-3
    """Learning rate at step 0."""

    min_learning_rate: float = 1e-5
    """Floor of the learning rate."""

    decay_rate: float = 0.9999
    """Per step: at step s the rate is ``(learning_rate - min_learning_rate) * decay_rate**s + min_learning_rate``."""

    schedule: Literal["exponential", "one_cycle"] | Component = "exponential"
    """How the learning rate changes with the step; a component for other ways than these two, such as ``cosine``.
    ``one_cycle`` climbs to ``learning_rate`` in the first ``warm_up`` of all steps, in a straight line, and then
    falls along half a cosine, to ``min_learning_rate`` at the last one (after Smith 2018); ``decay_rate`` isn't
    used."""

    warm_up: float = 0.15
    """Share of the steps in which ``one_cycle`` climbs."""

    objective: Component | None = None
    """What is minimised, such as ``{type: cyclic, period: 10000}``; None for the evidence lower bound."""

    optimiser: Component | None = None
    """What changes the weights by their gradients, such as ``{type: adamw, weight_decay: 0.01}``; None for Adam as
    TensorFlow has it."""

    weight_decay: float = 0.0
    """Without an ``optimiser``, whose own option it is otherwise: share of itself, times the learning rate, that every
    matrix loses in each step (Loshchilov and Hutter 2019)."""

    sampling: SamplingSection = field(default_factory=SamplingSection)
    """How often the decoder hears itself in place of the targets; never, unless told to."""

    clip: Literal["norm", "value"] = "norm"
    """``norm`` scales all gradients together by their global norm; ``value`` clips each number by itself."""

    grad_clip: float = 1.0
    """The norm, or the absolute value, above which gradients are clipped."""

    grad_norm_limit: float = 10_000.0
    """Global norms at or above it, or NaN, zero the gradients of that step (``clip: norm`` only)."""

    max_skipped: int | None = 100
    """Training stops, with advice, once the gradients of so many steps in a row were zeroed; None for never."""

    frozen: tuple[str, ...] = ()
    """Parts of the model that aren't trained, by name: ``encoder``, ``decoder.core``, ``mean.weight``."""

    seed: int = 0
    """Seed of every random draw: weights, order of examples, sampling."""

    precision: Literal["fp32", "bf16"] = "fp32"
    """Arithmetic of the forward pass; ``bf16`` is autocast, weights stay fp32."""

    observers: tuple[Component, ...] = ()
    """Who is told of the training as it goes on, such as ``[tensorboard]``."""

    log_every: int = 50
    """Steps between two lines of metrics."""

    eval_every: int = 1000
    """Steps between two evaluations on held-out data."""

    eval_batches: int | None = None
    """Batches per evaluation; None for the whole held-out split."""

    checkpoint_every: int = 1000
    """Steps between two checkpoints."""

    keep_checkpoints: int = 3
    """How many of the latest checkpoints stay."""

    keep_best: int = 1
    """How many of those with the least validation loss stay besides; only steps of both kinds have one."""

    keep_every: int | None = None
    """Checkpoints at multiples of so many steps stay as well; None for none."""

    def __post_init__(self) -> None:
        for name in (
            *("batch_size", "accumulate", "max_skipped", "steps", "log_every", "eval_every", "eval_batches"),
            *("checkpoint_every", "keep_checkpoints", "keep_every"),
        ):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise ValueError(f"{name} must be at least 1, got {count}")
        if self.keep_best < 0:
            raise ValueError(f"keep_best must be at least 0, got {self.keep_best}")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate cuts a batch into slices: it can't be more than batch_size ({self.batch_size}), "
                f"got {self.accumulate}"
            )
        _above_zero(learning_rate=self.learning_rate, grad_clip=self.grad_clip)
        if math.isnan(self.grad_norm_limit) or self.grad_norm_limit <= 0:  # infinity is "never"
            raise ValueError(f"grad_norm_limit must be above 0, got {self.grad_norm_limit}")
        if not 0.0 <= self.min_learning_rate <= self.learning_rate:
            raise ValueError(
                f"min_learning_rate must be from 0 to learning_rate ({self.learning_rate}), "
                f"got {self.min_learning_rate}"
            )
        if not 0.0 < self.decay_rate <= 1.0:
            raise ValueError(f"decay_rate must be above 0 and at most 1, got {self.decay_rate}")
        if not 0.0 <= self.warm_up < 1.0:
            raise ValueError(f"warm_up must be from 0 up to 1, got {self.warm_up}")
        _not_negative(weight_decay=self.weight_decay)
        if self.weight_decay and self.optimiser is not None:
            raise ValueError("weight_decay is for the Adam of a recipe without an optimiser; give it as its option")
        _check_seed(self.seed)


@dataclass(frozen=True)
class Recipe:
    """One model, completely: what `gen.load_recipe` gives and what a run saves."""

    name: str
    """Short name; runs are called after it."""

    data: DataSection
    converter: Component
    encoder: Component
    decoder: Component
    latent: LatentSection = field(default_factory=LatentSection)
    training: TrainingSection = field(default_factory=TrainingSection)

    metrics: tuple[Component, ...] = ()
    """Figures of an evaluation beside the converter's own."""

    description: str = ""
    """A sentence for listings."""

    origin: str = field(default="", compare=False)
    """Where it was read from, for messages; two recipes that say the same are equal wherever they stand."""

    data_path: str = field(default="", compare=False, metadata=APART)
    """Of a run's recipe, where the data lay that it was trained on, if that was given apart from the recipe; never
    written into one."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise ValueError(
                f"name must be letters, digits, '.', '_' and '-', since runs are called after it; got {self.name!r}"
            )


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed must be from 0 to 2**63 - 1, got {seed}")


def _not_negative(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{name} must be a number of at least 0, got {value}")


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value <= 0:
            raise ValueError(f"{name} must be a number above 0, got {value}")
