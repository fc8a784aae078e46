"""The page without a browser: its parts, its texts, and that nothing in them becomes markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_results import ARMS, DEEP, FLAT, comparison, evaluation

from gen.pages import palette
from gen.pages.comparison import SCRIPTS, page
from gen.pages.elements import embedded_json, h, html
from gen.workshop.studio import front

HOSTILE = "</script><img src=x onerror=alert(1)><!--\"'&|`*"
SECTIONS = ("fairness", "arms", "differences", "verdicts", "accuracy", "bars-title", "curves-title", "clips-title", "interpolation", "figures")  # fmt: skip  # noqa: E501


class Document(HTMLParser):
    """What a page consists of: names of its elements, their attributes, and text, scripts apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.raw: list[tuple[str, str]] = []  # of scripts and style sheets: type, content
        self._kind: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._kind = None
        if tag in ("script", "style"):
            self._kind = dict(attrs).get("type") or tag
            self.raw.append((self._kind, ""))

    def handle_endtag(self, tag: str) -> None:
        self._kind = None

    def handle_data(self, data: str) -> None:
        if self._kind is None:
            self.text += data
        else:
            self.raw[-1] = (self._kind, self.raw[-1][1] + data)

    @property
    def data(self) -> Any:
        return json.loads(next(content for kind, content in self.raw if kind == "application/json"))


def renamed(value: Any, names: dict[str, str]) -> Any:
    """A result with every text of it that is a key of ``names``, or holds one, changed."""
    if isinstance(value, dict):
        return {renamed(key, names): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
    return value


def texts(value: Any) -> Iterator[str]:
    """Every text in a result that a reader should see: values, and the keys that are names of arms or settings."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def test_a_comparison_has_every_section_and_every_text() -> None:
    result = comparison()
    document = Document(page(result))

    assert [value for name, value in document.attributes if name == "id" and value in SECTIONS] == [*SECTIONS]
    shown = {key: result[key] for key in result if key not in ("curves", "clips", "by_bar", "trials")}
    assert [text for text in texts(shown) if text not in document.text] == []
    assert all(document.text.count(arm) > 5 for arm in ARMS)


def test_an_evaluation_has_no_sections_about_pairs() -> None:
    document = Document(page(evaluation()))
    ids = {value for name, value in document.attributes if name == "id"}

    assert ids & {*SECTIONS} == {"arms", "bars-title", "curves-title", "clips-title", "figures"}
    assert "The model" in document.text


def test_the_papers_numbers_stand_beside_and_are_marked_as_such() -> None:
    document = Document(page(comparison()))

    assert document.text.count("the paper, other data and size") == 2
    for figure in ("0.883", "0.620", "0.919", "0.812", "0.263", "0.107"):
        assert figure in document.text


@pytest.mark.parametrize("key", comparison())
def test_any_key_may_be_missing_empty_or_none(key: str) -> None:
    whole = comparison()
    for result in (
        {name: value for name, value in whole.items() if name != key},
        {**whole, key: type(whole[key])()},
        {**whole, key: None},
    ):
        assert page(result).endswith("</html>\n")


def test_nothing_at_all_is_a_page_too() -> None:
    document = Document(page({}))

    assert "section" not in document.elements
    assert document.data["arms"] == []


def test_a_comparison_without_flags_says_so_and_an_evaluation_does_not() -> None:
    assert "Nothing that gen checks" in page({**comparison(), "flags": []})
    assert "Nothing that gen checks" not in page({**evaluation(), "flags": []})


def test_hostile_names_stay_text() -> None:
    names = {arm: f"{HOSTILE}{place}" for place, arm in enumerate(ARMS)}
    hostile = renamed(comparison(), names) | {"title": HOSTILE, "command": HOSTILE, "source": HOSTILE}
    hostile["differences"][HOSTILE] = dict.fromkeys(names.values(), HOSTILE)
    hostile["flags"].append(HOSTILE)
    hostile["machine"][HOSTILE] = HOSTILE
    hostile["table"][0].update(row=HOSTILE, stream=HOSTILE)
    text = page(hostile)
    document, plain = Document(text), Document(page(comparison()))

    assert {*document.elements} == {*plain.elements}
    assert not {name for name, _ in document.attributes if name.startswith("on") or name in ("src", "href", "style")}
    assert "<img" not in text
    assert text.count("<!--") == 0
    assert text.count("</script>") == len(SCRIPTS) + 1
    assert HOSTILE in document.text
    assert document.data["arms"] == [*names.values()]


def test_numbers_that_are_none_are_dashes() -> None:
    cell = {"mean": float("nan"), "low": None, "high": float("inf"), "seeds": [None]}
    document = Document(
        page(
            {
                "figures": {"a": {"greedy/hit_f1": cell}},
                "table": [{"row": "x", "cells": {"a": {"greedy": cell}}, "paper": None}],
                "verdicts": [{"figure": "f", "a": "a", "b": "b", "difference": None, "words": "none"}],
                "by_bar": {"a": {"greedy": {"hit_f1": [float("nan"), 0.5]}}},
            }
        )
    )

    assert "nan" not in document.text.lower()
    assert "inf" not in document.text.lower().replace("infinite", "")
    assert document.data["bars"][0]["values"] == [None, 0.5]
    assert "–" in document.text


def test_the_gap_is_the_measured_one_with_its_interval_or_else_of_the_means() -> None:
    cells = {"a": {"teacher_forced": {"mean": 0.9}, "free_running": {"mean": 0.65}}}
    measured = {"mean": 0.123, "low": 0.111, "high": 0.135, "seeds": []}
    row = {"row": "16-bar trio", "stream": "bass", "cells": cells}

    assert "0.250" in page({"table": [row]})
    found = page({"table": [row], "figures": {"a": {"gap/bass_step_accuracy": measured}}})
    assert "0.250" not in found
    assert "0.111 to 0.135" in found


def test_the_policy_allows_only_what_is_written_into_the_page() -> None:
    document = Document(page(comparison()))
    policy = next(value for name, value in document.attributes if name == "content" and "default-src" in value)

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    inline = [content for kind, content in document.raw if kind != "application/json"]
    assert {base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in inline} == allowed
    assert len(inline) == len(SCRIPTS) + 1


def test_nothing_in_the_page_is_fetched() -> None:
    text = page(comparison())

    assert re.findall(r"https?://[^\s\"']+", text) == ["http://www.w3.org/2000/svg"]  # a name of XML
    assert re.findall(r"url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|\bimport\b|sendBeacon", text) == []
    assert not {"link", "img", "iframe", "object", "embed", "audio", "video", "form"} & {*Document(text).elements}


def test_every_asset_is_used_and_no_script_writes_markup() -> None:
    assets = {asset.name: asset.read_text("utf-8") for asset in (files("gen.pages") / "assets").iterdir()}

    scripts = {*SCRIPTS, *palette.SCRIPTS, *front.SCRIPTS}
    assert {*assets} == {"page.css", *front.STYLES, *(f"{name}.js" for name in scripts)}
    for name, text in assets.items():
        assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", text) == [], (
            name
        )
        assert "</" not in text.replace("</svg>", ""), name
        assert "Math.random" not in text, name


def test_verdicts_on_lesser_figures_are_folded_away_unless_there_are_no_others() -> None:
    lesser = {"figure": "greedy/onset_f1", "a": "a", "b": "b", "difference": 0.1, "words": "lesser"}
    main = {**lesser, "figure": "greedy/step_accuracy", "words": "main"}
    folded = page({"verdicts": [lesser, main]})

    assert folded.index("main") < folded.index("Verdicts on 1 more figure<") < folded.index("lesser")
    assert "more figure" not in page({"verdicts": [lesser, lesser]})


def test_trainings_are_listed_and_one_without_a_clock_has_a_dash() -> None:
    found = page({"arms": {"a": {}}, "trials": [{"arm": "a", "seed": 7, "measured_at_step": 1200}]})

    assert re.search(r">7</td><td[^>]*>1,200</td><td[^>]*>–</td>", found)


def test_a_difference_has_the_colour_of_the_arm_that_is_better_and_none_where_none_is_shown() -> None:
    whole = comparison()
    shown = [verdict["better"] for verdict in whole["verdicts"]]
    found = re.findall(r'<td(?: class="arm-(\d)")?><svg[^>]*class="plot difference"', page(whole))

    assert {None, *ARMS} >= {*shown} > {None}
    assert found == ["" if arm is None else str([*ARMS].index(arm)) for arm in shown]


def test_no_difference_at_all_is_drawn_at_zero() -> None:
    same = {"figure": "greedy/step_accuracy", "a": "a", "b": "b", "difference": 0.0, "low": 0.0, "high": 0.0}

    assert "<svg viewBox" in page({"verdicts": [same]})


def test_arms_have_the_same_colour_everywhere() -> None:
    text = page(comparison())

    for place, arm in enumerate(ARMS):
        assert set(re.findall(rf'key (arm-\d)"></span><span>{arm}', text)) == {f"arm-{place}"}


def test_what_is_lost_goes_by_bar_where_both_regimes_do() -> None:
    whole = comparison()
    data = Document(page(whole)).data
    lost = {(bar["arm"], bar["figure"]): bar["values"] for bar in data["bars"] if bar["regime"] == "gap"}

    assert {*lost} == {(arm, figure) for arm in ARMS for figure in ("step_accuracy", "onset_f1")}
    for (arm, figure), values in lost.items():
        forced, free = (whole["by_bar"][arm][regime][figure] for regime in ("teacher_forced", "free_running"))
        assert values == [one - other for one, other in zip(forced, free, strict=True)]
    assert "gap" not in {bar["regime"] for bar in Document(page(evaluation())).data["bars"]}


def test_bars_have_their_intervals_and_what_is_lost_its_own() -> None:
    ends = {"gap": {"step_accuracy": [[-0.1, 0.2], [None, None]]}, "free_running": {"step_accuracy": [[0.3, 0.5]]}}
    data = Document(page({**comparison(), "by_bar_intervals": {FLAT: ends}})).data
    found = {
        (bar["arm"], bar["regime"]): (bar["low"], bar["high"])
        for bar in data["bars"]
        if bar["figure"] == "step_accuracy"
    }

    assert found[FLAT, "gap"] == ([-0.1, None], [0.2, None])
    assert found[FLAT, "free_running"] == ([0.3], [0.5])
    assert found[FLAT, "greedy"] == ([], [])
    assert found[DEEP, "gap"] == ([], [])


@pytest.mark.parametrize("ends", [7, "x", [0.1, 0.2], [[0.1]], {"greedy": {"step_accuracy": [1]}}])
def test_damaged_intervals_by_bar_leave_a_page_without_them(ends: Any) -> None:
    result = {**comparison(), "by_bar_intervals": {FLAT: {"greedy": {"step_accuracy": ends}}}}

    assert {bar["arm"] for bar in Document(page(result)).data["bars"]} == {*ARMS}


def test_only_shares_go_by_bar() -> None:
    data = Document(page(comparison())).data

    assert {bar["figure"] for bar in data["bars"]} == {"step_accuracy", "onset_f1"}


TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=30) | st.sampled_from(
    ["</script>", "</SCRIPT ", "<!--", "<script", "]]>", "\u2028", "\ud800", "\x00", "&lt;", HOSTILE]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_embedded_json_reads_back_and_can_not_leave_its_script(value: Any) -> None:
    text = embedded_json(value)

    assert json.loads(text) == value
    assert not {"<", ">", "&", "\u2028", "\u2029"} & {*text}
    assert text.isascii()


@given(TEXT, TEXT)
def test_any_text_survives_as_text_and_as_an_attribute(text: str, other: str) -> None:
    written = html(h("div", h("p", text, title=other), text))
    document = Document(written)

    assert document.elements == ["div", "p"]
    sayable = text.encode("utf-8", "replace").decode()
    assert document.text == sayable * 2
    assert document.attributes == [("title", other.encode("utf-8", "replace").decode())]


EMPTY = st.sampled_from([None, False, 0, "", [], {}])


@settings(max_examples=25)  # each is a whole page
@given(st.dictionaries(st.sampled_from([*comparison(), "other"]), EMPTY))
def test_empty_values_of_any_kind_make_a_page(result: dict[str, Any]) -> None:
    assert page(result).startswith("<!DOCTYPE html>")
