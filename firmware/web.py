"""The board's web server: pages from flash, the status as JSON. It reads, it never commands.

Three GET routes in a buffer of fixed size, for few connections at a time: who floods it takes
nothing from the tasks that control. Why not a library: docs/decisions.md.
"""

import asyncio
import json

from micropython import const

_REQUEST = const(1024)  # bytes of a request's head; a longer one is refused
_CONNECTIONS = const(4)
_REQUEST_MS = const(5000)  # for a request to come
_ANSWER_MS = const(20000)  # for request and answer
_PIECE = const(512)
_PAGE = "text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nCache-Control: no-cache"
_TEXTS = "application/json\r\nContent-Encoding: gzip\r\nCache-Control: max-age=86400"
_LIVE = "application/json\r\nCache-Control: no-store"


class Web:
    """Serves the page on the board's address."""

    def __init__(self, board, status):
        """Serve `status` (a firmware.status.Status) on the board's `http_host` and `http_port`."""
        self._board = board
        self._status = status
        self._open = 0
        #: Connections that were refused or given up.
        self.dropped = 0

    async def run(self):
        """Serve for ever."""
        board = self._board
        server = await asyncio.start_server(self._serve, board.http_host, board.http_port)
        try:
            await server.wait_closed()
        finally:
            server.close()

    async def _serve(self, reader, writer):
        self._open += 1
        try:
            if self._open > _CONNECTIONS:
                self.dropped += 1
            else:
                await asyncio.wait_for_ms(self._answer(reader, writer), _ANSWER_MS)
        except (OSError, asyncio.TimeoutError, MemoryError):
            self.dropped += 1  # the phone went away, or there is no room for it now
        finally:
            self._open -= 1
            writer.close()
            await writer.wait_closed()

    async def _answer(self, reader, writer):
        path = await asyncio.wait_for_ms(_path_of(reader), _REQUEST_MS)
        if path == "/":
            await _send_file(writer, _PAGE, "/web/index.html.gz")
        elif path in ("/texts/nl.json", "/texts/fr.json", "/texts/en.json"):
            await _send_file(writer, _TEXTS, "/web" + path + ".gz")
        elif path == "/api/v1/status":
            await _send_head(writer, "200 OK", _LIVE)
            opener = "{"
            for name, data in self._status.sections():
                writer.write(opener + json.dumps(name) + ":" + json.dumps(data))
                await writer.drain()
                opener = ","
            writer.write("}")
            await writer.drain()
        else:
            await _send_head(writer, "404 Not Found" if path else "400 Bad Request", "text/plain")


async def _path_of(reader) -> "str | None":
    """Path of a GET request, without its query; None for anything else."""
    buffer = bytearray(_REQUEST)
    view = memoryview(buffer)
    n = 0
    while n < _REQUEST:
        count = await reader.readinto(view[n:])
        if not count:
            return None
        n += count
        if buffer.find(b"\r\n\r\n", 0, n) >= 0:
            parts = bytes(view[: buffer.find(b"\r", 0, n)]).split(b" ")
            if len(parts) != 3 or parts[0] != b"GET":
                return None
            try:
                return parts[1].split(b"?")[0].decode()
            except UnicodeError:
                return None
    return None


async def _send_head(writer, status: str, kind: str):
    writer.write(f"HTTP/1.0 {status}\r\nContent-Type: {kind}\r\n\r\n")
    await writer.drain()


async def _send_file(writer, kind: str, path: str):
    with open(path, "rb") as file:
        await _send_head(writer, "200 OK", kind)
        piece = file.read(_PIECE)
        while piece:
            writer.write(piece)
            await writer.drain()
            piece = file.read(_PIECE)
