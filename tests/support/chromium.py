"""A headless Chromium that opens a page and is asked about it, over its debugging protocol on two pipes.

No driver and no port: messages are JSON ended by a zero byte, on file descriptors 3 and 4 of the browser.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ALONE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 120.0  # seconds for an answer
_KEYS = {
    "Space": 32, "Enter": 13, "Tab": 9, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip


def find_chromium() -> str | None:
    """The program, from ``$GEN_CHROMIUM`` or the path; None where there is none, or no pipes to it."""
    if os.name != "posix":
        return None
    return os.environ.get("GEN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Page:
    """A page that is open, what it asked the network for, and what went wrong in it."""

    browser: _Pipes
    session: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def evaluate(self, expression: str) -> Any:
        """The value of a script's expression, awaited; what it throws is an AssertionError."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page a window of so many pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        """Be asked for a ``light`` or a ``dark`` page."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, key: str) -> None:
        """Press a key where the focus is: a letter, or a name such as ``ArrowLeft``, ``Space`` or ``Tab``."""
        if len(key) == 1:
            name, code, number, text = key, f"Key{key.upper()}", ord(key.upper()), key
        else:
            name, code, number = " " if key == "Space" else key, key, _KEYS[key]
            text = {"Space": " ", "Enter": "\r"}.get(key, "")
        common = {"key": name, "code": code, "windowsVirtualKeyCode": number}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def mouse(self, kind: str, x: float, y: float, *, held: bool = True) -> None:
        """``mousePressed``, ``mouseMoved`` or ``mouseReleased`` at a place in the window; ``held`` is its button."""
        button = {"button": "left", "buttons": int(kind != "mouseReleased"), "clickCount": 1} if held else {}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """``touchStart``, ``touchMove`` or ``touchEnd`` with fingers at these places."""
        self.call("Emulation.setTouchEmulationEnabled", enabled=True)
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in places])

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """A picture of the page as PNG, of the whole of it or of what the window shows."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def download_to(self, folder: Path) -> None:
        """Where files go that the page offers."""
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def names(self) -> list[tuple[str, str]]:
        """Role and name of everything that a screen reader is told of, in order."""
        self.call("Accessibility.enable")
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        told = [node for node in nodes if not node.get("ignored")]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in told if "role" in node]

    def open(self, path: Path) -> None:
        """Go to a file, and wait until it has loaded."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=path.as_uri())
        self.browser.until(lambda event: event["method"] == "Page.loadEventFired", self._note)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A call of the protocol to the page, and what it gives."""
        return self.browser.call(method, parameters, self.session, self._note)

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Page]:
    """A browser with a profile of its own in ``folder``, and an empty page."""
    to_browser, ours = map(_high, os.pipe())
    theirs, from_browser = map(_high, os.pipe())

    def as_three_and_four() -> None:
        os.dup2(to_browser, 3)
        os.dup2(from_browser, 4)

    command = [program, *_ALONE, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        command, preexec_fn=as_three_and_four, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        pipes = _Pipes(ours, theirs)
        target = pipes.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = pipes.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        yield Page(pipes, session)
        pipes.send("Browser.close", {})
        process.wait(20)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


class _Pipes:
    """Calls and events of the protocol."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._rest = b""
        self._number = 0

    def send(self, method: str, parameters: dict[str, Any], session: str | None = None) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._number

    def call(
        self, method: str, parameters: dict[str, Any], session: str | None = None, note: Any = lambda event: None
    ) -> dict[str, Any]:
        number = self.send(method, parameters, session)
        answer = self.until(lambda message: message.get("id") == number, note)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def until(self, wanted: Any, note: Any) -> dict[str, Any]:
        """The first message that is wanted; events before it are noted."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            message = self._next(deadline)
            if "method" in message:
                note(message)
            if ("id" in message or "method" in message) and wanted({"method": "", **message}):
                return message

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            assert left > 0, f"Chromium gave no answer in {_PATIENCE:g} seconds"
            if select.select([self._read], [], [], left)[0]:
                block = os.read(self._read, 1 << 16)
                assert block, "Chromium ended"
                self._rest += block
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


def _high(descriptor: int) -> int:
    """The same pipe under a number that is neither 3 nor 4."""
    import fcntl  # not there on Windows, where this module is only asked for a program

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved
