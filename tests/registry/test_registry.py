"""What is installed is found, and found out about, without importing it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

import gen
import gen.testing
from gen.errors import UnknownNameError
from gen.registry import KINDS, Registry, installed, registry
from gen.registry.signatures import locate


def test_gens_own_plugins_are_found_by_the_entry_points():
    names = {kind: Registry(installed()).names(kind) for kind in KINDS}

    assert "groove" in names["converter"]
    assert "bilstm" in names["encoder"]
    assert {"flat", "groove"} <= set(names["decoder"])
    assert "groove" in names["dataset"]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in KINDS for name in Registry(installed({})).names(kind)]
)
def test_every_installed_component_keeps_its_promise(kind, name):
    cls = registry().find(kind, name)

    spot = locate(registry().provider(kind, name).provides[kind][name])
    assert spot is not None
    assert cls.__name__ in Path(spot.file).read_text(encoding="utf-8").splitlines()[spot.line - 1]


def test_a_name_that_nothing_has_is_answered_with_the_nearest_and_all_there_are():
    with pytest.raises(UnknownNameError) as caught:
        registry().find("encoder", "bilsmt")

    assert "no encoder named 'bilsmt'; did you mean 'bilstm'?" in str(caught.value)
    assert "bilstm" in str(caught.value).partition("available: ")[2]
    assert "broken" not in str(caught.value)


def test_gens_own_plugins_come_first_so_nobody_displaces_them(install):
    install("aaa", "import gen\n@gen.hookimpl\ndef register_decoders(): return {'flat': 'x:Y'}")

    loaded = Registry(installed())

    assert loaded.provider("decoder", "flat").distribution == "gen-music"
    assert [broken.name for broken in loaded.broken] == ["aaa"]


@pytest.mark.parametrize("wanted", ["mine", "gen-mine", "Gen_Mine", " mine , "])
def test_gen_plugins_restricts_loading_by_entry_point_or_project(install, wanted):
    install("mine", "import gen\n@gen.hookimpl\ndef register_decoders(): return {'mine': 'x:Y'}")

    loaded = Registry(installed({"GEN_PLUGINS": wanted}))

    assert [plugin.name for plugin in loaded.plugins] == ["mine"]
    assert loaded.names("decoder") == ["mine"]


def test_an_empty_gen_plugins_loads_none():
    assert Registry(installed({"GEN_PLUGINS": ""})).plugins == ()


def test_a_name_in_gen_plugins_that_nothing_has_is_reported():
    loaded = Registry(installed({"GEN_PLUGINS": "encoders,encodres"}))

    assert [plugin.name for plugin in loaded.plugins] == ["encoders"]
    assert [broken.name for broken in loaded.broken] == ["encodres"]
    assert "no installed plugin" in loaded.broken[0].error


def test_a_plugin_in_hand_can_be_tried_without_installing_it():
    class Mine(gen.Encoder):
        output_size = 3

        def forward(self, inputs, lengths, *, generator=None):
            return inputs

    plugin = types.SimpleNamespace(register_encoders=gen.hookimpl(specname="register_encoders")(lambda: {"mine": Mine}))

    with gen.testing.plugins(plugin):
        assert registry().find("encoder", "mine") is Mine
        assert "bilstm" in registry().names("encoder")
    assert "mine" not in registry().names("encoder")


def test_a_thousand_components_are_listed_in_half_a_second_of_processor_time():
    names = {f"dummy-{index}": f"nowhere_{index}:Dummy" for index in range(1000)}
    plugin = types.SimpleNamespace(register_decoders=gen.hookimpl(specname="register_decoders")(lambda: names))

    started = time.process_time()
    with gen.testing.plugins(plugin, alone=True) as loaded:
        assert len(loaded.names("decoder")) == 1000
        with pytest.raises(UnknownNameError, match="and 992 more"):
            loaded.find("decoder", "nothing-like-it")
    assert time.process_time() - started <= 0.5


def test_the_command_lists_a_thousand_components_without_importing_torch(install, tmp_path):
    names = {f"dummy-{index}": f"gen_many_{index}:Dummy" for index in range(1000)}
    install(
        "many", f"import gen\n@gen.hookimpl\ndef register_decoders(): return {names!r}", requires=["gen-music>=0.1"]
    )
    for index in range(1000):
        (tmp_path / f"gen_many_{index}.py").write_text("import torch\nclass Dummy: pass\n")
    code = (
        "import sys; from gen.cli import main; assert main(['plugins']) == 0; "
        "print('torch' in sys.modules, file=sys.stderr)"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )

    assert all(name in done.stdout for name in names)
    assert "broken" not in done.stdout
    assert done.stderr == "False\n"


def test_listing_imports_neither_torch_nor_a_component(install):
    code = (
        "import sys; from gen.registry import registry; r = registry(); "
        "assert r.names('decoder') and r.names('encoder'); "
        "print([m for m in sys.modules if m == 'torch' or m.startswith(('gen_decoders.', 'gen_encoders.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stdout.strip() == "[]"


def test_what_a_plugin_prints_is_no_result_of_a_command(install, tmp_path):
    install("loud", "import gen\nprint('loading the loom')\n@gen.hookimpl\ndef register_decoders(): return {}")
    code = "from gen.cli import main; raise SystemExit(main(['plugins', '--json']))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)

    assert "loud" in [plugin["name"] for plugin in json.loads(done.stdout)["plugins"]]
    assert "loading the loom" in done.stderr
