"""Who may ask: whoever knows the token, from a page of this studio alone; and what every answer forbids the browser.

A page of anybody else's that is open in the same browser can reach 127.0.0.1, under any name that its owner points
there. So a request has to name the studio's own address, come from its own pages where it says where it comes from,
and bring the token: in the address that ``gen studio`` prints, and from then on in a cookie that scripts can't read and
that goes along with no other site's requests.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the studio's own page: its own scripts and style sheets, and nothing from anywhere else."""

SANDBOX = (
    "sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of pages that lie in the folders, whoever wrote them: they are of no origin, so they can neither ask the studio for
anything nor anybody else."""

_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cache-control": b"no-store",
}
_LONGEST = 4096  # bytes of a path, and of what is asked with it


class Guard:
    """An application behind the checks.

    Args:
        app: which answers what may be asked.
        port: of this machine's 127.0.0.1.
        token: what the address has in it.
    """

    def __init__(self, app: App, *, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self.cookie = f"gen-studio-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every ASGI application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a websocket: there are none
            await send({"type": "websocket.close", "code": 1008})
            return
        by_address = self._token_in_address(scope)
        refusal = self._refusal(scope, by_address=by_address)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", [])]
                there = {name.lower() for name, _ in headers}
                headers += [pair for pair in _HEADERS.items() if pair[0] not in there]
                if b"content-security-policy" not in there:
                    headers.append((b"content-security-policy", POLICY.encode()))
                if by_address and refusal is None:
                    words = f"{self.cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
                    headers.append((b"set-cookie", words.encode()))
                message = {**message, "headers": headers}
            await send(message)

        if refusal is None:
            await self._app(scope, receive, answer)
        else:
            status, text = refusal
            body = f"{text}\n".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
            await answer({"type": "http.response.start", "status": status, "headers": headers})
            await answer({"type": "http.response.body", "body": body})

    def _token_in_address(self, scope: Scope) -> bool:
        query = scope.get("query_string", b"")
        if scope["path"] != "/" or scope["method"] != "GET" or len(query) > _LONGEST:
            return False
        try:
            given = parse_qs(query.decode("ascii"), max_num_fields=8).get("token", [])
        except ValueError:
            return False
        return len(given) == 1 and self._is_token(given[0])

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self._token.encode())

    def _refusal(self, scope: Scope, *, by_address: bool) -> tuple[int, str] | None:
        def given(name: bytes) -> list[bytes]:
            return [value for key, value in scope["headers"] if key.lower() == name]

        hosts, origins, sites = given(b"host"), given(b"origin"), given(b"sec-fetch-site")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 403, "This studio answers to its own address alone: open the one that gen studio printed."
        own = b"http://" + hosts[0]
        writes = scope["method"] not in ("GET", "HEAD")
        if any(origin != own for origin in origins) or (writes and len(origins) != 1):
            return 403, "This studio answers to its own page alone."
        if not by_address and any(site not in (b"same-origin", b"none") for site in sites):
            return 403, "This studio answers to its own page alone."
        if not by_address and not self._has_cookie(given(b"cookie")):
            return 403, "Open the address that gen studio printed: it has the token of this session in it."
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > _LONGEST:
            return 414, "No address of the studio's is that long."
        return None

    def _has_cookie(self, headers: list[bytes]) -> bool:
        pairs = [pair.strip().partition("=") for header in headers for pair in header.decode("latin-1").split(";")]
        return any(name == self.cookie and self._is_token(value) for name, _, value in pairs)
