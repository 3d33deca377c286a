"""A bus in virtual time, under CPython: a loop whose clock jumps, a port, and a device behind it.

Nothing sleeps for real: when every task waits, the clock goes to the next timer. So ten minutes of
traffic take as long as their computing, and the figures are the same on every machine. The device
is written apart from the code under test (its CRC is the bitwise one of the Modbus document).
"""

import asyncio
import selectors
import struct
from collections import deque

PERIOD = 1 << 30  # of MicroPython's ticks
START = PERIOD - 20000  # ticks wrap 20 s into each test


class _JumpingSelector(selectors.SelectSelector):
    loop = None

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("every task waits for ever")
        self.loop.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock goes to the next timer instead of waiting for it."""

    def __init__(self):
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self
        self.now_s = 0.0

    def time(self):
        return self.now_s


def run(main):
    """Run a coroutine in virtual time; tasks that it left behind are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def ticks_ms():
    """Milliseconds of the virtual clock, wrapping as on the board."""
    return (START + round(asyncio.get_running_loop().time() * 1000)) % PERIOD


def now_ms():
    """Milliseconds since the loop began, without a wrap."""
    return asyncio.get_running_loop().time() * 1000


async def _sleep_ms(ms):
    await asyncio.sleep(ms / 1000)


async def _wait_for_ms(awaitable, ms):
    return await asyncio.wait_for(awaitable, ms / 1000)


asyncio.sleep_ms = _sleep_ms  # MicroPython has these two
asyncio.wait_for_ms = _wait_for_ms


def crc(frame):
    """CRC of MODBUS over serial line V1.02 section 6.2.2, bit by bit."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def sealed(frame):
    return frame + crc(frame)


class Port:
    """The board's side of a paced wire; what the device sends arrives byte by byte."""

    def __init__(self, device, baud=9600):
        self.byte_s = 10 / baud
        self.device = device
        self.requests = []  # (begin ms, end ms, frame)
        self.answer_ends = []  # ms
        self._arriving = deque()  # (time s, byte)
        self._line_free_s = 0.0

    def _now(self):
        return asyncio.get_running_loop().time()

    def any(self):
        now = self._now()
        return sum(1 for at, _ in self._arriving if at <= now)

    async def readinto(self, buf):
        while not self.any():
            await asyncio.sleep(self.byte_s)
        count = min(self.any(), len(buf))
        for i in range(count):
            buf[i] = self._arriving.popleft()[1]
        return count

    def discard(self):
        for _ in range(self.any()):
            self._arriving.popleft()

    async def write(self, buf):
        frame = bytes(buf)
        began = self._now()
        await asyncio.sleep(len(frame) * self.byte_s)
        self.requests.append((began * 1000, self._now() * 1000, frame))
        for delay_ms, sent in self.device.hear(frame):
            self.put(sent, delay_ms)

    def put(self, sent, delay_ms=0.0):
        """Let `sent` arrive, its first bit `delay_ms` from now or when the line is free."""
        at = max(self._now() + delay_ms / 1000, self._line_free_s)
        for byte in sent:
            at += self.byte_s
            self._arriving.append((at, byte))
        self._arriving = deque(sorted(self._arriving, key=lambda item: item[0]))
        self._line_free_s = at
        self.answer_ends.append(at * 1000)


class Device:
    """A Modbus device with holding registers; `answer` may be replaced to make it fail."""

    def __init__(self, unit=1, answer_ms=60):
        self.unit = unit
        self.answer_ms = answer_ms
        self.registers = {}
        self.writes = []  # (address, [words])
        self.is_silent = False
        self.spoil = None  # takes (request, answer), returns [(delay ms, bytes)]

    def hear(self, frame):
        """Return what goes on the wire after `frame`: [(delay ms, bytes)]."""
        if frame[0] != self.unit or frame[-2:] != crc(frame[:-2]):
            return []
        if self.is_silent:
            return []
        answer = sealed(self.reply(frame[1:-2]))
        if self.spoil:
            return self.spoil(frame, answer)
        return [(self.answer_ms, answer)]

    def reply(self, pdu):
        """The answer to a request PDU, with the unit in front and without the CRC."""
        function, address, count = struct.unpack(">BHH", pdu[:5])
        if function == 3:
            words = [self.registers.get(address + i) for i in range(count)]
            if None in words:
                return bytes([self.unit, 0x83, 2])
            return bytes([self.unit, 3, 2 * count]) + struct.pack(f">{count}H", *words)
        if function == 16:
            words = struct.unpack(f">{count}H", pdu[6:])
            refused = self.refuse(address, list(words))
            if refused:
                return bytes([self.unit, 0x90, refused])
            self.writes.append((address, list(words)))
            for i, word in enumerate(words):
                self.registers[address + i] = word
            return bytes([self.unit, 16]) + pdu[1:5]
        return bytes([self.unit, function | 0x80, 1])

    def refuse(self, address, words):
        """Exception code for a write, 0 to accept it."""
        return 0
