"""Reading numbers out of results: what is a figure, and what is none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_results import comparison

from gen.pages.comparison import page
from gen.pages.markdown import markdown
from gen.pages.values import DASH, count, finite, number

HUGE = 10**400


@pytest.mark.parametrize("value", [None, True, "1", [], math.nan, math.inf, -math.inf, HUGE, -HUGE])
def test_what_is_no_number_of_a_float_is_none_and_written_as_a_dash(value: object) -> None:
    assert finite(value) is None
    assert number(value) == count(value) == DASH


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_a_float_holds_is_itself(value: float) -> None:
    assert finite(value) == float(value)


def test_a_result_with_a_number_of_four_hundred_digits_is_a_page_and_markdown_with_a_dash() -> None:
    result = comparison() | {"examples": HUGE}

    assert "<dt>examples</dt><dd>–</dd>" in page(result)
    assert "- examples: –\n" in markdown(result)
