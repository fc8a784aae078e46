"""What is sent, by trackers that only write it down: neither has to be installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gen.testing import check_component

from gen_tracking.observers import MlflowObserver, WandbObserver


class Notebook:
    """Stands for both: keeps every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.id = "one"

    def __getattr__(self, name: str) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            self.calls.append((name, options or words))
            return {"init": self, "create_run": SimpleNamespace(info=SimpleNamespace(run_id="one"))}.get(name)

        return call


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setitem(sys.modules, "wandb", made)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=lambda uri: made))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("observer", [WandbObserver, MlflowObserver])
def test_it_keeps_what_an_observer_promises(notebook: Notebook, observer: type) -> None:
    check_component(observer).require()


def test_figures_are_sent_by_split_and_step_and_the_run_is_the_same_afterwards(
    notebook: Notebook, tmp_path: Path
) -> None:
    for step in (0, 3):
        observer = WandbObserver("drums")
        observer.on_begin(tmp_path, {"name": "x"}, step)
        observer.on_log(step + 1, "train", {"loss": 2.0})
        observer.on_end(step + 1, "finished")
    names = [name for name, _ in notebook.calls]
    begun = [options for name, options in notebook.calls if name == "init"]
    assert names == ["init", "log", "finish"] * 2
    assert [each["id"] for each in begun] == [None, "one"]
    assert begun[0]["mode"] == "offline"
