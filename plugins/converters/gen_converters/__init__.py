"""gen's own converters, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_converters() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {"groove": "gen_converters.groove:GrooveConverter"}
