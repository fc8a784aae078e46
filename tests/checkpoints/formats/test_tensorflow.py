"""TensorFlow's checkpoints, against its own files and in round trips."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gen
from gen.checkpoints.formats.bundle import Entry, slice_key, write_entry, write_header
from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.table import write_table
from gen.checkpoints.formats.variables import Variable
from gen.errors import CheckpointError

# written by TensorFlow 2.21: float32 rows [5, 3] in two parts, int8 columns [1, 200] in two parts, a bfloat16, a string
INDEX = zlib.decompress(
    base64.b64decode(
        "eNpjYGDjYJRi4mBkEBRlSM7PKc3NK2ZgZGRqaGw4kMLBJsQhBJQD4hQFNo0U0+OzD/TxsYgeSEGTywLKJYS0LmPkESvKL4cY0NzQ"
        "DJQFqWEGYYVzjBoqpgtv77jOySLW3ASXZAJLfmLUkDC11jgkycDKn1SUmJnHwSfEApLRYDPN4muZzsCuDHUc0F5OsL3MHCcYrTi4"
        "mAQYgTjFigvMYuFIEUhhYFECuQJqASvIGLBCZhAGKmThYBZgArEZWIRKUitKONjBdjEpdDFpcJq+fGLWygAEjCAiU0O8Ac458Gnh"
        "BgZG5lKGeUxwMd9NazYvZuLYwMTPQBCE/27oVil1vw0A72FADw=="
    )
)
DATA = zlib.decompress(
    base64.b64decode(
        "eNo7YC9wIKn+77//DIxMzEOeYmB4cICB4QAQLwDiBiB2AGIGEHs/Axg02AMJByAC4gYgXgDEB4D4gQMj0/77t6sSk5IBCClrxQ=="
    )
)

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
ARRAYS = st.sampled_from([*DTYPES, "bool", "complex64", "complex128"]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@pytest.fixture
def of_tensorflow(tmp_path: Path) -> Path:
    """A folder with a checkpoint that TensorFlow wrote."""
    (tmp_path / "tiny.ckpt.index").write_bytes(INDEX)
    (tmp_path / "tiny.ckpt.data-00000-of-00001").write_bytes(DATA)
    return tmp_path


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The prefix of a small checkpoint."""
    values = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3), "a/bias": np.ones(3, np.float32)}
    gen.checkpoints.write_tensorflow_checkpoint(tmp_path / "model.ckpt-7", values)
    return tmp_path / "model.ckpt-7"


def same(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def test_the_originals_variables_are_read_bit_for_bit(golden):
    folders = sorted(path.parent for path in golden.glob("models/*/weights.npz"))
    assert len(folders) == 16
    for folder in folders:
        checkpoint = gen.checkpoints.TensorflowCheckpoint.open(folder)
        weights = np.load(folder / "weights.npz")
        assert all(same(checkpoint.read(name), weights[name]) for name in weights)
        assert checkpoint.step == 1000


def test_the_originals_files_are_written_byte_for_byte(golden, tmp_path):
    folder = golden / "models" / "groovae_4bar"
    checkpoint = gen.checkpoints.TensorflowCheckpoint.open(folder)
    values = {name: checkpoint.read(name) for name in checkpoint.variables}

    gen.checkpoints.write_tensorflow_checkpoint(tmp_path / "model.ckpt-1000", values)

    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {name: (folder / name).read_bytes() for name in written}
    assert len(written) == 3


def test_variables_in_parts_are_put_together(of_tensorflow):
    checkpoint = gen.checkpoints.TensorflowCheckpoint.open(of_tensorflow)

    assert {name: str(variable) for name, variable in checkpoint.variables.items()} == {
        "brain": "bfloat16 [3]",
        "columns": "int8 [1, 200]",
        "rows": "float32 [5, 3]",
        "text": "string [2]",
    }
    assert same(checkpoint.read("rows"), (np.arange(15) - 7).reshape(5, 3).astype(np.float32))
    assert same(checkpoint.read("columns"), (np.arange(200) % 7 - 3).reshape(1, 200).astype(np.int8))


def test_bfloat16_comes_as_float32(of_tensorflow):
    values = gen.checkpoints.TensorflowCheckpoint.open(of_tensorflow).read("brain")
    np.testing.assert_allclose(values, [1.5, -2.25, 3e38], rtol=2**-8)
    assert values.dtype == np.float32


def test_what_is_no_number_is_an_error_when_read(of_tensorflow):
    with pytest.raises(CheckpointError, match="text: its values are of type string"):
        gen.checkpoints.TensorflowCheckpoint.open(of_tensorflow).read("text")


@given(st.dictionaries(NAMES, ARRAYS, max_size=8))
@settings(deadline=None, max_examples=60)  # every file is synced to the disk
def test_what_is_written_is_read_again(tmp_path_factory, variables):
    prefix = tmp_path_factory.mktemp("round") / "model.ckpt"
    gen.checkpoints.write_tensorflow_checkpoint(prefix, variables)

    checkpoint = gen.checkpoints.TensorflowCheckpoint.open(prefix)

    assert list(checkpoint.variables) == sorted(variables, key=str.encode)
    assert all(same(checkpoint.read(name), value) for name, value in variables.items())
    assert {name: variable.shape for name, variable in checkpoint.variables.items()} == {
        name: value.shape for name, value in variables.items()
    }


def test_big_endian_files_are_read(tmp_path):
    content = np.array([1.5, -2.0], ">f4").tobytes()
    entry = Entry(Variable("float32", (2,)), 0, 0, 8, masked(crc32c(content)))
    index = write_table({b"": write_header() + b"\x10\1", b"x": write_entry(entry)})
    (tmp_path / "model.index").write_bytes(index)
    (tmp_path / "model.data-00000-of-00001").write_bytes(content)
    assert gen.checkpoints.TensorflowCheckpoint.open(tmp_path / "model").read("x").tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    "name", ["model.ckpt-7", "model.ckpt-7.index", "model.ckpt-7.data-00000-of-00001", "checkpoint", ""]
)
def test_a_checkpoint_is_found_by_whatever_is_at_hand(written, name):
    assert gen.checkpoints.TensorflowCheckpoint.open(written.parent / name).read("a/bias").tolist() == [1, 1, 1]


def test_a_folder_means_the_checkpoint_it_names(written):
    folder = written.parent
    gen.checkpoints.write_tensorflow_checkpoint(folder / "model.ckpt-30", {"x": np.zeros(1)})
    assert gen.checkpoints.TensorflowCheckpoint.open(folder).step == 30
    (folder / "checkpoint").write_text('model_checkpoint_path: "/somewhere/else/model.ckpt-7"\n')
    assert gen.checkpoints.TensorflowCheckpoint.open(folder).step == 7


@pytest.mark.parametrize("state", [None, "", 'model_checkpoint_path: "gone-1"\n', 'model_checkpoint_path: ".."\n'])
def test_without_such_a_name_the_highest_step_is_taken(written, state):
    folder = written.parent
    gen.checkpoints.write_tensorflow_checkpoint(folder / "model.ckpt-30", {"x": np.zeros(1)})
    (folder / "checkpoint").unlink() if state is None else (folder / "checkpoint").write_text(state)
    assert gen.checkpoints.TensorflowCheckpoint.open(folder).step == 30


def test_the_step_is_the_variables_before_the_names(tmp_path):
    gen.checkpoints.write_tensorflow_checkpoint(tmp_path / "model-5", {"global_step": np.int64(1234)})
    assert gen.checkpoints.TensorflowCheckpoint.open(tmp_path).step == 1234


def test_an_unknown_variable_is_an_error_with_the_nearest(written):
    with pytest.raises(CheckpointError, match="no variable 'a/kernal'; did you mean 'a/kernel'"):
        gen.checkpoints.TensorflowCheckpoint.open(written).read("a/kernal")


def test_damaged_values_are_found_when_they_are_read(written):
    data = written.with_name(f"{written.name}.data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    data.write_bytes(content)
    checkpoint = gen.checkpoints.TensorflowCheckpoint.open(written)

    assert checkpoint.read("a/bias").tolist() == [1, 1, 1]
    with pytest.raises(CheckpointError, match="a/kernel: damaged"):
        checkpoint.read("a/kernel")


@pytest.mark.parametrize(
    ("ending", "keep", "complaint"),
    [
        ("data-00000-of-00001", 20, "cut short, or belongs to another"),
        ("data-00000-of-00001", 0, "cut short, or belongs to another"),
        ("data-00000-of-00001", None, "can't be read: No such file"),
        ("index", 30, "is no table"),
        ("index", 0, "is no table"),
    ],
)
def test_missing_and_short_files_are_errors_that_name_them(written, ending, keep, complaint):
    file = written.with_name(f"{written.name}.{ending}")
    file.write_bytes(file.read_bytes()[:keep]) if keep is not None else file.unlink()
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.TensorflowCheckpoint.open(written)


def test_nothing_there_is_an_error_that_lists_what_is(written):
    with pytest.raises(CheckpointError, match=r"no checkpoint .*model.ckpt-8 \(in that folder: model.ckpt-7\)"):
        gen.checkpoints.TensorflowCheckpoint.open(written.with_name("model.ckpt-8"))


FOUR = b"\0\0\x80\x3f"
GOOD = Entry(Variable("float32", (1,)), 0, 0, 4, masked(crc32c(FOUR)))


def entry(**changes: object) -> Entry:
    return Entry(**{**vars(GOOD), **changes})


def axis(size: int) -> bytes:
    """A shape of one axis, as an entry holds it."""
    number = bytearray()
    while size >= 0x80:
        number.append(size & 0x7F | 0x80)
        size >>= 7
    inner = b"\x08" + bytes([*number, size])
    dim = b"\x12" + bytes([len(inner)]) + inner
    return b"\x12" + bytes([len(dim)]) + dim


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({b"x": write_entry(GOOD)}, "has no header"),
        ({}, "is empty"),
        ({b"": b"\x08\0"}, "header of 0 data files"),
        ({b"": b"\x08\1\x10\2"}, "byte order 2"),
        ({b"": b"\x08\1\x1a\2\x10\7"}, "needs a reader of version 7"),
        ({b"": b"\x0f"}, "wire type 7"),
        ({b"": write_header(), b"x": b"\x08"}, "entry of b'x'"),
        ({b"": write_header(), b"x": b"\x12\x7f"}, "127 bytes"),
        ({b"": write_header(), b"\xff": write_entry(GOOD)}, "can't decode"),
        ({b"": write_header(), b"x": write_entry(entry(shard=3))}, "data file 3, of 1"),
        ({b"": write_header(), b"x": write_entry(entry(offset=1))}, "the index speaks of 5"),
        ({b"": write_header(), b"x": write_entry(entry(offset=2**62, size=2**62))}, "the index speaks of"),
        ({b"": write_header(), b"x": b"\x28" + b"\xff" * 9 + b"\1"}, "-1 bytes"),
        ({b"": write_header(), b"x": write_entry(GOOD), b"y": write_entry(GOOD)}, "share byte 0"),
        ({b"": write_header(), b"x": b"\x08\1" + axis(2**64 - 1)}, r"no array has: \[-1\]"),
        ({b"": write_header(), b"x": b"\x08\1" + axis(2**62)}, "no array has"),
        ({b"": write_header(), b"x": b"\x08\1\x12\2\x18\1"}, "unknown shape"),
    ],
)
def test_a_wrong_index_is_refused(tmp_path, entries, complaint):
    (tmp_path / "model.index").write_bytes(write_table(entries))
    (tmp_path / "model.data-00000-of-00001").write_bytes(FOUR)
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.TensorflowCheckpoint.open(tmp_path / "model")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"variable": Variable("float32", (2,))}, r"float32 \[2\] takes other than 4 bytes"),
        ({"variable": Variable("float32", ()), "checksum": 1}, "damaged"),
        ({"size": 0}, "takes other than 0 bytes"),
    ],
)
def test_a_variable_that_isnt_what_its_entry_says_is_refused(tmp_path, changes, complaint):
    index = write_table({b"": write_header(), b"x": write_entry(entry(**changes))})
    (tmp_path / "model.index").write_bytes(index)
    (tmp_path / "model.data-00000-of-00001").write_bytes(FOUR)
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.TensorflowCheckpoint.open(tmp_path / "model").read("x")


def whole(*parts: bytes) -> bytes:
    """The entry of a float32 [2] in parts."""
    return b"\x08\1" + axis(2) + b"".join(b"\x3a" + bytes([len(part)]) + part for part in parts)


FIRST, SECOND = b"\x0a\2\x10\1", b"\x0a\4\x08\1\x10\1"  # start 0 and 1, length 1


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ((FIRST, FIRST), "overlap"),
        ((FIRST,), "not as large as"),
        ((FIRST, b"\x0a\4\x08\2\x10\1"), "reaches out of"),
        ((FIRST, b""), "0 axes of 1"),
        ((FIRST, b"\x0a\4\x08\1\x10\0"), "is missing"),
        ((FIRST, b"\x0a\0"), "is missing"),
    ],
)
def test_parts_that_dont_make_the_whole_are_refused(tmp_path, parts, complaint):
    checksum = masked(crc32c(FOUR))
    entries = {
        b"": write_header(),
        b"x": whole(*parts),
        slice_key("x", ((0, 1),)): write_entry(entry(checksum=checksum)),
        slice_key("x", ((1, 1),)): write_entry(entry(offset=4, checksum=checksum)),
    }
    (tmp_path / "model.index").write_bytes(write_table(entries))
    (tmp_path / "model.data-00000-of-00001").write_bytes(2 * FOUR)
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.TensorflowCheckpoint.open(tmp_path / "model").read("x")
    entries[b"x"] = whole(FIRST, SECOND)
    (tmp_path / "model.index").write_bytes(write_table(entries))
    assert gen.checkpoints.TensorflowCheckpoint.open(tmp_path / "model").read("x").tolist() == [1, 1]


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"": np.zeros(1)}, "can't be the name"),
        ({"a\0b": np.zeros(1)}, "can't be the name"),
        ({"text": np.array(["a"])}, "text: TensorFlow has no numbers of type <U1"),
    ],
)
def test_what_tensorflow_couldnt_read_isnt_written(tmp_path, variables, complaint):
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.write_tensorflow_checkpoint(tmp_path / "model", variables)
    assert list(tmp_path.iterdir()) == []
