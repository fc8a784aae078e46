"""A palette page in Chromium: how long the script takes for an update while one drags, and how many frames a second.

    python benchmarks/pages_in_chromium.py

The page is that of `gen palette drums_4bar`. The pointer goes around the square, an event a frame and each to another
clip, while the clip plays. What counts is the time that the page's script, its styles and its layout take an update,
as the page measures them: of a frame of 60 a second (16.7 ms) it leaves the rest to the browser. Frames are those of a
headless browser that draws by the processor, on a machine that may have other work: the load is stated.
Results are printed and go to benchmarks/results/pages_in_chromium.md.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from common import processor

from gen.cli import main as command

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from chromium import Page, chromium, find_chromium

RESULTS = Path(__file__).parent / "results" / "pages_in_chromium.md"
UPDATES = 300
FRAME = 1000 / 60  # milliseconds
MODELS = ("drums_4bar", "melody_2bar")

DRAG = """(async () => {
  const square = document.querySelector(".square"), box = square.getBoundingClientRect();
  const size = gen.data.size;
  square.setPointerCapture = () => {};
  square.hasPointerCapture = () => true;
  const event = (kind, x, y) => square.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, isPrimary: true, clientX: box.left + box.width * x, clientY: box.top + box.height * y }));
  if (PLAYING) gen.heard.play();
  event("pointerdown", 0.5, 0.5);
  const updates = [], layouts = [], frames = [];
  let last = await new Promise(requestAnimationFrame), changes = 0, said = "";
  for (let at = 0; at < UPDATES; at++) {
    const turn = at / 4;
    const begun = performance.now();
    event("pointermove", 0.5 + 0.48 * Math.cos(turn), 0.5 + 0.48 * Math.sin(1.3 * turn));
    const scripted = performance.now();
    document.querySelector(".roll").getBoundingClientRect(); // styles and layout, which would wait for the frame
    layouts.push(performance.now() - scripted);
    updates.push(scripted - begun);
    const text = document.getElementById("palette-said").textContent;
    changes += text !== said;
    said = text;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  gen.heard.pause();
  const notes = gen.data.clips.reduce((sum, clip) => sum + clip.notes.length, 0) / size ** 2;
  return { updates, layouts, frames, changes, notes };
})()"""


def dragged(page: Page, path: Path, *, playing: bool) -> dict[str, Any]:
    """Milliseconds of each update and each frame."""
    page.resize(1440)
    page.open(path)
    page.evaluate("new Promise((done) => setTimeout(done, 500))")
    script = DRAG.replace("PLAYING", str(playing).lower()).replace("UPDATES", str(UPDATES))
    page.call("Performance.enable", timeDomain="threadTicks")
    before = busy(page)
    found: dict[str, Any] = page.evaluate(script)
    found["busy"] = 1000 * (busy(page) - before) / UPDATES
    assert page.errors == []
    return found


def busy(page: Page) -> np.ndarray:
    """Processor seconds of the page's own thread so far: of scripts, of styles and layout, and of everything."""
    metrics = {each["name"]: each["value"] for each in page.call("Performance.getMetrics")["metrics"]}
    laid_out = metrics["RecalcStyleDuration"] + metrics["LayoutDuration"]
    return np.array([metrics["ScriptDuration"], laid_out, metrics["TaskDuration"]])


def row(name: str, found: dict[str, Any]) -> str:
    """A row of the table."""
    script, layout, frames = (np.array(found[key]) for key in ("updates", "layouts", "frames"))

    def spread(values: np.ndarray) -> str:
        return f"{np.median(values):.1f}, {np.percentile(values, 95):.1f}"

    cells = (
        name,
        f"{found['notes']:.0f}",
        f"{found['changes']} of {UPDATES}",
        *(f"{each:.1f}" for each in found["busy"]),
        spread(script),
        spread(layout),
        f"{100 * np.mean(script + layout > FRAME):.0f} %",
        spread(frames),
        f"{1000 / np.mean(frames):.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, print and write."""
    program = find_chromium()
    if program is None:
        raise SystemExit("needs Chromium: set GEN_CHROMIUM to its path")
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for model in MODELS:
            assert command(["palette", model, "-o", str(folder / f"{model}.html")]) == 0
        time.sleep(1)
        load = os.getloadavg()[0]
        with chromium(program, folder / "profile") as page:
            version = page.browser.call("Browser.getVersion", {})["product"]
            for model in MODELS:
                for playing in (False, True):
                    name = f"{model}, {'playing' if playing else 'silent'}"
                    rows.append(row(name, dragged(page, folder / f"{model}.html", playing=playing)))
                    print(rows[-1], flush=True)
        sizes = ", ".join(f"{(folder / f'{model}.html').stat().st_size / 1e6:.2f} MB" for model in MODELS)
    text = re.sub(
        r"\s+",
        " ",
        f"""`python benchmarks/pages_in_chromium.py`, {date.today()}, {processor()},
        {os.cpu_count()} cores, load {load:.1f} as it began; {version}, headless, without a GPU. Pages of {sizes}.
        An update is one event of a drag, one a frame; its script, and the styles and the layout that follow from it.
        Milliseconds an update; a frame of 60 a second has {FRAME:.1f}. Of the processor's time, which has no waiting
        for other work in it, the mean; by the clock, with that waiting, median and 95th percentile.""",
    )
    head = (
        "| palette | notes a clip | updates that change the clip | processor: script | styles and layout | "
        "all of the page's thread | by the clock: script | styles and layout | over a frame | from frame to frame | "
        "frames a second |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    RESULTS.write_text(f"# Dragging in a palette\n\n{text}\n\n{head}\n" + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
