"""The rate study: a recipe at several numbers of bits, beside the code that spends as many."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from gen.cli import main
from gen.comparing.arms import arms_at_rates
from gen.errors import UsageError
from gen.pages.elements import html
from gen.pages.markdown import rates_markdown
from gen.pages.rates import rates_of, rates_section
from gen.recipes import load_recipe
from gen.studies.rate import RATES, rate_study, recipes_at_rates

RECIPE = """\
base: cat-drums_2bar_tiny
name: tiny
data: {source: {type: demo, parts: drums, clips: 12}}
encoder: {sizes: [6]}
decoder: {sizes: [6]}
latent: {size: 4}
training: {batch_size: 4, eval_batches: 1}
"""


def cell(mean):
    return {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}


def made():
    """A study of two models, of 8.4 and 64 bits, and of the codes beside them."""
    figures = {
        "many": {"latent/kl_bits": cell(64.0), "greedy/hit_f1": cell(0.9), "greedy/loss": cell(3.0)},
        "few": {"latent/kl_bits": cell(8.4), "greedy/hit_f1": cell(0.5), "free_running/hit_f1": cell(0.4)},
    }
    codes = {
        "baseline_linear_code_at_8_bits": {"hit_f1": cell(0.45)},
        "baseline_drawn_linear_code_at_64_bits": {"hit_f1": cell(0.8)},
        "baseline_nearest": {"hit_f1": cell(0.99)},
    }
    return rate_study(figures, codes)


def test_models_stand_by_their_own_bits_beside_the_codes_that_spend_as_many():
    study = made()
    assert study["rows"] == [{"arm": "few", "bits": 8.4}, {"arm": "many", "bits": 64.0}]
    assert study["figures"] == {
        "hit_f1": {
            "greedy": [cell(0.5), cell(0.9)],
            "greedy_draw": [None, None],
            "free_running": [cell(0.4), None],
            "linear_code": [cell(0.45), None],
            "drawn_linear_code": [None, cell(0.8)],
        }
    }


def test_a_recipe_at_a_rate_differs_from_it_in_its_free_bits_alone():
    recipe = load_recipe("drums_4bar")
    few, many = recipes_at_rates(recipe, [96, 16])
    assert (few.name, few.latent.free_bits) == ("drums_4bar_at_16_bits", 16.0)
    assert (many.name, many.latent.free_bits) == ("drums_4bar_at_96_bits", 96.0)
    assert many.training == recipe.training
    assert len(arms_at_rates(["drums_4bar"])) == len(RATES)


@pytest.mark.parametrize(
    ("words", "more", "reason"),
    [
        (["drums_4bar", "drums_2bar_tap"], {}, "trains one recipe at every rate"),
        (["drums_4bar"], {"rates": [8]}, "two or more different numbers"),
        (["drums_4bar"], {"rates": [8, 8]}, "two or more different numbers"),
        (["drums_4bar"], {"overrides": ["latent.max_beta=0"]}, "it may spend any"),
    ],
)
def test_what_cannot_be_studied_is_refused(words, more, reason):
    with pytest.raises(UsageError, match=reason):
        arms_at_rates(words, **more)


def test_bits_without_a_rate_study_are_refused(capsys):
    assert main(["compare", "drums_4bar", "drums_2bar_tap", "--bits", "8", "16"]) == 2
    assert "--study rate" in capsys.readouterr().err


def test_the_tables_have_a_row_a_model_and_the_page_a_line_a_curve():
    result = {"studies": {"rate": made()}}
    text = rates_markdown(result)
    assert "| `few` | 8.4 | 0.500 (0.400 to 0.600) | 0.400 (0.300 to 0.500) |" in text
    section = rates_section(rates_of(result), {"few": 0, "many": 1})
    assert len(section.findall(".//polyline")) == 4  # nothing is known of greedy draws
    assert len(section.findall(".//circle")) == 5
    ElementTree.fromstring(ElementTree.tostring(section))
    assert "linear code, drawn" in html(section)


@pytest.mark.parametrize(
    "study",
    [
        None,
        {},
        {"rows": 3},
        {"rows": [{"bits": 0}]},
        {"rows": [{"bits": 8.0}], "figures": {"hit_f1": {"greedy": [None]}}},
    ],
)
def test_of_a_study_of_which_nothing_is_left_nothing_is_shown(study):
    result = {"studies": {"rate": study}}
    assert rates_of(result) is None
    assert rates_section(None, {}) is None
    assert rates_markdown(result) == ""


def test_the_command_trains_each_rate_and_keeps_the_study(tmp_path, capsys):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(RECIPE)
    words = ["--study", "rate", "--bits", "2", "4", "--steps", "2", "--split", "validation", "--limit", "8"]
    assert main(["compare", str(recipe), *words, "--out", str(tmp_path / "out")]) == 0
    assert "rate and distortion: step accuracy" in capsys.readouterr().out
    result = json.loads((tmp_path / "out/result.json").read_text())
    assert result["title"] == "tiny at 2 to 4 bits"
    assert {row["arm"] for row in result["studies"]["rate"]["rows"]} == {"tiny_at_2_bits", "tiny_at_4_bits"}
    assert "## Rate and distortion" in (tmp_path / "out/report.md").read_text()
    assert 'id="rates"' in (tmp_path / "out/report.html").read_text()
