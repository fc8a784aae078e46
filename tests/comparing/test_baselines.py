"""Humanisation beside its baselines: fitted once a comparison, and the same as `gen eval` finds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gen.cli import main
from gen.comparing.baselines import baselines_result
from gen.comparing.verdicts import Sampled
from gen_converters.groove.converter import GrooveConverter

RECIPE = """\
base: groovae_2bar_humanize
name: {name}
data: {{source: {{type: demo, parts: drums, clips: 20}}}}
encoder: {{sizes: [6]}}
decoder: {{sizes: {sizes}}}
latent: {{size: 4}}
training: {{batch_size: 4, steps: 20, eval_batches: 2}}
"""
NAMES = ["baseline_quantised", "baseline_linear", "baseline_nearest_neighbours", "baseline_mlp"]


@pytest.fixture(scope="module")
def fitted():
    """How often baselines were fitted."""
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory, fitted):
    """A comparison of two arms with two seeds, made twice."""
    here = tmp_path_factory.mktemp("humanised")
    fit = GrooveConverter.baselines

    def counted(*args, **kwargs):
        fitted.append(args)
        return fit(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GrooveConverter, "baselines", counted)
        arms = []
        for name, sizes in (("a", "[6, 5]"), ("b", "[9]")):
            (here / f"{name}.yaml").write_text(RECIPE.format(name=name, sizes=sizes))
            arms.append(str(here / f"{name}.yaml"))
        words = ["compare", *arms, "--seeds", "2", "--split", "validation", "--out", str(here / "out")]
        assert main(words) == 0
        first = json.loads((here / "out" / "result.json").read_text())["baselines"]
        assert main(words) == 0
        assert json.loads((here / "out" / "result.json").read_text())["baselines"] == first
    return here / "out"


@pytest.fixture(scope="module")
def result(folder):
    return json.loads((folder / "result.json").read_text())


def test_baselines_are_fitted_once_a_comparison_and_kept(folder, fitted):
    assert len(fitted) == 1
    assert (folder / "measured" / "baselines.safetensors").exists()


def test_they_are_those_of_an_evaluation_with_the_same_intervals(folder, result, capsys):
    assert main(["eval", str(folder / "runs" / "a-seed-0"), "--split", "validation", "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    assert list(result["baselines"]["figures"]) == NAMES
    for name in NAMES:
        cells = result["baselines"]["figures"][name]
        assert {figure: cell["mean"] for figure, cell in cells.items()} == evaluated["regimes"][name]
        ends = {figure: [cell["low"], cell["high"]] for figure, cell in cells.items()}
        assert ends == {figure: list(pair) for figure, pair in evaluated["intervals"][name].items()}


def test_every_arm_is_judged_beside_every_baseline_in_every_error(result):
    verdicts = result["baselines"]["verdicts"]
    for figure in ("timing_mae_ms", "velocity_mae", "timing_mse_16ths", "timing_kl", "velocity_kl", "hit_f1"):
        pairs = [(each["a"], each["b"]) for each in verdicts if each["figure"] == f"greedy/{figure}"]
        assert pairs == [(arm, name) for arm in ("a", "b") for name in NAMES]
    assert all(len(each["seeds"]) == 2 for each in verdicts)


def test_reports_and_terminal_show_them(folder):
    assert "## Beside the baselines" in (folder / "report.md").read_text()
    assert 'id="baselines"' in (folder / "report.html").read_text()


def test_comparisons_of_other_tasks_have_floors_each_beside_the_way_of_saying_that_it_is_told_like(compare, tmp_path):
    assert compare("out") == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    names = list(result["baselines"]["figures"])
    assert names[:4] == [f"baseline_{each}" for each in ("constant", "constant_by_position", "previous_bar", "nearest")]
    bits = {arm: round(cells["latent/kl_bits"]["mean"]) for arm, cells in result["figures"].items()}
    codes = {
        f"baseline_{kind}_at_{spent}_bits" for kind in ("linear_code", "drawn_linear_code") for spent in bits.values()
    }
    assert set(names[4:]) == codes
    for verdict in result["baselines"]["verdicts"]:
        regime = verdict["figure"].partition("/")[0]
        told = {"baseline_previous_bar": "teacher_forced"}.get(verdict["b"], "greedy")
        assert regime == ("free_running" if "drawn" in verdict["b"] else told)
        if "bits" in verdict["b"]:  # a code stands beside the arms that spend as much
            assert verdict["b"].endswith(f"_at_{bits[verdict['a']]}_bits")
    report = (tmp_path / "out" / "report.md").read_text()
    below = [each for each in result["baselines"]["verdicts"] if each["better"] == each["b"]]
    assert ("is below its floor in" in report) == any(each["figure"].endswith(("accuracy", "f1")) for each in below)


class _Measured:
    """Stands for a measurement whose figures are known."""

    regimes = ("baseline_linear",)


@pytest.mark.parametrize(
    ("seeds", "better"), [([10.0, 11.0], "arm"), ([30.0, 31.0], "baseline_linear"), ([10.0, 30.0], None)]
)
def test_an_arm_beats_a_baseline_only_with_every_seed(monkeypatch, seeds, better):
    def known(values):
        values = np.array(values)
        return Sampled(values, values[:, None] + np.random.default_rng(0).normal(0, 0.1, 200))

    monkeypatch.setattr("gen.comparing.baselines.sample", lambda *_: {"baseline_linear/timing_mae_ms": known([20.0])})
    figures, (verdict,) = baselines_result(_Measured(), None, {"arm": {"greedy/timing_mae_ms": known(seeds)}})
    assert list(figures) == ["baseline_linear"]
    assert verdict["better"] == better
    assert verdict["seeds"] == pytest.approx([seed - 20.0 for seed in seeds])
    assert verdict["difference"] == pytest.approx(np.mean(seeds) - 20.0)
