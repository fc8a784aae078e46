"""gen's own converters, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_converters() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {
        "drums": "gen_converters.drums.converter:DrumsConverter",
        "groove": "gen_converters.groove.converter:GrooveConverter",
        "melody": "gen_converters.melody.converter:MelodyConverter",
        "multitrack": "gen_converters.multitrack.converter:MultitrackConverter",
        "trio": "gen_converters.trio.converter:TrioConverter",
    }
