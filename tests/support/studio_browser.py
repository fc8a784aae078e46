"""A studio that runs in a process of its own, and tabs of a browser that use it as people do."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import Page

_PATIENCE = float(os.environ.get("GEN_TEST_PATIENCE", "90"))  # seconds, on a busy machine
_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13, "Space": 32}


@contextmanager
def studio(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``gen studio`` over a folder: its address, and its process, which is ended afterwards."""
    command = [sys.executable, "-m", "gen", "studio", "--no-browser", *words]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=quiet, text=True, preexec_fn=_heed_ctrl_c
    ) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], _PATIENCE)[0], "gen studio said no address"
            yield process.stdout.readline().strip(), process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def _heed_ctrl_c() -> None:
    """Tests that run in the background of a shell are started with that signal ignored, and would hand this on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Tab:
    """A tab of a browser with the studio in it.

    Args:
        page: of the browser.
        address: of the studio.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.open()

    @classmethod
    def another(cls, tab: Tab) -> Tab:
        """One more tab of the same browser."""
        pipes = tab.page.browser
        target = pipes.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = pipes.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return cls(Page(pipes, session), tab.address)

    def close(self) -> None:
        """Close it."""
        target = self.page.call("Target.getTargetInfo")["targetInfo"]["targetId"]
        self.page.browser.call("Target.closeTarget", {"targetId": target})

    def open(self) -> None:
        """Go to the studio, and wait until it can be used."""
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.page.call(f"{domain}.enable")
        self.page.call("Page.navigate", url=self.address)
        self.until("document.documentElement?.dataset.ready === 'yes'")

    def front(self) -> None:
        """Bring it before the other tabs: one that nobody sees asks its studio for nothing."""
        self.page.call("Page.bringToFront")
        self.until("!document.hidden")

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.page.evaluate(expression)

    def until(self, expression: str) -> Any:
        """Wait until an expression is true; gives its value."""
        return until(lambda: self.ask(expression), expression)

    def bring(self, path: Path) -> None:
        """Choose a file in the page's field for one, and wait until it is shown."""
        before = self.ask("document.querySelector('#clip [data-shows]')?.dataset.shows ?? ''")
        root = self.page.call("DOM.getDocument")["root"]["nodeId"]
        field = self.page.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
        self.page.call("DOM.setFileInputFiles", nodeId=field, files=[str(path)])
        self.until(f"(document.querySelector('#clip [data-shows]')?.dataset.shows ?? '') !== {json.dumps(before)}")

    def click(self, selector: str) -> None:
        """Move the mouse to the middle of an element and click there: whatever covers it is hit instead."""
        with self.pressed(selector):
            pass

    @contextmanager
    def pressed(self, selector: str) -> Iterator[None]:
        """A click that lasts: the mouse is pressed on an element that has come to rest, and released afterwards."""
        self.ask(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{ block: 'center' }})")
        left, top, width, height = until(lambda: self._at_rest(selector), f"{selector} at rest")
        x, y = left + width / 2, top + height / 2
        self.page.mouse("mouseMoved", x, y, held=False)
        self.page.mouse("mousePressed", x, y)
        yield
        self.page.mouse("mouseReleased", x, y)

    def _at_rest(self, selector: str) -> list[float] | None:
        """Where an element is, once it is there in two looks one after the other."""
        look = (
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); "
            "return [box.x, box.y, box.width, box.height]; })()"
        )
        first, second = self.ask(look), self.ask(look)
        return second if first == second else None

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key where the focus is."""
        text = {"Space": " ", "Enter": "\r"}.get(key)
        common = {
            "key": " " if key == "Space" else key,
            "code": key,
            "windowsVirtualKeyCode": _KEYS[key],
            "modifiers": 8 if shift else 0,
        }
        self.page.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.page.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def tab_to(self, selector: str, *, most: int = 250) -> None:
        """Press Tab until an element has the focus."""
        wanted = f"document.activeElement?.matches({json.dumps(selector)})"
        for _ in range(most):
            if self.ask(wanted):
                return
            self.press("Tab")
        raise AssertionError(f"Tab doesn't lead to {selector}")

    def shows(self) -> str:
        """What is looked at: ``number/file``."""
        return str(self.ask("document.querySelector('#clip [data-shows]')?.dataset.shows ?? ''"))

    def said(self) -> str:
        """What a screen reader was told last."""
        return str(self.ask("document.getElementById('said').textContent"))

    def trouble(self) -> str:
        """What went wrong."""
        return str(self.ask("document.getElementById('trouble').textContent"))


def until(found: Callable[[], Any], what: str) -> Any:
    """Wait until something is true."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def kill(process: subprocess.Popen[str]) -> None:
    """As a power cut does."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
