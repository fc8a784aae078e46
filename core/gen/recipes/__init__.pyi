from .build import construct as construct
from .load import load_recipe as load_recipe
from .resolved import resolved_yaml as resolved_yaml
