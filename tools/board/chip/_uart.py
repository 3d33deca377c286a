"""A UART of the chip whose wire is a TCP connection.

Bytes leave at once, `txdone` tells when the last one would have left; the far end of the wire
paces. What arrives is kept in a receive buffer of the size that was asked for (256 unless told):
the rest of what came since the last look is lost and counted, as on the chip. Without a
connection the wire is silent; it is tried again for ever, and no call here blocks on it.

With a direction pin the transceiver is modelled too: bytes written while it does not drive are
lost, bytes that arrive while it drives are not heard, and letting go before the last byte is
told.
"""

import io
import socket

import _world

_RETRY_MS = 200  # real time between two attempts to connect
_POLL, _FILENO = 3, 10  # stream requests of MicroPython's py/stream.h
_IN, _OUT = 1, 4
_EINPROGRESS = 115

#: Direction pin of an RS485 transceiver -> its UART.
directed = {}
_retry_timer = None
_quiet = None


def _nothing():
    """A descriptor on which nothing ever arrives: a UART pin with no wire."""
    global _quiet
    if _quiet is None:
        _quiet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return _quiet.fileno()


class UART(io.IOBase):
    """As `machine.UART` of the ESP32 port; UARTs are told apart by their number."""

    INV_RX, INV_CTS, INV_TX, INV_RTS = 4, 8, 32, 64
    IRQ_RX, IRQ_BREAK, IRQ_RXIDLE = 1, 2, 4096

    def __init__(self, number, baudrate=115200, bits=8, parity=None, stop=1, **more):
        """See `machine.UART`; raises ValueError as the chip does."""
        if not 0 <= number <= 2:
            raise ValueError(f"UART({number}) does not exist")
        if number == 1 and "tx" not in more:
            _world.tell("fault UART(1) without tx drives GPIO10, a pin of the flash")
        wire = _world.config["wires"].get(str(number)) or {}
        self._address = wire.get("address") and socket.getaddrinfo(*wire["address"])[0][-1]
        self._wire_inverted = bool(wire.get("inverted"))
        self._socket = None
        self._tried_ms = None
        self._sent_us = 0
        self._direction = wire.get("direction")
        self._driving = bool(_world.levels.get(self._direction, 0))
        if self._direction is not None:
            directed[self._direction] = self
        self._buffer = b""
        self._rxbuf = 256
        self._timeout_us = 0
        self._inverted = False
        self.init(baudrate, bits, parity, stop, **more)
        self._connect()

    def init(self, baudrate=115200, bits=8, parity=None, stop=1, **more):
        """Change line settings; a new `rxbuf` empties the receive buffer."""
        if bits not in (5, 6, 7, 8) or stop not in (1, 2) or parity not in (None, 0, 1):
            raise ValueError("invalid data bits, parity or stop bits")
        self._rxbuf = more.get("rxbuf", self._rxbuf)
        if self._rxbuf <= 128:
            raise ValueError("rxbuf must exceed the hardware buffer of 128 bytes")
        bits_per_byte = 1 + bits + (parity is not None) + stop
        self._byte_ns = bits_per_byte * 1000000000 // baudrate
        self._timeout_us = more.get("timeout", 0) * 1000
        self._inverted = bool(more.get("invert", 0) & self.INV_RX)
        if len(self._buffer) != self._rxbuf:
            self._buffer = bytearray(self._rxbuf)
            self._view = memoryview(self._buffer)
            self._start = self._count = 0

    def deinit(self):
        """Let go of the wire."""
        self._drop()
        self._address = None

    def any(self):
        """How many bytes wait to be read."""
        self._fill()
        return self._count

    def read(self, size=-1):
        """Up to `size` bytes, or all; waits no longer than the UART's timeout, then None."""
        if size == 0:
            return b""
        self._wait(size if size > 0 else 1)
        size = self._count if size < 0 else min(size, self._count)
        if not size:
            return None
        found = bytes(self._view[self._start : self._start + size])
        self._take(size)
        return found

    def readinto(self, buf, size=None):
        """Fill `buf` with what waits; returns how many bytes, or None."""
        size = len(buf) if size is None else min(size, len(buf))
        if not self._count and not self._timeout_us and size == len(buf) and not self._deaf():
            count = self._receive(buf)
            if count and count == size:
                self._fill(size)
            return count or None
        self._wait(size)
        size = min(size, self._count)
        if not size:
            return None
        buf[:size] = self._view[self._start : self._start + size]
        self._take(size)
        return size

    def write(self, buf):
        """Put `buf` on the wire; returns its length at once."""
        now = _world.ticks_us()
        start = self._sent_us if self._sent_us > now else now
        self._sent_us = start + len(buf) * self._byte_ns // 1000
        if self._direction is not None and not self._driving:
            _world.tell("fault written to an RS485 line that is not driven")
            return len(buf)
        self._connect()
        if self._socket:
            try:
                self._socket.write(buf)
            except OSError:
                self._drop()
        return len(buf)

    def txdone(self):
        """Whether the last byte written has left."""
        return _world.ticks_us() >= self._sent_us

    def flush(self):
        """Block until the last byte written has left."""
        while not self.txdone():
            _world.sleep_us(100)

    def ioctl(self, request, argument):
        """Answer poll: by a descriptor when the system can watch one."""
        if request == _FILENO:
            return self._descriptor()
        if request == _POLL:
            return (_OUT | (_IN if self.any() else 0)) & argument
        return 0

    def drive(self, on):
        """The direction pin changed: `on` means that this end drives the line."""
        if self._driving and not on:
            if not self.txdone():
                left = self._sent_us - _world.ticks_us()
                _world.tell(f"fault line let go {left} us before the last byte")
            self._discard()  # arrived while nobody listened
        self._driving = on

    def _deaf(self):
        return self._direction is not None and self._driving

    def _descriptor(self):
        if self._count:
            return _world.config["ready_fd"]
        if self._socket:
            return self._socket.fileno()
        return _world.config["retry_fd"] if self._address else _nothing()

    def _wait(self, size):
        """Wait for `size` bytes, no longer than the UART's own timeout."""
        self._fill()
        if self._timeout_us and self._count < size:
            end = _world.ticks_us() + self._timeout_us
            while self._count < size and _world.ticks_us() < end:
                _world.sleep_us(1000)
                self._fill()

    def _take(self, size):
        self._start += size
        self._count -= size
        if not self._count:
            self._start = 0

    def _discard(self):
        while self._receive(self._buffer):
            pass
        self._start = self._count = 0

    def _fill(self, held=0):
        """Move what has arrived into the receive buffer, of which `held` bytes are spoken for."""
        if self._deaf():
            return
        if self._start:
            self._buffer[: self._count] = self._view[self._start : self._start + self._count]
            self._start = 0
        room = self._rxbuf - held
        while self._count < room:
            whole = room == self._rxbuf and not self._count
            count = self._receive(self._buffer if whole else self._view[self._count : room])
            if not count:
                return
            self._count += count
        self._spill()

    def _spill(self):
        """Lose what does not fit."""
        lost, sink = 0, bytearray(64)
        count = self._receive(sink)
        while count:
            lost += count
            count = self._receive(sink)
        if lost:
            _world.tell(f"overflow {lost}")

    def _receive(self, buf):
        """Read from the wire into `buf`; returns how many bytes, 0 when there is nothing."""
        self._connect()
        if self._socket is None:
            return 0
        try:
            count = self._socket.readinto(buf)
        except OSError:
            count = 0
        if count == 0:  # the far end is gone
            self._drop()
            self._connect()
            return 0
        if count and self._inverted != self._wire_inverted:
            for i in range(count):
                buf[i] ^= 0xFF
        return count or 0

    def _connect(self):
        """Try to connect, at most every _RETRY_MS."""
        if self._socket or not self._address:
            return
        now = _world.real_ms()
        if self._tried_ms is not None and now - self._tried_ms < _RETRY_MS:
            self._quieten_timer()
            return
        self._tried_ms = now
        self._socket = socket.socket()
        self._socket.setsockopt(6, 1, 1)  # TCP_NODELAY: a wire does not wait for more bytes
        self._socket.setblocking(False)
        try:
            self._socket.connect(self._address)
        except OSError as error:
            if error.errno != _EINPROGRESS:
                self._drop()

    def _quieten_timer(self):
        """Read the timer that woke us, so that it wakes us again only at its next beat."""
        global _retry_timer
        if _retry_timer is None:
            _retry_timer = open(_world.config["retry_fd"], "rb")  # noqa: SIM115
        _retry_timer.read(8)

    def _drop(self):
        if self._socket:
            self._socket.close()
            self._socket = None
