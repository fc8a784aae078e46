"""Arms beside their baselines: on the page, in Markdown and in the terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from made_results import humanisation
from rich.console import Console

from gen.cli.tables.comparison import baselines_table
from gen.pages.beside_baselines import baseline_table
from gen.pages.comparison import page
from gen.pages.markdown import markdown

HOSTILE = "</script><img src=x onerror=alert(1)>|\n# no *heading*"
HEADS = ["greedy", "quantised", "nearest neighbours"]


def rows(result: dict[str, Any]) -> list[list[str]]:
    """Of the table in the Markdown, its head first."""
    block = next(block for block in markdown(result).split("\n\n") if block.startswith("|  |  | "))
    found = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in block.splitlines()]
    return [found[0], *found[2:]]


def test_the_markdown_has_the_baselines_figures_and_what_every_arm_has_above_them() -> None:
    head, *found = rows(humanisation())

    assert head == ["", "", *HEADS]
    assert found[3][:2] == ["timing MAE (ms)", "the baselines"]
    assert found[3][2:] == ["", "22.65 (22.45 to 22.85)", "19.57 (19.37 to 19.77)"]
    assert found[4][:3] == ["", "`small`", "20.50 (20.40 to 20.60)"]
    assert found[4][3:] == ["−2.150 (−3.100 to −1.200): better", "+0.930 (−0.020 to +1.880): no difference shown"]
    assert found[5][:3] == ["", "`wide`", "23.50 (23.40 to 23.60)"]
    assert found[5][3:] == ["+0.850 (−0.100 to +1.800): no difference shown", "+3.930 (+2.980 to +4.880): worse"]
    assert found[1][3:] == ["−0.020 (−0.030 to −0.010): worse"] * 2  # a share: more is better


def test_where_a_baseline_has_no_figure_nothing_is_said_of_the_difference() -> None:
    *_, baselines, small, _ = rows(humanisation())

    assert baselines == ["timing KL normal (nats)", "the baselines", "", "–", "0.900 (0.700 to 1.100)"]
    assert small[3:] == ["–", "−0.400 (−0.410 to −0.390): better"]


def test_the_page_has_the_same_with_a_group_of_rows_a_figure() -> None:
    text = page(humanisation())
    section = text[text.index('<section aria-labelledby="baselines"') :].partition("</section>")[0]

    assert re.findall(r'<th scope="col">([^<]*)', section) == ["figure", *HEADS]
    assert re.findall(r'rowspan="3">([^<]*)<', section) == ["hit F1", "timing MAE (ms)", "timing KL normal (nats)"]
    assert re.findall(r'class="said">([^<]*)<', section).count("better") == 3
    assert section.count('<td class="figure unshown">') == 2


def test_the_terminal_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    beside = baseline_table(humanisation())
    assert beside is not None
    Console(width=160).print(baselines_table(beside))
    said = capsys.readouterr().out

    for text in ("timing MAE (ms)", "nearest neighbours", "−3.100 to −1.200", "better", "worse", "no difference shown"):
        assert text in said
    assert "nan" not in said


@pytest.mark.parametrize("baselines", [None, {}, [], {"figures": {"baseline_a": {}}}, {"verdicts": [None, {"b": "x"}]}])
def test_without_baselines_there_is_no_section(baselines: Any) -> None:
    result = humanisation() | {"baselines": baselines}

    assert baseline_table(result) is None
    assert 'id="baselines"' not in page(result)
    assert "Beside the baselines" not in markdown(result)


def test_hostile_names_stay_names() -> None:
    result = humanisation(arms=(HOSTILE, "plain"))
    result["baselines"]["figures"][HOSTILE] = result["baselines"]["figures"]["baseline_quantised"]

    assert "<img" not in page(result)
    assert "<img" not in markdown(result)
    assert {len(row) for row in rows(result)} == {6}
