"""The board's web server: pages from flash, the status as JSON, orders passed on.

Three GET routes and one POST (firmware/orders.py), one buffer made at the start, few connections
at a time: who floods it takes nothing from the tasks that control. Why not a library:
docs/decisions.md.
"""

import asyncio
import io
import json

from micropython import const

from firmware.overlay import borrow, give_back

_LINE = const(160)  # bytes of a request's first line; a longer one is refused
_CONNECTIONS = const(4)
_REQUEST_MS = const(5000)  # for a request to come
_ANSWER_MS = const(20000)  # for request and answer
_PIECE = const(1536)  # bytes sent at once; no section of the status is longer
_ORDER = "/api/v1/do/"
_ORDERS = "firmware.orders"
_PAGE = "text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nCache-Control: no-cache"
_TEXTS = "application/json\r\nContent-Encoding: gzip\r\nCache-Control: max-age=86400"
_LIVE = "application/json\r\nCache-Control: no-store"


class _Piece(io.IOBase):
    """A buffer to write into. Filled and sent between two awaits, so that all can share it."""

    def __init__(self):
        self.view = memoryview(bytearray(_PIECE))
        self.length = 0

    def write(self, data) -> int:
        end = self.length + len(data)
        if end > _PIECE:
            raise OSError(28)  # ENOSPC
        self.view[self.length : end] = data
        self.length = end
        return len(data)

    def send(self, writer):
        writer.write(self.view[: self.length])
        self.length = 0


class Web:
    """Serves the page on the board's address."""

    def __init__(self, board, status, site):
        """Serve `status` (a firmware.status.Status) on the board's `http_host` and `http_port`.

        `site` is what orders are about.
        """
        self._board = board
        self._site = site
        self._status = status
        self._piece = _Piece()
        self._open = 0
        self._task = None  # an order that is carried out
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
            await self._send_file(writer, _PAGE, "/web/index.html.gz")
        elif path in ("/texts/nl.json", "/texts/fr.json", "/texts/en.json"):
            await self._send_file(writer, _TEXTS, "/web" + path + ".gz")
        elif path == "/api/v1/status":
            await self._send_status(writer)
        elif path and path.startswith(_ORDER):
            await self._order(writer, path[len(_ORDER) :])
        else:
            _begin(writer, "404 Not Found" if path else "400 Bad Request", "text/plain")
            await writer.drain()

    async def _order(self, writer, path: str):
        is_near = self._board.is_near(writer.get_extra_info("peername"))
        try:
            orders = borrow(_ORDERS)
            answer = orders.judge(self._site, path, is_near)
            _begin(writer, answer, "text/plain")
            await writer.drain()
            if answer[0] == "2":
                self._task = asyncio.create_task(orders.carry_out(self._site, path))
        finally:
            orders = None
            give_back(_ORDERS)

    async def _send_status(self, writer):
        _begin(writer, "200 OK", _LIVE)
        opener = b'{"'
        for name, data in self._status.sections():
            piece = self._piece
            piece.length = 0
            piece.write(opener)
            piece.write(name.encode())
            piece.write(b'":')
            begin = piece.length
            try:
                json.dump(data, piece)
            except OSError:  # too long: the rest of the status is worth showing
                piece.length = begin
                piece.write(b"null")
            piece.send(writer)
            await writer.drain()
            opener = b',"'
        writer.write(b"}")
        await writer.drain()

    async def _send_file(self, writer, kind: str, path: str):
        with open(path, "rb") as file:
            _begin(writer, "200 OK", kind)
            piece = self._piece
            while True:
                piece.length = file.readinto(piece.view)
                if not piece.length:
                    break
                piece.send(writer)
                await writer.drain()


async def _path_of(reader) -> "str | None":
    """Path of a GET request, without its query, or of an order that is posted; None else."""
    parts = (await _first_line(reader)).split(b" ")
    if len(parts) != 3:
        return None
    if parts[0] != (b"POST" if parts[1].startswith(_ORDER.encode()) else b"GET"):
        return None
    try:
        return parts[1].split(b"?")[0].decode()
    except UnicodeError:
        return None


async def _first_line(reader) -> bytes:
    """The first line of a request; what follows is read up to the blank line and forgotten."""
    buffer = bytearray(_LINE)
    view = memoryview(buffer)
    line, n = b"", 0
    while True:
        count = await reader.readinto(view[n:])
        if not count:
            return b""
        n += count
        end = buffer.find(b"\r\n", 0, n)
        if not line and end >= 0:
            line = bytes(view[:end])
        if buffer.find(b"\r\n\r\n", 0, n) >= 0:
            return line
        if n == _LINE:
            if not line:
                return b""
            n = _keep_end(buffer, n)


def _keep_end(buffer, n: int) -> int:
    """Move the last three bytes to the front: a blank line may begin with them."""
    for i in range(3):
        buffer[i] = buffer[n - 3 + i]
    return 3


def _begin(writer, status: str, kind: str):
    writer.write(f"HTTP/1.0 {status}\r\nContent-Type: {kind}\r\n\r\n")
