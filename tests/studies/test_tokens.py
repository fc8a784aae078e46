"""Rows become one number a step and stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.studies.tokens import streams_of, tokens_of


@given(st.data(), st.integers(1, 62))
def test_flags_are_the_bits_of_a_number_first_one_highest(data, width):
    bits = data.draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=4))
    (tokens,) = tokens_of(gen.interfaces.Rows.of(np.array([bits], np.float32), (gen.interfaces.Flags(width),)))
    expected = [int("".join(str(int(bit)) for bit in step), 2) for step in bits]
    assert tokens.tolist() == [expected]
    assert max(expected) < streams_of((gen.interfaces.Flags(width),))[0].vocabulary


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_a_class_is_its_number_and_no_class_the_number_after_the_last(classes):
    dense = np.vstack([np.eye(5), np.zeros(5)])[classes]
    (tokens,) = tokens_of(gen.interfaces.Rows.of(dense[np.newaxis], (gen.interfaces.OneHot(5),)))
    assert tokens.tolist() == [classes]
    assert streams_of((gen.interfaces.OneHot(5),))[0].vocabulary == 6


def test_each_field_is_a_stream():
    fields = (gen.interfaces.OneHot(3), gen.interfaces.Flags(2))
    first, second = tokens_of(
        gen.interfaces.Rows.of(np.array([[[0, 1, 0, 1, 1], [1, 0, 0, 0, 1]]], np.float32), fields)
    )
    assert (first.tolist(), second.tolist()) == ([[1, 0]], [[3, 1]])
    assert [stream.name for stream in streams_of(fields)] == ["stream 1", "stream 2"]
    assert [stream.name for stream in streams_of(fields, ["melody", "drums"])] == ["melody", "drums"]
    assert [stream.name for stream in streams_of(fields[:1])] == ["steps"]


@pytest.mark.parametrize(
    ("fields", "names", "complaint"),
    [
        (
            (gen.interfaces.Flags(9), gen.interfaces.Floats(18)),
            None,
            r"18 columns of real numbers have no tokens.*grooves",
        ),
        ((gen.interfaces.Flags(63),), None, "63 on-off flags are too many"),
        (
            (gen.interfaces.OneHot(2), gen.interfaces.OneHot(3)),
            ["melody"],
            r"2 streams need as many different names, not \['melody'\]",
        ),
        (
            (gen.interfaces.OneHot(2), gen.interfaces.OneHot(3)),
            ["bass", "bass"],
            "2 streams need as many different names",
        ),
    ],
)
def test_what_has_no_tokens_is_refused_with_what_has(fields, names, complaint):
    with pytest.raises(gen.errors.UsageError, match=complaint):
        streams_of(fields, names)
