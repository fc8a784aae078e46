"""The five tasks' runner: it finds the tasks, keeps them from a network, and stops the one that takes too long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from documents import DOCS, ROOT

RUNNER = ROOT / ".ci" / "five_tasks.py"
TASK = "## Task {}\n\n```sh\n{}\n```\n"


def run(page: Path, folder: Path, *, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
    runner = folder / "runner.py"
    runner.write_text(RUNNER.read_text(encoding="utf-8").replace("5, 60.0", f"5, {seconds}"), encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(runner), str(page)], cwd=folder, capture_output=True, text=True, check=False
    )


def page_of(folder: Path, *commands: str) -> Path:
    page = folder / "page.md"
    text = "# Five\n\n```sh\necho first > before.txt\n```\n\n"
    page.write_text(text + "".join(TASK.format(*each) for each in enumerate(commands, 1)), encoding="utf-8")
    return page


def test_the_page_has_five_tasks_and_says_so() -> None:
    text = (DOCS / "five_tasks.md").read_text(encoding="utf-8")
    sections = text.split("\n## ")[1:]
    assert len(sections) == 5
    assert all(section.count("```sh\n") == 1 for section in sections)


def test_tasks_run_one_after_another_in_one_folder(tmp_path: Path) -> None:
    done = run(page_of(tmp_path, "cat before.txt", *["true"] * 4), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "first" in done.stdout
    assert "Task 5: " in done.stdout


NETWORK = """python -c 'import socket; socket.getaddrinfo("example.org", 80)'"""


def test_a_task_has_no_network_fails_or_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    for command, complaint in ((NETWORK, "five tasks must not|name resolution|not known"), ("false", "non-zero")):
        done = run(page_of(tmp_path, command, *["true"] * 4), tmp_path)
        assert done.returncode != 0
        assert any(part in done.stderr for part in complaint.split("|")), done.stderr
    done = run(page_of(tmp_path, "sleep 60", *["true"] * 4), tmp_path, seconds=3.0)
    assert "Task 1: longer than 3 s" in done.stderr


@pytest.mark.parametrize("count", [4, 6])
def test_another_number_of_tasks_than_promised_is_an_error(count: int, tmp_path: Path) -> None:
    assert f"has {count} tasks" in run(page_of(tmp_path, *["true"] * count), tmp_path).stderr
