"""Rows in stored form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen import Example
from gen.interfaces import Flags, Floats, OneHot, Rows

FIELDS = st.lists(
    st.one_of(st.integers(1, 600).map(OneHot), st.integers(1, 20).map(Flags), st.integers(1, 5).map(Floats)),
    min_size=1,
    max_size=4,
)


def random_rows(fields: list[OneHot | Flags | Floats], steps: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    columns = []
    for field in fields:
        if isinstance(field, OneHot):
            classes = rng.integers(0, field.width + 1, steps)  # the last one is none
            columns.append(np.eye(field.width + 1, dtype=np.float32)[classes][:, :-1])
        elif isinstance(field, Flags):
            columns.append(rng.integers(0, 2, (steps, field.width)).astype(np.float32))
        else:
            columns.append(rng.normal(size=(steps, field.width)).astype(np.float32))
    return np.concatenate(columns, axis=1)


@given(FIELDS, st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_what_is_stored_comes_back_as_it_was(fields, steps, seed):
    array = random_rows(fields, steps, seed)
    rows = Rows.of(array, fields)
    np.testing.assert_array_equal(rows.dense(), array)
    assert rows.dense().dtype == np.float32
    assert len(rows) == steps
    np.testing.assert_array_equal(rows[: steps // 2].dense(), array[: steps // 2])


def test_a_batch_of_rows_keeps_its_axes():
    array = np.stack([random_rows([OneHot(90), Flags(9)], 8, seed) for seed in range(3)])
    rows = Rows.of(array, [OneHot(90), Flags(9)])
    assert rows.shape == (3, 8)
    np.testing.assert_array_equal(rows.dense(), array)
    np.testing.assert_array_equal(rows[1].dense(), array[1])


def test_classes_take_a_byte_where_they_fit_in_one():
    assert OneHot(255).dtype is np.uint8
    assert OneHot(256).dtype is np.int16


@pytest.mark.parametrize(
    ("field", "values"),
    [(OneHot(2), [[1.0, 1.0]]), (OneHot(2), [[0.5, 0.0]]), (Flags(2), [[0.5, 0.0]]), (Flags(2), [[2.0, 0.0]])],
)
def test_values_that_a_field_cannot_hold_are_refused(field, values):
    with pytest.raises(ValueError, match=f"a field of {field.width}"):
        Rows.of(np.array(values), [field])


def test_an_array_of_another_width_is_refused():
    with pytest.raises(ValueError, match="rows of 5 columns were promised"):
        Rows.of(np.zeros((4, 6)), [OneHot(5)])


def test_stored_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="don't fit"):
        Rows([OneHot(5), Flags(3)], [np.zeros(4), np.zeros((3, 1))])


def test_an_example_of_rows_reads_like_one_of_arrays():
    array = random_rows([OneHot(5)], 6, 1)
    rows = Rows.of(array, [OneHot(5)])
    example = Example(inputs=rows, outputs=rows, controls=rows, length=6)
    assert example.inputs is example.outputs
    np.testing.assert_array_equal(example.outputs, array)
    np.testing.assert_array_equal(example.controls, array)
    assert example.qpm == 120.0
