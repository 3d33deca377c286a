"""The board's web server: pages from flash, the status as JSON. It reads, it never commands."""

import json

from microdot import Microdot, Request, Response

_PIECE = 512  # bytes of a file in memory at a time


class Web:
    """Serves the page on the board's address."""

    def __init__(self, board, status):
        """Serve `status` (a firmware.status.Status) on the board's `http_host` and `http_port`."""
        self._board = board
        self._status = status
        Request.max_readline = 512
        self._app = app = Microdot()
        app.get("/")(_page)
        for language in ("nl", "fr", "en"):
            app.get("/texts/" + language + ".json")(_texts)
        app.get("/api/v1/status")(self._status_json)

    async def run(self):
        """Serve for ever."""
        await self._app.start_server(self._board.http_host, self._board.http_port)

    def _status_json(self, request):
        return Response(
            _as_json(self._status.sections()), 200, _headers("application/json", "no-store")
        )


def _page(request):
    return _packed("/index.html", "text/html; charset=utf-8", "no-cache")


def _texts(request):
    return _packed(request.path, "application/json", "max-age=86400")


def _packed(name: str, kind: str, caching: str):
    """The gzip file of a page."""
    headers = _headers(kind, caching)
    headers["Content-Encoding"] = "gzip"
    return Response(_pieces("/web" + name + ".gz"), 200, headers)


def _headers(kind: str, caching: str) -> dict:
    return {"Content-Type": kind, "Cache-Control": caching}


def _pieces(path: str):
    """Yield a file piece by piece."""
    with open(path, "rb") as file:
        piece = file.read(_PIECE)
        while piece:
            yield piece
            piece = file.read(_PIECE)


def _as_json(sections):
    """Yield one JSON object piece by piece; the server lets others run between two of them."""
    opener = "{"
    for name, data in sections:
        yield opener + json.dumps(name) + ":" + json.dumps(data)
        opener = ","
    yield "}"
