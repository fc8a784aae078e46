"""The page for musicians shows what the verbs do today."""

from __future__ import annotations

import re
from xml.etree.ElementTree import fromstring

import pytest
from documents import DOCS
from verb_pictures import FOLDER, pictures

_NUMBER = re.compile(r"\d+\.\d")


@pytest.mark.parametrize("verb", pictures())
def test_a_picture_is_what_the_verb_makes(verb: str) -> None:
    kept, made = (FOLDER / f"{verb}.svg").read_text(encoding="utf-8"), pictures()[verb]()
    fromstring(made)
    # another machine may round the last figure otherwise
    assert _NUMBER.sub("", kept) == _NUMBER.sub("", made)
    numbers = ([float(each) for each in _NUMBER.findall(text)] for text in (kept, made))
    assert all(abs(one - other) < 0.25 for one, other in zip(*numbers, strict=True))


def test_every_picture_is_on_the_page_and_every_verb_has_one() -> None:
    page = (DOCS / "musician.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"images/verbs/(\w+)\.svg", page))
    assert shown == {path.stem for path in FOLDER.glob("*.svg")} == {*pictures()}
