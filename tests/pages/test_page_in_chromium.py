"""The page in a browser: it draws, it sounds, it asks nobody for anything. Skipped where no Chromium is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Page, chromium
from made_results import ARMS, BARS, comparison, evaluation

from gen.pages.comparison import page

pytestmark = pytest.mark.slow

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!--"


@pytest.fixture(scope="module")
def compared(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    yield from opened(program, comparison(), tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def evaluated(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    yield from opened(program, evaluation(), tmp_path_factory.mktemp("evaluated"))


def opened(program: str, result: dict[str, object], folder: Path) -> Iterator[Page]:
    file = folder / "report.html"
    file.write_text(page(result), encoding="utf-8")
    with chromium(program, folder / "profile") as browser:
        browser.open(file)
        yield browser


def test_every_script_runs_and_nothing_is_asked_of_a_network(compared: Page) -> None:
    compared.evaluate("new Promise(requestAnimationFrame)")

    assert compared.evaluate("document.documentElement.dataset.drawn") == "yes"
    assert compared.evaluate("document.getElementById('errors').textContent") == ""
    assert compared.errors == []
    assert [url.partition(":")[0] for url in compared.requests] == ["file"]


def test_a_page_of_one_model_runs_as_well(evaluated: Page) -> None:
    assert evaluated.evaluate("document.documentElement.dataset.drawn") == "yes"
    assert evaluated.errors == []
    assert evaluated.evaluate("document.querySelectorAll('.clip .roll').length") == 2
    assert evaluated.evaluate("[...document.querySelectorAll('.seconds span')].map((span) => span.textContent)") == [
        "bar 1", "bar 2", "bar 3", "bar 4",
    ]  # fmt: skip


def test_the_policy_stops_a_script_that_is_not_the_pages_own(program: str, tmp_path: Path) -> None:
    text = page(comparison()).replace("</main>", "</main><script>document.title = 'owned'</script>")
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    with chromium(program, tmp_path / "profile") as browser:
        browser.open(tmp_path / "report.html")

        assert browser.evaluate("document.title") == " against ".join(ARMS)
        assert any("Content Security Policy" in error for error in browser.errors)


def test_hostile_names_are_shown_and_do_nothing(program: str, tmp_path: Path) -> None:
    text = page(
        {
            "title": HOSTILE,
            "arms": {HOSTILE: {"description": HOSTILE}, "__proto__": {}},
            "by_bar": {HOSTILE: {"free_running": {"x_accuracy": [0.5, None]}}, "__proto__": {HOSTILE: {"f1": [1.0]}}},
            "curves": {HOSTILE: {"arm": "__proto__", "train": {"step": [1, 2], HOSTILE: [1.0, 2.0]}}},
            "clips": [
                {"name": HOSTILE, "seconds": 1.0, "versions": {HOSTILE: [[0, 1, 60, 80, 0, 0]], "__proto__": []}}
            ],
        }
    )
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    with chromium(program, tmp_path / "profile") as browser:
        browser.open(tmp_path / "report.html")
        browser.evaluate("new Promise(requestAnimationFrame)")

        assert browser.evaluate("document.title") == HOSTILE
        assert browser.evaluate("document.images.length") == 0
        assert browser.evaluate("document.querySelector('.clip h3').textContent") == HOSTILE
        assert browser.evaluate("document.querySelector('#curves option').textContent") == HOSTILE
        assert browser.evaluate("document.querySelectorAll('.clip .version .roll').length") == 2
        assert browser.errors == []
        assert len(browser.requests) == 1


def test_charts_have_a_line_for_every_arm_and_every_training(compared: Page) -> None:
    compared.evaluate("new Promise(requestAnimationFrame)")

    assert compared.evaluate("document.querySelectorAll('#bars path.line').length") == 2 * len(ARMS)
    assert compared.evaluate("document.querySelectorAll('#bars path.dashed').length") == len(ARMS)
    bands = compared.evaluate("[...document.querySelectorAll('#bars path.band')].map((path) => path.getAttribute('d'))")
    assert len(bands) == 2 * len(ARMS)
    assert all(bands)
    assert compared.evaluate("document.querySelectorAll('#bars .dot').length") == 2 * len(ARMS) * BARS
    assert compared.evaluate("document.querySelectorAll('#bars .dot.ring').length") == len(ARMS) * BARS
    assert compared.evaluate("document.querySelectorAll('#curves path.line').length") == 2 * 3 * len(ARMS)


def test_the_interpolation_has_a_chart_a_measure_with_a_line_and_a_band_for_every_model_and_the_coin(
    compared: Page,
) -> None:
    compared.evaluate("new Promise(requestAnimationFrame)")

    charts = "[...document.querySelectorAll('#ways-0 .chart')]"
    for kind in ("line", "band"):
        found = compared.evaluate(f"{charts}.map((chart) => chart.querySelectorAll('path.{kind}').length)")
        assert found == [len(ARMS) + 1] * 2
    paths = compared.evaluate("[...document.querySelectorAll('#ways-0 path')].map((path) => path.getAttribute('d'))")
    assert [path for path in paths if not path or "NaN" in path] == []
    compared.evaluate("document.querySelector('#ways-0 svg').focus()")
    for _ in range(3):
        compared.press("ArrowRight")
    said = compared.evaluate("document.querySelector('#ways-0 output').value")
    assert said.startswith("position 0.2: ")
    assert said.endswith("a coin for each step 0.168")


def test_arrow_keys_read_values_off_a_chart(compared: Page) -> None:
    compared.evaluate("document.querySelector('#bars svg').focus()")
    compared.press("ArrowRight")
    compared.press("ArrowRight")

    said = compared.evaluate("document.querySelector('#bars output').value")
    assert said.startswith("bar 2: ")
    assert all(f"{arm}, {regime} 0." in said for arm in ARMS for regime in ("teacher-forced", "free-running"))


def test_what_is_lost_from_teacher_forced_to_free_running_has_a_curve_of_its_own(compared: Page) -> None:
    choose = "(value) => { const select = document.querySelector('#bars select'); select.value = value; "
    choose += "select.dispatchEvent(new Event('change')); return select.selectedOptions[0]?.textContent; }"
    try:
        assert compared.evaluate(f"({choose})('gap')") == "lost when free-running"
        compared.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done), 100))")
        heights = compared.evaluate("[...document.querySelectorAll('#bars .dot')].map((dot) => dot.cy.baseVal.value)")
        assert len(heights) == len(ARMS) * BARS
        for place in range(len(ARMS)):  # less is further up: from the first bar to the last, more is lost
            assert heights[place * BARS + BARS - 1] < heights[place * BARS]
    finally:
        assert compared.evaluate(f"({choose})('teacher_forced free_running')") == "teacher-forced and free-running"


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("name", ["compared", "evaluated"])
def test_no_page_is_wider_than_its_window(name: str, width: int, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(name)
    page.resize(width)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_table_that_goes_on_beyond_its_frame_has_a_shade_there_until_it_is_scrolled(compared: Page) -> None:
    compared.resize(400)
    frame = "document.querySelector('#accuracy').parentElement.querySelector('.scroll')"

    assert compared.evaluate(f"{frame}.scrollWidth > {frame}.clientWidth")
    assert compared.evaluate(f"getComputedStyle({frame}).backgroundAttachment") == "local, local, scroll, scroll"
    assert compared.evaluate(f"getComputedStyle({frame}).backgroundImage").count("linear-gradient") == 4


CONTRASTS = """(() => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const probe = document.body.appendChild(document.createElement("i"));
  const of = (name) => { probe.style.color = `var(--${name})`; return light(getComputedStyle(probe).color); };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const texts = ["ink", "soft", "link"].map((name) => [name, ratio(of(name), of("paper"))]);
  const arms = Array.from({ length: 8 }, (_, at) => [`arm-${at}`, ratio(of(`arm-${at}`), of("raised"))]);
  const paper = of("paper");
  probe.remove();
  return { texts, arms, paper };
})()"""


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_texts_and_colours_stand_out_in_light_and_dark(compared: Page, scheme: str, dark: bool) -> None:
    compared.prefer(scheme)
    found = compared.evaluate(CONTRASTS)

    assert (found["paper"] < 0.1) is dark
    assert [name for name, ratio in found["texts"] if ratio < 4.5] == []  # WCAG 2.2, AA: text
    assert [name for name, ratio in found["arms"] if ratio < 3.0] == []  # and what is no text


def test_every_version_of_every_clip_sounds(compared: Page) -> None:
    heard = compared.evaluate(
        """(async () => {
          const found = [];
          for (const clip of gen.data.clips) for (const version of clip.versions) {
            const samples = await gen.render(version.notes, 3);
            const peak = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
            found.push([clip.name, version.name, peak]);
          }
          return found;
        })()"""
    )

    assert [name for _, name, _ in heard] == ["original", *ARMS] * 2
    assert all(0.02 < peak <= 1.0 for _, _, peak in heard), heard  # NaN is neither


def test_a_clip_sounds_the_same_every_time(compared: Page) -> None:
    # to 1e-4: browsers add up what sounds together in no fixed order
    assert compared.evaluate(
        """(async () => {
          const notes = gen.data.clips[1].versions[0].notes;
          const [first, second] = [await gen.render(notes, 2), await gen.render(notes, 2)];
          return first.length === second.length && first.every((sample, at) => Math.abs(sample - second[at]) < 1e-4);
        })()"""
    )


def test_a_version_without_notes_says_so(program: str, tmp_path: Path) -> None:
    clip = {"name": "example 1", "seconds": 2.0, "versions": {"original": [[0, 1, 60, 80, 0, 0]], "mute": []}}
    (tmp_path / "report.html").write_text(page({"clips": [clip]}), encoding="utf-8")
    with chromium(program, tmp_path / "profile") as browser:
        browser.open(tmp_path / "report.html")

        labels = browser.evaluate("[...document.querySelectorAll('.version > .arm')].map((label) => label.textContent)")
        assert labels == ["original", "mute: plays no note"]


def test_silence_renders_silent_and_every_drum_and_family_sounds(compared: Page) -> None:
    peak = "(notes) => gen.render(notes, 1).then((samples) => samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0))"

    assert compared.evaluate(f"({peak})([])") == 0
    silent = compared.evaluate(
        f"""(async () => {{
          const peak = {peak}, silent = [];
          for (let pitch = 22; pitch < 88; pitch++) {{
            if (await peak([[0, 0.1, pitch, 100, 0, 1]]) < 0.02) silent.push(`drum ${{pitch}}`);
          }}
          for (let program = 0; program < 128; program += 8) {{
            if (await peak([[0, 0.5, 60, 100, program, 0]]) < 0.02) silent.push(`program ${{program}}`);
          }}
          return silent;
        }})()"""
    )
    assert silent == []


def test_a_clip_plays_changes_version_and_stops_by_keyboard_alone(compared: Page) -> None:
    wait = "new Promise((done) => setTimeout(done, 400))"
    compared.evaluate("document.querySelector('.clip button').focus()")
    compared.press("Space")
    compared.evaluate(wait)
    assert compared.evaluate("document.querySelector('.clip button').textContent") == "Pause"
    before = compared.evaluate("Number(document.querySelector('.clip .seek').value)")
    compared.evaluate(wait)
    after = compared.evaluate("Number(document.querySelector('.clip .seek').value)")
    assert after > before > 0

    compared.evaluate("document.querySelector('.clip [type=radio]').focus()")
    compared.press("ArrowDown")
    compared.evaluate(wait)
    assert (
        compared.evaluate(
            "[...document.querySelectorAll('.clip:first-of-type .version')]"
            ".findIndex((row) => row.classList.contains('heard'))"
        )
        == 1
    )
    assert compared.evaluate("Number(document.querySelector('.clip .seek').value)") > after  # it went on from there
    assert compared.evaluate("document.querySelector('.clip .playhead').style.left") != "0%"

    compared.evaluate("document.querySelectorAll('.clip button')[1].focus()")
    compared.press("Enter")
    assert compared.evaluate("document.querySelector('.clip button').textContent") == "Play"
    assert compared.evaluate("Number(document.querySelector('.clip .seek').value)") == 0


def test_a_click_into_a_roll_plays_that_version_from_there(evaluated: Page) -> None:
    evaluated.evaluate(
        """(() => {
          const roll = document.querySelectorAll(".roll")[1], box = roll.getBoundingClientRect();
          roll.dispatchEvent(new MouseEvent("click", { clientX: box.left + box.width / 2 }));
        })()"""
    )

    assert evaluated.evaluate("document.querySelector('.clip button').textContent") == "Pause"
    assert evaluated.evaluate("document.querySelectorAll('.clip [type=radio]')[1].checked")
    assert 3.9 < evaluated.evaluate("Number(document.querySelector('.clip .seek').value)") < 6.0  # of 8 seconds


def test_versions_play_one_after_the_other(compared: Page) -> None:
    order = compared.evaluate(
        """new Promise((done) => {
          const order = [];
          const note = (pitch) => [[0, 0.2, pitch, 90, 0, 0]];
          const player = gen.player([note(60), note(62), note(64)], 0.3, (player) => {
            if (order.at(-1) !== player.version) order.push(player.version);
            if (order.length > 1 && !player.playing) done(order);
          });
          player.inTurn = true;
          player.play();
        })"""
    )
    assert order == [0, 1, 2, 0]
