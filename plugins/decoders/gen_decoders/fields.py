"""What a decoder can say, held against what the columns of its targets are.

A converter that doesn't tell has one field of numbers, which may hold anything; so only what is known to be something
else is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from gen.interfaces import Flags, Floats, OneHot, SaysFields

Field = OneHot | Flags | Floats


def require_fields_of(part: object, fields: Sequence[Field]) -> None:
    """Ask a decoder, or a head, whether it can say these; one that doesn't know is believed."""
    if isinstance(part, SaysFields):
        part.require_fields(fields)


def streams_of(fields: Sequence[Field], depths: Sequence[int]) -> list[list[Field]]:
    """The fields of each stream of so many columns; a ValueError where a stream ends within a class's columns."""
    streams: list[list[Field]] = []
    rest = list(fields)
    for number, depth in enumerate(depths):
        stream: list[Field] = []
        while depth and rest:
            field = rest.pop(0)
            if field.width > depth:
                if isinstance(field, OneHot):
                    raise ValueError(
                        f"stream {number} of depths {list(depths)} ends within one class of {field.width}: steps are "
                        f"{spelled(fields)}"
                    )
                rest.insert(0, type(field)(field.width - depth))
                field = type(field)(depth)
            stream.append(field)
            depth -= field.width
        streams.append(stream)
    return streams


def require_one_class(fields: Sequence[Field]) -> None:
    """A ValueError unless a step may be one class."""
    if any(isinstance(field, Flags) for field in fields) or sum(isinstance(field, OneHot) for field in fields) > 1:
        several = not any(isinstance(field, Flags) for field in fields)
        advice = "multi, or a decoder for each stream" if several else "nade, or a converter whose steps are classes"
        raise ValueError(f"steps are {spelled(fields)}, and it says one class a step; take {advice}")


def require_groove(fields: Sequence[Field]) -> None:
    """A ValueError unless a step may be hits, velocities and offsets."""
    width = sum(field.width for field in fields)
    flags = [isinstance(field, Flags) for field in fields]
    hits = not any(flags) or (flags[0] and not any(flags[1:]) and 3 * fields[0].width == width)
    if any(isinstance(field, OneHot) for field in fields) or not hits:
        raise ValueError(
            f"steps are {spelled(fields)}, and it says hits with as many velocities and offsets; take another decoder, "
            "or converter groove without bins"
        )


def spelled(fields: Sequence[Field]) -> str:
    """Fields for people: ``9 flags, one class of 90 and 3 numbers``."""
    words = []
    for field in fields:
        name = {Flags: "flag", Floats: "number"}.get(type(field))
        words.append(
            f"one class of {field.width}" if name is None else f"{field.width} {name}{'s' * (field.width != 1)}"
        )
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
