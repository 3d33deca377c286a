"""A bus in virtual time, under CPython: a loop whose clock jumps, a port, and a device behind it.

Nothing sleeps for real: when every task waits, the clock goes to the next timer. So ten minutes of
traffic take as long as their computing, and the figures are the same on every machine. The device
is written apart from the code under test (its CRC is the bitwise one of the Modbus document).
"""

import asyncio
import gc
import selectors
import struct
from collections import deque

FREE_BYTES = [50000]  # what gc.mem_free tells
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


gc.mem_free = lambda: FREE_BYTES[0]
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

    def configure(self, baud, bits, parity, inverted):
        self.baud = baud
        self.byte_s = 10 / baud

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
        self.inputs = {}  # what function 4 reads; empty: the same as function 3
        self.writes = []  # (address, [words])
        self.commands = []  # (address, word) of function 0x42
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
        if function in (3, 4):
            table = self.inputs if function == 4 and self.inputs else self.registers
            words = [table.get(address + i) for i in range(count)]
            if None in words:
                return bytes([self.unit, function | 0x80, 2])
            return bytes([self.unit, function, 2 * count]) + struct.pack(f">{count}H", *words)
        if function == 6:
            self.writes.append((address, [count]))
            self.registers[address] = count
            return bytes([self.unit]) + pdu[:5]
        if function == 0x42:
            self.commands.append((address, count))
            return bytes([self.unit, 0x42, 2, 3, 0])
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


class Several:
    """Several devices on one line, each with a unit of its own."""

    def __init__(self, *devices):
        self.devices = devices

    async def live(self):
        await asyncio.gather(*(device.live() for device in self.devices))

    def hear(self, frame):
        for device in self.devices:
            if frame[0] == device.unit:
                return device.hear(frame)
        return []

    @property
    def writes(self):
        return [write for device in self.devices for write in device.writes]


class SofarDevice(Device):
    """The virtual house's Sofar behind the rig's port; its battery moves in virtual time."""

    EPOCH_S = 1781526605  # 2026-06-15 14:30:05 in Belgium

    def __init__(self, mode=0, load_w=500.0, pv_w=0.0, unit=1, **plant):
        from tools.house.plant import Plant
        from tools.house.sofar import Sofar

        super().__init__(unit, 60)
        self.plant = Plant(**plant)
        self.load_w, self.pv_w = load_w, pv_w
        self.sofar = Sofar(self.plant, self.unix_s, mode=mode)
        self.requests = []  # (ms, function, address)
        self.forgets = set()  # first registers of writes that are acknowledged and not done
        self.refused_reads = set()

    def unix_s(self):
        return self.EPOCH_S + asyncio.get_running_loop().time()

    async def live(self):
        """Move the plant for ever, ten times a second."""
        while True:
            await asyncio.sleep(0.1)
            self.plant.step(0.1, self.load_w, self.pv_w)
            self.sofar.tick()

    def hear(self, frame):
        if not self.sofar.listening:
            return []
        return super().hear(frame)

    def reply(self, pdu):
        from tools.house.sofar import RefusedError

        function, address, count = struct.unpack(">BHH", pdu[:5])
        self.requests.append((now_ms(), function, address))
        try:
            if function == 3:
                if address in self.refused_reads:
                    raise RefusedError(2)
                words = self.sofar.read(address, count)
                return bytes([self.unit, 3, 2 * count]) + struct.pack(f">{count}H", *words)
            words = list(struct.unpack(f">{count}H", pdu[6:]))
            refused = self.refuse(address, words)
            if refused:
                raise RefusedError(refused)
            self.writes.append((address, words))
            if address not in self.forgets:
                self.sofar.write(address, words)
            return bytes([self.unit, 16]) + pdu[1:5]
        except RefusedError as error:
            code = 0x83 if function == 3 else 0x90
            return bytes([self.unit, code, error.args[0]])


SETTINGS = {
    "inverter.model": "Sofar ESI 3K-S1",
    "inverter.address": 1,
    "inverter.max_charge_w": 0,
    "inverter.max_discharge_w": 0,
    "inverter.timeout_s": 30,
    "inverter.timeout_action": "previous_mode",
    "inverter.set_passive": True,
    "inverter.accept_no_deadman": False,
    "inverter.no_export": False,
    "inverter.link": "rtu",
    "inverter.baud": 9600,
    "inverter.host": "",
    "inverter.port": 502,
    "control.enabled": True,
    "battery.capacity_wh": 10000,
    **{f"devices.d{n}": "" for n in range(2, 9)},
}


class Settings(dict):
    """Settings as the board has them: a number grows with each change."""

    seq = 0

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.seq += 1


class Site:
    """A Sofar, the bus, the inverter's task, and somebody who decides every second."""

    def __init__(self, device, **settings):
        from firmware.bus import Bus
        from firmware.inverter import Inverter
        from firmware.journal import Journal
        from firmware.state import State

        self.device = device
        self.port = Port(device)
        self.bus = Bus(self.port, 9600, ticks_ms)
        self.journal = Journal(ticks_ms, lambda: None)
        self.state = State(self.journal)
        self.counters = self.state.counters
        self.settings = Settings(SETTINGS)
        for key, value in settings.items():
            self.settings[("devices." if "devices." + key in SETTINGS else "inverter.") + key] = (
                value
            )
        self.inverter = Inverter(self.bus, self.state, self.settings, ticks_ms)
        self.record = self.inverter.record
        self.wanted_w = 0
        self.decides = True
        self.starts = True  # the inverter's task, at once
        self.telegrams = []  # ms
        self._tasks = []

    async def __aenter__(self):
        for work in (self.device.live(), self._decide()):
            self._tasks.append(asyncio.create_task(work))
        if self.starts:
            self.start()
        return self

    def start(self):
        """Start the inverter's task."""
        self._tasks.append(asyncio.create_task(self.inverter.run()))

    async def __aexit__(self, *_):
        crashed = [task for task in self._tasks if task.done()]
        await self.stop()
        for task in crashed:
            task.result()

    async def stop(self):
        """End all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _decide(self):
        """What meter and governor do: reserve, and 15 ms later a set-point, every second."""
        from firmware.state import Setpoint

        next_s = 1.0
        while True:
            await asyncio.sleep(next_s - asyncio.get_running_loop().time())
            next_s += 1
            if not self.decides:
                continue
            self.telegrams.append(now_ms())
            telegram_ms = ticks_ms()
            self.bus.reserve((telegram_ms + 1000) % PERIOD)
            await asyncio.sleep(0.015)
            setpoint = Setpoint()
            wanted = self.wanted_w
            setpoint.value_w = wanted(now_ms()) if callable(wanted) else wanted
            setpoint.valid_ms = 3000
            setpoint.telegram_ms = telegram_ms
            self.state.setpoint.put(setpoint, ticks_ms())

    async def until(self, condition, most_s=60):
        """Wait until `condition()`; returns the seconds that it took."""
        began = now_ms()
        while not condition():
            if now_ms() - began > most_s * 1000:
                raise AssertionError(f"not within {most_s} s")
            await asyncio.sleep(0.01)
        return (now_ms() - began) / 1000

    def alarms(self):
        """Codes of the standing alarms."""
        return {alarm[0] for alarm in self.journal.alarms()}

    def writes_to(self, address):
        """Words of each accepted write that began at `address`."""
        return [words for at, words in self.device.writes if at == address]
