"""The studio in a browser: every verb by mouse and by keyboard, two tabs, nothing asked of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import chromium
from studio_browser import Tab, kill, studio, until
from tiny_models import demo_bytes, tiny_run

from gen.music.provenance import read_origin
from gen.training.run import Run
from gen.workshop.studio.choices import VERBS

pytestmark = pytest.mark.slow

QUICK = {
    "redo": {"seed": "3"},
    "apply": {"density": "1"},
    "interpolate": {"steps": "3"},
    "song": {"form": "AB", "bars": "8"},
    "sample": {"count": "2"},
    "palette": {"size": "2"},
}
"""What is typed into the fields of a verb, so that it makes little; other fields stay as they are."""


@pytest.fixture(scope="module")
def given(folder: Path) -> Path:
    (folder / "beat.mid").write_bytes(demo_bytes("drums", 5))
    (folder / "other.mid").write_bytes(demo_bytes("drums", 4))
    (folder / "no-clip.mid").write_bytes(b"no clip at all")
    run = Run(tiny_run("groove", folder / "runs" / "tiny"))
    for step in range(1, 6):
        run.log(step, "train", {"loss": 10.0 / step})
    (run.path / "samples").mkdir()
    (run.path / "samples" / "sample-0.mid").write_bytes(demo_bytes("drums", 3))
    (folder / "report.html").write_text(
        "<!DOCTYPE html><title>plain</title><script>document.title = 'ran';"
        "fetch('/api/state').then(() => { document.title = 'reached'; }, () => { document.title = 'alone'; })</script>"
    )
    return folder


@pytest.fixture(scope="module")
def tab(program: str, given: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with studio(given) as (address, _), chromium(program, tmp_path_factory.mktemp("profile")) as page:
        tab = Tab(page, address)
        tab.page.resize(1440)
        yield tab


@pytest.fixture(autouse=True)
def quiet(tab: Tab) -> Iterator[None]:
    """Afterwards the page has had no error, and asked nobody but the studio for anything."""
    yield
    assert tab.page.errors == []
    assert tab.ask("document.getElementById('errors').textContent") == ""
    own = tab.address.partition("?")[0]
    assert [url for url in tab.page.requests if not url.startswith((own, "data:,", "blob:"))] == []


def count(tab: Tab) -> int:
    return int(tab.ask("document.querySelectorAll('#history li').length"))


def finished(tab: Tab, before: int) -> None:
    """Wait until there is something more, and what is under way is over."""
    until(lambda: count(tab) > before or tab.trouble(), "a result")
    assert tab.trouble() == ""
    tab.until("document.getElementById('jobs').hidden")


def newest(tab: Tab) -> dict:
    state = tab.ask("fetch('/api/state').then((answer) => answer.json())")
    return state["entries"][-1]


def checked(tab: Tab, verb: str, given: Path) -> None:
    """What was made is on the disk, says its verb, and is what the page shows and tells."""
    entry = newest(tab)
    assert entry["verb"] == verb
    made = given / "studio" / f"{entry['number']:04d}-{verb}" / entry["files"][0]
    if verb == "palette":
        assert "open the page" in tab.said()
        return
    origin = read_origin(made.read_bytes())
    assert origin is not None
    assert origin.command[0] == verb
    place = f"{entry['number']}/{entry['files'][0]}"
    until(lambda: tab.shows() == place, place)
    assert tab.said().startswith(VERBS[verb].title)
    rolls = tab.ask("document.querySelectorAll('#clip .roll').length")
    assert rolls == min(12, len(entry["files"])) + (VERBS[verb].clips > 0)
    assert tab.ask("document.querySelectorAll('#clip .roll .note-on').length") > 0


@pytest.fixture
def beat(tab: Tab, given: Path) -> str:
    """Look at a clip that was brought just now."""
    tab.bring(given / "other.mid")
    tab.bring(given / "beat.mid")
    return tab.shows()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_done_by_mouse(verb, tab, given, beat):
    tab.click(f"#do input[value={verb}]")
    assert tab.ask("document.querySelector('#do button[type=submit]').textContent") == VERBS[verb].title
    for name, text in QUICK.get(verb, {}).items():
        tab.click(f"#do input[name='{name}']")
        tab.ask(f"document.querySelector(\"#do input[name='{name}']\").select()")
        tab.page.call("Input.insertText", text=text)
    before = count(tab)
    tab.click("#do button[type=submit]")
    finished(tab, before)

    checked(tab, verb, given)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_done_by_keyboard(verb, tab, given, beat):
    tab.ask("document.activeElement?.blur(), scrollTo(0, 0)")
    tab.tab_to("#do input[name=verb]")
    for _ in range(len(VERBS)):
        if tab.ask(f"document.activeElement.value === {json.dumps(verb)}"):
            break
        tab.press("ArrowRight")
    assert tab.ask("document.activeElement.checked")
    for name, text in QUICK.get(verb, {}).items():
        tab.tab_to(f"#do input[name='{name}']")
        tab.ask("document.activeElement.select()")
        tab.page.call("Input.insertText", text=text)
    tab.tab_to("#do button[type=submit]")
    before = count(tab)
    tab.press("Enter")
    finished(tab, before)

    checked(tab, verb, given)


def test_amount_and_locks_become_words_of_the_command(tab, beat):
    tab.ask("document.activeElement?.blur(), scrollTo(0, 0)")
    tab.click("#do input[value=vary]")
    tab.tab_to("#do input[type=range]")
    for _ in range(5):
        tab.press("ArrowRight")
    tab.tab_to("#do summary")
    tab.press("Enter")
    tab.tab_to("#do input[name=keep][value=snare]")
    tab.press("Space")
    tab.tab_to("#do input[name=bars]")
    tab.page.call("Input.insertText", text="2-3")
    before = count(tab)
    tab.tab_to("#do button[type=submit]")
    tab.press("Space")
    finished(tab, before)

    assert newest(tab)["command"].endswith("--amount 35 --keep snare --bars 2-3")
    assert "to the byte" in tab.said()
    assert newest(tab)["command"] in tab.ask("document.querySelector('#clip code').textContent")
    tab.click("#do input[name=keep][value=snare]")
    tab.ask("document.querySelector('#do input[name=bars]').value = ''")


def test_undo_and_redo_go_along_what_was_made_here(tab, beat):
    tab.click("#do input[value=humanize]")
    before = count(tab)
    tab.click("#do button[type=submit]")
    finished(tab, before)
    made = (
        tab.until("document.querySelector('#clip [data-shows]').dataset.shows.endsWith('-humanized.mid')")
        and tab.shows()
    )

    tab.ask("document.activeElement?.blur(), scrollTo(0, 0)")
    tab.tab_to("#clip button:first-child")
    tab.press("Enter")
    until(lambda: tab.shows() == beat, "what was there before")
    assert tab.said() == "Undone."
    tab.tab_to("#clip button:nth-child(2)")
    tab.press("Enter")
    until(lambda: tab.shows() == made, "what was made")
    assert tab.ask("document.querySelector('#clip button:nth-child(2)').disabled")


def test_before_and_after_are_heard_and_can_be_downloaded(tab, beat):
    tab.click("#do input[value=vary]")
    before = count(tab)
    tab.click("#do button[type=submit]")
    finished(tab, before)
    until(lambda: tab.shows() != beat, "the result")

    assert tab.ask("document.querySelectorAll('#clip input[type=radio]').length") == 2
    assert tab.ask("document.querySelectorAll('#clip .behind').length") > 0
    tab.click("#clip .clip button")
    tab.until("Number(document.querySelector('#clip .seek').value) > 0.2")
    tab.click("#clip input[type=radio]")
    assert tab.ask("document.querySelector('#clip .clip button').textContent") == "Pause"
    tab.click("#clip .clip button")
    sound = tab.ask(
        "fetch(document.querySelectorAll('#clip a')[1].href).then((answer) => answer.arrayBuffer())"
        ".then((bytes) => [bytes.byteLength, String.fromCharCode(...new Uint8Array(bytes, 0, 4))])"
    )
    assert sound[0] > 100_000
    assert sound[1] == "RIFF"
    peak = tab.ask(
        "fetch(document.querySelector('#clip a').href.replace('/files/', '/api/clips/'))"
        ".then((answer) => answer.json())"
        ".then((clip) => gen.render(clip.notes, 2))"
        ".then((samples) => samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0))"
    )
    assert peak > 0.05


def test_two_tabs_see_the_same_history_and_each_its_own_clip(tab, given, beat):
    other = Tab.another(tab)
    assert count(other) == count(tab)
    other.bring(given / "other.mid")
    tab.front()
    until(lambda: count(tab) == count(other), "what the other tab brought")
    assert tab.shows() == beat

    before = count(tab)
    for each, verb in ((tab, "vary"), (other, "humanize")):
        each.front()
        each.click(f"#do input[value={verb}]")
        each.click("#do button[type=submit]")
    for each, made in ((tab, "beat-varied.mid"), (other, "other-humanized.mid")):
        each.front()
        until(lambda: count(each) == before + 2, "both results")  # noqa: B023 - it is called here and now
        until(lambda: each.shows().endswith(made), "its own result")  # noqa: B023
    assert tab.said().startswith("Vary")
    assert other.said().startswith("Humanize")
    assert other.page.errors == []

    shown = other.shows()
    other.open()  # once more, as after a reload: by the cookie, and at the same clip
    assert other.shows() == shown
    other.close()
    tab.front()


def test_what_is_no_clip_is_told_and_what_was_looked_at_stays(tab, given, beat):
    root = tab.page.call("DOM.getDocument")["root"]["nodeId"]
    field = tab.page.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    tab.page.call("DOM.setFileInputFiles", nodeId=field, files=[str(given / "no-clip.mid")])
    until(tab.trouble, "what is wrong")

    assert "MThd" in tab.trouble() or "MIDI" in tab.trouble()
    assert tab.ask("document.getElementById('trouble').getAttribute('role')") == "alert"
    assert tab.shows() == beat
    (error,) = tab.page.errors  # which the browser itself tells of a status
    assert "422" in error
    tab.page.errors.clear()


def test_a_file_that_is_dropped_is_brought(tab, given):
    before = count(tab)
    content = list((given / "beat.mid").read_bytes())
    tab.ask(
        "(() => { const data = new DataTransfer(); "
        f"data.items.add(new File([new Uint8Array({content})], 'dropped.mid')); "
        "dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true })); })()"
    )
    until(lambda: count(tab) > before, "the clip")
    until(lambda: tab.shows().endswith("/dropped.mid"), "the clip")


def test_something_long_is_cancelled_from_the_page(tab):
    tab.click("#do input[value=palette]")
    tab.ask("document.querySelector('#do input[name=size]').value = 15")
    before = count(tab)
    tab.click("#do button[type=submit]")
    tab.until("document.querySelector('#jobs button') !== null && !document.getElementById('jobs').hidden")
    tab.click("#jobs button")
    until(lambda: tab.said() == "Palette was cancelled.", "the end of it")
    assert count(tab) == before
    tab.ask("document.querySelector('#do input[name=size]').value = 2")


def test_a_training_is_watched_and_its_samples_are_heard(tab, given):
    until(lambda: tab.ask("document.querySelector('#runs button')?.textContent"), "the run")
    tab.click("#runs li button")
    tab.until("document.querySelector('#runs .chart path.line') !== null")
    assert "Step 5." in tab.ask("document.getElementById('runs').textContent")

    with tab.pressed("#runs .samples button"):  # a click is as long as people's are, and the training goes on meanwhile
        Run(given / "runs" / "tiny").log(6, "train", {"loss": 1.0})
        tab.until("document.getElementById('runs').textContent.includes('Step 6.')")
    until(lambda: tab.shows().endswith("/sample-0.mid"), "the sample")
    before = count(tab)
    tab.click("#runs .choices button")
    tab.until("document.activeElement.matches('#do button[type=submit]')")
    tab.ask("document.querySelector('#do input[name=count]').value = 1")
    tab.press("Enter")
    finished(tab, before)
    assert "../runs/tiny" in newest(tab)["command"]


def test_a_page_of_the_folders_runs_its_scripts_and_reaches_nothing(tab, given):
    until(lambda: tab.ask("document.querySelector('#pages a')?.textContent"), "the page")
    link = tab.ask("[...document.querySelectorAll('#pages a')].find((a) => a.textContent === 'report.html').href")
    pipes = tab.page.browser
    target = pipes.call("Target.createTarget", {"url": "about:blank"})["targetId"]
    session = pipes.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
    page = type(tab.page)(pipes, session)
    page.call("Page.enable")
    page.call("Page.navigate", url=link)
    until(lambda: page.evaluate("document.title") == "alone", "the page's script")
    assert page.evaluate("origin") == "null"
    pipes.call("Target.closeTarget", {"targetId": target})
    tab.front()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_any_form(scheme, tab, beat):
    axe = pytest.importorskip("axe", reason="needs axe, which isn't there")
    script = axe.axe_script()
    if script is None:
        pytest.skip("needs axe, which isn't installed (make test installs it where there is Node)")
    try:
        tab.page.prefer(scheme)
        for verb in VERBS:
            tab.ask(f"document.querySelector('#do input[value={verb}]').click()")
            tab.ask("document.querySelectorAll('#do details').forEach((one) => { one.open = true; })")
            assert axe.faults(tab.page, script, ("minor", "moderate", "serious", "critical")) == []
    finally:
        tab.page.prefer("light")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_and_all_has_a_name(width, scheme, tab, beat):
    try:
        tab.page.resize(width)
        tab.page.prefer(scheme)
        tab.ask("new Promise(requestAnimationFrame)")
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        nameless = tab.ask(
            "[...document.querySelectorAll('button, a, input, select')].filter((one) => !one.closest('[hidden]'))"
            ".filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length"
            ")).map((one) => one.outerHTML)"
        )
        assert nameless == []
        small = tab.ask(
            "[...document.querySelectorAll('.studio button, .studio .button')].filter((one) => one.offsetParent)"
            ".filter((one) => one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)"
        )
        assert small == []
    finally:
        tab.page.resize(1440)
        tab.page.prefer("light")


def test_where_the_focus_is_can_be_seen_wherever_tab_leads(tab, beat):
    tab.ask("document.activeElement?.blur(), scrollTo(0, 0)")
    seen = []
    for _ in range(60):
        tab.press("Tab")
        here = tab.ask(
            "(() => { const one = document.activeElement; if (!one || one === document.body) return null;"
            "const style = getComputedStyle(one.matches('.verbs input') ? one.nextElementSibling : one);"
            "const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;"
            "return [one.outerHTML.slice(0, 80), visible]; })()"
        )
        if here is not None:
            seen.append(here)
    assert len(seen) > 15
    assert [name for name, visible in seen if not visible] == []


def test_a_studio_that_is_gone_is_told_and_all_is_there_again_at_the_next_address(tmp_path, tab, given):
    own = tmp_path / "own"
    own.mkdir()
    with studio(own) as (address, process):
        other = Tab.another(tab)
        other.address = address
        other.open()
        other.bring(given / "beat.mid")
        kill(process)
        until(lambda: "start gen studio again" in other.trouble(), "that it is gone")
    with studio(own) as (address, _):
        other.address = address
        other.open()
        assert other.shows() == "1/beat.mid"
        assert other.trouble() == ""
    other.close()
    tab.front()
