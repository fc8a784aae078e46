"""Runs and pages of the folders that were given, and nothing else: no path from a browser, no link."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import demo_bytes, tiny_run

from gen.errors import UsageError
from gen.training.run import Run
from gen.workshop.studio.places import Places
from gen.workshop.studio.runs import watched

PAGE = "<!DOCTYPE html><title>Results</title>"


def places(folder: Path, *others: Path) -> Places:
    return Places([folder, *others], without=folder / "studio")


def names(found) -> set[str]:
    return {each.name for each in found}


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    tiny_run("groove", folder / "runs" / "one")
    (folder / "runs" / "one" / "samples").mkdir()
    (folder / "runs" / "one" / "samples" / "sample-0.mid").write_bytes(demo_bytes("drums", 2))
    (folder / "runs" / "one" / "report.html").write_text(PAGE)
    (folder / "results").mkdir()
    (folder / "results" / "report.html").write_text(PAGE)
    return folder


def test_runs_and_pages_are_found_by_where_they_lie(given):
    found = places(given)

    assert names(found.all("run")) == {"runs/one"}
    assert names(found.all("page")) == {"results/report.html", "runs/one/report.html"}
    (run,) = found.all("run")
    assert found.one("run", run.key) == run
    page = found.all("page")[0]
    assert found.page(page.key) == PAGE.encode()
    assert found.samples(run) == ["sample-0.mid"]


def test_with_several_folders_a_name_says_which(given, tmp_path):
    other = tmp_path / "other"
    tiny_run("groove", other / "two")
    assert names(places(given, other).all("run")) == {"given/runs/one", "other/two"}


def test_a_folder_that_is_a_run_itself_is_listed(given):
    assert names(places(given / "runs" / "one").all("run")) == {"one"}


def test_what_is_hidden_deep_down_or_the_studios_own_is_not_listed(given):
    for place in (".hidden", "studio/0001-palette", "a/b/c/d/e/f"):
        (given / place).mkdir(parents=True)
        (given / place / "page.html").write_text(PAGE)
    assert names(places(given).all("page")) == {"results/report.html", "runs/one/report.html"}


@pytest.mark.parametrize("key", ["", "0123456789", "../../etc", "results/report.html"])
def test_a_key_that_nobody_gave_names_nothing(given, key):
    with pytest.raises(UsageError, match="there is no page"):
        places(given).one("page", key)


def test_links_lead_nowhere(given, tmp_path):
    secret = tmp_path / "secret"
    tiny_run("groove", secret)
    (secret / "page.html").write_text("secret")
    (given / "linked").symlink_to(secret)
    (given / "linked.html").symlink_to(secret / "page.html")
    (given / "fake").mkdir()
    (given / "fake" / "recipe.yaml").symlink_to(secret / "recipe.yaml")
    samples = given / "runs" / "one" / "samples"
    (samples / "linked.mid").symlink_to(secret / "page.html")

    found = places(given)
    assert names(found.all("run")) == {"runs/one"}
    assert names(found.all("page")) == {"results/report.html", "runs/one/report.html"}
    assert found.samples(found.all("run")[0]) == ["sample-0.mid"]
    with pytest.raises(UsageError, match="isn't in the studio's folders"):
        found.read(samples / "linked.mid", most=100)
    with pytest.raises(UsageError, match="isn't in the studio's folders"):
        found.read(given / ".." / "secret" / "page.html", most=100)


def test_what_becomes_a_link_after_it_was_found_is_not_opened(given, tmp_path):
    found = places(given)
    page = next(each for each in found.all("page") if each.name == "results/report.html")
    (tmp_path / "secret.html").write_text("secret")
    page.path.unlink()
    page.path.symlink_to(tmp_path / "secret.html")

    with pytest.raises(UsageError, match="any more"):
        found.page(page.key)


def test_a_run_is_watched_while_it_is_trained(given):
    run = Run(given / "runs" / "one")
    for step in range(1, 1001):
        run.log(step, "train", {"loss": 100.0 / step})
    run.log(1000, "validation", {"loss": 1.0, "accuracy": float("nan")})
    (run.path / "lock").write_text("123")
    found = places(given)
    seen = watched(found, found.all("run")[0])

    assert seen["training"]
    assert seen["step"] == 1000
    assert len(seen["curves"]["train"]["step"]) == 400
    assert seen["curves"]["train"]["step"][-1] == 1000
    assert seen["curves"]["validation"] == {"step": [1000], "loss": [1.0], "accuracy": [None]}
    run.log(1001, "train", {"loss": 0.5})
    assert watched(found, found.all("run")[0])["step"] == 1001


def test_figures_that_somebody_spoilt_are_said_and_harm_nobody(given):
    (given / "runs" / "one" / "metrics.jsonl").mkdir()
    found = places(given)
    seen = watched(found, found.all("run")[0])
    assert "can't be read" in seen["said"]
    assert seen["curves"] == {}


def test_the_studio_tells_of_runs_and_hears_their_samples(client, folder):
    tiny_run("groove", folder / "trained")
    (folder / "trained" / "samples").mkdir()
    content = demo_bytes("drums", 3)
    (folder / "trained" / "samples" / "sample-0.mid").write_bytes(content)
    (folder / "report.html").write_text(PAGE)

    (run,) = client.get("/api/runs").json["runs"]
    assert run["name"] == "trained"
    assert client.get(f"/api/runs/{run['key']}").json["samples"] == ["sample-0.mid"]
    entry = client.send(f"/api/runs/{run['key']}/take", {"sample": "sample-0.mid"})
    assert entry.status == 201
    assert client.get(f"/files/{entry.json['number']}/sample-0.mid").body == content
    for wrong in ({"sample": "../recipe.yaml"}, {"sample": None}, {}, [], "sample-0.mid"):
        assert client.send(f"/api/runs/{run['key']}/take", wrong).status == 400

    (page,) = client.get("/api/pages").json["pages"]
    answer = client.get(f"/pages/{page['key']}")
    assert answer.body == PAGE.encode()
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts allow-downloads")
    assert "connect-src" not in answer.headers["content-security-policy"]
