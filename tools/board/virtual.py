"""`VirtualBoard`: one board for tests and for `make run`, from power on to power off."""

import asyncio
import shutil
import socket
import tempfile
import time
from pathlib import Path

from tools.board import flash, keeper

MAC = "24:6f:28:00:00:01"
HEAP = "168k"  # 64-bit words: equals about 120 KB on the chip. Not to be raised.
_P1, _RS485 = "1", "2"  # the UARTs of every profile
_HOLD_US = 1000


class VirtualBoard:
    """The unmodified firmware on the real MicroPython interpreter, with a flash of its own.

    `p1` and `rs485` are (host, port) where the wire is served, a port on 127.0.0.1, or None for a
    socket with nothing in it. `data` is the folder that holds the flash; without one it is made
    and removed again. `files` {path on the flash: bytes} are added to the firmware as built; with
    `firmware` False they are all there is. `board` is merged into /board.json, `before` is Python
    that runs in the interpreter before main.py. `direction` is the pin of the RS485 transceiver's
    direction. `probe` measures how long the event loop is held.
    """

    def __init__(
        self,
        p1=None,
        rs485=None,
        *,
        http_port=0,
        data=None,
        speed=1,
        mac=MAC,
        heap=HEAP,
        before="",
        probe=False,
        firmware=True,
        files=None,
        board=None,
        direction=None,
        on_line=None,
    ):
        """Prepare a board that is off. Raises ValueError for a speed that is no whole number."""
        if speed != int(speed) or speed < 1:
            raise ValueError(f"speed {speed}: must be a whole number, 1 at least")
        self._made = data is None
        self._data = Path(data) if data else None
        self._wanted_port = http_port
        self._door = None
        self._firmware = firmware
        self._files = files or {}
        self._board = {"profile": "virtual"} | (board or {})
        self._before = before
        self._wires = {
            _P1: {"address": _address(p1)},
            _RS485: {"address": _address(rs485), "direction": direction},
        }
        self._config = {"mac": mac, "speed": int(speed), "hold_us": _HOLD_US if probe else 0}
        self._heap = heap
        self._on_line = on_line
        self.chip = None
        self.http_port = None

    async def __aenter__(self):
        """Start; see `start`."""
        await self.start()
        return self

    async def __aexit__(self, *_):
        """Stop; see `stop`."""
        await self.stop()

    async def start(self, update: bool = True):
        """Switch on. `update` brings the program on the flash up to date first."""
        if self._data is None:
            self._data = Path(tempfile.mkdtemp(prefix="jullix-board-"))
        if self._door is None:
            self._door = _reserve(self._wanted_port)
            self.http_port = self._door.getsockname()[1]
        try:
            if self.chip is None:
                await asyncio.to_thread(self._assemble)
            if update or not self.flash_file.exists():
                await asyncio.to_thread(self._fill)
            self.chip.start()
        except BaseException:
            await self.stop()
            raise

    def _assemble(self):
        self._data.mkdir(parents=True, exist_ok=True)
        before = self._data / "before.py" if self._before else None
        if before:
            before.write_text(self._before)
        self._config |= {
            "wires": self._wires,
            "flash": str(self.flash_file.resolve()),
            "before": str(before.resolve()) if before else None,
        }
        self.chip = keeper.Chip(self._config, flash.chip(), self._heap, self._on_line)

    def _fill(self):
        # Sources of a test's own import ours by name, so these must not be squeezed.
        plain = any(path.endswith(".py") for path in self._files)
        files = (flash.program(plain) if self._firmware else {}) | self._files
        flash.prepare(self.flash_file, files, self._board | {"http_port": self.http_port})

    async def stop(self):
        """Switch off and leave nothing behind but a data folder that was given."""
        if self.chip:
            await asyncio.to_thread(self.chip.kill)
        if self._door:
            self._door.close()
            self._door = None
        if self._made and self._data:
            shutil.rmtree(self._data, ignore_errors=True)
            self._data = None
            self.chip = None

    async def kill(self):
        """Cut the power at this very moment; `start` switches it on again."""
        await asyncio.to_thread(self.chip.kill)

    def freeze(self):
        """Stop the whole chip, watchdog included, as a board that is dead but powered."""
        self.chip.freeze()

    def thaw(self):
        """Let a frozen chip go on."""
        self.chip.thaw()

    @property
    def flash_file(self) -> Path:
        """The file that is the board's flash; change it only while the board is off."""
        return self._data / "flash.lfs"

    @property
    def http(self) -> str:
        """Address of the board's page."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def log(self) -> list:
        """Lines of the console since the first start, the last 5000."""
        return list(self.chip.log)

    @property
    def restarts(self) -> int:
        """How often the chip restarted by itself: watchdog, `restart()`, or a crash."""
        return self.chip.restarts

    @property
    def holds(self) -> list:
        """Steps that held the event loop: (board's ms, wall us, processor us), with `probe`."""
        return list(self.chip.holds)

    async def wait(self, what: str, condition, timeout_s: float = 30):
        """Wait until `condition()` is true; raises TimeoutError with `what` and the log's end."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                raise self._late(what, timeout_s)
            await asyncio.sleep(0.02)

    def _late(self, what: str, timeout_s: float) -> TimeoutError:
        tail = "\n".join(self.log[-40:])
        return TimeoutError(f"{what}: not within {timeout_s} s. Console:\n{tail}")

    async def wait_log(self, text: str, count: int = 1, timeout_s: float = 30):
        """Wait until `text` stands in `count` lines of the console."""
        condition = lambda: sum(text in line for line in self.log) >= count  # noqa: E731
        await self.wait(f"{text!r} on the console", condition, timeout_s)

    async def wait_http(self, timeout_s: float = 30):
        """Wait until the page's server answers a request, with whatever status."""
        end = time.monotonic() + timeout_s
        while not await self._answers():
            if time.monotonic() > end:
                raise self._late("answer over HTTP", timeout_s)
            await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.http_port)
        except OSError:
            return False
        try:
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            return (await asyncio.wait_for(reader.read(5), 5)).startswith(b"HTTP/")
        except (OSError, asyncio.TimeoutError):
            return False
        finally:
            writer.close()


def _address(wire) -> "list | None":
    """A wire's (host, port) from what a caller may give."""
    if wire is None or wire == "":
        return None
    if isinstance(wire, str) and ":" in wire:
        host, _, port = wire.rpartition(":")
        return [host, int(port)]
    if isinstance(wire, int | str):
        return ["127.0.0.1", int(wire)]
    return [wire[0], int(wire[1])]


def _reserve(port: int) -> socket.socket:
    """Hold a TCP port on 127.0.0.1 for the board, also while it restarts.

    Linux lets the board listen beside a socket that is bound and does not.
    """
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    return door
