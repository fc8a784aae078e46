"""What axe finds in a page (https://github.com/dequelabs/axe-core), installed beside the tests' other packages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chromium import Page

PACKAGES = Path(__file__).parents[2] / ".node"
GRAVE = ("serious", "critical")


def axe_script() -> str | None:
    """axe's script, from ``.node`` of the checkout or ``$GEN_NODE_DIR``; None where it isn't installed."""
    file = Path(os.environ.get("GEN_NODE_DIR", PACKAGES)) / "node_modules" / "axe-core" / "axe.min.js"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def faults(page: Page, script: str, impacts: tuple[str, ...] = GRAVE) -> list[str]:
    """A line a fault that axe calls serious or worse: its impact, its rule, and where."""
    page.evaluate(f"(() => {{ {script}\n return typeof axe; }})()")
    found: list[dict[str, Any]] = page.evaluate("axe.run(document).then((result) => result.violations)")
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in impacts
        for node in rule["nodes"]
    ]
