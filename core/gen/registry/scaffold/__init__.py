"""New plugin projects: ``gen plugins new`` fills the templates of this package."""

from gen.registry.scaffold.project import Names as Names
from gen.registry.scaffold.project import check_names as check_names
from gen.registry.scaffold.project import new_project as new_project
