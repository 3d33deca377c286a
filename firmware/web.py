"""The board's web server: pages from flash, the status as JSON. It reads, it never commands."""

import json

from microdot import Microdot, Request, Response

_A_DAY = "max-age=86400"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
}


class Web:
    """Serves the page on the board's address."""

    def __init__(self, board, status):
        """Serve `status` (a firmware.status.Status) on the board's `http_host` and `http_port`."""
        self._board = board
        self._status = status
        Request.max_content_length = 1024
        Request.max_body_length = 1024
        Request.max_readline = 512
        Response.send_file_buffer_size = 512
        self._app = app = Microdot()
        app.get("/")(self._index)
        app.get("/texts/<name>")(self._texts)
        app.get("/api/v1/status")(self._status_json)

    async def run(self):
        """Serve for ever."""
        await self._app.start_server(self._board.http_host, self._board.http_port)

    async def _index(self, request):
        return _packed("/web/index.html", "no-cache")

    async def _texts(self, request, name):
        if name not in ("nl.json", "fr.json", "en.json"):
            return {"ok": False, "code": "not_found"}, 404
        return _packed("/web/texts/" + name, _A_DAY)

    async def _status_json(self, request):
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Response(_as_json(self._status.sections()), headers=headers)


def _as_json(sections):
    """Yield one JSON object piece by piece; the server lets others run between two of them."""
    opener = "{"
    for name, data in sections:
        yield opener + json.dumps(name) + ":" + json.dumps(data)
        opener = ","
    yield "}"


def _packed(path: str, caching: str):
    """The gzip file of `path`, streamed in small pieces."""
    kind = path.rsplit(".", 1)[1]
    response = Response.send_file(
        path, content_type=_TYPES[kind], compressed=True, file_extension=".gz"
    )
    response.headers["Cache-Control"] = caching
    return response
