"""A plugin that is made for another gen says so, instead of failing in some way of its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gen.cli import main
from gen.registry import Registry, installed
from gen.registry.loading import objection
from gen.system.version import __version__

GOOD = "import gen\n@gen.hookimpl\ndef register_decoders(): return {'lace': 'gen_lace:Lace'}\n"


def lace(*requires: str) -> SimpleNamespace:
    return SimpleNamespace(name="gen-lace", version="0.3", requires=list(requires) or None)


@pytest.mark.parametrize(
    "requires",
    [
        [],
        ["numpy>=99"],
        ["gen-music"],
        ["gen-music>=0.1,<0.2"],
        ["gen_music ~= 0.1.0"],
        ["Gen.Music[dask] >= 0.1"],
        ["gen-music>=5; extra == 'future'"],
        ["gen-music>=5; python_version < '3'"],
        ["gen-music-extras>=5"],
        ["gen-musical>=5"],
        ["gen-music is not a requirement"],
    ],
    ids=str,
)
def test_nothing_speaks_against_a_plugin_whose_requirement_is_met_or_that_has_none(requires):
    assert objection(lace(*requires), running="0.1.5") is None


@pytest.mark.parametrize(
    ("requirement", "advice"),
    [
        ("gen-music>=0.3,<0.4", "newer than this 0.2.1; upgrade gen: pip install --upgrade gen-music"),
        ("gen-music==0.3.*", "newer than this 0.2.1; upgrade gen"),
        ("gen-music~=1.0", "newer than this 0.2.1; upgrade gen"),
        ("gen-music>=0.1,<0.2", "and this is 0.2.1; upgrade the plugin: pip install --upgrade gen-lace"),
        ("gen-music==0.1.*", "and this is 0.2.1; upgrade the plugin"),
        ("gen-music!=0.2.1", "and this is 0.2.1; upgrade the plugin"),
        ("gen-music===nightly", "and this is 0.2.1; upgrade the plugin"),
    ],
)
def test_a_plugin_for_a_newer_or_an_older_gen_is_told_apart_and_the_way_out_named(requirement, advice):
    said = objection(lace(requirement), running="0.2.1")

    assert said is not None
    assert said.startswith("gen-lace 0.3 is made for gen-music")
    assert advice in said


@pytest.mark.parametrize("running", ["0.3.0.dev1", "0.3.0rc1", "0.3.1.dev0+local"])
def test_a_version_on_its_way_counts_as_the_version_it_will_be(running):
    assert objection(lace("gen-music>=0.3.0.dev0,<0.4"), running=running) is None


def test_an_unsuitable_plugin_is_broken_and_never_imported(install, capsys):
    install("future", f"raise AssertionError('imported')\n{GOOD}", requires=["gen-music>=99,<100"])
    install("lace", GOOD, requires=[f"gen-music=={__version__}"])

    loaded = Registry(installed())

    assert "lace" in loaded.names("decoder")
    (broken,) = loaded.broken
    assert broken.error == (
        "PluginError: gen-future 1.0 is made for gen-music<100,>=99, newer than this "
        f"{__version__}; upgrade gen: pip install --upgrade gen-music"
    )


def test_gen_plugins_lists_an_unsuitable_plugin_with_its_reason(install, capsys):
    install("past", GOOD, requires=["gen-music<0.0.1"])

    from gen.registry import using

    with using(Registry(installed())):
        assert main(["plugins"]) == 0

    assert "broken plugin past (gen-past 1.0): PluginError: gen-past 1.0 is made for gen-music<0.0.1, and this is " in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "wants", ["from gen import Loom", "import gen; gen.Loom", "from gen.nn import Loom", "import gen.looms"]
)
def test_a_plugin_that_wants_a_name_that_gen_lacks_is_taken_for_one_of_another_version(install, wants):
    install("lace", wants)

    (broken,) = Registry(installed()).broken

    assert f"(this is gen-music {__version__}: the plugin is made for another version)" in broken.error


def test_other_missing_names_are_not_blamed_on_gens_version(install):
    install("lace", "from json import no_such_thing")

    (broken,) = Registry(installed()).broken

    assert "another version" not in broken.error
