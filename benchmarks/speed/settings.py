"""What is measured: which model, at which batch, in which precision."""

from __future__ import annotations

from dataclasses import dataclass, field

import gen

SMALL = ("encoder.sizes=[256]", "decoder.sizes=[256,256]", "latent.size=128")
SMALL_CORE = ("decoder.core.sizes=[256,256]",)
SMALL_CORES = ("decoder.core.cores=[{type: flat, sizes: [256,256]}]",)
PARTS = {"groove": "drums", "drums": "drums", "melody": "melody", "trio": "band"}  # by converter
CLIPS = {"drums": 120, "melody": 60, "band": 40}


@dataclass(frozen=True)
class Setting:
    """A model and how it is trained.

    Attributes:
        name: what tables call it.
        recipe: a shipped one.
        overrides: changes of it.
        batch: examples a step.
        precision: fp32 or bf16.
        original: how the original's measurement is called in `speed.original`; empty where there is none.
    """

    name: str
    recipe: str
    overrides: tuple[str, ...] = ()
    batch: int = 64
    precision: str = "fp32"
    original: str = field(default="", compare=False)

    @property
    def words(self) -> list[str]:
        """The overrides, of the data too: music that gen makes up itself."""
        parts = PARTS[gen.load_recipe(self.recipe).converter.type]
        return [
            f"data.source={{type: demo, parts: {parts}, clips: {CLIPS[parts]}}}",
            "data.fallback=null",
            f"training.batch_size={self.batch}",
            f"training.precision={self.precision}",
            *self.overrides,
        ]

    def load(self) -> gen.Recipe:
        """The recipe."""
        return gen.load_recipe(self.recipe, self.words)


GROOVE = Setting("groovae_4bar", "groovae_4bar")
MELODY = Setting("cat-mel_2bar_small", "cat-mel_2bar_small")
FLAT = Setting("flat-mel_16bar, small", "flat-mel_16bar", SMALL, 32)
HIERARCHICAL = Setting("hierdec-mel_16bar, small", "hierdec-mel_16bar", (*SMALL, *SMALL_CORE), 32)
TRIO = Setting("hierdec-trio_16bar, small", "hierdec-trio_16bar", (*SMALL, *SMALL_CORES), 32)
FULL = tuple(
    Setting(recipe, recipe, batch=8) for recipe in ("flat-mel_16bar", "hierdec-mel_16bar", "hierdec-trio_16bar")
)
