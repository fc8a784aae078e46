"""The rules of the house: who may import whom, how large a room may be, what is public, what a light command loads."""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import gen
from gen import errors

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core" / "gen").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("gen-*/**/*.py"))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))
SOURCES = [ROOT / "core", *sorted((ROOT / "plugins").iterdir())]

ROOMS = [value for name in gen.__all__ if isinstance(value := getattr(gen, name), ModuleType)]
PUBLIC_MODULES = ("gen", *sorted(room.__name__ for room in ROOMS))
PUBLIC = [f"{module}.{name}" for module in PUBLIC_MODULES for name in import_module(module).__all__]


def public(name: str) -> Any:
    """The thing of a dotted name."""
    return functools.reduce(getattr, name.split(".")[1:], gen)


NAMES = [name for name in PUBLIC if not isinstance(public(name), ModuleType) and name != "gen.__version__"]

# every name that stood in gen before the rooms had lists of their own
FORMER = re.findall(
    r"\w+",
    """
Baselined CheckpointError Chord ChordEncoding ChordError ChordSymbol ControlChanges Conversion Converter Curve
DataError DataMissingError DatasetSource Decoder DecoderOutput DrumMap Encoder Example Exported Flags Floats GenError
Grid Harmony Imported InterpolationStudy Interval Item KeySignatures Layout LevelEncoder MagentaJsCheckpoint
MagentaJsNamed MagentaJsSpec MidiError MidiFile MidiFiles Mode Note NoteSequence OneHot OriginalVariables PitchBends
PluginError Posterior Predictor Prepared QuantisationError Recipe RecipeError Rejection Rows SegmentDecoder Segmented
Skipped Split SplitRule Stepwise Tempos TensorflowCheckpoint TensorflowPlace TimeSignatures Trained UnknownNameError
UsageError VAE WayCurves Window ZipLimits ZipMembers apply_sustain as_taps at_tempo bar_windows build_converter
build_model cache_dir chord_encoding chords_at_steps controls_of controls_of_chords decode_clips deprecated download
encode_windows evaluate export_run find_windows from_pretty_midi hookimpl import_magenta infer_chords interpolate
interpolation_study join_clips keys_at_steps load_model load_recipe load_run load_variables midi_bytes midi_files
open_checkpoint parse_chord prepare quantise quarters_at read_midi reconstruct renamed resemblance safe_relative
sample_clips sha256_of signature sketch slerp split_at split_at_time_changes stat_signature steps_from_seconds stretch
tensorflow_places tfds_windows time_changes to_pretty_midi transpose variable_shapes windows_in_turn
write_magenta_js_checkpoint write_midi write_tensorflow_checkpoint
""",
)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@functools.cache
def imports(path: Path) -> list[tuple[int, str, str]]:
    """Line, module and name of every import; the name is empty for ``import module``."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, "." * node.level + (node.module or ""), alias.name) for alias in node.names)


def own_packages(path: Path) -> set[str]:
    """The packages beside or around a file of a plugin: plugins/KIND/gen_KIND, examples/gen-NAME/gen_NAME."""
    project = ROOT.joinpath(*path.relative_to(ROOT).parts[:2])
    return {package.parent.name for package in project.glob("gen_*/__init__.py")}


def module_of(path: Path) -> str:
    """Its dotted name."""
    source = next(source for source in SOURCES if path.is_relative_to(source))
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in [*CORE, *PLUGINS]}


def imported_modules(path: Path) -> set[str]:
    """Modules of the same tree that a file imports, wherever in the file."""
    named = {f"{module}.{name}" if f"{module}.{name}" in MODULES else module for _, module, name in imports(path)}
    return named & {*MODULES}


# Who may import whom.


def floors() -> dict[str, int]:
    """The room of each line of the plan on the page, to its floor; 0 is the ground."""
    plan = re.search(r"imports only rooms below it:\n\n```text\n(.*?)\n\n", ARCHITECTURE, re.DOTALL)
    assert plan is not None
    lines = [re.findall(r"\w+", line) for line in plan[1].splitlines()]
    return {room: floor for floor, rooms in enumerate(reversed(lines)) for room in rooms}


def test_the_plan_on_the_page_has_every_room_of_core_and_no_other():
    inside = {path.parent.name for path in (ROOT / "core" / "gen").glob("*/__init__.py")}
    assert set(floors()) == inside | {"errors"}


@pytest.mark.parametrize("path", [path for path in CORE if path.name != "__main__.py"], ids=short)
def test_a_room_of_core_imports_only_rooms_below_it(path):
    floor = floors()
    own = path.relative_to(ROOT / "core" / "gen").parts[0].removesuffix(".py")
    others = {module.split(".")[1] for module in imported_modules(path) if module.startswith("gen.")} - {own}

    assert [other for other in sorted(others) if own in floor and floor[other] >= floor[own]] == []


def test_no_import_goes_in_a_circle():
    graph = {module: imported_modules(path) - {module} for module, path in MODULES.items()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("path", [path for path in PLUGINS if len(module_of(path).split(".")) > 2], ids=short)
def test_a_family_imports_itself_what_is_common_and_no_other_family(path):
    package, family = module_of(path).split(".")[:2]
    depth = len(path.relative_to(ROOT).parts) - 4  # plugins/KIND/PACKAGE/FAMILY/…
    others = {module.split(".")[1] for module in imported_modules(path) if module.startswith(f"{package}.")}
    families = {inside.parent.name for inside in path.parents[depth].glob("*/__init__.py")}

    assert (others & families) - {family, "common"} == set()


@pytest.mark.parametrize("path", CORE, ids=short)
def test_gen_imports_no_plugin_package(path):
    assert [found for found in imports(path) if found[1].startswith("gen_")] == []


@pytest.mark.parametrize("path", [*PLUGINS, *EXAMPLES], ids=short)
def test_a_plugin_imports_only_public_names_of_gen(path):
    wrong = []
    for line, module, name in imports(path):
        top = module.partition(".")[0]
        public = (
            (module == "gen" and not name) or f"{module}.{name}" in PUBLIC or (module in PUBLIC_MODULES and not name)
        )
        if top == "gen" and not public:
            wrong.append((line, module, name))
        if top.startswith("gen_") and top not in own_packages(path):
            wrong.append((line, module, name))
    assert wrong == []


# How large a room may be, and what it is called.


def test_the_top_of_core_can_be_surveyed():
    entries = [entry for entry in (ROOT / "core" / "gen").iterdir() if entry.name != "__pycache__"]
    assert len(entries) <= 24
    assert len([entry for entry in entries if entry.is_file()]) <= 5


def test_no_file_is_long_and_no_folder_is_full():
    lines = {short(path): len(path.read_bytes().splitlines()) for path in [*CORE, *PLUGINS]}
    files = Counter(str(Path(name).parent) for name in lines)
    assert {name: count for name, count in lines.items() if count > 400} == {}
    assert {folder: count for folder, count in files.items() if count > 25} == {}


def test_no_file_repeats_the_name_of_its_folder():
    twice = [path for path in [*CORE, *PLUGINS] if path.stem.startswith(path.parent.name)]
    assert list(map(short, twice)) == []


def modules_by_room(page: str) -> dict[str, list[str]]:
    """Folder to modules, as the table of rooms has them."""
    rows = re.findall(r"^\| `((?:core|plugins)/[\w/]*)/` \| ([^|]*) \|", page, re.MULTILINE)
    return {folder: re.findall(r"`(\w+)`", cell) for folder, cell in rows}


def test_the_page_on_architecture_names_every_module_in_its_room():
    there: dict[str, list[str]] = {}
    for path in [*CORE, *PLUGINS]:
        there.setdefault(short(path.parent), []).extend([path.stem] if path.stem != "__init__" else [])
    there.pop("core/gen/registry/scaffold/templates", None)

    assert modules_by_room(ARCHITECTURE) == {folder: sorted(names) for folder, names in there.items()}


# What is public.


def test_the_front_door_can_be_surveyed():
    assert len(gen.__all__) <= 52


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_can_be_had(name):
    assert public(name) is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_says_what_it_is(name):
    thing = public(name)
    if isinstance(thing, (type, FunctionType)):
        assert (thing.__doc__ or "").strip()


def test_every_public_name_has_one_place_and_is_on_one_page_of_the_reference():
    pages = [page.read_text(encoding="utf-8") for page in REFERENCE]
    rendered = Counter(name for page in pages for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE))
    sections = {name for name in rendered if name.startswith("gen.recipes.sections.")}

    assert {name for name, count in rendered.items() if count > 1} == set()
    assert set(rendered) - sections == set(NAMES)
    assert {
        name: count for name, count in Counter(name.rpartition(".")[2] for name in NAMES).items() if count > 1
    } == {}


def test_no_public_name_is_hidden_by_a_module_of_that_name():
    """Importing ``gen.x.y`` binds the module to ``y`` in ``gen.x``, over what ``from gen.x import y`` should give."""
    assert [name for name in NAMES if name in MODULES] == []


def test_the_page_on_stability_lists_the_public_modules_and_no_other():
    page = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(gen[\w.]*)` \|", page, re.MULTILINE)

    assert listed == list(PUBLIC_MODULES)


@pytest.mark.parametrize("name", FORMER)
def test_every_former_name_still_works_and_says_where_it_is_now(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thing = getattr(gen, name)

    if name in gen.__all__:
        assert caught == []
        return
    (warning,) = caught
    assert warning.category is DeprecationWarning
    assert warning.filename == __file__
    place = re.fullmatch(
        rf"gen\.{name} is (gen\.[\w.]+) since gen 0\.1; the old name goes with 0\.3", str(warning.message)
    )
    assert place is not None
    assert public(place[1]) is thing


@pytest.mark.parametrize("name", ["nonsense", "__wrapped__", "sequence"])
def test_a_name_that_is_not_public_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"module 'gen' has no attribute '{name}'"):
        getattr(gen, name)


def raised() -> set[str]:
    """Names of everything that gen calls; an error that is raised is made by a call."""
    calls = [node.func for path in [*CORE, *PLUGINS] for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


def test_every_error_is_raised_somewhere():
    assert set(errors.__all__) - raised() == set()


# What a light command loads.

HEAVY = ["torch", "rich", "yaml", "numpy", "symusic", "pretty_midi", "matplotlib", "safetensors"]


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], HEAVY),
        (["--version"], HEAVY),
        (["recipes", "--help"], HEAVY),
        (["plugins"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
        (["plugins", "--verbose"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
        (["recipes", "ls"], ["torch", "rich", "symusic", "pretty_midi", "matplotlib"]),
    ],
    ids=" ".join,
)
def test_a_light_command_loads_nothing_heavy(words, absent):
    code = (
        f"import sys; from gen.cli import main; code = main({words!r}); "
        f"print(code, sorted(set({absent!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stderr.splitlines()[-1] == "0 []"


def test_import_gen_loads_nothing_heavy():
    code = f"import sys, gen; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stdout == "[]\n"
