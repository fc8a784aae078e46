"""The Markdown of a result: what it says, and that names in it stay names."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_results import ARMS, DEEP, FLAT, comparison, evaluation

from gen.pages.learning import learning_curves
from gen.pages.markdown import code, markdown, sentence

HOSTILE = "a|b</script><img src=x onerror=alert(1)>\n# no *heading* `code`"


def tables(text: str) -> list[list[list[str]]]:
    """Every table: rows of cells, with the line below the head left out."""
    found: list[list[list[str]]] = []
    for block in text.split("\n\n"):
        if block.startswith("| "):
            rows = [re.split(r" (?<!\\)\| ", line.removeprefix("| ").removesuffix(" |")) for line in block.splitlines()]
            found.append([rows[0], *rows[2:]])
    return found


def test_it_says_what_was_compared_and_how() -> None:
    result = comparison()
    text = markdown(result)

    assert text.startswith(f"# {result['title']}\n\n    {result['command']}\n\n- data: ")
    for fact in ("gen: 0.4.0", "data fingerprint: 77362f2ead5c427a", "processor: AMD EPYC 7B13", "seeds: 0, 1, 2"):
        assert f"- {fact}\n" in text
    assert all(sentence(flag) in text for flag in result["flags"])
    assert "by chance alone one in twenty intervals would leave out 0" in text
    assert text.endswith("|\n")


def test_the_arms_stand_side_by_side_and_the_papers_numbers_beside_them_in_italics() -> None:
    head, *rows = tables(markdown(comparison()))[1]

    assert head == ["", "", *(f"`{arm}`" for arm in ARMS), "*flat, in the paper*", "*hierarchical, in the paper*"]
    assert [row[1] for row in rows] == ["teacher-forced", "free-running", "greedy", "lost when free-running"]
    assert [row[-2:] for row in rows] == [["*0.883*", "*0.919*"], ["*0.620*", "*0.812*"], ["–", "–"], ["*0.263*", "*0.107*"]]  # fmt: skip  # noqa: E501
    assert re.fullmatch(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", rows[0][2])
    assert "the paper, other data and size" in markdown(comparison())


def test_verdicts_are_a_table_a_pair_of_arms_which_says_why_none_is_shown_beside_an_interval_without_0() -> None:
    result = comparison()
    result["verdicts"][1] |= {"better": None, "low": 0.001, "high": 0.03}
    found = [table for table in tables(markdown(result)) if table[0][-1] == "first less second"]

    assert [table[0][1:3] for table in found] == [[f"`{a}`", f"`{b}`"] for a, b in combinations(ARMS, 2)]
    figures = ["step accuracy, teacher-forced", "step accuracy, free-running", "step accuracy, lost when free-running"]
    assert [[row[0] for row in table[1:]] for table in found] == [figures] * 3
    assert found[1][1][3].endswith("(+0.001 to +0.030): no difference shown: the seeds disagree")
    assert found[0][2][3].endswith(": the second is better")
    assert found[0][3][3].endswith(": the second loses less")
    assert found[2][2][3].endswith(": no difference shown")


def test_learning_curves_are_means_over_the_seeds_at_ten_steps() -> None:
    result = comparison()
    head, *rows = next(table for table in tables(markdown(result)) if table[0][0] == "KL (bits) at step")
    of_flat = [each["validation"]["kl_bits"] for each in result["curves"].values() if each["arm"] == FLAT]

    assert (len(head), head[1], head[-1]) == (11, "100", "1,200")
    assert [row[0] for row in rows] == [f"`{arm}`" for arm in ARMS]
    assert rows[0][1] == f"{sum(each[0] for each in of_flat) / 3:.1f}"
    assert "Learning curves" not in markdown(result | {"curves": {}})


def test_a_step_that_one_training_lacks_has_no_mean() -> None:
    curves = {
        name: {"arm": "a", "validation": {"step": steps, "loss": [1.0, 3.0]}}
        for name, steps in (("x", [1, 2]), ("y", [1, 3]))
    }

    assert learning_curves({"curves": curves})["loss"] == ([1, 2, 3], {"a": [1.0, None, None]})


def test_every_table_is_a_rectangle() -> None:
    for result in (comparison(), evaluation()):
        found = tables(markdown(result))
        assert len(found) >= 6
        assert [len({len(row) for row in table}) for table in found] == [1] * len(found)


def test_every_training_is_listed_with_its_minutes() -> None:
    head, *rows = next(table for table in tables(markdown(comparison())) if table[0][0] == "arm")

    assert head == ["arm", "seed", "measured at step", "minutes of training"]
    assert len(rows) == 3 * len(ARMS)
    assert rows[0] == [f"`{FLAT}`", "0", "1,100", "20.6"]


def test_bars_are_columns() -> None:
    table = next(table for table in tables(markdown(comparison())) if table[0][0] == "step accuracy")

    assert table[0][2:] == [str(bar) for bar in range(1, 17)]
    assert len(table) == 1 + 4 * len(ARMS)


def test_what_is_lost_from_teacher_forced_to_free_running_stands_below_them_bar_by_bar() -> None:
    result = {"by_bar": {"a": {
        "greedy": {"step_accuracy": [0.5]},
        "free_running": {"step_accuracy": [0.75, None, 0.25]},
        "teacher_forced": {"step_accuracy": [1.0, 1.0]},
    }}}  # fmt: skip
    (table,) = tables(markdown(result))

    assert table[1:] == [
        ["teacher-forced", "`a`", "1.000", "1.000", "–"],
        ["free-running", "`a`", "0.750", "–", "0.250"],
        ["greedy", "`a`", "0.500", "–", "–"],
        ["lost when free-running", "`a`", "0.250", "–", "–"],
    ]


def test_numbers_that_are_none_are_dashes() -> None:
    text = markdown(evaluation())

    assert "nan" not in text.lower()
    assert "| timing MSE (16ths²) | – |" in text
    assert "| free-running | `groovae_4bar` | 0.550 | 0.520 | – | 0.500 |" in text


@pytest.mark.parametrize("key", comparison())
def test_any_key_may_be_missing_empty_or_none(key: str) -> None:
    whole = comparison()
    for result in (
        {name: value for name, value in whole.items() if name != key},
        {**whole, key: type(whole[key])()},
        {**whole, key: None},
    ):
        assert markdown(result).startswith("# ")


def test_hostile_names_stay_names() -> None:
    result = comparison()
    result |= {"title": HOSTILE, "source": HOSTILE, "flags": [HOSTILE], "command": HOSTILE}
    result["arms"] = {HOSTILE: result["arms"][FLAT], DEEP: {"description": HOSTILE}}
    result["differences"] = {HOSTILE: {HOSTILE: HOSTILE}}
    text = markdown(result)

    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)|^    .*$|\\.", "", text, flags=re.M)  # no code spans, no escapes
    assert "<" not in outside
    assert [line for line in text.splitlines() if line.startswith("# ")] == [f"# {sentence(HOSTILE)}"]
    assert [len({len(row) for row in table}) for table in tables(text)] == [1] * len(tables(text))


@given(st.text(max_size=40))
def test_a_sentence_is_one_line_without_signs_that_mean_something(text: str) -> None:
    found = sentence(text, opens=True)

    assert "\n" not in found
    assert not {"<", ">", "|", "~"} & {*found}
    assert re.findall(r"(?<!\\)(?:\\\\)*[`*\[\]]", found) == []
    assert re.match(r"#|[-+=]|\d+[.)]", found) is None


@given(st.text("`ab \n\\", max_size=12).filter(lambda text: bool(text.split())))
def test_a_code_span_ends_where_it_should(text: str) -> None:
    found = code(text)
    fence = re.match("`+", found)
    assert fence is not None
    inside = found[len(fence[0]) : -len(fence[0])]

    assert found.endswith(fence[0])
    assert fence[0] not in re.findall("`+", inside)
    assert inside.strip() == " ".join(text.split())


def test_a_name_that_would_split_a_table_is_no_code_span() -> None:
    assert code("a|b\\|") == "a&#124;b\\\\&#124;"
    assert code("") == code(" \n") == "–"
