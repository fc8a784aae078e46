"""What a report says, in Python and on the command line; and what is checked where nobody says how."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import types
from dataclasses import FrozenInstanceError
from importlib import import_module

import pytest
from broken_decoders import SeesItsTarget
from documents import ROOT
from honest_decoder import HonestDecoder

import gen
import gen.testing
from gen import cli
from gen.interfaces import SegmentDecoder
from gen.registry import registry
from gen.testing import kit
from gen.testing.checks import Checks
from gen.testing.decoders import CHECKS as CHECKS_OF_DECODERS
from gen.testing.named import check_named, components_of


def plugin(**components: type) -> types.SimpleNamespace:
    """A plugin that provides decoders."""
    hook = gen.hookimpl(specname="register_decoders")(lambda: components)
    return types.SimpleNamespace(__name__="lace", register_decoders=hook)


def test_a_report_lists_every_check_and_says_what_is_wrong_where_and_why():
    report = gen.testing.check_decoder(SeesItsTarget)
    (failure,) = report.failures
    text = str(report)
    assert text.startswith("decoder SeesItsTarget(), output_depth 9, control_depth 4, latent_size 5: ")
    assert "\n  failed   target-leak: the outputs of step 0 depend on its own target (by its gradient)" in text
    assert f"\n           usual cause: {failure.cause}" in text
    assert "\n  skipped  agreement: means nothing before target-leak can pass" in text
    assert "\n  passed   shapes\n" in text


def test_require_raises_with_the_failures_alone():
    report = gen.testing.check_decoder(SeesItsTarget)
    with pytest.raises(AssertionError, match="target-leak: the outputs of step 0") as raised:
        report.require()
    assert "passed   shapes" not in str(raised.value)
    assert "usual cause" in str(raised.value)


def test_require_gives_the_report_back_where_nothing_failed():
    report = gen.testing.check_decoder(HonestDecoder)
    assert report.require() is report
    with pytest.raises(FrozenInstanceError):
        report.component = "another"  # type: ignore[misc]


def test_what_is_left_out_says_so_and_must_exist():
    report = gen.testing.check_decoder(SeesItsTarget, leave_out=["target-leak"])
    left_out = next(result for result in report.results if result.name == "target-leak")
    assert (left_out.outcome, left_out.message) == ("skipped", "left out by whoever asked for this report")
    with pytest.raises(ValueError, match="no such check: nonsense"):
        gen.testing.check_decoder(HonestDecoder, leave_out=["nonsense"])


def test_sizes_come_one_by_one_or_together():
    one = gen.testing.check_decoder(HonestDecoder, output_depth=6, control_depth=0)
    together = gen.testing.check_decoder(HonestDecoder, sizes={"output_depth": 6, "control_depth": 0})
    assert one == together
    assert "output_depth 6, control_depth 0" in one.component
    assert "uses-controls: this decoder was made without controls" in str(one)
    with pytest.raises(ValueError, match="sizes that gen gives to a decoder are output_depth"):
        gen.testing.check_decoder(HonestDecoder, sizes={"depth": 6})


def test_a_size_that_a_component_refuses_fails_one_check_and_says_why():
    report = gen.testing.check_decoder(gen_groove(), output_depth=10)
    assert [result.name for result in report.failures] == ["constructs"]
    assert "depth 10 is no multiple of 3" in report.failures[0].message


def gen_groove() -> type:
    from gen_decoders.flat import GrooveDecoder

    return GrooveDecoder


def test_the_kit_imports_no_torch_before_it_checks_something():
    code = "import sys, gen.testing; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_name_means_all_kinds_unless_one_is_said_and_a_plugin_all_it_provides():
    assert components_of("hierarchical") == [("encoder", "hierarchical"), ("decoder", "hierarchical")]
    assert components_of("hierarchical", "encoder") == [("encoder", "hierarchical")]
    assert components_of("datasets") == [("dataset", name) for name in ("demo", "folder", "folk", "groove")]
    with pytest.raises(
        gen.errors.UnknownNameError, match=r"no component or plugin named 'fllat'; did you mean 'flat'\?"
    ):
        components_of("fllat")
    with pytest.raises(gen.errors.UnknownNameError, match="no encoder, or plugin with one, named 'flat'"):
        components_of("flat", "encoder")


def test_the_command_prints_a_report_and_fails_where_a_check_does(capsys):
    with gen.testing.plugins(plugin(honest=HonestDecoder, leaks=SeesItsTarget)):
        assert cli.main(["plugins", "check", "honest"]) == 0
        assert "decoder HonestDecoder(width=12, dropout=0.2)" in capsys.readouterr().out
        assert cli.main(["plugins", "check", "honest", "width=4", "output_depth=6"]) == 0
        assert "decoder HonestDecoder(width=4, dropout=0.2), output_depth 6" in capsys.readouterr().out
        assert cli.main(["plugins", "check", "lace", "--json"]) == 1
    reports = json.loads(capsys.readouterr().out)
    failed = [[each["name"] for each in report["results"] if each["outcome"] == "failed"] for report in reports]
    assert failed == [[], ["target-leak"]]


def checked(capsys, *words):
    """The components and options of the reports."""
    assert cli.main(["plugins", "check", *words, "--json"]) == 0
    return [report["component"] for report in json.loads(capsys.readouterr().out)]


def test_a_component_is_checked_with_the_options_and_sizes_of_a_recipe(capsys, monkeypatch):
    monkeypatch.setattr("gen.testing.decoders.CHECKS", Checks(CHECKS_OF_DECODERS[:1]))
    recipe = "hierdec-mel_16bar_small"
    (core,) = checked(capsys, "flat", "--recipe", recipe, "decoder.core.sizes=[4]")
    assert core.startswith("decoder FlatDecoder(sizes=[4], ")
    assert core.endswith("), output_depth 90, control_depth 0, latent_size 128")
    (whole,) = checked(capsys, "hierarchical", "--recipe", recipe, "--trial")
    assert whole.startswith("decoder HierarchicalDecoder(core=flat(sizes=[8, 8], ")
    assert whole.endswith("latent_size 8, steps 256")


def test_parts_of_a_training_are_checked_as_a_recipe_has_them(capsys):
    recipe = ["--recipe", "cat-drums_2bar_tiny"]
    words = [*recipe, "training.schedule={type: warm_up, steps: 7}", "latent={type: categorical, size: 24}"]
    assert checked(capsys, "warm_up", *words) == ["schedule WarmUp(steps=7, then=None)"]
    (report,) = checked(capsys, "categorical", *words)
    assert "latent Categorical(" in report
    assert "latent_size 24" in report


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["groove", "--recipe", "cat-drums_2bar_tiny"], "uses no decoder 'groove' or converter 'groove' or dataset"),
        (["flat", "--trial"], "--trial is for --recipe"),
        (["nonsense"], "no component or plugin named 'nonsense'"),
        (["flat", "--kind", "sauce"], "invalid choice: 'sauce'"),
        (["flat", "widht=3"], "'flat' takes no 'widht'"),
        (["flat", "output_depth=many"], "output_depth: expected int, got 'many'"),
        (["flat", "output_depth"], "'output_depth' is not of the form key.path=value"),
        (["decoders", "sizes=[8]"], "options are for one component: say which with --kind, or by its own name"),
    ],
)
def test_misuse_says_what_is_wrong_and_is_exit_code_2(words, message, capsys):
    assert cli.main(["plugins", "check", *words]) == 2
    assert message in capsys.readouterr().err


def test_what_needs_options_is_checked_as_recipes_use_it(monkeypatch):
    monkeypatch.setattr("gen.testing.named.shipped", lambda: {"hierdec-mel_16bar_small": None, "groovae_4bar": None})
    seen = []
    monkeypatch.setattr(kit, "check_decoder", lambda cls, **options: seen.append((cls.__name__, options)))
    assert list(check_named("decoder", "hierarchical")) == [None]
    ((name, options),) = seen
    assert name == "HierarchicalDecoder"
    assert (options["level_lengths"], options["steps"], options["output_depth"]) == ((16, 16), 256, 90)
    assert options["sizes"] == (8, 8)


def test_what_needs_components_alone_gets_the_simplest(monkeypatch):
    monkeypatch.setattr("gen.testing.named.shipped", dict)
    seen = []
    monkeypatch.setattr(kit, "check_decoder", lambda cls, **options: seen.append(options))
    list(check_named("decoder", "bidirectional_control"))
    assert issubclass(registry().find("decoder", seen[0]["core"].type), SegmentDecoder)


def test_what_needs_more_than_anybody_says_is_misuse(monkeypatch, capsys):
    class Needy(HonestDecoder):
        def __init__(self, width: int, *, output_depth: int, control_depth: int, latent_size: int) -> None:
            raise NotImplementedError

    with gen.testing.plugins(plugin(needy=Needy, honest=HonestDecoder)):
        assert cli.main(["plugins", "check", "needy"]) == 2
        assert "decoder 'needy' can't be checked without width=…" in capsys.readouterr().err
        assert cli.main(["plugins", "check", "lace"]) == 2
    streams = capsys.readouterr()
    assert "decoder HonestDecoder" in streams.out
    assert "decoder 'needy' can't be checked without width=…" in streams.err


CHECKS = {
    **{kind: (kind, "CHECKS") for kind in ("decoders", "encoders", "models", "converters", "datasets")},
    **{kind: (f"parts.{module}", name) for kind, (module, name, _) in kit._PARTS.items()},
}


@pytest.mark.parametrize("kind", CHECKS)
def test_the_documentation_has_every_check_with_what_it_means_and_what_causes_its_failure(kind):
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for check in checks(kind):
        meaning = " ".join(inspect.getdoc(check.probe).split())
        assert f"\n| `{check.name}` | {meaning} | {check.cause} |\n" in page


def checks(kind):
    """Those of a kind, in their order."""
    module, name = CHECKS[kind]
    return getattr(import_module(f"gen.testing.{module}"), name)


@pytest.mark.parametrize("kind", CHECKS)
def test_every_check_comes_after_those_it_needs(kind):
    names = [check.name for check in checks(kind)]
    assert len(set(names)) == len(names)
    for check in checks(kind):
        assert set(check.needs) <= set(names[: names.index(check.name)])
