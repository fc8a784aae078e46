"""Which components there are, from which plugin; and which plugins are broken, and why."""

from gen.registry.components import Registry as Registry
from gen.registry.components import registry as registry
from gen.registry.components import using as using
from gen.registry.loading import Broken as Broken
from gen.registry.loading import Plugin as Plugin
from gen.registry.loading import PluginSource as PluginSource
from gen.registry.loading import installed as installed
from gen.registry.signatures import KINDS as KINDS
from gen.registry.signatures import Kind as Kind

__all__ = ["KINDS", "Broken", "Kind", "Plugin", "PluginSource", "Registry", "installed", "registry", "using"]
