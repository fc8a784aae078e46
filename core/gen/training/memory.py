"""Keeping memory that was freed, on Linux.

glibc gives large blocks back to the system as soon as they are freed. A training step frees hundreds of megabytes of
activations and asks for them again in the next step, so the kernel zeroes the same pages anew each time: a quarter
of a step on a CPU, by `benchmarks/run.py --only training --return-memory`.
"""

from __future__ import annotations

import ctypes
import platform
import sys

_M_TRIM_THRESHOLD = -1  # malloc.h
_M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Tell glibc to reuse freed blocks for the rest of this process; False where there is no glibc.

    The process's size then stays at its peak. ``gen train`` does this; a script that trains for long may too.
    """
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(_M_MMAP_MAX, 0) and libc.mallopt(_M_TRIM_THRESHOLD, -1))
