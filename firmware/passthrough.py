"""Raw telegrams for other software, read-only, over TCP: nobody has to choose between readers.

Each whole and checked telegram is sent as it came (an encrypted one in plain), once to everybody
who is connected. What they send is ignored. A reader that is too slow is hung up: it may come
back, and meanwhile it costs nothing.
"""

import asyncio

from micropython import const

_READERS = const(3)
_SINK = const(32)


class Passthrough:
    """Serves telegrams on one port."""

    def __init__(self, host: str, port: int, journal):
        """Begin to listen on `host` and `port`; `journal` takes why that is not possible."""
        self.port = port
        self.dropped = 0  # readers that were refused or too slow
        self._host = host
        self._journal = journal
        self._writers = []
        self._task = asyncio.create_task(self._run())

    def stop(self):
        """Hang up and listen no more."""
        self._task.cancel()

    async def _run(self):
        try:
            server = await asyncio.start_server(self._serve, self._host, self.port)
        except OSError as error:
            self._journal.raise_alarm("passthrough", self.port, error.errno)
            return
        self._journal.clear("passthrough")
        try:
            await server.wait_closed()
        finally:
            server.close()
            for writer in self._writers:
                writer.close()
            self._writers.clear()

    @property
    def readers(self) -> int:
        """How many are connected."""
        return len(self._writers)

    def send(self, buf, length: int):
        """Send `buf[:length]` and a line end to everybody, without waiting."""
        if not self._writers:
            return
        view = memoryview(buf)[:length]
        for i in range(len(self._writers) - 1, -1, -1):
            stream = self._writers[i].s
            try:
                is_sent = stream.write(view) == length and stream.write(b"\r\n") == 2
            except OSError:
                is_sent = False
            if not is_sent:  # half a telegram must have no other half
                self.dropped += 1
                self._writers.pop(i).close()

    async def _serve(self, reader, writer):
        if len(self._writers) >= _READERS:
            self.dropped += 1
        else:
            self._writers.append(writer)
            try:
                while await reader.read(_SINK):
                    pass
            except OSError:
                pass
            if writer in self._writers:
                self._writers.remove(writer)
        writer.close()
        await writer.wait_closed()
