"""Whether a plugin was made for this gen: what its project requires of gen's, compared with the version that runs.

pip compares the same when it installs; but gen may be upgraded afterwards, and then pip only warns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from gen.system.version import __version__

PROJECT = "gen-music"
_NAMES_GEN = re.compile(r"gen[-_.]+music(?![-_.]*[a-z0-9])", re.IGNORECASE)  # ``gen-music[dask]>=0.1; extra == "x"``


def objection(distribution: Any, *, running: str = __version__) -> str | None:
    """Why a plugin's project (`importlib.metadata.Distribution`) can't be used with this gen, and the way out.

    None where it can, or says nothing.
    """
    if distribution is None or _NAMES_GEN.match(distribution.name):
        return None  # gen's own plugins come with it
    wanted = [text for text in getattr(distribution, "requires", None) or () if _NAMES_GEN.match(text)]
    if not wanted:
        return None
    # Here, for it takes a while: most of what is installed beside gen is gen's own
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import Version

    here = Version(running)
    for text in wanted:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # a fault of its metadata, which pip has said, and no reason against its code
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.specifier.contains(here, prereleases=True):
            continue
        name, version = distribution.name, distribution.version
        made_for = f"{name} {version} is made for {PROJECT}{requirement.specifier}"
        floors = [spec.version for spec in requirement.specifier if spec.operator in (">=", ">", "~=", "==", "===")]
        if _any_above(floors, here):
            return f"{made_for}, newer than this {running}; upgrade gen: pip install --upgrade {PROJECT}"
        return f"{made_for}, and this is {running}; upgrade the plugin: pip install --upgrade {name}"
    return None


def _any_above(floors: Iterable[str], here: Any) -> bool:
    from packaging.version import InvalidVersion, Version

    for floor in floors:
        try:
            if Version(floor.removesuffix(".*")) > here:
                return True
        except InvalidVersion:  # "===" compares any text
            continue
    return False
