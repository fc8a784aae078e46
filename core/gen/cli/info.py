"""``gen info``: versions and devices, which is what a bug report needs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_EPILOG = """\
examples:
  gen info
  gen info --json
"""

_PACKAGES = ("torch", "numpy", "pretty_midi", "pluggy", "pyyaml", "safetensors", "rich")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen info``."""
    parser.description = "Versions, devices and plugins: what a bug report needs."
    parser.epilog = _EPILOG
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what there is."""
    facts = _facts()
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    rows = [
        ("gen", f"{facts['gen']} ({facts['location']})"),
        ("python", f"{facts['python']} ({facts['executable']})"),
        ("system", facts["system"]),
        ("recipes", facts["recipes"]),
        *((name, number or "not installed") for name, number in facts["packages"].items()),
        *(("device", text) for text in facts["devices"]),
        *(("plugin", text) for text in facts["plugins"]),
        *(("broken", text) for text in facts["broken_plugins"]),
    ]
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        print(f"{label:<{width}}  {text}")
    return 0


def _facts() -> dict[str, Any]:
    import gen
    from gen.recipes.find import shipped_folder
    from gen.registry import registry

    found = registry()
    return {
        "gen": gen.__version__,
        "location": os.path.dirname(gen.__file__),  # noqa: PTH120 -- text for people, as the interpreter has it
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "recipes": str(shipped_folder()),
        "packages": {name: _version(name) for name in _PACKAGES},
        "devices": _devices(),
        "plugins": [f"{plugin.name} ({plugin.distribution} {plugin.version})" for plugin in found.plugins],
        "broken_plugins": [f"{broken.name}: {broken.error}" for broken in found.broken],
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _devices() -> list[str]:
    """The processor and every accelerator, as torch sees them; a torch that can't be imported is a fact too."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return [f"torch can't be imported: {error}"]
    threads = torch.get_num_threads()
    devices = [f"cpu: {os.cpu_count()} cores, torch uses {threads} {'thread' if threads == 1 else 'threads'}"]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        devices.append(f"cuda:{index}: {properties.name}, {properties.total_memory / 2**30:.0f} GiB")
    if torch.backends.mps.is_available():
        devices.append("mps: Apple GPU")
    return devices
