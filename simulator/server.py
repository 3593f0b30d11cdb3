"""The simulator as one web application on this machine's own address."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from . import control, graph
from .core import Platform
from .settings import Settings, SettingsError, is_loopback

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("page")
STATIC = {"": "index.html", "chat.css": "chat.css", "chat.js": "chat.js", "icon.svg": "icon.svg"}
BODY_LIMIT = 1024 * 1024  # bytes
# Pictures are shown only from this machine: the page causes no traffic elsewhere.
POLICY = (
    "default-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LAST_PORT = 65535


def build_app(platform: Platform) -> web.Application:
    """Return the application that serves `platform`."""
    app = web.Application(middlewares=[_local_only], client_max_size=BODY_LIMIT)
    app[graph.PLATFORM] = platform
    graph.add_routes(app)
    control.add_routes(app)
    for name in STATIC:
        app.router.add_get("/" + name, _static)
    app.on_startup.append(_start)  # type: ignore[arg-type] # aiosignal's newer types misread aiohttp 3.9's
    app.on_cleanup.append(_stop)  # type: ignore[arg-type] # aiosignal's newer types misread aiohttp 3.9's
    return app


async def serve(settings: Settings, port: int) -> tuple[web.AppRunner, int]:
    """Start serving and return the runner with its port; port 0 takes a free one.

    Raises SettingsError with one sentence when the port cannot be had.
    """
    if not 0 <= port <= _LAST_PORT:  # some event loops would take it modulo 65536
        raise SettingsError(f"the port `{port}` cannot be used: choose another with --port")
    runner = web.AppRunner(
        build_app(Platform(settings)), access_log=None, shutdown_timeout=0.5, handle_signals=False
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "is taken" if taken else "cannot be used"
        raise SettingsError(f"the port `{port}` {why}: choose another with --port") from error
    return runner, int(runner.addresses[0][1])


@web.middleware
async def _local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A name that somebody else's server resolves to this machine is not this machine's name.
    host = _host_name(request.host)
    if not is_loopback(host):
        return web.json_response({"error": f"the host `{host}` is not this machine"}, status=403)
    return await handler(request)


def _host_name(host: str) -> str:
    try:
        return urlsplit("//" + host).hostname or ""
    except ValueError:
        return ""


async def _static(request: web.Request) -> web.StreamResponse:
    response = web.FileResponse(PAGE / STATIC[request.path.lstrip("/")])
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


async def _start(app: web.Application) -> None:
    await app[graph.PLATFORM].deliverer.start()


async def _stop(app: web.Application) -> None:
    await app[graph.PLATFORM].deliverer.stop()
