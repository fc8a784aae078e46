"""What the studio answers: its page, what was made, what is under way, and what lies in its folders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gen.errors import GenError, UsageError
from gen.system import regular
from gen.system.files import json_text, write_atomically
from gen.workshop.studio.asking import line_up, looked_at, offered_models, told
from gen.workshop.studio.front import asset, front_page
from gen.workshop.studio.guard import SANDBOX, App, Guard
from gen.workshop.studio.history import Entry, History, Place, Written, file_name
from gen.workshop.studio.jobs import Command, Job, Jobs
from gen.workshop.studio.looks import MOST_CLIP, Reader
from gen.workshop.studio.places import Places
from gen.workshop.studio.runs import listed, watched

_MOST_WORDS = 1 << 16  # bytes of a request that isn't a clip
_PATIENCE = 30.0  # seconds for what a browser sends
_MOST_PAGE = 1 << 25
_MOST_DIGITS = 9

Answer = Callable[[Request], Awaitable[Response]]


class Studio:
    """Everything that the studio holds while it is open.

    Args:
        folders: where runs and pages are looked for.
        out: where everything is kept; it is there, and held by whoever calls.
        main: ``gen`` itself.
    """

    def __init__(self, folders: list[Path], out: Path, main: Command) -> None:
        self.out = out
        self.history = History(out)
        self.places = Places(folders, without=out)
        self.jobs = Jobs(self.history, main)
        self.reader = Reader()

    def end(self) -> None:
        """End all processes."""
        self.jobs.end()
        self.reader.end()

    def app(self, *, port: int, token: str) -> App:
        """The application, behind its guard."""
        routes = [
            Route("/", _handled(self._front)),
            Route("/assets/{name}", _handled(self._asset)),
            Route("/api/state", _handled(self._state)),
            Route("/api/models", _handled(self._models)),
            Route("/api/clips", _handled(self._bring), methods=["POST"]),
            Route("/api/clips/{number}/{name}", _handled(self._look)),
            Route("/api/jobs", _handled(self._line_up), methods=["POST"]),
            Route("/api/jobs/{number}/cancel", _handled(self._cancel), methods=["POST"]),
            Route("/api/runs", _handled(self._runs)),
            Route("/api/runs/{key}", _handled(self._run)),
            Route("/api/runs/{key}/take", _handled(self._take), methods=["POST"]),
            Route("/api/pages", _handled(self._pages)),
            Route("/files/{number}/{name}", _handled(self._file)),
            Route("/wav/{number}/{name}", _handled(self._sound)),
            Route("/pages/{key}", _handled(self._page)),
        ]

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            await run_sync(self.end)

        app = Starlette(routes=routes, lifespan=lifespan)
        app.router.redirect_slashes = False
        return Guard(app, port=port, token=token)

    async def _front(self, _: Request) -> Response:
        return Response(front_page(self.out), media_type="text/html")

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            text = asset(name)
        except KeyError:
            raise HTTPException(404) from None
        return Response(text, media_type="text/css" if name.endswith(".css") else "text/javascript")

    async def _state(self, request: Request) -> Response:
        entries = self.history.since(_number(request.query_params.get("since", "0")))
        shown = [told(asdict(entry)) for entry in entries]
        return _json({"entries": shown, "jobs": [told(asdict(job)) for job in self.jobs.all()]})

    async def _models(self, _: Request) -> Response:
        return _json({"models": await run_sync(offered_models, self.places)})

    async def _bring(self, request: Request) -> Response:
        name = file_name(request.query_params.get("name", "")[:1000])
        content = await _body(request, most=MOST_CLIP)
        before = request.query_params.get("after")
        after = None if before is None else [_number(before), request.query_params.get("of", "")]
        return _json(told(asdict(await self._kept(name, content, "", after))), status=201)

    async def _look(self, request: Request) -> Response:
        place = _place(request)
        content = await run_sync(lambda: self.history.read(place, most=MOST_CLIP))
        return _json({"name": place[1], **await self.reader.look(content)})

    async def _line_up(self, request: Request) -> Response:
        asked = _parsed(await _body(request, most=_MOST_WORDS))

        def lined_up() -> Job:
            return line_up(asked, history=self.history, jobs=self.jobs, places=self.places)

        return _json(told(asdict(await run_sync(lined_up))), status=202)

    async def _cancel(self, request: Request) -> Response:
        number = _number(request.path_params["number"])
        await run_sync(self.jobs.cancel, number)
        return _json({})

    async def _runs(self, _: Request) -> Response:
        found = await run_sync(self.places.all, "run")
        return _json({"runs": await run_sync(lambda: [listed(each) for each in found])})

    async def _run(self, request: Request) -> Response:
        key = request.path_params["key"]
        return _json(await run_sync(lambda: watched(self.places, self.places.one("run", key))))

    async def _take(self, request: Request) -> Response:
        asked = _parsed(await _body(request, most=_MOST_WORDS))
        run = await run_sync(self.places.one, "run", request.path_params["key"])
        name = asked.get("sample") if isinstance(asked, dict) else None
        if name not in await run_sync(self.places.samples, run):
            raise UsageError(f"{run.name} has no sample {str(name)[:80]!r}")
        content = await run_sync(lambda: self.places.read(run.path / "samples" / str(name), most=MOST_CLIP))
        return _json(
            told(asdict(await self._kept(file_name(str(name)), content, f"of {run.name}: ", asked.get("after")))),
            status=201,
        )

    async def _pages(self, _: Request) -> Response:
        found = await run_sync(self.places.all, "page")
        return _json({"pages": [{"key": each.key, "name": each.name} for each in found]})

    async def _file(self, request: Request) -> Response:
        place = _place(request)
        content = await run_sync(lambda: self.history.read(place, most=_MOST_PAGE))
        return _page(content) if place[1].endswith(".html") else _download(content, "audio/midi", place[1])

    async def _sound(self, request: Request) -> Response:
        place = _place(request)
        content = await run_sync(lambda: self.history.read(place, most=MOST_CLIP))
        return _download(await self.reader.sound(content), "audio/wav", place[1].removesuffix(".mid") + ".wav")

    async def _page(self, request: Request) -> Response:
        return _page(await run_sync(self.places.page, request.path_params["key"]))

    async def _kept(self, name: str, content: bytes, whence: str, after: Any) -> Entry:
        """A clip as an entry, once it was read."""
        before = looked_at(self.history, after)
        seen = await self.reader.look(content)

        def fill(folder: Path) -> Written:
            write_atomically(folder / name, content)
            return Written((name,), (f"{whence}{seen['words']}",))

        return await run_sync(lambda: self.history.add("clip", fill, after=before))


def _handled(answer: Answer) -> Answer:
    """What goes wrong as an answer in words, with a status that says whose fault it is."""

    async def handled(request: Request) -> Response:
        try:
            return await answer(request)
        except UsageError as error:
            return _json({"error": str(error)}, status=400)
        except GenError as error:
            return _json({"error": str(error)}, status=422)
        except OSError as error:
            return _json({"error": f"{error.strerror or error}"}, status=507)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it

    return handled


async def _body(request: Request, *, most: int) -> bytes:
    """What the browser sends, which is neither longer nor slower than it may be."""
    blocks, size = [], 0
    try:
        with anyio.fail_after(_PATIENCE):
            async for block in request.stream():
                size += len(block)
                if size > most:
                    raise HTTPException(413, f"more than the {most:,} bytes that there may be")
                blocks.append(block)
    except TimeoutError:
        raise HTTPException(408) from None
    return b"".join(blocks)


def _parsed(content: bytes) -> Any:
    try:
        return regular.parse_json(content)
    except ValueError as error:
        raise UsageError(f"that is no JSON: {error}") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise UsageError(f"{text[:40]!r} is no number")
    return int(text)


def _place(request: Request) -> Place:
    return _number(request.path_params["number"]), request.path_params["name"]


def _json(value: Any, *, status: int = 200) -> Response:
    return Response(json_text(value), status_code=status, media_type="application/json")


def _download(content: bytes, kind: str, name: str) -> Response:
    words = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"content-disposition": words})


def _page(content: bytes) -> Response:
    return Response(content, media_type="text/html", headers={"content-security-policy": SANDBOX})
