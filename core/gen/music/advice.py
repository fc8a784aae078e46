"""Why a trained model can't read a clip, and what to do about it.

What a rejection advises is meant for whoever trains: another option, a shorter window. A model that is trained already
has its options, so here the clip has to change, or the model.
"""

from __future__ import annotations

from gen.data.check.facts import facts_of
from gen.data.check.fixes import Case, fix_for
from gen.data.check.inspection import FileCheck
from gen.interfaces.converter import Converter, Rejection
from gen.midi.survey import survey
from gen.notes.sequence import NoteSequence
from gen.recipes.sections import Recipe

_CUT = "cut the clip there, and give the parts one by one"

_OF_CLIPS = {
    "too-short": "give a longer clip{needed}; a short one can be repeated in a sequencer",
    "wrong-metre": "give a clip in the metre that the model was trained on{metre}; where the music is in it all the "
    "same, correct the time signature in a sequencer",
    "tempo-change": f"{_CUT}; if the changes only follow a player, set one tempo in a sequencer and keep the notes on "
    "the beat",
    "metre-change": _CUT,
    "no-mapped-notes": "none of its drum notes has a pitch that the model knows; say what they mean with --drum-map",
    "polyphony": "every instrument begins with several notes together: this model reads a melody, one note at a time",
    "pitch-range": "its notes are outside the pitches of the model: transpose the clip",
    "no-melody": "this model reads a melody: notes that aren't drums, within its pitches and programs",
    "too-few-tracks": "this model needs more instruments at once: give a clip with more tracks",
    "too-many-tracks": "this model takes fewer instruments: mute some tracks",
    "too-few-events": "more has to happen in a window: give a busier clip",
    "too-many-events": "less may happen in a window: give a plainer clip, or mute tracks",
    "several-windows": "cut the clip to one window{needed}",
    "never-together": "melody, bass and drums have to play at the same time for longer{needed}",
}
"""What to do with a clip, where it isn't what to do with a file of a data set."""


def what_to_do(
    rejection: Rejection, notes: NoteSequence, recipe: Recipe, converter: Converter, *, content: bytes | None = None
) -> str:
    """Why a clip gives nothing, and the way out, in one text.

    Args:
        rejection: of the recipe's converter.
        notes: the clip.
        recipe: of the model.
        converter: the recipe's.
        content: the file that the clip was read from, where there is one.
    """
    own = _OF_CLIPS.get(rejection.code)
    if own is not None:
        facts = rejection.detail.partition(";")[0]
        return f"{facts}. {_filled(own, recipe, converter)}"
    case = Case(
        FileCheck("", facts=None if content is None else facts_of(notes, survey(content))),
        rejection,
    )
    fix = fix_for(rejection.code, [case])
    return rejection.detail if fix == rejection.detail else f"{rejection.detail}. {fix}"


def _filled(text: str, recipe: Recipe, converter: Converter) -> str:
    steps, bar = converter.steps, converter.steps_per_bar
    bars = steps // bar if steps and bar else 0
    quarters = recipe.converter.arguments.get("quarters_per_bar")
    return text.format(
        needed=f" (a window is {bars} {'bar' if bars == 1 else 'bars'})" if bars else "",
        metre=f", {quarters} quarter notes a bar" if quarters else "",
    )
