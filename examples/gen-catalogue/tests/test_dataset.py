"""The data source keeps what data sources promise, follows its table, and trusts nothing in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import gen
import numpy as np
import pytest
from gen.testing import check_dataset

from gen_catalogue.dataset import Catalogue
from gen_catalogue.table import read_table

RECIPE = Path(__file__).parents[1] / "recipes" / "catalogue-drums_2bar_tiny.yaml"
TABLE = """\
file,split,family,composer,licence
one.mid,train,,Ann,CC0
set/two.mid,,waltz,Bea,CC0
set/three.mid,,waltz,Ann,
four.mid,validation,,Bea,
five.mid,test,,Bea,
lost.mid,train,,Ann,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five clips of four bars, and a table that names six."""
    beats = np.arange(16) * 0.5
    for number, name in enumerate(("one.mid", "set/two.mid", "set/three.mid", "four.mid", "five.mid", "unnamed.mid")):
        file = tmp_path / "clips" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pitch = np.tile([36, 38 + number], 8)
        gen.write_midi(gen.NoteSequence(pitch=pitch, start=beats, end=beats + 0.1, is_drum=np.ones(16, bool)), file)
    (tmp_path / "clips" / "catalogue.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "clips"


@pytest.fixture
def archive(folder: Path) -> Path:
    """The same in a zip archive."""
    path = folder.parent / "clips.zip"
    with zipfile.ZipFile(path, "w") as file:
        for each in sorted(folder.rglob("*.*")):
            file.write(each, each.relative_to(folder).as_posix())
    return path


def found(source: Catalogue) -> dict[str, gen.Item]:
    return {item.id: item for item in source.items() if isinstance(item, gen.Item)}


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_it_keeps_what_a_data_source_promises(kind: str, request: pytest.FixtureRequest) -> None:
    check_dataset(Catalogue, path=str(request.getfixturevalue(kind))).require()


def test_the_files_are_those_of_the_table_with_its_columns(folder: Path) -> None:
    items = found(Catalogue(str(folder)))
    assert [*items] == ["one.mid", "set/two.mid", "set/three.mid", "four.mid", "five.mid"]
    assert items["one.mid"].metadata == {"composer": "Ann", "licence": "CC0"}
    assert [items[name].split for name in ("one.mid", "four.mid", "five.mid")] == ["train", "validation", "test"]


def test_an_archive_gives_what_its_folder_gives(folder: Path, archive: Path) -> None:
    files, members = found(Catalogue(str(folder))), found(Catalogue(str(archive)))
    assert {name: (item.split, item.read(), item.metadata) for name, item in files.items()} == {
        name: (item.split, item.read(), item.metadata) for name, item in members.items()
    }


def test_a_family_stays_together_whatever_the_chances_are(folder: Path) -> None:
    for part in np.linspace(0.0, 0.49, 50).tolist():
        items = found(Catalogue(str(folder), validation=part, test=part))
        assert items["set/two.mid"].split == items["set/three.mid"].split


def test_the_parts_that_chance_holds_out_are_as_large_as_asked_for() -> None:
    rows = [*read_table(("file\n" + "\n".join(f"{n}.mid" for n in range(4000))).encode(), "t.csv")]
    sides = [row.side(0.2, 0.1) for row in rows]
    assert sides.count("validation") / 4000 == pytest.approx(0.2, abs=0.03)  # five standard deviations
    assert sides.count("test") / 4000 == pytest.approx(0.1, abs=0.03)


def test_rows_can_be_chosen_by_a_column(folder: Path) -> None:
    assert [*found(Catalogue(str(folder), where="composer=Ann"))] == ["one.mid", "set/three.mid"]


def test_a_file_that_is_not_there_is_skipped_with_the_line_that_names_it(folder: Path, archive: Path) -> None:
    for place in (folder, archive):
        skipped = [item for item in Catalogue(str(place)).items() if isinstance(item, gen.Skipped)]
        assert [(item.id, item.reason) for item in skipped] == [
            ("lost.mid", "not there (line 7 of catalogue.csv names it)")
        ]


@pytest.mark.parametrize("name", ["../secret.mid", "/etc/passwd", "a//b.mid", "C:\\music.mid"])
def test_no_row_leads_out_of_the_folder(name: str, folder: Path) -> None:
    (folder.parent / "secret.mid").write_bytes(b"MThd")
    (folder / "catalogue.csv").write_text(f"file\n{name}\n", encoding="utf-8")
    (only,) = Catalogue(str(folder)).items()
    assert isinstance(only, gen.Skipped)
    assert Catalogue(str(folder)).signature()


def test_the_signature_changes_with_the_table_and_with_a_file(folder: Path) -> None:
    source = Catalogue(str(folder))
    first = source.signature()
    assert source.signature() == first

    (folder / "catalogue.csv").write_text(TABLE + "six.mid,train,,,\n", encoding="utf-8")
    second = source.signature()
    (folder / "one.mid").write_bytes(b"other")
    assert len({first, second, source.signature()}) == 3


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("", "catalogue.csv:1: the first line must name the columns"),
        ("name,split\na.mid,train\n", "'file' among them; it has 'name', 'split'"),
        ("file,file\na.mid,b.mid\n", "each once"),
        ("file,split\na.mid,training\n", "catalogue.csv:2: split is 'training'; it must be train, validation, test"),
        ("file,split\na.mid\n", "catalogue.csv:2: has more or fewer values"),
        ("file,split\na.mid,train,x\n", "catalogue.csv:2: has more or fewer values"),
        ("file,split\n ,train\n", "catalogue.csv:2: names no file"),
        ("file\na.mid\na.mid\n", "catalogue.csv:3: 'a.mid' is there already, on line 2"),
        ('file\n"a.mid\n', "not CSV"),
    ],
    ids=str,
)
def test_a_table_that_is_wrong_is_refused_with_its_line(table: str, complaint: str, folder: Path) -> None:
    (folder / "catalogue.csv").write_text(table, encoding="utf-8")
    with pytest.raises(gen.errors.DataError, match=complaint.replace("(", r"\(")):
        list(Catalogue(str(folder)).items())


def test_a_table_in_another_encoding_is_refused_with_the_byte(folder: Path) -> None:
    (folder / "catalogue.csv").write_bytes("file\nFür Elise.mid\n".encode("latin-1"))
    with pytest.raises(gen.errors.DataError, match=r"not UTF-8 text \(byte 6\)"):
        list(Catalogue(str(folder)).items())


def test_without_a_folder_or_a_table_it_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(gen.errors.DataMissingError, match="--data"):
        list(Catalogue().items())
    with pytest.raises(gen.errors.DataError, match="with a catalogue.csv"):
        list(Catalogue(str(tmp_path)).items())


@pytest.mark.parametrize("options", [{"table": "../x.csv"}, {"where": "Ann"}, {"validation": 1.0}], ids=str)
def test_options_out_of_range_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(options))} "):
        Catalogue(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [True, False], ids=["files", "fallback"])
def test_its_recipe_trains(given: bool, folder: Path, tmp_path: Path) -> None:
    words = ["train", str(RECIPE), "--trial", "--samples", "1", "--out", str(tmp_path / "run")]
    words += ["--data", str(folder)] if given else []
    done = subprocess.run([sys.executable, "-m", "gen", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("NOTICE" in done.stderr) != given
