"""Who is let in: whoever has the token, asks the studio by its own address, and comes from its own page."""

from __future__ import annotations

import pytest

HOST = "127.0.0.1:8123"
COOKIE = ("cookie", "gen-studio-8123=a-token-of-tests")
ORIGIN = ("origin", f"http://{HOST}")
RIGHT = [("host", HOST), COOKIE]


def test_the_address_with_the_token_opens_the_page_and_leaves_a_cookie_that_no_script_reads(client):
    answer = client.ask("GET", "/", query="token=a-token-of-tests", headers=[("host", HOST)])

    assert answer.status == 200
    assert answer.headers["set-cookie"] == "gen-studio-8123=a-token-of-tests; HttpOnly; SameSite=Strict; Path=/"
    assert b"<title>gen studio</title>" in answer.body
    assert client.ask("GET", "/", headers=RIGHT).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("host", HOST)],
        [("host", HOST), ("cookie", "gen-studio-8123=another-token")],
        [("host", HOST), ("cookie", "gen-studio-8123=")],
        [("host", HOST), ("cookie", "gen-studio-9999=a-token-of-tests")],
        [("host", HOST), ("cookie", "x\xff; =; ;;gen-studio-8123")],
        [COOKIE],
        [("host", "rebound.example:8123"), COOKIE],
        [("host", "127.0.0.1"), COOKIE],
        [("host", "127.0.0.1:9999"), COOKIE],
        [("host", HOST), ("host", "rebound.example"), COOKIE],
        [*RIGHT, ("origin", "http://evil.example")],
        [*RIGHT, ("origin", "null")],
        [*RIGHT, ("origin", "http://localhost:8123")],
        [*RIGHT, ("sec-fetch-site", "cross-site")],
        [*RIGHT, ("sec-fetch-site", "same-site")],
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/state", "/assets/studio.js", "/files/1/beat.mid"])
def test_nobody_else_is_told_anything(client, headers, path):
    answer = client.ask("GET", path, headers=headers)

    assert answer.status == 403
    assert "set-cookie" not in answer.headers
    assert b"token" not in answer.body or b"address" in answer.body


@pytest.mark.parametrize(
    "query", ["token=", "token=a-token-of-test", "token=a&token=a-token-of-tests", "token=%ff", "=&&"]
)
def test_a_wrong_token_in_the_address_opens_nothing(client, query):
    assert client.ask("GET", "/", query=query, headers=[("host", HOST)]).status == 403


def test_the_token_in_the_address_is_for_the_page_alone(client):
    for method, path in (("GET", "/api/state"), ("POST", "/"), ("POST", "/api/clips")):
        answer = client.ask(method, path, query="token=a-token-of-tests", headers=[("host", HOST), ORIGIN])
        assert answer.status == 403


def test_what_writes_has_to_say_which_page_it_comes_from(client):
    assert client.ask("POST", "/api/jobs", body=b"{}", headers=RIGHT).status == 403
    assert client.ask("POST", "/api/jobs", body=b"{}", headers=[*RIGHT, ORIGIN]).status == 400
    assert client.ask("DELETE", "/api/state", headers=[*RIGHT, ORIGIN]).status == 405


def test_every_answer_forbids_the_browser_everything_from_elsewhere(client):
    for answer in (
        client.get("/"),
        client.get("/api/state"),
        client.get("/nothing"),
        client.ask("GET", "/", headers=[]),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"


def test_the_page_names_nothing_outside_itself(client):
    text = client.get("/").body.decode()

    assert "http://" not in text
    assert "https://" not in text
    assert "a-token-of-tests" not in text
    for name in ("page.css", "studio.css", "studio.js", "base.js"):
        assert f"/assets/{name}" in text
        assert client.get(f"/assets/{name}").status == 200


@pytest.mark.parametrize("name", ["palette.js", "../front.py", "..%2ffront.py", "studio", "", "studio.js\0"])
def test_only_the_pages_own_scripts_are_served(client, name):
    assert client.get(f"/assets/{name}").status == 404


def test_there_are_no_websockets(client):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": []}
    client._loop.run_until_complete(client._app(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_nothing_is_answered_with_another_address(client):
    for path in ("/api/state/", "//", "/api/jobs/", "/assets/"):
        assert client.get(path).status == 404


def test_an_endless_address_is_refused(client):
    assert client.get("/api/state", "since=" + "0" * 5000).status == 414
