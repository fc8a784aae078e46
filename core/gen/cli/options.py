"""Options that several commands have."""

from __future__ import annotations

import argparse
import re

_DEVICE = re.compile(r"auto|cpu|(cuda|xpu)(:\d+)?|mps")


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``; whether this machine has it is for torch to say."""
    parser.add_argument(
        "--device",
        type=_device,
        default="auto",
        metavar="D",
        help="cpu, cuda, cuda:1 … (default: cuda if there is one)",
    )


def add_preparation(parser: argparse.ArgumentParser) -> None:
    """Where examples are prepared and kept."""
    group = parser.add_argument_group("preparing the data")
    group.add_argument("--data", metavar="PATH", help="where the data set lies (a zip or a folder)")
    group.add_argument("--store", metavar="DIR", help="keep the examples in this folder (default: in the user's cache)")
    group.add_argument("--workers", type=int, metavar="N", help="processes that convert files (default: one a core)")
    group.add_argument(
        "--engine", choices=("auto", "serial", "pool", "dask"), default="auto", help="where files are converted"
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help="with --engine dask: a running one, tcp://HOST:8786")


def _device(text: str) -> str:
    if not _DEVICE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"no device {text!r}; give cpu, cuda, cuda:N, xpu, xpu:N, mps or auto")
    return text
