"""Which components there are, from which plugin; and which plugins are broken, and why."""

from gen.registry.components import Registry, registry, using
from gen.registry.loading import Broken, Plugin, PluginSource, installed
from gen.registry.signatures import KINDS, Kind

__all__ = ["KINDS", "Broken", "Kind", "Plugin", "PluginSource", "Registry", "installed", "registry", "using"]
