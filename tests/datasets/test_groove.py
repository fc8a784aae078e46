from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from gen import Item, Skipped
from gen.data import ZipMembers
from gen.errors import DataError, DataMissingError
from gen_datasets.groove import source as groove
from gen_datasets.groove.source import OFFICIAL, Groove, Published

HEADER = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split"
MIDI = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff\x2f\x00"


def _row(name: str, split: str = "train") -> str:
    return f"drummer1,drummer1/session1,drummer1/session1/1,funk/groove1,138,beat,4-4,{name},,27.87,{split}"


def _files(*rows: str, header: str = HEADER) -> dict[str, bytes]:
    return {
        "groove/info.csv": "\n".join((header, *rows, "")).encode(),
        "groove/drummer1/b.mid": MIDI + b"b",
        "groove/drummer1/a.mid": MIDI + b"a",
        "groove/drummer1/empty.mid": b"",
    }


ROWS = (_row("drummer1/b.mid", "test"), _row("drummer1/a.mid"))


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def _read(path: Path) -> list[Item | Skipped]:
    return list(Groove(str(path), verify=False).items())


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no GEN_DATA_DIR, and an address where nobody listens."""
    cache = tmp_path / "cache"
    monkeypatch.delenv("GEN_DATA_DIR", raising=False)
    monkeypatch.setattr(groove, "cache_dir", lambda: cache)
    monkeypatch.setattr(
        groove, "OFFICIAL", Published(OFFICIAL.name, "http://127.0.0.1:1/groove.zip", OFFICIAL.sha256, OFFICIAL.size)
    )
    return cache


def _publish(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    """Let a made archive be the published one."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(
        groove, "OFFICIAL", Published(OFFICIAL.name, "http://127.0.0.1:1/x", digest, archive.stat().st_size)
    )


def test_items_come_in_the_order_of_the_table_with_its_split_and_metadata(tmp_path: Path) -> None:
    items = _read(_zip(tmp_path / "groove.zip", _files(*ROWS)))
    assert [item.id for item in items] == ["drummer1/b.mid", "drummer1/a.mid"]
    first, second = items
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert (first.split, second.split) == ("test", "train")
    assert (first.read(), second.read()) == (MIDI + b"b", MIDI + b"a")
    assert dict(first.metadata) == {
        "drummer": "drummer1",
        "session": "drummer1/session1",
        "style": "funk/groove1",
        "bpm": "138",
        "beat_type": "beat",
        "time_signature": "4-4",
        "duration": "27.87",
    }


def test_an_archive_is_read_in_place(tmp_path: Path) -> None:
    path = _zip(tmp_path / "groove.zip", _files(*ROWS))
    assert len(_read(path)) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("below", ["", "groove"])
def test_unpacked_files_give_what_the_archive_gives(tmp_path: Path, below: str) -> None:
    archived = _read(_zip(tmp_path / "groove.zip", _files(*ROWS)))
    unpacked = _read(_folder(tmp_path / "unpacked", _files(*ROWS)) / below)
    assert [(i.id, i.split, i.read(), i.metadata) for i in archived if isinstance(i, Item)] == [
        (i.id, i.split, i.read(), i.metadata) for i in unpacked if isinstance(i, Item)
    ]


@pytest.mark.parametrize("packed", [True, False])
def test_rows_that_cannot_be_offered_come_with_the_reason(tmp_path: Path, packed: bool) -> None:
    files = _files(
        ROWS[0],
        _row("drummer1/gone.mid"),
        _row("drummer1/empty.mid"),
        _row("drummer1/b.mid"),
        _row("drummer1/a.mid", "training"),
        _row("../../etc/passwd"),
        _row(""),
        "drummer1,cut short",
    )
    items = _read(_zip(tmp_path / "g.zip", files) if packed else _folder(tmp_path / "g", files))
    assert isinstance(items[0], Item)
    reasons = [item.reason for item in items[1:] if isinstance(item, Skipped)]
    expected = ["not", "the file is empty", "lists it twice", "'training' is none of train", "", "no file", "no file"]
    assert len(reasons) == len(expected)
    assert all(part in reason for part, reason in zip(expected, reasons, strict=True))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mid"
    secret.write_bytes(MIDI)
    folder = _folder(tmp_path / "unpacked", _files(_row("drummer1/link.mid")))
    try:
        (folder / "groove/drummer1/link.mid").symlink_to(secret)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    (item,) = _read(folder)
    assert item == Skipped("drummer1/link.mid", "its name leads out of the data set's folder")


def test_a_name_too_long_and_a_link_to_itself_are_rows_without_a_file(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "unpacked", _files(_row("x" * 5000), _row("drummer1/loop.mid")))
    try:
        (folder / "groove/drummer1/loop.mid").symlink_to("loop.mid")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    assert ["not there" in item.reason for item in _read(folder) if isinstance(item, Skipped)] == [True, True]


@pytest.mark.parametrize("packed", [True, False])
def test_missing_columns_are_named(tmp_path: Path, packed: bool) -> None:
    files = _files("a.mid,x", header="midi_filename,style")
    path = _zip(tmp_path / "g.zip", files) if packed else _folder(tmp_path / "g", files)
    with pytest.raises(DataError, match=r"info\.csv lacks columns split, drummer, session, bpm"):
        _read(path)


@pytest.mark.parametrize("table", [b"\xff\xfe\x00", b'a,"b\n'])
def test_a_table_that_is_none_is_an_error_with_its_place(tmp_path: Path, table: bytes) -> None:
    path = _zip(tmp_path / "g.zip", {"groove/info.csv": table})
    with pytest.raises(DataError, match=r"g\.zip:groove/info\.csv"):
        _read(path)


def test_an_archive_without_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no info\.csv"):
        _read(_zip(tmp_path / "g.zip", {"groove/a.mid": MIDI}))


def test_a_hostile_archive_is_an_error_even_unverified(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could lead out"):
        _read(_zip(tmp_path / "g.zip", _files(*ROWS) | {"../evil.mid": MIDI}))


def test_an_archive_other_than_the_published_one_is_refused_naming_both_sums(tmp_path: Path) -> None:
    path = _zip(tmp_path / "mine.zip", _files(*ROWS))
    with pytest.raises(DataError) as error:
        list(Groove(str(path)).items())
    assert OFFICIAL.sha256 in str(error.value)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in str(error.value)
    assert "verify" in str(error.value)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_truncated_archive_is_an_error(tmp_path: Path, keep: float) -> None:
    path = _zip(tmp_path / "cut.zip", _files(*ROWS))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(DataError, match="not a whole zip archive"):
        _read(path)


def test_a_path_that_is_not_there_or_holds_nothing_is_an_error_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing: there is no such file"):
        _read(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty holds neither groove-v1\.0\.0-midionly\.zip nor info\.csv"):
        _read(tmp_path / "empty")


@pytest.mark.parametrize("packed", [True, False])
def test_the_data_folder_of_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    if packed:
        _publish(monkeypatch, _zip(tmp_path / "data" / OFFICIAL.name, _files(*ROWS)))
    else:
        _folder(tmp_path / "data", _files(*ROWS))
    monkeypatch.setenv("GEN_DATA_DIR", str(tmp_path / "data"))
    assert len(list(Groove().items())) == 2
    assert str(Groove().fetch()).startswith(str(tmp_path / "data"))


def test_a_data_folder_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN_DATA_DIR", str(tmp_path / "typo"))
    with pytest.raises(DataError, match=r"GEN_DATA_DIR is .*typo"):
        list(Groove().items())


def test_the_cache_is_used_and_a_damaged_one_is_fetched_again(
    tmp_path: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _zip(tmp_path / "made.zip", _files(*ROWS))
    _publish(monkeypatch, made)
    cached = nowhere / OFFICIAL.name
    nowhere.mkdir()
    shutil.copy(made, cached)
    assert len(list(Groove().items())) == 2

    def fake_download(url: str, destination: Path, *, sha256: str, size: int) -> Path:
        assert (sha256, size) == (groove.OFFICIAL.sha256, groove.OFFICIAL.size)
        return Path(shutil.copy(made, destination))

    monkeypatch.setattr(groove, "download", fake_download)
    cached.write_bytes(b"damaged")
    assert len(list(Groove().items())) == 2
    assert cached.read_bytes() == made.read_bytes()


def test_without_a_network_the_way_out_is_said_after_the_licence(
    nowhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DataMissingError) as error:
        Groove().fetch()
    assert "--data" in str(error.value)
    assert "GEN_DATA_DIR" in str(error.value)
    assert "CC BY 4.0" in capsys.readouterr().err
    assert list(nowhere.iterdir()) == []


def test_the_real_archive_gives_all_performances_in_the_official_split(groove_zip: Path) -> None:
    items = [item for item in Groove(str(groove_zip)).items() if isinstance(item, Item)]
    assert len(items) == 1150
    assert Counter(item.split for item in items) == {"train": 897, "validation": 124, "test": 129}
    assert items[0].id == "drummer1/eval_session/1_funk-groove1_138_beat_4-4.mid"
    assert items[0].metadata["bpm"] == "138"
    assert items[0].metadata["duration"] == "27.872308"
    assert Counter(item.metadata["time_signature"] for item in items)["4-4"] == 1138
    assert all(item.read().startswith(b"MThd") for item in items)
    assert len({item.id for item in items}) == 1150


def test_the_real_archive_unpacked_gives_the_same(groove_zip: Path, tmp_path: Path) -> None:
    with ZipMembers(groove_zip) as members:
        _folder(tmp_path, {name: members.read(name) for name in members if name.endswith((".mid", ".csv"))})
    packed = [(i.id, i.split, i.read()) for i in Groove(str(groove_zip)).items() if isinstance(i, Item)]
    assert packed == [(i.id, i.split, i.read()) for i in Groove(str(tmp_path)).items() if isinstance(i, Item)]
