"""A broken plugin is left out and reported, and breaks nobody else."""

from __future__ import annotations

import pytest

from gen.errors import PluginError, UnknownNameError
from gen.registry import Registry, installed

GOOD = """
import gen

@gen.hookimpl
def register_decoders():
    return {"fine": "gen_good:Fine"}

class Fine:
    pass
"""

BREAKS = {
    "import error": ("raise RuntimeError('no GPU')", "RuntimeError: no GPU"),
    "missing module": ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
    "syntax error": ("def f(:", "SyntaxError: "),
    "leaving": ("raise SystemExit('bye')", "SystemExit: bye"),
    "misspelt hook": (
        "import gen\n@gen.hookimpl\ndef register_decodrs(): return {}",
        "unknown hook 'register_decodrs'",
    ),
    "hook with an argument that is not there": (
        "import gen\n@gen.hookimpl\ndef register_decoders(config): return {}",
        "Argument(s) {'config'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "unmarked hook": ("def register_decoders(): return {}", "register_decoders is not marked with @gen.hookimpl"),
    "raising hook": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): raise KeyError('oops')",
        "KeyError: 'oops'",
    ),
    "generator": (
        "import gen\n@gen.hookimpl\ndef register_decoders():\n    yield 'x'",
        "register_decoders must return a mapping of names to classes, got generator",
    ),
    "a name taken before": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {'flat': 'x:Y'}",
        "decoder 'flat' is already provided by decoders (gen-music ",
    ),
    "upper-case name": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {'Flat': 'x:Y'}",
        "decoder name 'Flat' must be lower-case",
    ),
    "number for a name": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {3: 'x:Y'}",
        "decoder name 3 must be lower-case",
    ),
    "malformed reference": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {'mine': 'x.Y'}",
        "decoder 'mine': 'x.Y' is not of the form 'module:Class'",
    ),
    "wrong class": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {'mine': dict}",
        "decoder 'mine': dict is not a subclass of gen.Decoder",
    ),
    "instance for a class": (
        "import gen\n@gen.hookimpl\ndef register_decoders(): return {'mine': 7}",
        "decoder 'mine': expected a class or 'module:Class', got 7 (int)",
    ),
}


@pytest.mark.parametrize(("source", "reason"), BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_plugin_is_reported_with_its_reason_and_the_others_work(install, source, reason):
    install("bad", source)
    install("good", GOOD)

    registry = Registry(installed())

    assert [broken.name for broken in registry.broken] == ["bad"]
    assert reason in registry.broken[0].error
    assert registry.broken[0].distribution == "gen-bad"
    assert registry.broken[0].version == "1.0"
    assert {"flat", "groove", "fine"} <= set(registry.names("decoder"))


def test_four_broken_plugins_at_once_leave_gen_working(install):
    for index, name in enumerate(["import error", "misspelt hook", "raising hook", "a name taken before"]):
        install(f"bad{index}", BREAKS[name][0])

    registry = Registry(installed())

    assert [broken.name for broken in registry.broken] == ["bad0", "bad1", "bad2", "bad3"]
    assert registry.find("decoder", "flat").__name__ == "FlatDecoder"


def test_none_of_a_plugins_names_count_when_one_of_its_hooks_is_bad(install):
    install(
        "half",
        "import gen\n"
        "@gen.hookimpl\ndef register_encoders(): return {'good': 'x:Y'}\n"
        "@gen.hookimpl\ndef register_decoders(): return {'flat': 'x:Y'}\n",
    )

    registry = Registry(installed())

    assert "good" not in registry.names("encoder")


def test_a_strict_registry_raises_what_the_plugin_raised(install):
    install("bad", "raise RuntimeError('no GPU')")

    with pytest.raises(RuntimeError, match="no GPU"):
        Registry(installed(), strict=True)


def test_a_miss_while_a_plugin_is_broken_says_both(install):
    install("boom", "raise RuntimeError('no GPU')")

    with pytest.raises(UnknownNameError) as caught:
        Registry(installed()).find("decoder", "grove")

    text = str(caught.value)
    assert "no decoder named 'grove'; did you mean 'groove'?" in text
    assert "flat" in text
    assert "boom: RuntimeError: no GPU" in text


LATE = {
    "no such module": ("not_there:Thing", "No module named 'not_there'"),
    "no such class": ("gen_late:Nope", "module gen_late has no Nope"),
    "not a decoder": ("gen_late:Plain", "Plain is not a subclass of gen.Decoder"),
    "abstract": ("gen_late:Abstract", "Abstract lacks sample, which a decoder must have"),
    "**kwargs": ("gen_late:Starred", "the constructor takes **options; name every argument"),
    "an unknown annotation": ("gen_late:Odd", "'when': a recipe has no way to write datetime"),
    "an unresolvable annotation": ("gen_late:Lost", "an annotation of the constructor can't be resolved"),
    "a bare annotation": ("gen_late:Bare", "'size' has no annotation"),
}

LATE_SOURCE = """
from datetime import datetime
import gen

@gen.hookimpl
def register_decoders():
    return {"late": "REFERENCE"}

class Plain:
    pass

class Abstract(gen.Decoder):
    def forward(self, *a, **k): ...

class _Whole(gen.Decoder):
    def forward(self, *a, **k): ...
    def sample(self, *a, **k): ...

class Starred(_Whole):
    def __init__(self, size: int = 1, **options): ...

class Odd(_Whole):
    def __init__(self, when: datetime): ...

class Lost(_Whole):
    def __init__(self, when: "Nowhere"): ...

class Bare(_Whole):
    def __init__(self, size): ...
"""


@pytest.mark.parametrize(("reference", "reason"), LATE.values(), ids=LATE.keys())
def test_a_promise_that_is_not_kept_names_plugin_and_reference_when_the_class_is_asked_for(install, reference, reason):
    install("late", LATE_SOURCE.replace("REFERENCE", reference))
    registry = Registry(installed())
    assert "late" in registry.names("decoder")

    with pytest.raises(PluginError) as caught:
        registry.find("decoder", "late")

    assert f"plugin 'late', decoder 'late' ({reference}): " in str(caught.value)
    assert reason in str(caught.value)
