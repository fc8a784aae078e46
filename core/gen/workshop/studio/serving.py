"""A studio on a port of this machine, for as long as somebody wants it."""

from __future__ import annotations

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from gen.errors import UsageError
from gen.system import regular
from gen.system.files import locked, require_folder
from gen.workshop.studio.jobs import Command

HERE = "127.0.0.1"


def require_installed() -> None:
    """Raise a `UsageError`, with what to do, where the studio's packages aren't there."""
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise UsageError(f"the studio needs {' and '.join(missing)}: pip install 'gen-music[studio]'")


def serve(
    folders: Sequence[str],
    main: Command,
    *,
    out: str | None = None,
    port: int = 0,
    browser: bool = True,
    say: Callable[[str], None],
    opened: Callable[[str], None],
) -> None:
    """Serve until somebody stops it.

    Args:
        folders: where runs and pages are, at least one.
        main: ``gen`` itself, which a process of the studio calls with words.
        out: where everything is kept; ``studio`` in the first folder where None.
        port: 0 takes one that is free.
        browser: open one.
        say: is told what people may want to know.
        opened: is told the address, once it answers.

    Raises:
        UsageError: a package, a folder or a port that isn't there, or a folder that another studio holds.
    """
    require_installed()
    import uvicorn

    from gen.workshop.studio.routes import Studio

    places = [regular.resolved(folder) for folder in folders]
    for folder, place in zip(folders, places, strict=True):
        if not place.is_dir():
            raise UsageError(f"--folder {folder}: there is no such folder")
    own = places[0] / "studio" if out is None else regular.resolved(out)
    require_folder(own, option="--out")
    regular.inner_folder(own)
    with locked(own, doing="used by a studio"), _listening(port) as listening:
        number = int(listening.getsockname()[1])
        token = secrets.token_urlsafe(24)
        studio = Studio(places, own, main)
        config = uvicorn.Config(
            studio.app(port=number, token=token),
            log_level="warning",
            access_log=False,  # addresses have the token in them
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        address = f"http://{HERE}:{number}/?token={token}"
        say(f"everything is kept in {own}; stop with Ctrl-C")
        opened(address)
        if browser:  # in a thread: some are programs of the terminal
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            studio.end()


def _listening(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HERE, port))
        found.listen(128)  # so that a browser that comes too early waits
    except OSError as error:
        found.close()
        raise UsageError(f"--port {port}: {error.strerror}; leave it out to take one that is free") from error
    return found
