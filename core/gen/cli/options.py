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


def _device(text: str) -> str:
    if not _DEVICE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"no device {text!r}; give cpu, cuda, cuda:N, xpu, xpu:N, mps or auto")
    return text
