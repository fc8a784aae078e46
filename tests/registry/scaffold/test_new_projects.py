"""`gen plugins new`: a project that works as it is, or a clear word about why there is none."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import gen
import gen.testing
from gen.cli import main
from gen.registry import KINDS, Registry, installed, using
from gen.registry.scaffold.project import Names, compatible

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    tomllib = None

PUBLIC_MODULES = ("gen.nn", "gen.testing")


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``new("decoder", "lace")`` makes the project in an empty folder, the current one."""
    monkeypatch.chdir(tmp_path)

    def make(kind: str, name: str) -> Path:
        assert main(["plugins", "new", kind, name]) == 0
        return tmp_path / Names(kind, name).project

    return make


@pytest.fixture
def as_installed(monkeypatch: pytest.MonkeyPatch):
    """``as_installed(project)`` makes a project count as installed, here and in processes started from here."""
    before = set(sys.modules)

    def make(project: Path) -> None:
        data = tomllib.loads((project / "pyproject.toml").read_text()) if tomllib else pytest.skip("needs tomllib")
        module = next(iter(data["project"]["entry-points"]["gen"].values()))
        metadata = project / f"{module}-{data['project']['version']}.dist-info"
        metadata.mkdir()
        head = [f"Name: {data['project']['name']}", f"Version: {data['project']['version']}"]
        head += [f"Requires-Dist: {requirement}" for requirement in data["project"]["dependencies"]]
        (metadata / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *head, ""]))
        points = [f"{name} = {value}" for name, value in data["project"]["entry-points"]["gen"].items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[gen]", *points, ""]))
        monkeypatch.syspath_prepend(str(project))
        path = os.pathsep.join(part for part in (str(project), os.environ.get("PYTHONPATH", "")) if part)
        monkeypatch.setenv("PYTHONPATH", path)

    yield make
    for module in set(sys.modules) - before:
        if module.startswith("gen_"):
            del sys.modules[module]


def texts(project: Path) -> dict[str, str]:
    """Every file of a project by its path."""
    files = sorted(path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_has_code_tests_a_recipe_and_a_readme(new, kind):
    files = texts(new(kind, "my-lace"))

    assert {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "gen_my_lace/__init__.py",
        f"gen_my_lace/{kind}.py",
        "gen_my_lace/py.typed",
        "recipes/my-lace.yaml",
        f"tests/test_{kind}.py",
    } == set(files)
    assert [name for name, text in files.items() if re.search(r"\$[a-z{]", text)] == []  # everything was filled in


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a", "my_lace-2", "a" * 40], ids=["short", "mixed", "long"])
def test_whatever_the_name_the_code_is_python_and_uses_public_names_only(new, kind, name):
    project = new(kind, name)

    for path, text in texts(project).items():
        if not path.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in ("gen", *PUBLIC_MODULES):
                public = __import__(node.module, fromlist=["__all__"]).__all__
                assert {alias.name for alias in node.names} <= {*public, "testing", "nn"}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gen":
                assert node.attr in gen.__all__


@pytest.mark.skipif(tomllib is None, reason="reads TOML")
def test_the_project_asks_for_the_versions_of_gen_that_stay_compatible(new):
    data = tomllib.loads((new("decoder", "lace") / "pyproject.toml").read_text())

    assert data["project"]["dependencies"] == [f"gen-music{compatible(gen.__version__)}"]
    assert data["project"]["entry-points"]["gen"] == {"lace": "gen_lace"}


@pytest.mark.parametrize(
    ("version", "span"),
    [("0.1.0", ">=0.1,<0.2"), ("0.12.3rc1", ">=0.12,<0.13"), ("1.0.0", ">=1.0,<2"), ("2.5.1", ">=2.5,<3")],
)
def test_compatible_versions_are_those_of_the_minor_before_one_and_of_the_major_after(version, span):
    assert compatible(version) == span


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_opens_with_the_command_that_runs_it(new, kind):
    text = texts(new(kind, "lace"))["recipes/lace.yaml"]

    assert re.fullmatch(r"# gen train recipes/lace.yaml( --data ~/midi)?", text.splitlines()[0])
    assert yaml.safe_load(text)["training"]["steps"] <= 500  # it is for seeing it work


@pytest.mark.parametrize("kind", KINDS)
def test_an_installed_project_is_listed_and_its_recipe_makes_a_model(new, as_installed, kind, capsys):
    project = new(kind, "lace")
    as_installed(project)
    capsys.readouterr()

    with using(Registry(installed(), strict=True)):
        assert main(["plugins"]) == 0
        assert f"lace (gen-lace 0.1.0)\n  {kind}: lace\n" in capsys.readouterr().out
        assert main(["recipes", "check", str(project / "recipes" / "lace.yaml")]) == 0


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (
            "Lace",
            "lower-case letters, digits, and single '-' or '_' between them, and begins with a letter, such as 'lac",
        ),
        ("my lace", "such as 'my-lace'"),
        ("2lace", "such as 'lace'"),
        ("lace-", "such as 'lace'"),
        ("-lace", "such as 'lace'"),
        ("a--b", "such as 'a-b'"),
        ("../lace", "such as 'lace'"),
        ("lace.py", "such as 'lace-py'"),
        ("größe", "such as 'gr-e'"),
        ("", "such as 'lace'"),
        ("a" * 41, "41 letters are too many; 40 at most"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused_with_one_that_can(name, complaint, tmp_path, capsys):
    words = ["plugins", "new", "decoder", "--out", str(tmp_path), "--", name]
    assert main(words) == 2

    assert complaint in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "name", "complaint"),
    [
        ("decoder", "flat", "there is a decoder 'flat' already, of plugin decoders (gen-music "),
        ("dataset", "groove", "there is a dataset 'groove' already, of plugin datasets (gen-music "),
        ("decoder", "music", "a project gen-music "),
        ("converter", "encoders", "a package gen_encoders is there already"),
    ],
)
def test_a_name_that_is_taken_is_refused_with_whose_it_is(kind, name, complaint, tmp_path, capsys):
    assert main(["plugins", "new", kind, name, "--out", str(tmp_path)]) == 2

    assert complaint in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_another_kind_is_free(new):
    assert new("encoder", "flat").is_dir()


def test_nothing_that_is_there_is_touched(new, tmp_path, capsys):
    (tmp_path / "gen-lace").mkdir()
    (tmp_path / "gen-lace" / "mine.txt").write_text("mine")

    assert main(["plugins", "new", "decoder", "lace"]) == 2
    assert "gen-lace is there already; choose another name, or another folder by --out" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "gen-lace").iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["plugins", "new", "decoder", "lace", "--out", str(tmp_path / "file")]) == 2
    assert "that is a file; give a folder" in capsys.readouterr().err


def test_the_folder_is_made_where_asked_for_and_the_way_on_is_said(tmp_path, capsys):
    assert main(["plugins", "new", "decoder", "lace", "--out", str(tmp_path / "src")]) == 0

    said = capsys.readouterr().out
    project = tmp_path / "src" / "gen-lace"
    assert f"pip install -e '{project}[test]'" in said
    assert f"gen train {project}/recipes/lace.yaml" in said
    assert (project / "gen_lace" / "decoder.py").is_file()


def test_an_unknown_kind_is_answered_with_the_nearest(capsys):
    assert main(["plugins", "new", "decodr", "lace"]) == 2
    assert "did you mean 'decoder'?" in capsys.readouterr().err


PARTS = ("latent", "metric", "objective", "observer", "optimiser", "schedule")  # of a training, beside the first four


def test_parts_of_a_training_keep_their_promises_and_train_together(new, as_installed, tmp_path):
    for kind in PARTS:
        as_installed(new(kind, f"my-{kind}"))
    with using(Registry(installed(), strict=True)) as found:
        for kind in PARTS:
            gen.testing.check_component(found.find(kind, f"my-{kind}")).require()
        words = [
            *("data={source: {type: demo, parts: drums, clips: 12, bars: 2}, fallback: null}", "encoder={sizes: [4]}"),
            *("decoder={sizes: [4]}", "latent={type: my-latent, size: 8, free_bits: 0}", "metrics=[my-metric]"),
            "training={batch_size: 4, steps: 2, log_every: 1, objective: my-objective, optimiser: my-optimiser}",
            "training={schedule: my-schedule, observers: [my-observer], eval_every: 2, checkpoint_every: 2}",
        ]
        recipe = gen.load_recipe("cat-drums_2bar_tiny", words)
        gen.train(recipe, out=tmp_path / "run", device="cpu")
    assert (tmp_path / "run" / "my-observer.csv").read_text().splitlines()[0] == "step,loss,kl_bits"
    saved = yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())
    assert {f"gen-my-{kind}" for kind in PARTS} <= set(saved["plugins"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in PARTS])
def test_a_project_passes_its_own_tests_which_train_it(new, as_installed, kind):
    project = new(kind, "lace")
    as_installed(project)

    words = ["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--import-mode=importlib", "tests"]
    done = subprocess.run([sys.executable, *words], cwd=project, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_every_project_is_typed_strictly_and_formatted(new, tmp_path, monkeypatch):
    pytest.importorskip("mypy")
    projects = [new(kind, f"my-{kind}") for kind in KINDS]
    monkeypatch.setenv("MYPYPATH", str(Path(gen.__file__).parents[1]))

    packages = [str(project / f"gen_my_{kind}") for project, kind in zip(projects, KINDS, strict=True)]
    for words in (["mypy", "--strict", *packages], ["ruff", "check", "."], ["ruff", "format", "--check", "."]):
        done = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
