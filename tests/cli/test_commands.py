"""The command line's manners: help, errors, exit codes, pipes; and recipes, plugins, info."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

import gen.testing
from gen import cli
from gen.errors import DataError, UsageError

WRITTEN = [name for name, (module, _) in cli.COMMANDS.items() if importlib.util.find_spec(module) is not None]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch):
    """``command(run)`` adds a command ``try`` that runs a function."""

    def add(run, add_arguments=lambda parser: None) -> None:
        module = types.ModuleType("made_up_command")
        module.run, module.add_arguments = run, add_arguments
        monkeypatch.setitem(sys.modules, "made_up_command", module)
        monkeypatch.setitem(cli.COMMANDS, "try", ("made_up_command", "made up"))

    return add


def raising(error: BaseException):
    def run(args):
        raise error

    return run


def test_help_lists_every_command(capsys):
    assert cli.main(["--help"]) == 0

    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in cli.COMMANDS)
    assert "examples:" in out


@pytest.mark.parametrize("name", WRITTEN)
def test_the_help_of_a_command_ends_in_examples(capsys, name):
    assert cli.main([name, "--help"]) == 0

    examples = capsys.readouterr().out.rpartition("examples:\n")[2].strip().splitlines()
    assert examples
    assert all(f"gen {name}" in line or f"gen --debug {name}" in line for line in examples)


@pytest.mark.parametrize("action", ["ls", "show", "cp", "check"])
def test_the_help_of_an_action_ends_in_examples(capsys, action):
    assert cli.main(["recipes", action, "--help"]) == 0

    assert f"examples:\n  gen recipes {action}" in capsys.readouterr().out


def test_version_is_that_of_the_package(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"gen {gen.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "no command 'trian'; did you mean 'train'?"),
        (["--verbos"], "unrecognized arguments: --verbos"),
        (["recipes", "shw"], "did you mean 'show'?"),
        (["recipes", "show"], "the following arguments are required: recipe"),
        (["recipes", "ls", "--jsn"], "unrecognized arguments: --jsn"),
    ],
)
def test_misuse_is_one_line_on_stderr_and_exit_code_2(capsys, words, message):
    assert cli.main(words) == 2

    streams = capsys.readouterr()
    assert streams.out == ""
    assert message in streams.err
    assert streams.err.startswith("gen: ")
    assert streams.err.count("\n") == 1


def test_no_command_at_all_shows_the_help_and_is_misuse(capsys):
    assert cli.main([]) == 2
    assert "commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DataError("no music"), 1, "gen: no music\n"),
        (UsageError("not so"), 2, "gen: not so\n"),
        (OSError(28, "No space left on device", "runs/x"), 1, "gen: No space left on device: runs/x\n"),
        (PermissionError(13, "Permission denied"), 1, "gen: Permission denied\n"),
        (KeyboardInterrupt(), 130, "gen: stopped\n"),
        (ZeroDivisionError("oh"), 1, "rerun with --debug"),
    ],
)
def test_what_a_command_raises_is_one_line_and_an_exit_code(capsys, command, error, code, text):
    command(raising(error))

    assert cli.main(["try"]) == code

    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["--debug", "try"], ["try", "--debug"]])
def test_debug_shows_the_traceback_too(capsys, command, words):
    command(raising(DataError("no music")))

    assert cli.main(words) == 1

    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("gen: no music\n")


def test_positional_words_may_stand_before_and_after_options(command):
    seen = []

    def add_arguments(parser):
        parser.add_argument("recipe")
        parser.add_argument("overrides", nargs="*")
        parser.add_argument("--data")

    command(lambda args: seen.append((args.recipe, args.overrides, args.data, args.debug)) or 0, add_arguments)

    assert cli.main(["try", "r", "a=1", "--data", "x", "b=2"]) == 0
    assert cli.main(["try", "--debug", "--data", "x", "r"]) == 0
    assert seen == [("r", ["a=1", "b=2"], "x", False), ("r", [], "x", True)]


def test_a_reader_that_goes_away_causes_no_noise():
    code = "from gen.cli import main; import sys; sys.exit(main(['recipes', 'show', 'groovae_4bar', '--resolved']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait() == 128 + signal.SIGPIPE
    assert err == b""


def test_recipes_ls_gives_names_and_descriptions(capsys):
    assert cli.main(["recipes", "ls"]) == 0
    assert "groovae_4bar " in capsys.readouterr().out

    assert cli.main(["recipes", "ls", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert "groovae_4bar" in [row["name"] for row in rows]
    assert all(row["description"] and Path(row["path"]).is_file() for row in rows)


def test_recipes_show_prints_the_file_or_all_that_follows_from_it(capsys):
    assert cli.main(["recipes", "show", "groovae_4bar"]) == 0
    assert capsys.readouterr().out.startswith("# gen train recipes/groovae_4bar.yaml\n")

    assert cli.main(["recipes", "show", "groovae_4bar", "--resolved", "latent.size=32"]) == 0
    assert "\nlatent:\n  size: 32\n" in capsys.readouterr().out


def test_a_copied_recipe_is_fine_where_it_lands_and_nothing_is_overwritten(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["recipes", "cp", "groovae_4bar_small", "mine.yaml"]) == 0
    assert cli.main(["recipes", "cp", "groovae_4bar_small"]) == 0
    assert Path("groovae_4bar_small.yaml").is_file()
    assert gen.load_recipe("mine.yaml").name == "mine"

    Path("mine.yaml").write_text("precious")
    assert cli.main(["recipes", "cp", "groovae_4bar", "mine.yaml"]) == 2
    assert "mine.yaml is there already" in capsys.readouterr().err
    assert Path("mine.yaml").read_text() == "precious"

    assert cli.main(["recipes", "cp", "groovae_4bar", "mine.yaml", "--force"]) == 0
    assert Path("mine.yaml").read_text() != "precious"


def test_recipes_check_looks_at_every_file_and_builds_the_model(capsys, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("base: groovae_4bar\nlatent: {sze: 3}\n")

    assert cli.main(["recipes", "check", str(bad), "groovae_4bar", "training.batch_size=7"]) == 2

    streams = capsys.readouterr()
    assert "bad.yaml:2:10: latent.sze: 'latent' takes no 'sze'; did you mean 'size'?" in streams.err
    assert "groovae_4bar.yaml: fine, 4,085,019 parameters" in streams.out


def test_recipes_check_hears_what_a_constructor_says(capsys):
    assert cli.main(["recipes", "check", "groovae_4bar", "converter.split_bars=-4"]) == 2
    assert "split_bars" in capsys.readouterr().err


def test_two_problems_are_counted_and_listed(capsys):
    assert cli.main(["recipes", "show", "groovae_4bar", "latent.sze=3", "training.stps=1"]) == 2

    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "gen: 2 problems"
    assert [line.split(": ")[:2] for line in lines[1:]] == [
        ["command line", "latent.sze"],
        ["command line", "training.stps"],
    ]


def test_recipes_check_counts_problems_and_knows_a_change_without_a_value(capsys, tmp_path):
    assert cli.main(["recipes", "check", "groovae_4bar", "latent.sze=3", "training.stps=1"]) == 2
    assert capsys.readouterr().err.startswith("gen: 2 problems\ncommand line: ")

    assert cli.main(["recipes", "check", "groovae_4bar", "latent.size"]) == 2
    assert "'latent.size' is no recipe; to change a value, write key.path=value" in capsys.readouterr().err


def test_plugins_says_what_each_adds_and_where(capsys):
    assert cli.main(["plugins"]) == 0
    assert f"encoders (gen-music {gen.__version__})\n  encoder" in capsys.readouterr().out

    assert cli.main(["plugins", "--verbose"]) == 0
    assert "bilstm.py:" in capsys.readouterr().out

    assert cli.main(["plugins", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["broken"] == []
    assert (
        "bilstm" in next(plugin for plugin in listed["plugins"] if plugin["name"] == "encoders")["provides"]["encoder"]
    )


def test_plugins_says_what_is_broken_and_why_and_is_still_fine(capsys):
    def refuse():
        raise RuntimeError("no GPU\nand more")

    broken = types.SimpleNamespace(
        __name__="boom", register_encoders=gen.hookimpl(specname="register_encoders")(refuse)
    )
    with gen.testing.plugins(broken, strict=False):
        assert cli.main(["plugins"]) == 0
        assert "broken plugin boom: RuntimeError: no GPU\n" in capsys.readouterr().out
        assert cli.main(["plugins", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["broken"][0]["error"] == "RuntimeError: no GPU\nand more"


def test_plugins_says_which_components_are_not_there_without_importing_any(capsys):
    named = {"gone": "gen_nowhere.lace:Lace", "lost": "gen_encoders.lost:Lost", "misspelt": "gen_encoders.lstm:Lace"}
    plugin = types.SimpleNamespace(
        __name__="lace", register_encoders=gen.hookimpl(specname="register_encoders")(lambda: named)
    )
    with gen.testing.plugins(plugin):
        assert cli.main(["plugins"]) == 0
        out = capsys.readouterr().out
        assert "  broken encoder gone (gen_nowhere.lace:Lace): ModuleNotFoundError: No module named" in out
        assert "  broken encoder lost (gen_encoders.lost:Lost): no module named 'gen_encoders.lost'\n" in out
        assert "  broken encoder misspelt (gen_encoders.lstm:Lace): module gen_encoders.lstm has no Lace\n" in out
        assert out.count("broken") == 3
        assert cli.main(["plugins", "--json"]) == 0
        listed = {plugin["name"]: plugin["problems"] for plugin in json.loads(capsys.readouterr().out)["plugins"]}
        assert [len(listed["lace"]), listed["encoders"]] == [3, []]


def test_strict_plugins_and_a_broken_one_make_one_line_and_exit_code_1(tmp_path):
    (tmp_path / "gen_boom.py").write_text("raise RuntimeError('no GPU')")
    info = tmp_path / "gen_boom-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gen-boom\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gen]\nboom = gen_boom\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    words = [sys.executable, "-m", "gen", "plugins"]

    lenient = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    strict = subprocess.run(
        words, capture_output=True, text=True, env={**environment, "GEN_STRICT_PLUGINS": "1"}, check=False
    )

    assert lenient.returncode == 0
    assert "broken plugin boom (gen-boom 1.0): RuntimeError: no GPU" in lenient.stdout
    assert strict.returncode == 1
    assert "no GPU" in strict.stderr
    assert "Traceback" not in strict.stderr


def test_info_gives_versions_and_devices(capsys):
    assert cli.main(["info"]) == 0
    assert f"gen          {gen.__version__}" in capsys.readouterr().out

    assert cli.main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["packages"]["torch"]
    assert facts["devices"][0].startswith("cpu: ")


@pytest.mark.parametrize("said", [{"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "7"}])
def test_threads_spin_a_little_and_as_the_user_says_where_he_does(said):
    environment: dict[str, str] = {}
    cli.wait_briefly(environment)
    assert environment == {"GOMP_SPINCOUNT": cli.SPINS}
    kept = dict(said)
    cli.wait_briefly(said)
    assert said == kept
