"""The folk source: on a corpus made up here, and on the real one where music21 is installed."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

import gen
from gen import Item, Skipped
from gen.errors import DataMissingError
from gen_datasets.folk.files import COLLECTIONS
from gen_datasets.folk.source import Folk
from gen_datasets.signature import families

TUNE = "X:{number}\nT:{title}\nR:{rhythm}\nM:4/4\nL:1/8\nK:{key}\n{body}\n\n"
BODY = "GABc dedB|dedB dedB|c2ec B2dB|A2A2 A2BA|GABc dedB|dedB dedB|c2ec B2dB|A2F2 G4|"
OTHER = "edcB AGFE|D2FA d2cd|e2ce dcAF|GFED E2A2|fedc BAGF|E2GB e2de|fdec dBAF|GBAG F2D2|"


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package music21 that fails when it is imported, with a few tunes."""
    package = tmp_path / "music21"
    for name in ("airdsAirs", "oneills1850", "ryansMammoth"):
        (package / "corpus" / name).mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    write(
        package / "corpus" / "airdsAirs" / "book1.abc",
        TUNE.format(number="1", title="The Merry Maid - a reel", rhythm="Reel", key="G", body=BODY),
        "some text between\n\n",
        TUNE.format(number="2", title="Broken", rhythm="", key="G", body="G = A"),
        TUNE.format(number="2", title="Quite Another", rhythm="", key="Dmix", body=OTHER),
    )
    write(
        package / "corpus" / "oneills1850" / "1.abc",
        TUNE.format(
            number="1", title="Merry Maid, The", rhythm="reel", key="D", body=OTHER[::-1].replace("|", "") + "|"
        ),
        TUNE.format(number="2", title="By another name", rhythm="", key="C", body="c d e f|"),
    )
    write(
        package / "corpus" / "ryansMammoth" / "Same.abc",
        TUNE.format(number="1", title="Known differently", rhythm="", key="G", body=BODY),
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "music21", raising=False)
    return package


def write(path: Path, *tunes: str) -> None:
    path.write_text("% a collection\n\n" + "".join(tunes), encoding="utf-8")


def test_tunes_come_with_what_is_known_and_broken_ones_with_the_reason(corpus: Path) -> None:
    found = list(Folk().items())
    assert [each.id for each in found] == [
        "aird/book1/1.abc",
        "aird/book1/2.abc",
        "aird/book1/2-2.abc",
        "oneill/1/1.abc",
        "oneill/1/2.abc",
        "ryan/Same/1.abc",
    ]
    first, broken = found[:2]
    assert isinstance(first, Item)
    assert dict(first.metadata) == {
        "title": "The Merry Maid - a reel",
        "time_signature": "4-4",
        "key": "G major",
        "collection": "aird",
        "rhythm": "reel",
    }
    notes = gen.read_midi(first.read())
    assert notes.pitch.tolist()[:8] == [67, 69, 71, 72, 74, 76, 74, 71]
    assert gen.notes.quantise(notes).start_step.tolist()[:4] == [0, 2, 4, 6]
    assert isinstance(broken, Skipped)
    assert "line 19: '= A' at column 3 is no ABC" in broken.reason


def test_a_changed_file_changes_the_signature_of_the_source(corpus: Path) -> None:
    before = Folk().signature()
    assert Folk().signature() == before
    write(
        corpus / "corpus" / "ryansMammoth" / "New.abc", TUNE.format(number="1", title="N", rhythm="", key="C", body="c")
    )
    assert Folk().signature() != before


def test_music21_is_not_imported(corpus: Path) -> None:
    list(Folk().items())
    assert "music21" not in sys.modules


def test_tunes_of_one_title_or_one_signature_are_on_one_side_whatever_is_asked_for(corpus: Path) -> None:
    for test in (0.2, 0.5, 0.8):
        items = [each for each in Folk(test=test, validation=0.0).items() if isinstance(each, Item)]
        sides = {each.id: each.split for each in items}
        assert sides["aird/book1/1.abc"] == sides["oneill/1/1.abc"] == sides["ryan/Same/1.abc"]
        alone = list(Folk(test=test, validation=0.0, collections=["ryan"]).items())
        assert [(each.id, each.split) for each in alone] == [("ryan/Same/1.abc", sides["ryan/Same/1.abc"])]


def test_without_the_package_the_command_to_get_it_is_said_and_a_recipe_falls_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(DataMissingError, match="pip install 'gen-music\\[folk\\]'"):
        Folk().fetch()
    with pytest.raises(DataMissingError, match="pip install"):
        next(iter(Folk().items()))
    recipe = gen.load_recipe(
        "groovae_4bar", ["data.source=folk", "data.fallback={type: demo, parts: trio, clips: 3, bars: 4}"]
    )
    prepared = gen.prepare(recipe)
    assert prepared.report.source == "demo"
    assert "music21" in prepared.report.notice
    assert "trio" in prepared.report.title


def test_a_package_without_its_corpus_is_missing_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "music21").mkdir()
    (tmp_path / "music21" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "music21", raising=False)
    with pytest.raises(DataMissingError, match="without its corpus"):
        Folk().fetch()


@pytest.mark.parametrize(
    "options",
    [
        {"collections": []},
        {"collections": ["aird", "aird"]},
        {"collections": ["bach"]},
        {"validation": 0.6, "test": 0.5},
        {"program": 128},
    ],
)
def test_options_out_of_range_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Folk(**options)


def test_families_are_joined_by_chains_of_marks() -> None:
    assert families([["a"], ["b"], ["a", "c"], ["d"], ["c", "b"], []]) == [0, 0, 0, 3, 0, 5]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("music21") is None, reason="needs music21: pip install 'gen-music[folk]'")
def test_nearly_all_of_the_real_tunes_are_read() -> None:
    found = list(Folk().items())
    items = [each for each in found if isinstance(each, Item)]
    assert len(items) >= 0.99 * len(found) > 4000
    assert set(Counter(each.metadata["collection"] for each in items)) == set(COLLECTIONS)
    sides = defaultdict(set)
    for each in items:
        sides[each.metadata["title"].lower()].add(each.split)
    assert all(len(splits) == 1 for title, splits in sides.items() if len(title) > 12)
    shares = Counter(each.split for each in items)
    assert 0.05 < shares["test"] / len(items) < 0.15
