"""The checks of decoders, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.decoders import basics
from gen.testing.decoders.subject import DecoderSubject as DecoderSubject

CHECKS: tuple[Check[DecoderSubject], ...] = (
    Check("constructs", basics.constructs, "options that don't go together, or sizes that this decoder can't have"),
    Check("shapes", basics.shapes, "a layout of [T, B, D], or a sum over the wrong axis", needs=("constructs",)),
)
