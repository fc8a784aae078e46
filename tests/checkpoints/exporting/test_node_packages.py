"""What `make test` installs for the tests in Node, and that nothing fails where it can't."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "support" / "node"
LOCK = HERE / "package-lock.json"
TOOLS = ("sh", "dirname", "mkdir", "rm", "cp", "mv")
WORKS = '#!/bin/sh\n[ "$1" = view ] || mkdir -p partial/node_modules/@magenta/music\n'
FAILS = "#!/bin/sh\necho no network\nexit 1\n"
BREAKS_OFF = '#!/bin/sh\n[ "$1" = view ] || { mkdir -p partial/node_modules/half; exit 1; }\n'


@pytest.fixture
def install(tmp_path):
    """Installs into ``tmp_path / "node"`` with these programs beside the usual ones, and nothing else on the path."""
    tools = tmp_path / "bin"

    def call(**programs: str) -> Path:
        shutil.rmtree(tools, ignore_errors=True)
        tools.mkdir()
        for name in TOOLS:
            (tools / name).symlink_to(str(shutil.which(name)))
        for name, text in programs.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        folder = tmp_path / "node"
        done = subprocess.run(
            [str(HERE / "install.sh"), str(folder)], env={**os.environ, "PATH": str(tools)}, check=True
        )
        assert done.returncode == 0
        return folder

    return call


def test_the_lock_pins_every_package_by_its_hash_and_names_no_host():
    packages = {name: entry for name, entry in json.loads(LOCK.read_text())["packages"].items() if name}
    assert "node_modules/@magenta/music" in packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_what_is_installed_is_whole_and_stamped_with_the_lock(install):
    folder = install(node=WORKS, npm=WORKS)
    assert (folder / "node_modules" / "@magenta" / "music").is_dir()
    assert (folder / "installed.json").read_bytes() == LOCK.read_bytes()
    assert not (folder / "partial").exists()


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ({}, "there is no node"),
        ({"node": WORKS}, "there is no npm"),
        ({"node": WORKS, "npm": FAILS}, "npm can't reach its registry"),
        ({"node": WORKS, "npm": BREAKS_OFF}, "npm can't install what package-lock.json has"),
    ],
)
def test_without_node_npm_or_network_a_reason_is_left_and_the_next_call_tries_again(install, programs, reason):
    folder = install(**programs)
    assert reason in (folder / "why-not.txt").read_text()
    assert not (folder / "node_modules").exists()
    assert not (folder / "installed.json").exists()

    install(node=WORKS, npm=WORKS)
    assert (folder / "installed.json").exists()
    assert not (folder / "why-not.txt").exists()
