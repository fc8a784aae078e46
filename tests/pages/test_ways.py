"""The interpolation study on the page and in Markdown: its figures, its names, and where parts of it are missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_results import ARMS, DEEP, FLAT, THIRD, interpolation
from rich.console import Console

from gen.cli.tables.comparison import interpolation_tables
from gen.pages.comparison import SCRIPTS, page
from gen.pages.elements import html
from gen.pages.markdown import markdown, ways_markdown
from gen.pages.ways import COIN, ways_data, ways_of, ways_section

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


def tables(text: str) -> list[list[list[str]]]:
    """Cells of every table in the Markdown: its head, then its lines."""
    blocks = [block for block in text.split("\n\n") if block.startswith("| ")]
    found = [[re.split(r" (?<!\\)\| ", line[2:-2]) for line in block.splitlines()] for block in blocks]
    return [[table[0], *table[2:]] for table in found]


def rows(text: str) -> list[list[str]]:
    """The first of them."""
    return tables(text)[0]


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


def test_the_markdown_has_what_each_model_has_above_the_first_with_intervals_and_words() -> None:
    study = interpolation()
    study["differences"][THIRD]["steps"]["distance_to_a"]["high"][0] = 0.001
    text = ways_markdown(studied(study))
    _, (head, *found) = tables(text)

    assert "It is over pieces of music alone" in text
    assert "another training may differ by more" in text
    assert head == rows(text)[0]
    assert [row[0] for row in found] == [f"`{arm}` less `{FLAT}`" for arm in (DEEP, THIRD)]
    assert found[0][1:] == [
        "−0.400 (−0.410 to −0.390): less",
        "−0.200 (−0.210 to −0.190): less",
        "0.000 (−0.010 to +0.010): no difference shown",
        "+0.025 (+0.015 to +0.035): more",
    ]
    assert found[1][1] == "−0.400 (−0.410 to +0.001): no difference shown"


def test_the_page_has_the_same_differences_stream_by_stream() -> None:
    text = page(studied(interpolation(("melody", "bass"))))

    assert re.findall(r'aria-label="(Differences[^"]*)"', text) == [
        "Differences, melody, table",
        "Differences, bass, table",
    ]
    assert text.count(f"<small>less {FLAT}</small>") == 4
    assert text.count('<small>−0.410 to −0.390</small><small class="said">less</small>') == 4
    assert text.count('<td class="figure unshown"') == 4


def test_without_intervals_there_are_figures_and_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    study = interpolation(positions=3)
    for curves in (*study["models"].values(), *study["differences"].values(), study["baseline"]):
        for curve in curves["steps"].values():
            curve |= {"low": [None] * 3, "high": [None] * 3}
    result = studied(study)
    _, found = tables(ways_markdown(result))
    ways = ways_of(result)
    assert ways is not None
    for table in interpolation_tables(ways):
        Console(width=200).print(table)
    said = capsys.readouterr().out
    section = ways_section(ways, {})
    assert section is not None

    assert found[1][1:] == ["−0.400", "−0.200", "0.000", "+0.025"]
    assert "−0.400" in said
    assert "−0.400" in html(section)
    for text in (said, html(section)):
        assert not re.search(r"no difference shown|\d more\b|class=\"said\"|None|nan", text)
    ((distance, _),) = ways_data(ways)
    assert distance["lines"][1]["cells"][0][2:] == [None, None]


@pytest.mark.parametrize("shown", ["one", "none"])
def test_the_terminal_has_the_same_differences(shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    study = interpolation()
    if shown == "none":  # of a single model
        study |= {"differences": {}}
    ways = ways_of(studied(study))
    assert ways is not None
    for table in interpolation_tables(ways):
        Console(width=200).print(table)
    said = capsys.readouterr().out

    assert "interpolation, 256 pairs" in said
    assert (f"the same less that of {FLAT}, pair by pair" in said) == (shown == "one")
    assert ("+0.015 to +0.035" in said) == (shown == "one")
    assert [word in said for word in ("−0.390 less", "+0.035 more", "no difference shown")] == [shown == "one"] * 3


def test_the_markdown_says_how_the_study_was_made() -> None:
    text = ways_markdown(studied({**interpolation(), "controlled": True, "draw": True}))

    for fact in (
        "pairs: 256",
        "temperature: 0.5",
        "n-gram order: 5",
        "training examples counted: 3,973",
        "z of the ends: drawn from the posteriors",
        "controls: A's all the way",
        "intervals: 95 %, over pieces of music",
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

    assert re.findall(r'class="key ([\w-]+)"', text) == ["arm-4", "arm-2", "arm-0", "original", "arm-2", "arm-0"]
    assert "<small>0.563 to 0.587</small>" in text
    head = rows(ways_markdown(studied(interpolation())))[0]
    assert re.findall(r'<th scope="col">([^<]*)', text) == [*head[1:], "difference", *head[1:]]
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
    assert re.findall(r'class="key (arm-\d)"', page(studied({**interpolation(), "differences": {}}))) == [
        "arm-0", "arm-1", "arm-2",
    ]  # fmt: skip


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
