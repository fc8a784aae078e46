"""The checks of decoders, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Checks
from gen.testing.decoders import elsewhere, fields, influence, manners, sampling
from gen.testing.decoders.subject import DecoderSubject as DecoderSubject

CHECKS: Checks[DecoderSubject] = Checks(
    [*manners.CHECKS, *influence.CHECKS, *sampling.CHECKS, *fields.CHECKS, *elsewhere.CHECKS]
)
