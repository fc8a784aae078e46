"""CRC-32C (Castagnoli), the checksum of TensorFlow's files, near the speed of memory and in numpy alone.

A message is a polynomial over GF(2), and its checksum the remainder after division by the polynomial P of CRC-32C. Two
facts make that a few array operations instead of a table lookup a byte:

* P divides ``x^5275 + x^4508 + x^2751 + 1``, the least of its multiples with four terms (found by search). Squaring
  doubles exponents, so with each of them times 64·2^k it is still a multiple, and shifts by such exponents are shifts
  by whole 64-bit words: a long message gets short by XORing its front into three places further on.
* What is left are 32-bit words, each its own remainder. Two neighbours join to ``left * x^n + right``, and a product
  with a constant is four lookups.

Bits are in the standard's reflected order: the lowest bit of a byte or word is its highest power.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0x82F63B78  # reflected, without its x^32
_ONE = 0x80000000  # the polynomial 1, reflected
_TERMS = (5275, 4508, 2751)
_SCALE = 8  # exponents are times 64 * _SCALE
_CHUNK = 1 << 18  # words folded at a time: 2 MiB, which caches hold
_MASK_DELTA = 0xA282EAD8


def crc32c(data: bytes | memoryview | npt.NDArray[np.uint8]) -> int:
    """The checksum of bytes; that of none is 0."""
    message = np.frombuffer(data, np.uint8)
    start = _times(0xFFFFFFFF, _power(8 * len(message)))  # what the standard's initial register comes to
    return _remainder(message) ^ start ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """A checksum as TensorFlow and LevelDB store it, so that checksums of checksums stay meaningful."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _remainder(message: npt.NDArray[np.uint8]) -> int:
    """The message times x^32, modulo P."""
    for scale in (_SCALE, 1):
        if len(message) > 2 * 8 * scale * _TERMS[0]:
            message = _folded(message, scale)
    words = np.zeros(-(-len(message) // 4), "<u4")
    words.view(np.uint8)[4 * len(words) - len(message) :] = message  # zeros in front change nothing
    return _times(_joined(words), _power(32))


def _folded(message: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """A message of some words that has the same remainder."""
    top, second, third = (scale * term for term in _TERMS)
    near, middle = top - second, top - third
    front = len(message) % 8
    rest = np.zeros(8, np.uint8)
    rest[8 - front :] = message[:front]
    carried = rest.view("<u8")
    for start in range(front, len(message), 8 * _CHUNK):
        chunk = message[start : start + 8 * _CHUNK]
        work = np.empty(len(carried) + len(chunk) // 8, "<u8")
        work[: len(carried)] = carried
        work[len(carried) :].view(np.uint8)[:] = chunk
        end = max(len(work) - top, 0)
        for i in range(0, end, near):  # no target of a block lies within the block
            block = work[i : min(i + near, end)]
            for shift in (near, middle, top):
                work[i + shift : i + shift + len(block)] ^= block
        carried = work[end:]
    return carried.view(np.uint8)


def _joined(words: npt.NDArray[np.uint32]) -> int:
    """The remainder of a message of 32-bit words, neighbours joined to pairs until one is left."""
    bits = 32
    while len(words) > 1:
        if len(words) % 2:
            words = np.concatenate([np.zeros(1, words.dtype), words])
        left, right = words[0::2], words[1::2]
        a, b, c, d = _tables(bits)
        words = a[left & 255] ^ b[left >> 8 & 255] ^ c[left >> 16 & 255] ^ d[left >> 24] ^ right
        bits *= 2
    return int(words[0]) if len(words) else 0


@lru_cache(maxsize=32)
def _tables(bits: int) -> npt.NDArray[np.uint32]:
    """Products with x^bits, ``[4, 256]``: of each byte of a word, lowest first."""
    factor = _power(bits)
    tables = np.zeros((4, 256), np.uint32)
    for bit in range(32):
        row, column = divmod(bit, 8)
        tables[row, 1 << column : 2 << column] = tables[row, : 1 << column] ^ np.uint32(_times(1 << bit, factor))
    return tables


@lru_cache(maxsize=4096)
def _power(exponent: int) -> int:
    """x^exponent modulo P."""
    result, square = _ONE, _ONE >> 1
    while exponent:
        if exponent & 1:
            result = _times(result, square)
        square = _times(square, square)
        exponent >>= 1
    return result


def _times(a: int, b: int) -> int:
    """Product of two polynomials modulo P."""
    result = 0
    for _ in range(32):
        if a & _ONE:
            result ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return result
