"""What the original takes: Magenta's MusicVAE, to set gen's figures beside.

Measured once, with magenta at commit 526d3eb1 on TensorFlow 2.15.1 for CPUs (graph mode, batches fed), on two threads
of a machine that was otherwise nearly idle. The model of its processor wasn't recorded, so a ratio compares machines
too. A step is gradients, clipping and Adam, with the dropout and scheduled sampling of its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = (
    "The original: magenta at commit 526d3eb1, TensorFlow 2.15.1 for CPUs, two threads of a nearly idle machine whose "
    "processor wasn't recorded: the ratio compares machines too."
)
THREADS = 2
IMPORT = 5.2  # seconds to import magenta.models.music_vae


@dataclass(frozen=True)
class Training:
    """Seconds and MB.

    Attributes:
        parameters: trained ones, those of the conductors' constant zero among them.
        step, least: median and least of a step.
        building: seconds for the graph and its variables.
        first: of the first step.
        memory: peak of the process, in MB.
    """

    parameters: int
    step: float
    least: float
    building: float
    first: float
    memory: float

    @property
    def until_first_step(self) -> float:
        """From the start of the process to the end of the first step."""
        return IMPORT + self.building + self.first


TRAINING = {
    "groovae_4bar_b64_r2": Training(4_085_019, 1.243, 1.196, 3.21, 3.06, 1230),
    "groovae_4bar_b512_r2": Training(4_085_019, 5.092, 5.043, 5.76, 11.50, 2831),
    "cat-mel_2bar_small_b64_r2": Training(4_423_770, 0.573, 0.536, 1.98, 1.72, 1159),
    "cat-mel_2bar_small_b512_r2": Training(4_423_770, 2.600, 2.512, 6.94, 9.18, 1951),
    "flat-mel_16bar_small_b32_r2": Training(2_008_922, 1.969, 1.692, 1.57, 2.37, 1042),
    "hierdec-mel_16bar_small_b32_r2": Training(3_192_666, 1.585, 1.521, 11.43, 13.73, 1421),
    "hierdec-trio_16bar_small_b32": Training(7_824_308, 5.975, 5.492, 123.70, 88.14, 2685),
}
"""By the name of the measurement."""

SAMPLING = {"groovae_4bar": {"steps": 0.128, "notes": 0.463}}
"""Median seconds for 64 sequences: from given z to steps, and from nothing to NoteSequences."""
