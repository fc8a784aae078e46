from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen import Item, Skipped
from gen.errors import DataError, DataMissingError
from gen.midi import midi_bytes
from gen_datasets.demo.source import Demo
from gen_datasets.folder import Folder

CLIPS = [item.read() for item in Demo(clips=60, bars=2, seed=5).items()]


def _fill(folder: Path, count: int = 60, first: int = 0) -> Path:
    for index, clip in enumerate(CLIPS[first : first + count]):
        path = folder / f"set{index % 3}" / f"clip{index:03d}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip)
    return folder


def _splits(folder: Path, **options: float) -> dict[bytes, str]:
    """Split by content."""
    items = list(Folder(str(folder), **options).items())
    return {item.read(): item.side() for item in items if isinstance(item, Item)}


def _link(link: Path, target: Path, *, folder: bool = False) -> None:
    try:
        link.symlink_to(target, target_is_directory=folder)
    except OSError:
        pytest.skip("this system makes no symbolic links")


def test_files_come_by_suffix_in_order_of_their_paths_wherever_they_lie(tmp_path: Path) -> None:
    names = ["b.MID", "a/x.midi", "a/deep/er/y.Kar", "z.mid", "notes.txt", ".hidden.mid", ".git/c.mid", "a.mid/in.mid"]
    for index, name in enumerate(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(CLIPS[index])
    items = list(Folder(str(tmp_path)).items())
    assert [item.id for item in items] == ["b.MID", "z.mid", "a/x.midi", "a/deep/er/y.Kar", "a.mid/in.mid"]
    assert [item.read() for item in items if isinstance(item, Item)] == [CLIPS[i] for i in (0, 3, 1, 2, 7)]
    assert items == list(Folder(str(tmp_path)).items())


def test_the_parts_are_about_as_large_as_asked(tmp_path: Path) -> None:
    counts = Counter(_splits(_fill(tmp_path), validation=0.3, test=0.3).values())
    assert sum(counts.values()) == 60
    assert all(8 <= counts[part] <= 34 for part in ("train", "validation", "test"))
    assert set(_splits(tmp_path, validation=0.0, test=0.0).values()) == {"train"}


def test_the_split_stays_when_files_are_added_removed_or_renamed(tmp_path: Path) -> None:
    before = _splits(_fill(tmp_path / "few", 30), validation=0.3, test=0.3)
    more = _splits(_fill(tmp_path / "more", 60), validation=0.3, test=0.3)
    assert before == {clip: more[clip] for clip in before}
    for path in list((tmp_path / "few").rglob("*.mid")):
        path.rename(tmp_path / "few" / f"renamed-{path.name}")
    assert _splits(tmp_path / "few", validation=0.3, test=0.3) == before


def test_another_size_of_one_part_moves_no_file_across_the_border_of_the_other(tmp_path: Path) -> None:
    small = _splits(_fill(tmp_path), validation=0.1, test=0.2)
    large = _splits(tmp_path, validation=0.5, test=0.2)
    assert {clip for clip in small if small[clip] == "test"} == {clip for clip in large if large[clip] == "test"}
    assert {clip for clip in small if small[clip] == "validation"} < {c for c in large if large[c] == "validation"}


def test_an_exact_duplicate_is_left_out_and_named_after_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(CLIPS[0])
    (tmp_path / "b.mid").write_bytes(CLIPS[1])
    (tmp_path / "c.mid").write_bytes(CLIPS[0])
    first, second, third = Folder(str(tmp_path)).items()
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert third == Skipped("c.mid", "duplicate of a.mid")


def test_files_that_are_no_midi_are_offered_for_the_reader_to_report_and_keep_their_side(tmp_path: Path) -> None:
    for index in range(20):
        (tmp_path / f"{index}.mid").write_bytes(b"not MIDI %d" % index)
    before = _splits(tmp_path, validation=0.3, test=0.3)
    assert len(before) == 20
    assert len(set(before.values())) > 1
    _fill(tmp_path, 10)
    after = _splits(tmp_path, validation=0.3, test=0.3)
    assert before == {data: after[data] for data in before}


def test_empty_huge_and_missing_files_are_left_out_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "good.mid").write_bytes(CLIPS[0])
    with (tmp_path / "huge.mid").open("wb") as file:
        file.truncate((64 << 20) + 1)
    _link(tmp_path / "lost.mid", tmp_path / "nowhere.mid")
    reasons = {item.id: item.reason for item in Folder(str(tmp_path)).items() if isinstance(item, Skipped)}
    assert set(reasons) == {"empty.mid", "huge.mid", "lost.mid"}
    assert reasons["empty.mid"] == "the file is empty"
    assert "too many" in reasons["huge.mid"]
    assert "leads nowhere" in reasons["lost.mid"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_file_without_permission_is_left_out_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "secret.mid").write_bytes(CLIPS[0])
    (tmp_path / "secret.mid").chmod(0)
    (item,) = Folder(str(tmp_path)).items()
    assert isinstance(item, Skipped)
    assert "Permission denied" in item.reason


def test_a_folder_that_cannot_be_listed_is_left_out_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, 3)
    listing = Path.iterdir

    def guarded(folder: Path) -> Iterator[Path]:
        if folder.name == "set1":
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(Path, "iterdir", guarded)
    items = list(Folder(str(tmp_path)).items())
    assert [item.id for item in items] == ["set0/clip000.mid", "set1", "set2/clip002.mid"]
    assert items[1] == Skipped("set1", "the folder can't be listed: Permission denied")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    (item,) = Folder(str(tmp_path)).items()
    assert isinstance(item, Skipped)
    assert "not a file" in item.reason


def test_links_that_form_a_loop_end(tmp_path: Path) -> None:
    _fill(tmp_path / "in", 3)
    _link(tmp_path / "in" / "set0" / "up", tmp_path, folder=True)
    _link(tmp_path / "in" / "set1" / "self", tmp_path / "in" / "set1", folder=True)
    _link(tmp_path / "loop.mid", tmp_path / "loop.mid")
    items = list(Folder(str(tmp_path)).items())
    assert len([item for item in items if isinstance(item, Item)]) == 3


def test_a_place_that_gives_nothing_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    for ask in (Folder().fetch, lambda: list(Folder().items())):  # so that a recipe's fallback takes its place
        with pytest.raises(DataMissingError, match="--data"):
            ask()
    with pytest.raises(DataError, match=r"there is no file or folder .*typo"):
        list(Folder(str(tmp_path / "typo")).items())
    with pytest.raises(DataError, match=r"holds no MIDI file"):
        list(Folder(str(tmp_path)).items())


def test_an_archive_gives_what_its_files_would_in_a_folder(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "folder")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted(folder.rglob("*.mid")):
            archive.write(path, path.relative_to(folder).as_posix())
    unpacked, packed = (
        [(item.id, item.side(), item.read()) for item in Folder(str(path)).items() if isinstance(item, Item)]
        for path in (folder, tmp_path / "all.zip")
    )
    assert sorted(packed) == sorted(unpacked)


def test_the_signature_changes_with_the_files(tmp_path: Path) -> None:
    source = Folder(str(_fill(tmp_path)))
    before = source.signature()
    assert source.signature() == before
    next(tmp_path.rglob("*.mid")).unlink()
    assert source.signature() != before


@pytest.mark.parametrize(("validation", "test"), [(-0.1, 0.1), (0.5, 0.5), (float("nan"), 0.1)])
def test_parts_that_leave_nothing_to_train_on_are_refused(validation: float, test: float) -> None:
    with pytest.raises(ValueError, match="must leave a part for training"):
        Folder("x", validation=validation, test=test)


def test_copies_played_otherwise_stay_on_one_side(tmp_path: Path) -> None:
    demo = Demo(clips=40, bars=2)
    for index in range(40):
        notes = demo.clip(index).notes
        louder = type(notes)(
            pitch=notes.pitch,
            velocity=127,
            start=notes.start,
            end=notes.end,
            is_drum=notes.is_drum,
            tempos=notes.tempos,
            time_signatures=notes.time_signatures,
        )
        (tmp_path / f"{index:02d}-soft.mid").write_bytes(midi_bytes(notes))
        (tmp_path / f"{index:02d}-loud.mid").write_bytes(midi_bytes(louder))
    sides = {item.id: item.side() for item in Folder(str(tmp_path), validation=0.3, test=0.3).items()}  # type: ignore[union-attr]
    assert len(set(sides.values())) == 3
    assert all(sides[f"{index:02d}-soft.mid"] == sides[f"{index:02d}-loud.mid"] for index in range(40))


@pytest.mark.parametrize("zipped", [False, True])
def test_a_table_says_what_is_known_of_the_files_it_names(tmp_path: Path, zipped: bool) -> None:
    folder = _fill(tmp_path / "in", 3)
    (folder / "labels.csv").write_text("file,style,player\nset0/clip000.mid, latin ,Ann\nset1/clip001.mid,rock,\n")
    place = folder
    if zipped:
        place = tmp_path / "in.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for path in sorted(folder.rglob("*.*")):
                archive.write(path, path.relative_to(folder).as_posix())
    found = {
        item.id: item.metadata for item in Folder(str(place), table="labels.csv").items() if isinstance(item, Item)
    }
    assert found == {
        "set0/clip000.mid": {"style": "latin", "player": "Ann"},
        "set1/clip001.mid": {"style": "rock", "player": ""},
        "set2/clip002.mid": {},
    }


def test_a_table_that_is_changed_changes_the_signature_and_one_that_is_none_is_an_error(tmp_path: Path) -> None:
    table = _fill(tmp_path, 2) / "labels.csv"
    table.write_text("file,style\nset0/clip000.mid,latin\n")
    source = Folder(str(tmp_path), table="labels.csv")
    before = source.signature()
    table.write_text("file,style\nset0/clip000.mid,rock\nset1/clip001.mid,rock\n")
    assert source.signature() != before
    table.write_text("name,style\nset0/clip000.mid,latin\n")
    with pytest.raises(DataError, match="has no column file, path, filename or midi_filename"):
        list(source.items())
    table.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="can't be read as a table"):
        list(source.items())
    table.unlink()
    with pytest.raises(DataError, match=r"labels\.csv"):
        list(source.items())
    with pytest.raises(DataError, match="must be a file inside"):
        list(Folder(str(tmp_path), table="../labels.csv").items())
