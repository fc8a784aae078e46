"""A studio without a server or a browser: requests to its application, one after another, and what it answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gen.cli import main
from gen.workshop.studio.routes import Studio

PORT, TOKEN = 8123, "a-token-of-tests"
HOST = f"127.0.0.1:{PORT}"
COOKIE = f"gen-studio-{PORT}={TOKEN}"
_PATIENCE = 120.0  # seconds


@dataclass(frozen=True)
class Answer:
    """A status, headers by their names, and a body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks a studio's application as its own page does, unless told otherwise."""

    def __init__(self, folder: Path, *, out: Path | None = None) -> None:
        self.out = out or folder / "studio"
        self.out.mkdir(exist_ok=True)
        self.studio = Studio([folder], self.out, main)
        self._app = self.studio.app(port=PORT, token=TOKEN)
        self._loop = asyncio.new_event_loop()

    def end(self) -> None:
        self.studio.end()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | Iterable[bytes] = b"",
        headers: Sequence[tuple[str, str]] | None = None,
    ) -> Answer:
        own = [("host", HOST), ("cookie", COOKIE), ("origin", f"http://{HOST}")]
        pairs = own if headers is None else headers
        blocks = [body] if isinstance(body, bytes) else list(body)
        return self._loop.run_until_complete(self._ask(method, path, query, blocks, pairs))

    def get(self, path: str, query: str = "") -> Answer:
        return self.ask("GET", path, query=query)

    def send(self, path: str, value: Any) -> Answer:
        return self.ask("POST", path, body=json.dumps(value).encode())

    def bring(self, content: bytes, name: str = "beat.mid") -> Answer:
        return self.ask("POST", "/api/clips", query=f"name={quote(name)}", body=content)

    def do(self, verb: str, **request: Any) -> dict[str, Any]:
        """Have something done, and wait; gives the job."""
        answer = self.send("/api/jobs", {"verb": verb, **request})
        assert answer.status == 202, answer.body
        return self.wait(answer.json["number"])

    def wait(self, number: int) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            job = next(each for each in self.get("/api/state").json["jobs"] if each["number"] == number)
            if job["state"] not in ("waiting", "running"):
                return dict(job)
            time.sleep(0.02)
        raise AssertionError(f"job {number} isn't over")

    def entries(self) -> list[dict[str, Any]]:
        return list(self.get("/api/state").json["entries"])

    def entry(self, number: int) -> dict[str, Any]:
        return next(each for each in self.entries() if each["number"] == number)

    async def _ask(
        self, method: str, path: str, query: str, blocks: list[bytes], headers: Sequence[tuple[str, str]]
    ) -> Answer:
        sent: list[Any] = []
        messages = [
            {"type": "http.request", "body": block, "more_body": at + 1 < len(blocks)}
            for at, block in enumerate(blocks)
        ]

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", PORT),
        }
        await self._app(scope, receive, send)
        start = sent[0]
        found = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))
