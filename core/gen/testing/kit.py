"""The conformance kit: what gen expects of a component, checked (docs/testing.md).

Nothing here imports torch before a check is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gen.testing.report import Report

if TYPE_CHECKING:
    from gen.interfaces.converter import Converter
    from gen.interfaces.dataset import DatasetSource
    from gen.interfaces.decoder import Decoder
    from gen.interfaces.encoder import Encoder


def check_decoder(make: type[Decoder], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check a decoder class.

    ::

        def test_it_is_a_decoder():
            gen.testing.check_decoder(LaceDecoder, width=16).require()

    Args:
        make: the class.
        leave_out: names of checks that don't apply by design.
        options: what a recipe would write, and the sizes that gen gives: ``output_depth`` (9), ``control_depth`` (4),
            ``latent_size`` (5), ``steps`` (6) and ``encoder`` (none). Sizes may also come as a mapping ``sizes``.
    """
    from gen.testing.checks import run_checks
    from gen.testing.decoders import CHECKS, DecoderSubject
    from gen.testing.making import maker

    made = maker("decoder", make, options, DecoderSubject.DEFAULTS)
    return run_checks(str(made), CHECKS, DecoderSubject(made), leave_out=leave_out)


def check_encoder(make: type[Encoder], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check an encoder class.

    Args:
        make: the class.
        leave_out: names of checks that don't apply by design.
        options: what a recipe would write, and the sizes that gen gives: ``input_size`` (9) and ``steps`` (6). Sizes
            may also come as a mapping ``sizes``.
    """
    from gen.testing.checks import run_checks
    from gen.testing.encoders import CHECKS, EncoderSubject
    from gen.testing.making import maker

    made = maker("encoder", make, options, EncoderSubject.DEFAULTS)
    return run_checks(str(made), CHECKS, EncoderSubject(made), leave_out=leave_out)


def check_converter(make: type[Converter], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check a converter class.

    Args:
        make: the class.
        leave_out: names of checks that don't apply by design.
        options: what a recipe would write, and ``mode`` (``infer``).
    """
    from gen.testing.checks import run_checks
    from gen.testing.converters import CHECKS, ConverterSubject
    from gen.testing.making import maker

    made = maker("converter", make, options, ConverterSubject.DEFAULTS)
    return run_checks(str(made), CHECKS, ConverterSubject(made), leave_out=leave_out)


def check_dataset(make: type[DatasetSource], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check a data source class.

    Args:
        make: the class.
        leave_out: names of checks that don't apply by design.
        options: what a recipe would write.
    """
    from gen.testing.checks import run_checks
    from gen.testing.datasets import CHECKS, DatasetSubject
    from gen.testing.making import maker

    made = maker("dataset", make, options, DatasetSubject.DEFAULTS)
    return run_checks(str(made), CHECKS, DatasetSubject(made), leave_out=leave_out)
