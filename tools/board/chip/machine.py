"""Stand-in for `machine` of the ESP32 port: pins, watchdog, clock, reset and UARTs.

Source: MicroPython library reference, module `machine`, and its ESP32 quick reference. What the
firmware does not use is left out; what is asked once or seldom lies in `_machine.py`.

A UART's wire is a TCP connection. Bytes leave at once, `txdone` tells when the last one would have
left; the far end of the wire paces. What arrives is kept in a receive buffer of the size that was
asked for (256 unless told): the rest of what came since the last look is lost and counted, as on
the chip. The wire is told how the UART is set, and lets it hear what a UART set so would hear.
Without a connection the wire is silent; it is tried again for ever, and no call here
blocks on it. With a direction pin the transceiver is modelled too: bytes written while it does not
drive are lost, bytes that arrive while it drives are not heard, and letting go before the last
byte is told.
"""

import io
import socket

import _world
from micropython import const

_RETRY_MS = const(200)  # real time between two attempts to connect
_POLL = const(3)  # stream requests of MicroPython's py/stream.h
_FILENO = const(10)
_IN = const(1)
_OUT = const(4)
_EINPROGRESS = const(115)
# Descriptors made by interpreter.py: beats, is always readable, is never.
_BEATING = const(100)
_READY = const(101)
_QUIET = const(102)


def __getattr__(name):
    return _world.seldom("_machine", name)


def _method(self, name):
    """A method that is needed seldom, such as by a test."""
    function = _world.seldom("_machine", name)
    return lambda *args, **more: function(self, *args, **more)


class Pin:
    """A GPIO; two objects of one number are the same pin."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2

    def __init__(self, number, mode=-1, pull=-1, value=None):
        """See `machine.Pin`; raises ValueError for a pin that the chip lacks."""
        self._number = number
        self._output = _world.seldom("_machine", "check_pin")(number, mode, pull)
        if value is not None:
            self(value)

    def __call__(self, level=None):
        """Get or set the level, 0 or 1."""
        levels = _world.levels
        if level is None:
            pushed = bytearray(2)
            while _world.hear(pushed) == 2:
                levels[pushed[0]] = pushed[1]
            return levels[self._number]
        level = 1 if level else 0
        if self._output and levels[self._number] != level:
            levels[self._number] = level
            if self._number in _world.directed:
                _world.directed[self._number].drive(level)
            else:
                _world.tell(f"pin {self._number} {level}\n")

    value = __call__
    __getattr__ = _method


class WDT:
    """The watchdog: once started it never stops, and a chip that does not feed it restarts."""

    def __init__(self, id=0, timeout=5000):
        """Start it with `timeout` ms, 1000 at least."""
        _world.seldom("_machine", "watch")(id, timeout)

    def feed(self):
        """Start the timeout anew."""
        _world.tell("f\n")


class RTC:
    """The clock: 2000-01-01 after power was off, kept over a restart."""

    def datetime(self, fields=None):
        """Get or set (year, month, day, weekday, hour, minute, second, microsecond), UTC."""
        if fields is not None:
            return _world.seldom("_machine", "set_clock")(fields)
        now = _world.rtc_us + _world.ticks_us()
        year, month, day, hour, minute, second, weekday, _, _ = _world.real_time.gmtime(
            now // 1000000
        )
        return year, month, day, weekday, hour, minute, second, now % 1000000


class UART(io.IOBase):
    """As `machine.UART` of the ESP32 port; UARTs are told apart by their number."""

    INV_RX = 4

    def __init__(self, *args, **more):
        """See `machine.UART`; raises ValueError as the chip does."""
        _world.seldom("_machine", "setup")(self, *args, **more)
        self._connect()

    __getattr__ = _method

    def any(self):
        """How many bytes wait to be read."""
        self.fill(0)
        return self.count

    def readinto(self, buf, size=None):
        """Fill `buf` with what waits; returns how many bytes, or None."""
        if not size or size > len(buf):
            size = len(buf)
        if not self.count and not self.timeout_us and size == len(buf):
            count = 0 if self.drives else self.receive(buf)
            if count == size:
                self.fill(size)
            return count or None
        self.fill(0)
        if self.timeout_us:
            self.wait(size)
        count = self.count
        if not count:
            return None
        if size > count:
            size = count
        view = memoryview(self.buffer)
        buf[:size] = view[:size]
        count -= size
        view[:count] = view[size : size + count]
        self.count = count
        return size

    def write(self, buf):
        """Put `buf` on the wire; returns its length at once."""
        now = _world.ticks_us()
        start = self.sent_us if self.sent_us > now else now
        self.sent_us = start + len(buf) * self.byte_ns // 1000
        if self.drives == 0:
            _world.tell("fault written to an RS485 line that is not driven\n")
        elif self._connect():
            try:
                self.socket.write(buf)
            except OSError:
                self.hang_up()
        return len(buf)

    def txdone(self):
        """Whether the last byte written has left."""
        return _world.ticks_us() >= self.sent_us

    def ioctl(self, request, argument):
        """Answer poll: by a descriptor when the system can watch one."""
        if request == _POLL:
            return (_OUT | (_IN if self.any() else 0)) & argument
        if request != _FILENO:
            return 0
        if self.count:
            return _READY
        if self.socket:
            return self.socket.fileno()
        return _BEATING if self.address else _QUIET

    def fill(self, held):
        """Move what has arrived into the receive buffer, of which `held` bytes are spoken for.

        What does not fit is lost.
        """
        if self.drives:
            return
        buffer = self.buffer
        room = len(buffer) - held
        while self.count < room:
            whole = room == len(buffer) and not self.count
            count = self.receive(buffer if whole else memoryview(buffer)[self.count : room])
            if not count:
                return
            self.count += count
        lost = 0
        sink = bytearray(64)
        count = self.receive(sink)
        while count:
            lost += count
            count = self.receive(sink)
        if lost:
            _world.tell(f"overflow {lost}\n")

    def receive(self, buf):
        """Read from the wire into `buf`; returns how many bytes, 0 when there is nothing."""
        if not self._connect():
            return 0
        try:
            count = self.socket.readinto(buf)
        except OSError:
            count = 0
        if count == 0:  # the far end is gone
            self.hang_up()
            self._connect()
            return 0
        return count or 0

    def tell_line(self):
        """Tell the far end how this one is set: see tools/wire.py."""
        teller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            teller.sendto(self.line, self.address)
        except OSError:  # nobody there
            pass
        teller.close()

    def _connect(self):
        """Whether there is a wire; tries to connect at most every _RETRY_MS."""
        if self.socket or not self.address:
            return self.socket
        now = _world.real_time.ticks_ms()
        if self.tried_ms is not None and now - self.tried_ms < _RETRY_MS:
            if _world.beat is None:
                _world.beat = open(_BEATING, "rb")  # noqa: SIM115
            _world.beat.read(8)  # so that it wakes us again only at its next beat
            return None
        self.tried_ms = now
        self.tell_line()
        self.socket = wire = socket.socket()
        wire.setsockopt(6, 1, 1)  # TCP_NODELAY: a wire does not wait for more bytes
        wire.setblocking(False)
        try:
            wire.connect(self.address)
        except OSError as error:
            if error.errno != _EINPROGRESS:
                self.hang_up()
        return self.socket
