"""What axe, which looks for what shuts people out, finds in every kind of page: nothing. In Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import axe_script, faults
from chromium import Page, chromium
from made_results import comparison, evaluation
from tiny_models import demo_clip, tiny_model

from gen.music.latent_map import latent_map
from gen.pages.clips import clips_page
from gen.pages.comparison import page
from gen.pages.palette import CORNERS, palette_page

pytestmark = pytest.mark.slow


def pages() -> dict[str, str]:
    """A page of each kind; what `gen mine` writes is an evaluation and a palette."""
    two = {"varied.mid": demo_clip("drums", 3), "other.mid": demo_clip("drums", 4)}
    return {
        "comparison": page(comparison()),
        "evaluation": page(evaluation()),
        "clips": clips_page(two, title="a clip and two others", before=demo_clip("drums", 2)),
        "drums": palette_page(latent_map(tiny_model("groove"), size=3), title="drums", facts="", corners=CORNERS),
        "melodies": palette_page(latent_map(tiny_model("melody"), size=3), title="tunes", facts="", corners=CORNERS),
    }


@pytest.fixture(scope="module")
def browser(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, Path, str]]:
    script = axe_script()
    if script is None:
        pytest.skip(
            "needs axe-core, which isn't in .node: make test installs it there; GEN_NODE_DIR names another folder"
        )
    folder = tmp_path_factory.mktemp("axe")
    for name, text in pages().items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    with chromium(program, folder / "profile") as found:
        yield found, folder, script


@pytest.mark.parametrize("name", ["comparison", "evaluation", "clips", "drums", "melodies"])
def test_axe_finds_nothing_in_light_or_dark_on_a_telephone_or_a_screen(
    name: str, browser: tuple[Page, Path, str]
) -> None:
    page, folder, script = browser
    for scheme in ("light", "dark"):
        for width in (390, 1440):
            page.resize(width)
            page.prefer(scheme)
            page.open(folder / f"{name}.html")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            assert faults(page, script) == [], (scheme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.errors == []


def test_axe_would_find_a_button_without_a_name(browser: tuple[Page, Path, str]) -> None:
    page, folder, script = browser
    page.open(folder / "clips.html")
    page.evaluate("document.querySelector('.clip button').textContent = ''")
    assert any("button-name" in fault for fault in faults(page, script))
