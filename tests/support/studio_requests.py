"""Requests to a studio as its page sends them, and as nobody should: drawn by a seed, as bytes for its socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
from midi_mutations import MUTATIONS, mutated

from gen.workshop.studio.choices import DRUMS, VERBS

_TEXTS = (
    "", " ", "..", "../../secret/canary.mid", "/etc/passwd", "..\\..\\x", "%2e%2e%2f", "\0", "\r\nX: y", "--out=/tmp/x",
    "-o", "a" * 3000, "🥁" * 40, "<script>", "run:", "run:0123", "drums_4bar", "~", "~root", "CON", "nul.mid", "é.mid",
    "\ud83e", "entry.json", "lock", ".0001-clip.1.tmp", "beat.mid", "true", "1e999", "0x10", "١", "$(id)", "`id`", "{}",
    "\u202e.mid",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 0.5, 1e308, -1e308, 1 << 31, 1 << 63, 1 << 70, 100, 101, -0.0, 3.0000001)
_PATHS = (
    "/", "/assets/studio.js", "/assets/page.css", "/api/state", "/api/models", "/api/runs", "/api/pages", "/api/clips",
    "/api/jobs", "/api/jobs/1/cancel", "/api/clips/1/beat.mid", "/files/1/beat.mid", "/wav/1/beat.mid", "/pages/0123",
    "/api/runs/0123", "/api/runs/0123/take", "/favicon.ico", "/api", "/files", "/.git/config",
)  # fmt: skip
_METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "X" * 50)
_BROKEN = ("flip_bytes", "flip_a_bit", "truncate", "swap_blocks", "delete_block", "insert_block")


@dataclass(frozen=True)
class Request:
    """Bytes for the socket.

    Attributes:
        kind: what is wrong with it.
        content: the bytes.
        whole: it says as many bytes as it has, so an answer is due.
        stranger: it doesn't bring the token.
    """

    kind: str
    content: bytes
    whole: bool = True
    stranger: bool = False


class Requests:
    """Requests to one studio.

    Args:
        host, token: of its address.
        clip: a MIDI file that can be played.
        seed: of all draws; the N-th request depends on it and on N alone.
    """

    def __init__(self, host: str, token: str, clip: bytes, *, seed: int) -> None:
        self._host, self._token, self._clip, self._seed = host, token, clip, seed
        self._name = f"gen-studio-{host.partition(':')[2]}"

    def draw(self, number: int) -> Request:
        """The N-th request; the first brings a clip as it is, so that there is one."""
        rng = np.random.default_rng([self._seed, number])
        if number == 0:
            return self.plain("POST", "/api/clips?name=beat.mid", self._clip)
        kinds = (
            self._upload,
            self._upload,
            self._verb,
            self._verb,
            self._path,
            self._headers,
            self._damaged,
            self._words,
        )
        return kinds[int(rng.integers(len(kinds)))](rng, number)

    def plain(self, method: str, path: str, body: bytes = b"") -> Request:
        """As the page sends it."""
        return Request("plain", self._bytes(method, path, body, self._own()))

    def _own(self) -> list[tuple[str, str]]:
        return [("Host", self._host), ("Origin", f"http://{self._host}"), ("Cookie", f"{self._name}={self._token}")]

    def _bytes(self, method: str, path: str, body: bytes, headers: list[tuple[str, str]]) -> bytes:
        pairs = [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        return head.encode("latin-1", "replace") + body

    def _upload(self, rng: np.random.Generator, number: int) -> Request:
        content = self._clip
        for _ in range(int(rng.integers(1, 4))):
            content, _ = mutated(content, rng)
        name = "beat.mid" if rng.random() < 0.7 else self._text(rng)
        after = f"&after={int(rng.integers(-1, 5))}&of=beat.mid" if rng.random() < 0.2 else ""
        query = f"?name={quote(name, errors='replace')}{after}"
        return Request("damaged clip", self._bytes("POST", f"/api/clips{query}", content, self._own()))

    def _verb(self, rng: np.random.Generator, number: int) -> Request:
        verb = list(VERBS.values())[int(rng.integers(len(VERBS)))]
        clips: Any = [
            [int(rng.integers(1, 1 + max(2, number // 4))) if rng.random() < 0.5 else 1, "beat.mid"]
        ] * verb.clips
        options: dict[str, Any] = {"size": 2} if verb.page else {}
        if verb.name == "song":
            options = {"form": "AB", "bars": 4}
        for option in verb.options:
            if rng.random() < 0.3:
                options[option.name] = self._sound(option, rng)
        asked: dict[str, Any] = {"verb": verb.name, "clips": clips, "options": options, "after": None, "tab": "t"}
        if rng.random() < 0.6:
            asked = self._spoilt(asked, rng)
        return Request("verb", self._bytes("POST", "/api/jobs", json.dumps(asked).encode(), self._own()))

    def _sound(self, option: Any, rng: np.random.Generator) -> Any:
        if option.kind in ("number", "whole"):
            top = min(option.high, 4) if option.name in ("size", "count", "steps", "bars") else option.high
            value = option.low + float(rng.random()) * (max(top, option.low) - option.low)
            return int(value) if option.kind == "whole" else value
        if option.kind == "names":
            return [name for name in DRUMS if rng.random() < 0.3]
        if option.kind == "switch":
            return bool(rng.random() < 0.5)
        return {"choice": option.choices[-1] if option.choices else "", "text": option.default}.get(
            option.kind, "melody_2bar"
        )

    def _spoilt(self, value: Any, rng: np.random.Generator) -> Any:
        """A value with something else somewhere in it."""
        if isinstance(value, dict) and value and rng.random() < 0.9:
            name = list(value)[int(rng.integers(len(value)))]
            changed = {**value, name: self._spoilt(value[name], rng)}
            if rng.random() < 0.1:
                changed[self._text(rng)] = self._anything(rng)
            if rng.random() < 0.1:
                del changed[name]
            return changed
        if isinstance(value, list) and value and rng.random() < 0.7:
            at = int(rng.integers(len(value)))
            return [*value[:at], self._spoilt(value[at], rng), *value[at + 1 :]]
        return self._anything(rng)

    def _anything(self, rng: np.random.Generator) -> Any:
        which = int(rng.integers(7))
        if which == 0:
            return self._text(rng)
        if which == 1:
            return _NUMBERS[int(rng.integers(len(_NUMBERS)))]
        return (None, True, [], {}, [[[1]]])[which - 2]

    def _text(self, rng: np.random.Generator) -> str:
        return _TEXTS[int(rng.integers(len(_TEXTS)))]

    def _path(self, rng: np.random.Generator, number: int) -> Request:
        path = _PATHS[int(rng.integers(len(_PATHS)))]
        for _ in range(int(rng.integers(0, 3))):
            parts = path.split("/")
            at = int(rng.integers(len(parts)))
            parts[at] = quote(self._text(rng), safe="./%", errors="replace") if rng.random() < 0.8 else str(number % 50)
            path = "/".join(parts)
        if not path.startswith("/"):
            path = f"/{path}"
        if rng.random() < 0.4:
            names = ("since", "name", "token", "after", "of", "x")
            path += f"?{names[int(rng.integers(len(names)))]}={quote(self._text(rng), errors='replace')}"
        method = _METHODS[int(rng.integers(len(_METHODS)))] if rng.random() < 0.4 else "GET"
        content = self._bytes(method, path, b"", self._own())
        return Request("path", content, whole=method.isupper())

    def _headers(self, rng: np.random.Generator, number: int) -> Request:
        headers, stranger = self._own(), False
        which = int(rng.integers(6))
        if which == 0:
            headers, stranger = headers[:2], True
        elif which == 1:
            headers[2] = ("Cookie", f"{self._name}={self._text(rng).split(chr(13))[0]}".replace("\0", ""))
            stranger = True
        elif which == 2:
            headers[0], stranger = (
                ("Host", ("evil.example", "127.0.0.1", f"x.{self._host}", "")[int(rng.integers(4))]),
                True,
            )
        elif which == 3:
            headers[1], stranger = (
                ("Origin", ("null", "http://evil.example", f"https://{self._host}")[int(rng.integers(3))]),
                True,
            )
        elif which == 4:
            headers += [("Sec-Fetch-Site", ("cross-site", "same-site", "x")[int(rng.integers(3))])]
            stranger = True
        else:
            headers += [(f"X-{at}", "y" * int(rng.integers(1, 400))) for at in range(int(rng.integers(1, 90)))]
        method, path = (
            ("POST", "/api/clips?name=beat.mid") if rng.random() < 0.5 else ("GET", _PATHS[int(rng.integers(11))])
        )
        body = self._clip if method == "POST" else b""
        return Request(
            "stranger" if stranger else "headers", self._bytes(method, path, body, headers), stranger=stranger
        )

    def _damaged(self, rng: np.random.Generator, number: int) -> Request:
        whole = self._verb(rng, number) if rng.random() < 0.5 else self._path(rng, number)
        content = whole.content
        for _ in range(int(rng.integers(1, 4))):
            content = MUTATIONS[_BROKEN[int(rng.integers(len(_BROKEN)))].replace("_", " ")](content, rng)
        return Request("damaged bytes", content, whole=False)

    def _words(self, rng: np.random.Generator, number: int) -> Request:
        """A POST whose body isn't what it should be."""
        bodies = (
            b"",
            b"{",
            b"[" * 5000,
            b"\xff" * 100,
            b"null",
            b"{}" * 100,
            b"x" * 70_000,
            b'{"verb":"vary"}',
            b"[[1]]",
            b"1e999",
        )
        paths = ("/api/jobs", "/api/jobs/1/cancel", "/api/runs/0123/take", "/api/clips")
        body, path = bodies[int(rng.integers(len(bodies)))], paths[int(rng.integers(len(paths)))]
        return Request("body", self._bytes("POST", path, body, self._own()))
