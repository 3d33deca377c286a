"""Serial wires over TCP, paced at the baud rate so that timing is true.

A wire has a device at our end and a TCP listener for the board's end; no connection is a silent
wire. Each byte takes its bit times (start, data, parity, stop) in either direction, on a timeline
that is exact whatever the event loop does: a late wake-up delivers late, but later bytes are not
pushed back. Times are those of the loop's clock, `time.monotonic()` [s].

How the board's UART is set it tells in a datagram to the UDP port of the same number, a `Line` as
text, before it connects and whenever it is set anew. Where the ends differ each hears of the other
what a UART would (`tools.line`). A board that tells nothing hears every byte as it is.

With a speed above 1 all times on the wire shrink alike. `run` starts a loop whose timers are
finer than the usual millisecond, which matters then.

Example: `python -m tools.wire --serial /dev/ttyUSB0 --listen 127.0.0.1:5001 --baud 9600` puts a
real device on a wire.
"""

import argparse
import asyncio
import contextlib
import selectors
import sys
from collections import deque

from tools.line import Ear, Line
from tools.listener import Listener

_SLICE_S = 0.0005  # bytes that end within this time go together, to spare the processor
_KEPT_BURSTS = 64
_MOST_WAITING = 1 << 16  # bytes; what a side writes beyond is lost and counted
_SAME_BURST_BYTES = 1.5  # silence that ends a burst, in byte times


class Burst:
    """Bytes without a gap: `started` [s] is its first start bit, `ended` [s] its last stop bit."""

    __slots__ = ("count", "ended", "started")

    def __init__(self, started: float, ended: float, count: int):
        """Describe `count` bytes."""
        self.started = started
        self.ended = ended
        self.count = count


class Lane:
    """One direction of a wire: bytes in at any pace, out at the baud rate."""

    def __init__(self, byte_s: float, deliver):
        """Each byte takes `byte_s` [s]; `deliver(chunk, ended_s)` gets them as they end."""
        self.byte_s = byte_s
        self.bursts = deque(maxlen=_KEPT_BURSTS)
        self.tamper = None  # noise: bytes in, bytes that are put on the wire instead
        self.byte_count = 0
        self.dropped = 0
        self.worst_lag_s = 0.0  # latest delivery of a byte after its time
        self._deliver = deliver
        self._segments = deque()  # [start of the next byte, bytes not yet delivered]
        self._waiting = 0
        self._free_at = 0.0
        self._timer = None

    def push(self, chunk: bytes, at: float = 0.0) -> tuple[float, float]:
        """Put bytes on the wire, not before `at` [s] nor before the wire is free.

        Returns when the first byte begins and the last one ends [s], both equal for no bytes.
        """
        if self.tamper:
            chunk = self.tamper(chunk)
        loop = asyncio.get_running_loop()
        started = max(at, self._free_at, loop.time())
        if self._waiting + len(chunk) > _MOST_WAITING:
            self.dropped += len(chunk)
            chunk = b""
        ended = started + len(chunk) * self.byte_s
        if not chunk:
            return started, ended
        self._note(started, ended, len(chunk))
        self._free_at = ended
        self._waiting += len(chunk)
        self._segments.append([started, memoryview(bytes(chunk))])
        if self._timer is None:
            self._arm(loop)
        return started, ended

    def idle_after(self, ended: float) -> bool:
        """Whether no byte follows at once on the one that ended at `ended` [s]."""
        return not self._segments or self._segments[0][0] > ended + self.byte_s / 2

    def pace(self, byte_s: float) -> None:
        """Let each byte take `byte_s` [s]; what waits at another pace is lost."""
        if byte_s != self.byte_s:
            self.clear()
            self.byte_s = byte_s

    def clear(self) -> None:
        """Forget what is waiting."""
        if self._timer:
            self._timer.cancel()
        self._timer = None
        self._segments.clear()
        self._waiting = 0
        self._free_at = 0.0

    def _note(self, started: float, ended: float, count: int) -> None:
        last = self.bursts[-1] if self.bursts else None
        if last and started - last.ended < _SAME_BURST_BYTES * self.byte_s:
            last.ended = ended
            last.count += count
        else:
            self.bursts.append(Burst(started, ended, count))

    def _arm(self, loop) -> None:
        if not self._segments:
            self._timer = None
            return
        started, chunk = self._segments[0]
        first, last = started + self.byte_s, started + len(chunk) * self.byte_s
        self._timer = loop.call_at(min(last, max(first, loop.time() + _SLICE_S)), self._pump)

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._segments:
            segment = self._segments[0]
            started, chunk = segment
            due = min(len(chunk), int((now - started) / self.byte_s + 1e-6))
            if due <= 0:
                break
            ended = segment[0] = started + due * self.byte_s
            segment[1] = chunk[due:]
            if due == len(chunk):
                self._segments.popleft()
            self._waiting -= due
            self.byte_count += due
            self.worst_lag_s = max(self.worst_lag_s, now - started - self.byte_s)
            self._deliver(bytes(chunk[:due]), ended)
        self._arm(loop)


class Wire:
    """A serial cable between a device in this process and a board that connects over TCP."""

    def __init__(self, line: Line | int, *, speed: float = 1.0, on_bytes=None):
        """`line` is how the device is set, a baud rate for 8N1.

        `on_bytes(chunk, ended_s)` gets what the device hears of the board, as it ends on the wire.
        """
        self.line = Line(line) if isinstance(line, int) else line
        self.board_line = None  # as the board told, or None
        self.speed = speed
        self.on_bytes = on_bytes
        self.to_board = Lane(self.byte_s, self._to_board)
        self.to_device = Lane(self.byte_s, self._to_device)
        self.plugged = True
        self.connections = 0
        self.port = 0
        self._board_ear = self._device_ear = None  # where the ends differ
        self._listener = Listener(self._from_board, self._told)

    @property
    def baud(self) -> int:
        """Bits a second of the device."""
        return self.line.baud

    @property
    def byte_s(self) -> float:
        """How long a byte of the device takes [s]."""
        return self._byte_s(self.line)

    def set_line(self, line: Line) -> None:
        """Set the device's end otherwise; bytes of another pace that wait are lost."""
        if line != self.line:
            self.line = line
            self._match()

    @property
    def connected(self) -> bool:
        """Whether a board hangs on the wire now."""
        return self._listener.transport is not None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen for the board; returns the TCP port, which is also kept in `port`."""
        self.port = await self._listener.start(host, port)
        return self.port

    async def close(self) -> None:
        """Stop listening and hang up."""
        self.to_board.clear()
        self.to_device.clear()
        await self._listener.close()

    async def wait_connected(self) -> None:
        """Return as soon as a board is connected."""
        await self._listener.connected.wait()

    def send(self, chunk: bytes, at: float = 0.0) -> tuple[float, float]:
        """Send bytes to the board; arguments and result as `Lane.push`."""
        return self.to_board.push(chunk, at)

    def unplug(self) -> None:
        """Pull the plug: all bytes are lost from now on; the TCP side notices nothing."""
        self.plugged = False
        self.to_board.clear()
        self.to_device.clear()

    def plug(self) -> None:
        """Put the plug back."""
        self.plugged = True

    def _byte_s(self, line: Line) -> float:
        return line.frame_bits / line.baud / self.speed

    def _told(self, text: bytes) -> None:
        """Take how the board's UART is set; what makes no sense changes nothing."""
        with contextlib.suppress(ValueError):
            line = Line.of(text)
            if line != self.board_line:
                self.board_line = line
                self._match()

    def _match(self) -> None:
        """Let each end hear the other as the two are set now."""
        board = self.board_line or self.line
        self.to_board.pace(self._byte_s(self.line))
        self.to_device.pace(self._byte_s(board))
        self._board_ear = self._device_ear = None
        if board == self.line:
            return
        self._board_ear = Ear(self.line, board)
        # The board's own output is never inverted, nor is a device that listens.
        spoken, listening = board._replace(inverted=False), self.line._replace(inverted=False)
        self._device_ear = Ear(spoken, listening) if spoken != listening else None
        if self.plugged:
            self._listener.write(self._board_ear.hear(b""))

    def _from_board(self, chunk: bytes) -> None:
        if self.plugged:
            self.to_device.push(chunk)

    def _to_board(self, chunk: bytes, ended: float) -> None:
        if self._board_ear:
            chunk = self._board_ear.hear(chunk, self.to_board.idle_after(ended))
        if self.plugged:
            self._listener.write(chunk)

    def _to_device(self, chunk: bytes, ended: float) -> None:
        if self._device_ear:
            chunk = self._device_ear.hear(chunk, self.to_device.idle_after(ended))
        if self.on_bytes and chunk:
            self.on_bytes(chunk, ended)


class SerialBridge:
    """A real device behind a serial port, for a board that connects over TCP; the UART paces."""

    def __init__(self, device: str, baud: int, bits: int = 8, parity: str = "N", stop: float = 1):
        """Open the serial port. Raises `serial.SerialException` when that fails."""
        import serial

        self._serial = serial.Serial(
            device, baud, bytesize=bits, parity=parity, stopbits=stop, timeout=0
        )
        self._listener = Listener(self._serial.write)
        self.failed = asyncio.Event()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen for the board; returns the TCP port."""
        asyncio.get_running_loop().add_reader(self._serial.fileno(), self._from_device)
        return await self._listener.start(host, port)

    async def close(self) -> None:
        """Let go of the serial port and hang up."""
        asyncio.get_running_loop().remove_reader(self._serial.fileno())
        self._serial.close()
        await self._listener.close()

    def _from_device(self) -> None:
        try:
            self._listener.write(self._serial.read(4096))
        except OSError:  # the adapter was pulled out
            asyncio.get_running_loop().remove_reader(self._serial.fileno())
            self.failed.set()


def run(main):
    """`asyncio.run` with timers finer than a millisecond."""

    def loop_factory():
        return asyncio.SelectorEventLoop(selectors.SelectSelector())

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main)


async def _bridge(options) -> int:
    host, _, port = options.listen.rpartition(":")
    bridge = SerialBridge(options.serial, options.baud, options.bits, options.parity, options.stop)
    port = await bridge.start(host or "127.0.0.1", int(port))
    print(f"{options.serial} on {host or '127.0.0.1'}:{port}", flush=True)
    try:
        await bridge.failed.wait()
    finally:
        with contextlib.suppress(OSError):
            await bridge.close()
    print(f"{options.serial}: gone", file=sys.stderr)
    return 1


def _arguments(arguments) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.wire",
        description="Put a real device behind a serial port onto a wire of the virtual world.",
        epilog="example: python -m tools.wire --serial /dev/ttyUSB0 --listen 127.0.0.1:5001",
    )
    parser.add_argument("--serial", required=True, help="serial port, such as /dev/ttyUSB0")
    parser.add_argument("--listen", required=True, help="HOST:PORT for the board; port 0: any")
    parser.add_argument("--baud", type=int, default=9600, help="bits a second (%(default)s)")
    parser.add_argument("--bits", type=int, choices=(7, 8), default=8, help="data bits")
    parser.add_argument("--parity", choices=("N", "E", "O"), default="N", help="parity")
    parser.add_argument("--stop", type=float, choices=(1, 1.5, 2), default=1, help="stop bits")
    return parser.parse_args(arguments)


def main(arguments=None) -> int:
    """Command line; returns the exit code."""
    try:
        return run(_bridge(_arguments(arguments)))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
