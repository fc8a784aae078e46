"""What every converter promises of whatever it is given."""

from __future__ import annotations

import numpy as np

import gen


def assert_promises_kept(converter: gen.Converter, conversion: gen.Conversion) -> None:
    """Examples of the layout and its depths, or a reason in words."""
    if conversion.rejection is not None:
        assert conversion.rejection.code.replace("-", "").isalpha()
        assert len(conversion.rejection.detail) > 10
        return
    layout = converter.layout
    for example in conversion.examples:
        arrays = [
            (example.given.inputs, layout.inputs, example.inputs, converter.input_depth),
            (example.given.outputs, layout.outputs, example.outputs, converter.output_depth),
        ]
        if converter.control_depth:
            assert example.controls is not None
            arrays.append((example.given.controls, layout.controls, example.controls, converter.control_depth))
        else:
            assert example.controls is None
        steps = len(example.outputs)
        assert converter.steps in (None, steps)
        for stored, fields, dense, depth in arrays:
            assert isinstance(stored, gen.interfaces.Rows)
            assert stored.fields == fields
            assert dense.shape == (steps, depth)
            assert dense.dtype == np.float32
            assert np.isfinite(dense).all()
        assert np.min(example.length) >= 1
        assert np.sum(example.length) <= steps
        assert example.qpm > 0
        assert len(example.starts) >= 1
        assert min(example.starts) >= 0
        assert sorted(set(example.starts)) == list(example.starts)
