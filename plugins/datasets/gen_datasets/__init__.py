"""gen's own datasets, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_datasets() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {
        "demo": "gen_datasets.demo.source:Demo",
        "folder": "gen_datasets.folder:Folder",
        "folk": "gen_datasets.folk.source:Folk",
        "groove": "gen_datasets.groove.source:Groove",
    }
