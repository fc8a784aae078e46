"""The interpolation study on the page and in Markdown: its figures, its names, and where parts of it are missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_results import ARMS, DEEP, FLAT, interpolation

from gen.pages.comparison import SCRIPTS, page
from gen.pages.elements import html
from gen.pages.markdown import markdown
from gen.pages.ways import COIN, ways_data, ways_of, ways_section
from gen.pages.ways_markdown import ways_markdown

HOSTILE = "a|b</script><img src=x onerror=alert(1)>\n# no *heading* `code`"
SECTION = 'id="interpolation"'
CURVES = ("distance_to_a", "excess_cost_over_said")


def studied(study: Any) -> dict[str, Any]:
    return {"studies": {"interpolation": study}}


class Tags(HTMLParser):
    """Names of all elements of a page, and of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]


def rows(text: str) -> list[list[str]]:
    """Cells of the table in the Markdown: its head, then its lines."""
    found = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in text.splitlines() if line.startswith("| ")]
    return [found[0], *found[2:]]


def test_the_markdown_has_the_ends_and_the_middle_of_every_model_and_the_coin() -> None:
    head, *found = rows(ways_markdown(studied(interpolation())))

    assert head == ["", "distance to A at A", "halfway", "at B", "cost halfway, above the ends (nats a token)"]
    assert [row[0] for row in found] == [*(f"`{arm}`" for arm in ARMS), COIN]
    assert found[1][1:] == [
        "0.310 (0.298 to 0.322)",
        "0.575 (0.563 to 0.587)",
        "0.840 (0.828 to 0.852)",
        "0.028 (0.015 to 0.040)",
    ]
    assert found[-1][1:] == [
        "0.000 (0.000 to 0.000)",
        "0.420 (0.420 to 0.420)",
        "0.840 (0.840 to 0.840)",
        "0.600 (0.600 to 0.600)",
    ]


def test_the_markdown_says_how_the_study_was_made() -> None:
    text = ways_markdown(studied({**interpolation(), "controlled": True, "draw": True}))

    for fact in (
        "pairs: 256",
        "temperature: 0.5",
        "n-gram order: 5",
        "training examples counted: 3,973",
        "z of the ends: drawn from the posteriors",
        "controls: A's all the way",
        "intervals: 95 %, over pairs",
    ):
        assert f"- {fact}\n" in text
    assert "no merit" in text


def test_several_streams_are_a_column_in_markdown_and_tables_and_charts_of_their_own_on_the_page() -> None:
    result = studied(interpolation(("melody", "bass")))
    head, *found = rows(ways_markdown(result))
    text = page(result)

    assert head[1] == "stream"
    assert [row[1] for row in found] == ["`melody`"] * 4 + ["`bass`"] * 4
    assert re.findall(r'<h3 class="stream">(\w+)</h3><div id="ways-(\d)">', text) == [("melody", "0"), ("bass", "1")]
    assert [chart["label"] for charts in ways_data(ways_of(result)) for chart in charts] == [
        "Distance to A, melody", "Cost, melody", "Distance to A, bass", "Cost, bass",
    ]  # fmt: skip


def test_the_page_has_the_same_figures_with_the_colours_of_the_arms() -> None:
    section = ways_section(ways_of(studied(interpolation())), {FLAT: 4, DEEP: 2})
    assert section is not None
    text = html(section)

    assert re.findall(r'class="key ([\w-]+)"', text) == ["arm-4", "arm-2", "arm-0", "original"]
    assert "<small>0.563 to 0.587</small>" in text
    assert re.findall(r'<th scope="col">([^<]*)', text) == rows(ways_markdown(studied(interpolation())))[0]
    assert "href" not in text


def test_charts_get_every_position_with_its_interval() -> None:
    study = interpolation()
    ((distance, cost),) = ways_data(ways_of(studied(study)))

    assert [line["name"] for line in distance["lines"]] == [*ARMS, COIN]
    assert [line["model"] for line in cost["lines"]] == [True] * len(ARMS) + [False]
    curve = study["models"][DEEP]["steps"]["distance_to_a"]
    assert distance["lines"][1]["cells"] == [
        list(each) for each in zip(study["positions"], curve["mean"], curve["low"], curve["high"], strict=True)
    ]


def test_models_have_colours_where_nothing_else_names_them() -> None:
    assert re.findall(r'class="key (arm-\d)"', page(studied(interpolation()))) == ["arm-0", "arm-1", "arm-2"]


def test_without_a_position_halfway_the_nearest_is_shown_and_named() -> None:
    head, *_ = rows(ways_markdown(studied(interpolation(positions=4))))

    assert head[1:4] == ["distance to A at A", "at 0.667", "at B"]


@pytest.mark.parametrize("study", [None, {}, [], "study", {"models": {}}, {**interpolation(), "positions": [0.0, "1"]}])
def test_without_a_study_there_is_no_section(study: Any) -> None:
    assert ways_of(studied(study)) is None
    assert SECTION not in page(studied(study))
    assert "Interpolation" not in markdown(studied(study))


@pytest.mark.parametrize("key", ["positions", "models"])
def test_without_positions_or_models_there_is_no_section(key: str) -> None:
    whole = interpolation()
    for study in ({name: value for name, value in whole.items() if name != key}, {**whole, key: None}):
        assert SECTION not in page(studied(study))
        assert "Interpolation" not in markdown(studied(study))


@pytest.mark.parametrize("key", sorted({*interpolation()} - {"positions", "models"}))
def test_without_any_other_key_only_what_it_would_show_is_missing(key: str) -> None:
    whole = interpolation()
    for study in ({name: value for name, value in whole.items() if name != key}, {**whole, key: None}):
        text = ways_markdown(studied(study))
        assert [row[0] for row in rows(text)[1:]] == [
            *(f"`{arm}`" for arm in ARMS), *([COIN] if key != "baseline" else []),
        ]  # fmt: skip
        assert SECTION in page(studied(study))
        assert "None" not in text


def test_a_curve_that_is_missing_is_dashes_and_a_model_without_curves_is_left_out() -> None:
    study = interpolation()
    del study["models"][DEEP]["steps"]["excess_cost_over_said"]
    study["models"][FLAT]["steps"] = dict.fromkeys(CURVES)
    study["models"]["short"] = {"steps": {"distance_to_a": {"mean": [0.25, float("nan")], "low": [0.2]}}}
    found = {row[0]: row[1:] for row in rows(ways_markdown(studied(study)))[1:]}

    assert f"`{FLAT}`" not in found
    assert found[f"`{DEEP}`"][-1] == "–"
    assert found["`short`"] == ["0.250", "–", "–", "–"]


def test_hostile_names_stay_names() -> None:
    study = interpolation((HOSTILE, "steps"))
    study["models"] = {HOSTILE: study["models"][FLAT], "__proto__": study["models"][DEEP]}
    study |= dict.fromkeys(("pairs", "temperature", "order", "training_examples", "draw", "confidence"), HOSTILE)
    text, marked = page(studied(study)), ways_markdown(studied(study))

    found, plain = Tags(text), Tags(page(studied(interpolation(("melody", "steps")))))
    assert {*found.names} == {*plain.names} - {"dt", "dd"}  # there are no facts
    assert {*found.attributes} == {*plain.attributes}
    assert text.count("</script>") == len(SCRIPTS) + 1
    assert "&lt;img src=x" in text
    assert "256" not in marked
    assert "<img" not in marked
    assert not any(line.startswith("# ") for line in marked.splitlines())
    assert {len(row) for row in rows(marked)} == {6}
    assert re.findall(r"^- (?!\*\*)", marked, flags=re.M) == []  # no fact whose value is none


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*interpolation(), "mean", "low", *CURVES]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*interpolation()]), ANYTHING))
def test_any_values_make_a_page_and_markdown(changes: dict[str, Any]) -> None:
    result = studied({**interpolation(positions=3), **changes})
    section = ways_section(ways_of(result), {})

    assert (section is None) == (ways_markdown(result) == "")
