"""The checks of decoders, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Checks
from gen.testing.decoders import basics, elsewhere, influence, loss, sampling, training
from gen.testing.decoders.subject import DecoderSubject as DecoderSubject

CHECKS: Checks[DecoderSubject] = Checks(
    check for part in (basics, influence, sampling, loss, training, elsewhere) for check in part.CHECKS
)
