"""Where a board finds the end of a wire: a TCP port, and the UDP port of the same number."""

import asyncio
import functools
import socket

_PORT_TRIES = 20
_MOST_WAITING = 1 << 16  # bytes; what a board does not read beyond that is lost


class Listener:
    """A TCP port for one board at a time; the newest connection wins.

    With `on_told` it has the UDP port of the same number too.
    """

    def __init__(self, on_chunk, on_told=None):
        """`on_chunk(chunk)` gets what the board writes, `on_told(text)` each datagram."""
        self.transport = None
        self.connected = asyncio.Event()
        self._on_chunk = on_chunk
        self._on_told = on_told
        self._server = None
        self._ear = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, chosen by the system when `port` is 0."""
        for left in reversed(range(1 if port else _PORT_TRIES)):
            try:
                return await self._open(host, port)
            except OSError:  # the system's choice is free for TCP, but perhaps not for UDP
                await self.close()
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def _open(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), host, port, start_serving=False
        )
        port = self._server.sockets[0].getsockname()[1]
        if self._on_told:  # before the first connection, so that nothing told is lost
            protocol = functools.partial(_Telling, self._on_told)
            self._ear, _ = await loop.create_datagram_endpoint(protocol, (host, port))
        await self._server.start_serving()
        return port

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server:
            self._server.close()
        if self._ear:
            self._ear.close()
        if self.transport:
            self.transport.abort()
        self._server = self._ear = self.transport = None
        self.connected.clear()

    def write(self, chunk: bytes) -> None:
        """Pass bytes to the board; without one, or to one that does not read, they are lost."""
        transport = self.transport
        if chunk and transport and transport.get_write_buffer_size() < _MOST_WAITING:
            transport.write(chunk)


class _Telling(asyncio.DatagramProtocol):
    def __init__(self, on_told):
        self._on_told = on_told

    def datagram_received(self, data: bytes, address) -> None:
        self._on_told(data)


class _Connection(asyncio.Protocol):
    def __init__(self, listener: Listener):
        self._listener = listener
        self._transport = None

    def connection_made(self, transport) -> None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._listener.transport:
            self._listener.transport.abort()
        self._transport = self._listener.transport = transport
        self._listener.connected.set()

    def data_received(self, chunk: bytes) -> None:
        if self._listener.transport is self._transport:
            self._listener._on_chunk(chunk)

    def connection_lost(self, error) -> None:
        if self._listener.transport is self._transport:
            self._listener.transport = None
            self._listener.connected.clear()
