"""The store: whole or not there, the same byte for byte, and used again exactly while nothing changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import gen
from gen.data import store as stores
from gen.data.engines import Pool, Serial
from gen.data.prepare import prepare
from gen.errors import DataError, UsageError
from gen.model.build import build_source
from gen_datasets.demo.source import Demo

DRUMS = "data={source: {type: demo, clips: 60, bars: 5}}"


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(stores, "_FILES_A_TASK", 4)
    monkeypatch.setattr(stores, "_TASKS_A_SHARD", 3)


@pytest.fixture(scope="module")
def recipe():
    return gen.load_recipe("groovae_4bar", [DRUMS, "converter.hop_size=16"])


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a store but its lock."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "lock"}


class Broken(Exception):
    pass


def killed_after(files: int):
    def progress(done):
        if done >= files:
            raise Broken

    return progress


def test_a_second_preparation_uses_the_first_ones_examples(recipe, tmp_path):
    first = prepare(recipe, store=tmp_path)
    second = prepare(recipe, store=tmp_path)
    assert "prepared into" in first.history
    assert "for the first time" in first.history
    assert "used again" in second.history
    assert first.report == second.report
    for split, examples in first.splits.items():
        np.testing.assert_array_equal(second.splits[split].outputs, examples.outputs)
        np.testing.assert_array_equal(second.splits[split].source, examples.source)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("converter.split_bars=3", "converter.split_bars was 4 and is 3"),
        ("data.source.seed=1", "data.source.seed was 0 and is 1"),
        ("data.augment={transpose: [-1, 1], frozen: true}", "data.augment.frozen was unset and is true"),
    ],
)
def test_a_change_of_the_recipe_makes_the_store_anew_and_is_named(recipe, tmp_path, change, reason):
    prepare(recipe, store=tmp_path)
    changed = gen.load_recipe("groovae_4bar", [DRUMS, "converter.hop_size=16", change])
    assert reason in prepare(changed, store=tmp_path).history
    assert "used again" in prepare(changed, store=tmp_path).history


def test_what_has_no_say_in_the_examples_leaves_the_store_alone(recipe, tmp_path):
    prepare(recipe, store=tmp_path)
    other = gen.load_recipe(
        "groovae_4bar", [DRUMS, "converter.hop_size=16", "training.seed=7", "decoder.sizes=[3]", "name=other"]
    )
    assert "used again" in prepare(other, store=tmp_path).history


def test_changed_files_are_noticed(tmp_path):
    folder = tmp_path / "midi"
    folder.mkdir()
    for index, item in enumerate(build_source(gen.load_recipe("groovae_4bar", [DRUMS]).data.source).items()):
        (folder / f"{index}.mid").write_bytes(item.read())
        if index == 9:
            break
    recipe = gen.load_recipe("groovae_4bar", [f"data={{source: {{type: folder, path: '{folder}'}}}}"])
    prepare(recipe, store=tmp_path / "store")
    assert "used again" in prepare(recipe, store=tmp_path / "store").history
    (folder / "0.mid").unlink()
    assert "files changed" in prepare(recipe, store=tmp_path / "store").history


def test_recipes_that_say_the_same_share_a_store(recipe):
    other = gen.load_recipe("groovae_4bar_small", [DRUMS, "converter.hop_size=16"])
    assert prepare(recipe).store.folder == prepare(other).store.folder


@pytest.mark.parametrize("files", [1, 12, 13, 30, 59])
def test_a_preparation_that_breaks_off_leaves_no_store_and_the_next_one_finishes_it(recipe, tmp_path, files):
    whole = prepare(recipe, store=tmp_path / "whole")
    with pytest.raises(Broken):
        prepare(recipe, store=tmp_path / "broken", progress=killed_after(files))
    assert not (tmp_path / "broken" / "manifest.json").exists()
    finished = prepare(recipe, store=tmp_path / "broken")
    # 12 files make a shard, and a shard is kept once the file after it was converted
    kept = (files - 1) // 12 * 12
    assert f"{kept} files were done before" in finished.history or kept == 0
    assert content(tmp_path / "broken") == content(tmp_path / "whole")
    assert finished.report == whole.report


def test_shards_of_another_recipe_are_not_taken_over(recipe, tmp_path):
    with pytest.raises(Broken):
        prepare(recipe, store=tmp_path / "a", progress=killed_after(40))
    changed = gen.load_recipe("groovae_4bar", ["data={source: {type: demo, clips: 60, bars: 6}}"])
    prepare(changed, store=tmp_path / "a")
    prepare(changed, store=tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("name", ["shard-00001.safetensors", "shard-00000.jsonl"])
@pytest.mark.parametrize("place", [0.0, 0.5, 0.999])
def test_a_flipped_byte_is_noticed_and_mended(recipe, tmp_path, name, place):
    prepare(recipe, store=tmp_path)
    whole = content(tmp_path)
    damaged = bytearray(whole[name])
    damaged[int(place * len(damaged))] ^= 0x10
    (tmp_path / name).write_bytes(damaged)
    assert f"{name} is damaged" in prepare(recipe, store=tmp_path).history
    assert content(tmp_path) == whole


def test_a_missing_shard_and_a_broken_manifest_are_mended(recipe, tmp_path):
    prepare(recipe, store=tmp_path)
    whole = content(tmp_path)
    (tmp_path / "shard-00002.safetensors").unlink()
    assert "can't be read" in prepare(recipe, store=tmp_path).history
    (tmp_path / "manifest.json").write_text('{"format": 1')
    assert "first time" in prepare(recipe, store=tmp_path).history
    assert content(tmp_path) == whole


def test_a_pool_makes_the_same_store(recipe, tmp_path):
    prepare(recipe, store=tmp_path / "serial", engine=Serial())
    prepare(recipe, store=tmp_path / "pool", engine=Pool(2))
    assert content(tmp_path / "serial") == content(tmp_path / "pool")


@pytest.mark.slow
def test_a_dask_cluster_makes_the_same_store(recipe, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra [dask]")
    from gen.data.engines import Dask

    prepare(recipe, store=tmp_path / "serial", engine=Serial())
    prepare(recipe, store=tmp_path / "dask", engine=Dask(workers=2))
    assert content(tmp_path / "serial") == content(tmp_path / "dask")


SCRIPT = """
import sys
from gen.data import store
store._FILES_A_TASK, store._TASKS_A_SHARD = 4, 3
import gen
from gen.data.prepare import prepare
if __name__ == "__main__":
    data = "data={source: {type: demo, clips: 60, bars: 5}}"
    recipe = gen.load_recipe("groovae_4bar", [data, "converter.hop_size=16"])
    print(prepare(recipe, store=sys.argv[1]).history)
"""


@pytest.mark.slow
def test_a_killed_preparation_is_finished_by_the_next_one(recipe, tmp_path):
    prepare(recipe, store=tmp_path / "whole")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    rng = np.random.default_rng(0)
    for attempt in range(4):
        target = tmp_path / f"killed-{attempt}"
        process = subprocess.Popen([sys.executable, script, target], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (target / "building.json").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(float(rng.uniform(0, 0.4)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        prepare(recipe, store=target)
        assert content(target) == content(tmp_path / "whole")


@pytest.mark.slow
def test_two_preparations_at_once_wait_for_each_other(recipe, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    prepare(recipe, store=tmp_path / "whole")
    both = [
        subprocess.Popen([sys.executable, script, tmp_path / "store"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert sorted("used again" in text for text in said) == [False, True]
    assert content(tmp_path / "store") == content(tmp_path / "whole")


def test_a_folder_of_other_things_is_refused_and_left_as_it_is(recipe, tmp_path):
    (tmp_path / "song.mid").write_text("mine")
    with pytest.raises(UsageError, match=r"holds song\.mid, which is no part of a store"):
        prepare(recipe, store=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["song.mid"]


def test_another_way_to_write_a_path_is_no_change(tmp_path, monkeypatch):
    folder = tmp_path / "midi"
    folder.mkdir()
    for index, item in enumerate(Demo(clips=6, bars=5).items()):
        (folder / f"{index}.mid").write_bytes(item.read())
    monkeypatch.chdir(tmp_path)
    recipe = gen.load_recipe("groovae_4bar", ["data={source: folder}"])
    first, second = (prepare(recipe, path=path) for path in ("midi", str(folder)))
    assert first.store.folder == second.store.folder
    assert "used again" in second.history


def test_a_folder_that_cannot_be_written_is_an_error_with_a_way_out(recipe, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="--store"):
        prepare(recipe, store=tmp_path / "file" / "store")
    with pytest.raises(UsageError, match=r"--store .*file: that is a file"):
        prepare(recipe, store=tmp_path / "file")


def test_the_manifest_says_what_the_store_was_made_from(recipe, tmp_path):
    prepared = prepare(recipe, store=tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["made_from"]["converter.split_bars"] == 4
    assert manifest["made_from"]["data.source.clips"] == 60
    assert manifest["examples"] == {split: len(examples) for split, examples in prepared.splits.items()}
    assert manifest["fingerprint"] == prepared.fingerprint
