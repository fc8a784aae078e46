"""``gen data check``: what a person reads, what a program reads, and exit codes."""

from __future__ import annotations

import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from midi_bytes import beat, metre, midi, notes, tempo, track, tune

from gen import cli
from gen.data.check.page import bars, histogram

HEAD = track([(0, tempo(100)), (0, metre(4))])
GOOD = midi(HEAD, track(notes(beat(8))), track(notes(tune(8))))
NASTY = "<script>alert(1)<&>\"' [bold]\x1b[31m.mid"

WORDS = ["--converter", "drums", "--converter", "melody", "--workers", "0"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good file, some that aren't, and one that is called what nobody should be called."""
    place = tmp_path / "midi"
    place.mkdir()
    elsewhere = [(0, b"\xff\x03\x10<img src=x> drum"), *notes(beat(8, channel=2))]
    files = {
        "good.mid": GOOD,
        "copy.mid": GOOD,
        "waltz.mid": midi(track([(0, metre(3))]), track(notes(beat(6, quarters=3)))),
        "elsewhere.mid": midi(HEAD, track(elsewhere)),
        "cut.mid": GOOD[:-40],
        "text.mid": b"no music",
        "odd.mid": midi(HEAD, track(notes([*beat(8), (5, 10, 100, 80)]))),
        NASTY: GOOD[:-3],
    }
    for name, content in files.items():
        try:
            (place / name).write_bytes(content)
        except OSError:  # a system that doesn't take such names
            (place / "nasty.mid").write_bytes(content)
    return place


def output(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.main(["data", "check", *words]) == code
    return capsys.readouterr().out


def test_the_table_counts_explains_and_fits_80_columns(folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = output(capsys, str(folder), *WORDS)
    assert max(map(len, out.splitlines())) <= 80
    flat = " ".join(out.split())
    assert re.search(r"8 files in .*: 3 usable", flat)
    assert "truncated 2 files" in flat
    assert "wrong-metre 1 file (drums 1, melody 1)" in flat
    assert "Check with --drum-channel 2" in flat
    assert "the same bytes as copy.mid" in flat
    assert "# 100: ? # no General MIDI drum, 1 note" in flat
    assert out.index("converter") < out.index("Why files gave nothing") < out.index("Worth knowing")


def test_files_lists_those_that_gave_nothing_and_all_lists_all(folder, capsys):
    some, every = (output(capsys, str(folder), *WORDS, flag) for flag in ("--files", "--all"))
    for name in ("waltz.mid (", "cut.mid:", "text.mid:"):
        assert name in some
        assert name in every
    assert "odd.mid (8 bars" not in some
    assert "odd.mid (8 bars, 105 notes, 105 of them drums): drums 7" in every


def test_names_can_neither_colour_nor_steer_a_terminal(folder, capsys):
    out = output(capsys, str(folder), *WORDS, "--all")
    assert "\x1b" not in out
    assert "[bold]" in out or not (folder / NASTY).exists()


def test_a_file_is_a_folder_of_one(folder, capsys):
    assert "1 file in" in output(capsys, str(folder / "good.mid"), *WORDS).replace("\n", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.mid"], 0),
        (["text.mid"], 1),
        (["waltz.mid"], 1),
        (["waltz.mid", "--converter", "{type: drums, quarters_per_bar: 3}"], 0),
        (["nowhere"], 1),
        (["good.mid", "--bars", "0"], 2),
        (["good.mid", "--drum-channel", "17"], 2),
        (["good.mid", "--workers", "-1"], 2),
        (["good.mid", "--time-limit", "nan"], 2),
        (["good.mid", "--converter", "drum"], 2),
        (["good.mid", "--converter", "{type: drums, slice_bars: 0}"], 2),
        (["good.mid", "--recipe", "no-such"], 2),
        (["good.mid", "--drum-map", "no-such.yaml"], 2),
        (["good.mid", "--html", "no/such/folder.html"], 2),
        (["good.mid", "--files", "--all"], 2),
        ([], 2),
    ],
)
def test_exit_codes(folder, monkeypatch, capsys, words, code):
    monkeypatch.chdir(folder)
    quick = WORDS[4:] if "--workers" not in words else []
    some = WORDS[:4] if "--converter" not in words else []
    assert cli.main(["data", "check", *words, *some, *quick]) == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert bool(captured.err) == (code == 2 or words == ["nowhere"])


def test_the_channel_and_the_map_of_the_command_line_reach_every_converter(folder, capsys):
    found = json.loads(output(capsys, str(folder / "elsewhere.mid"), *WORDS, "--drum-channel", "2", "--json"))
    assert found["converters"][0]["examples"] == 7
    assert found["converters"][0]["data"]["drum_channels"] == [2]
    (folder / "kit.yaml").write_text("100: snare\n", encoding="utf-8")
    kit = ["--drum-map", str(folder / "kit.yaml")]
    found = json.loads(output(capsys, str(folder / "odd.mid"), *WORDS, "--json", *kit))
    assert found["unmapped"] == []
    assert found["converters"][0]["data"]["drum_map"] == {"100": 38}


def test_a_recipe_brings_its_own_windows_and_drum_map(folder, capsys, tmp_path):
    (tmp_path / "mine.yaml").write_text("base: groovae_4bar\ndata: {drum_map: {100: 38}}\n", encoding="utf-8")
    found = json.loads(output(capsys, str(folder / "odd.mid"), "--recipe", str(tmp_path / "mine.yaml"), "--json"))
    (target,) = found["converters"]
    assert (target["label"], target["recipe"], target["converter"]["split_bars"]) == ("mine", "mine", 4)
    assert target["examples"] == 5
    assert found["unmapped"] == []


SCHEMA = {
    "": "schema gen path files usable converters reasons remarks unmapped drum_map per_file",
    "converters": "label recipe converter data files examples",
    "reasons": "code files converters example detail fix",
    "remarks": "code files example detail meaning",
    "unmapped": "pitch notes files converters suggestion name",
    "per_file": "name size sha256 problem facts outcomes resembles resemblance usable",
}
FACTS = (
    "format tracks ticks_per_quarter notes drum_notes silent_onsets seconds bars tempos metres tempo_changes "
    "metre_changes programs lowest highest at_once drums guess felt_tempos felt_metres "
    "felt_tempo_changes felt_metre_changes silent_bars oddities"
)


def test_the_json_has_the_form_that_the_page_describes(folder, capsys):
    found = json.loads(output(capsys, str(folder), *WORDS, "--json"))
    assert found["schema"] == "gen-data-check/1"
    assert set(found) == set(SCHEMA[""].split())
    for key in ("converters", "reasons", "remarks", "unmapped"):
        assert found[key]
        assert all(set(each) == set(SCHEMA[key].split()) for each in found[key])
    assert all(set(each) - {"fix"} == set(SCHEMA["per_file"].split()) for each in found["per_file"])
    assert {each["name"]: each["usable"] for each in found["per_file"]}["odd.mid"] is True
    for each in found["per_file"]:
        assert each["facts"] is None or set(each["facts"]) == set(FACTS.split())
        assert (each["problem"] is None) == ("fix" not in each)
        for outcome in each["outcomes"].values():
            assert set(outcome) - {"fix"} == {"examples", "reason", "notices", "unmapped"}
            assert (outcome["reason"] is None) == ("fix" not in outcome) == bool(outcome["examples"])
    page = (Path(__file__).parents[2] / "docs" / "checking.md").read_text(encoding="utf-8")
    for key in " ".join([*SCHEMA.values(), FACTS]).split():
        assert f"`{key}`" in page


class Elements(html.parser.HTMLParser):
    """Everything that a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def page(folder, tmp_path, capsys) -> str:
    output(capsys, str(folder), *WORDS, "--html", str(tmp_path / "report.html"))
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_anywhere(page):
    elements = Elements()
    elements.feed(page)
    assert {tag for tag, _ in elements.tags} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "a",
    } == set()
    assert [tag for tag, _ in elements.tags].count("script") == 1
    for _, attributes in elements.tags:
        assert not {"src", "href", "style", "action", "background"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_of_the_page_allows_its_own_script_and_style_alone(page):
    import base64
    import hashlib

    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src &#x27;none&#x27;")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in policy


def test_hostile_names_of_files_and_tracks_are_text_on_the_page(page, folder):
    elements = Elements()
    elements.feed(page)
    if (folder / NASTY).exists():
        assert NASTY.replace("\x1b", "\\x1b") in elements.text
    assert "'<img src=x> drum'" in elements.text
    assert "\x1b" not in page


def test_the_page_tells_what_the_table_tells_and_draws_it(page):
    elements = Elements()
    elements.feed(page)
    for said in (
        "8 files, 3 of them usable",
        "wrong-metre",
        "--drum-channel 2",
        "# 100: ?",
        "slice_bars: 2",
        "Tempo",
        "waltz.mid",
    ):
        assert said in elements.text
    assert [tag for tag, _ in elements.tags].count("svg") == 8
    assert page.count("data-sort") >= 6


def test_charts_escape_their_labels_and_take_no_values_at_all():
    drawn = bars("<b>", [("<i>&", 3), ("zero", 0)], marked=[True])
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert 'class="bar mark"' in drawn
    for empty in (bars("none", []), histogram("none", [], [0, 1, 2])):
        assert "<svg" in empty


def test_a_histogram_counts_every_value_once():
    drawn = histogram("h", [-5, 0, 1, 1.5, 2, 99], [0, 1, 2, 3], unit="bars")
    assert re.findall(r"<title>(\S+) to (\S+) bars: (\d+)</title>", drawn) == [
        ("0", "1", "2"),
        ("1", "2", "2"),
        ("2", "3", "2"),
    ]


@pytest.mark.skipif(os.name == "nt", reason="names there are Unicode")
def test_a_name_that_is_no_text_at_all_spoils_nothing(tmp_path, capsys):
    place = tmp_path / "midi"
    place.mkdir()
    try:
        (place / os.fsdecode(b"\xff\xfe.mid")).write_bytes(GOOD)
    except OSError:
        pytest.skip("this system takes no such names")
    for words in ([], ["--all"], ["--json"], ["--html", str(tmp_path / "r.html")]):
        output(capsys, str(place), *WORDS, *words)
    assert "\\udcff\\udcfe.mid" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_in_a_pipe_there_is_no_bar_and_with_processes_the_same_result(folder):
    command = [sys.executable, "-m", "gen", "data", "check", str(folder), *WORDS[:4], "--json", "--workers"]
    runs = [subprocess.run([*command, count], capture_output=True, text=True, check=True) for count in ("0", "2")]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == ""


def test_help_shows_examples_and_loads_nothing_heavy(capsys):
    code = (
        "import sys; from gen.cli import main; main(['data', 'check', '--help']); "
        "print(sorted({'torch', 'rich', 'numpy', 'yaml'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gen data check archive.zip --recipe groovae_4bar --html report.html" in done.stdout
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_report_replaces_a_report_and_nothing_else(folder, tmp_path, capsys):
    page = tmp_path / "page.html"
    for _ in range(2):
        output(capsys, str(folder), *WORDS, "--html", str(page))
    victim = folder / "good.mid"
    before = victim.read_bytes()
    assert cli.main(["data", "check", str(folder), *WORDS, "--html", str(victim)]) == 2
    assert "is no report of gen's" in capsys.readouterr().err
    assert victim.read_bytes() == before
    assert cli.main(["data", "check", str(folder), *WORDS, "--html", str(tmp_path)]) == 2
