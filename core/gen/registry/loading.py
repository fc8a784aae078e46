"""Loading plugins one at a time, so that a broken one breaks nothing but itself.

pluggy gives no isolation: an import error in one plugin aborts loading the rest, a misspelt hook is ignored, and one
raising implementation aborts the call of that hook for everybody. So each plugin is loaded, registered, verified and
asked by itself, and its names count only once all of them have passed.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Protocol

import pluggy

from gen.errors import PluginError
from gen.registry.hookspecs import HOOKS, hook_name
from gen.registry.signatures import KINDS, Kind, check_entry
from gen.system.version import __version__


class PluginSource(Protocol):
    """Where a plugin comes from; `importlib.metadata.EntryPoint` is one."""

    @property
    def name(self) -> str:
        """Name of the entry point."""

    @property
    def dist(self) -> Any:
        """Its distribution, with ``name``, ``version`` and ``requires``, or None."""

    def load(self) -> Any:
        """Import and return the plugin, usually a module."""


@dataclass(frozen=True)
class Plugin:
    """A plugin that works.

    Attributes:
        name: of its entry point.
        distribution, version: the installed project that brought it; empty where unknown.
        file: where it was loaded from; empty where it is no module.
        provides: kind to name to class or ``"module:Class"``.
    """

    name: str
    distribution: str
    version: str
    file: str
    provides: Mapping[Kind, Mapping[str, type | str]] = field(default_factory=dict)

    @property
    def whose(self) -> str:
        """Itself, for messages: ``plugin 'lace' (gen-lace 0.3)``."""
        return f"plugin {self.name!r}" + (f" ({self.distribution} {self.version})" if self.distribution else "")


@dataclass(frozen=True)
class Broken:
    """A plugin that was left out, and why."""

    name: str
    distribution: str
    version: str
    error: str


def installed(environment: Mapping[str, str] = os.environ) -> list[PluginSource]:
    """The installed plugins, gen's own first, so that nobody's duplicate displaces them.

    ``GEN_PLUGINS=a,b`` keeps only those whose entry point or project has one of these names; set but empty, none.
    A name that fits nothing becomes a plugin that says so when it is loaded.
    """
    named = sorted(entry_points(group="gen"), key=_order)
    own = next((source.dist for source in named if _normal(_origin(source)[0]) == PROJECT), None)
    found: list[PluginSource] = [_Core(own), *named]
    wanted = environment.get("GEN_PLUGINS")
    if wanted is None:
        return found
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    kept = [source for source in found if any(_answers_to(source, name) for name in names)]
    absent = [name for name in names if not any(_answers_to(source, name) for source in found)]
    return [*kept, *(_Absent(name) for name in absent)]


def load(sources: Iterable[PluginSource], *, strict: bool = False) -> tuple[list[Plugin], list[Broken]]:
    """Load plugins in turn; a broken one is recorded and left out, or, where ``strict``, raises what it raises."""
    manager = pluggy.PluginManager("gen")
    manager.add_hookspecs(HOOKS)
    plugins: list[Plugin] = []
    broken: list[Broken] = []
    taken: dict[tuple[Kind, str], Plugin] = {}
    for source in sources:
        distribution, version = _origin(source)
        try:
            module, provides = _load_one(manager, source, taken)
        except (Exception, SystemExit) as error:  # a stranger's code: it may raise anything, or try to leave
            if strict:
                raise
            broken.append(Broken(source.name, distribution, version, _told(error)))
            continue
        plugin = Plugin(source.name, distribution, version, getattr(module, "__file__", None) or "", provides)
        plugins.append(plugin)
        taken.update({(kind, name): plugin for kind, names in provides.items() for name in names})
    return plugins, broken


def _load_one(
    manager: pluggy.PluginManager, source: PluginSource, taken: Mapping[tuple[Kind, str], Plugin]
) -> tuple[object, dict[Kind, dict[str, type | str]]]:
    if (why := objection(source.dist)) is not None:
        raise PluginError(why)
    with redirect_stdout(sys.stderr):  # what a plugin prints is none of a command's results
        module = source.load()
    try:
        manager.register(module, name=f"{_origin(source)[0]}:{source.name}")
        manager.check_pending()
        for kind in KINDS:
            function = getattr(module, hook_name(kind), None)
            if inspect.isroutine(function) and not hasattr(function, "gen_impl"):  # it would be ignored in silence
                raise TypeError(f"{hook_name(kind)} is not marked with @gen.hookimpl")
        return module, {kind: _ask(manager, module, kind, taken) for kind in KINDS}
    except BaseException:
        if manager.is_registered(module):  # pluggy itself undoes some failures, not all
            manager.unregister(module)
        raise


def _told(error: BaseException) -> str:
    """What went wrong, and where gen lacks a name that the plugin wants, what that most likely means."""
    text = f"{type(error).__name__}: {error}"
    lacking = isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "gen"
    if lacking or (isinstance(error, AttributeError) and str(error).startswith("module 'gen")):
        text += f" (this is {PROJECT} {__version__}: the plugin is made for another version)"
    return text


def _ask(
    manager: pluggy.PluginManager, module: object, kind: Kind, taken: Mapping[tuple[Kind, str], Plugin]
) -> dict[str, type | str]:
    """What a plugin adds of one kind, checked."""
    hook = getattr(manager.hook, hook_name(kind))
    implementation = next((each for each in hook.get_hookimpls() if each.plugin is module), None)
    if implementation is None:
        return {}
    answer: object = implementation.function()
    if not isinstance(answer, Mapping):
        raise TypeError(f"{hook_name(kind)} must return a mapping of names to classes, got {type(answer).__name__}")
    for name, reference in answer.items():
        check_entry(kind, name, reference)
        if (kind, name) in taken:
            owner = taken[kind, name]
            whose = f"{owner.name} ({owner.distribution} {owner.version})" if owner.distribution else owner.name
            raise ValueError(f"{kind} {name!r} is already provided by {whose}")
    return dict(answer)


@dataclass(frozen=True)
class _Core:
    """What gen itself brings of the kinds that no package beside it brings; not installed apart from it."""

    dist: Any
    name: str = "core"

    def load(self) -> ModuleType:
        return import_module("gen.registry.own")


@dataclass(frozen=True)
class _Absent:
    """A name in GEN_PLUGINS that no installed plugin has."""

    name: str
    dist: None = None

    def load(self) -> ModuleType:
        raise LookupError("GEN_PLUGINS names it, but no installed plugin or project has that name")


def _origin(source: PluginSource) -> tuple[str, str]:
    return (source.dist.name, source.dist.version) if source.dist is not None else ("", "")


def _order(source: PluginSource) -> tuple[bool, str, str]:
    distribution = _normal(_origin(source)[0])
    return distribution != PROJECT, distribution, source.name


def _answers_to(source: PluginSource, name: str) -> bool:
    return name == source.name or _normal(name) == _normal(_origin(source)[0])


def _normal(name: str) -> str:
    """A project's name as packaging compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not applies or requirement.specifier.contains(here, prereleases=True):
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
