"""gen's own decoders, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_decoders() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {
        "flat": "gen_decoders.flat:FlatDecoder",
        "groove": "gen_decoders.groove:GrooveDecoder",
    }
