"""Checkpoints in tar archives, honest and hostile."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gen
from gen.checkpoints.formats.sources import Tar
from gen.errors import CheckpointError

Change = Callable[[tarfile.TarInfo], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with a checkpoint."""
    gen.checkpoints.write_tensorflow_checkpoint(
        tmp_path / "in" / "model.ckpt-9", {"x": np.arange(3000, dtype=np.float32)}
    )
    return tmp_path / "in"


def packed(folder: Path, to: Path, mode: str = "w", prefix: str = "") -> Path:
    with tarfile.open(to, mode) as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, f"{prefix}{path.name}")
    return to


@pytest.mark.parametrize("prefix", ["", "./", "model/deep/"])
@pytest.mark.parametrize(("name", "mode"), [("c.tar", "w"), ("c.tar.gz", "w:gz"), ("c.tgz", "w:gz"), ("c", "w")])
def test_a_checkpoint_is_read_from_an_archive(folder, tmp_path, name, mode, prefix):
    checkpoint = gen.checkpoints.open_checkpoint(packed(folder, tmp_path / name, mode, prefix))

    assert checkpoint.step == 9
    assert checkpoint.read("x").tolist() == list(range(3000))


def archive_of(
    path: Path, name: str = "a", content: bytes = b"", change: Change = lambda info: None, times: int = 1
) -> Path:
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for _ in range(times):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            change(info)
            archive.addfile(info, io.BytesIO(content))
    return path


def of_type(kind: bytes) -> Change:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname = kind, "elsewhere"

    return change


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"name": "../a"}, "lead out of a folder"),
        ({"name": "/a"}, "lead out of a folder"),
        ({"name": "b/../../a"}, "lead out of a folder"),
        ({"change": of_type(tarfile.SYMTYPE)}, "no plain file"),
        ({"change": of_type(tarfile.LNKTYPE)}, "no plain file"),
        ({"change": of_type(tarfile.FIFOTYPE)}, "no plain file"),
        ({"change": of_type(tarfile.CHRTYPE)}, "no plain file"),
        ({"change": of_type(tarfile.GNUTYPE_SPARSE)}, "archive"),
        ({"times": 2}, "there twice"),
        ({}, "holds no checkpoint"),
    ],
)
def test_a_hostile_member_refuses_the_archive(tmp_path, options, complaint):
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.open_checkpoint(archive_of(tmp_path / "c.tar", **options))


def test_an_archive_cut_short_is_refused(folder, tmp_path):
    whole = packed(folder, tmp_path / "c.tar").read_bytes()
    for cut in (0, 100, 600, 3000, 9000):
        (tmp_path / "c.tar").write_bytes(whole[:cut])
        with pytest.raises(CheckpointError):
            gen.checkpoints.open_checkpoint(tmp_path / "c.tar")


def test_a_packed_archive_cut_short_is_refused(folder, tmp_path):
    whole = packed(folder, tmp_path / "c.tgz", "w:gz").read_bytes()
    for cut in (2, 11, len(whole) // 2, len(whole) - 1):
        (tmp_path / "c.tgz").write_bytes(whole[:cut])
        with pytest.raises(CheckpointError, match="is not whole"):
            gen.checkpoints.open_checkpoint(tmp_path / "c.tgz")


def test_a_packed_archive_that_grows_without_end_is_refused(tmp_path):
    (tmp_path / "bomb.tgz").write_bytes(gzip.compress(bytes(64 << 20)))
    with pytest.raises(CheckpointError, match="unpacks to more than"):
        Tar(tmp_path / "bomb.tgz")


def test_a_size_below_zero_doesnt_lead_round_for_ever(tmp_path):
    content = bytearray(archive_of(tmp_path / "c.tar", content=b"x").read_bytes())
    content[124:136] = b"\xff" * 10 + b"\xf8\x00"  # -2048, in the binary form
    content[148:156] = b"        "
    content[148:156] = b"%06o\0 " % sum(content[:512])
    (tmp_path / "c.tar").write_bytes(content)
    with pytest.raises(CheckpointError):
        Tar(tmp_path / "c.tar")


def test_a_header_that_claims_a_long_name_gets_no_room_for_it(tmp_path):
    archive_of(tmp_path / "c.tar", name="a" * 300, content=b"x")
    content = bytearray((tmp_path / "c.tar").read_bytes())
    assert content[156:157] == b"L"
    content[124:136] = b"77777777777\0"  # 8 GiB
    content[148:156] = b"        "
    content[148:156] = b"%06o\0 " % sum(content[:512])
    (tmp_path / "c.tar").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(CheckpointError):
        Tar(tmp_path / "c.tar")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_text_is_no_checkpoint(tmp_path):
    (tmp_path / "notes.txt").write_text("la la la" * 1000)
    with pytest.raises(CheckpointError, match="neither a checkpoint nor a whole tar archive"):
        gen.checkpoints.open_checkpoint(tmp_path / "notes.txt")


def test_a_folder_without_a_checkpoint_says_what_it_lacks(tmp_path):
    with pytest.raises(CheckpointError, match=r"neither a file NAME\.index nor weights_manifest\.json"):
        gen.checkpoints.open_checkpoint(tmp_path)
