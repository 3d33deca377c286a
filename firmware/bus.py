"""The one owner of an RS485 line with Modbus RTU devices.

    registers = await bus.read(1, 0x0604, 7)  # a poll: waits for its turn
    await bus.write(1, 0x1187, words)  # a set-point: the next on the wire

One exchange at a time. A set-point goes before every poll and waits for no more than the exchange
under way; a poll keeps off the moment that is reserved for the next set-point. A device that does
not answer is asked ever less, so that it holds up nobody else. Traffic ends when nobody has
allowed it lately (`keep_open`): an inverter takes every frame for a sign of life, so its own
time-out fires only on a silent line.

The port is looked at between short sleeps: nothing holds the event loop, and every wait ends.
Silences: MODBUS over serial line V1.02 section 2.5.1.1.
"""

import asyncio

import ticks
from micropython import const

from modbus.agenda import Agenda
from modbus.device import Device
from modbus.rtu import PASSIVE, READ_HOLDING, WRITE_MULTIPLE, Exchange, ModbusError

SETPOINT = const(0)
POLL = const(1)

_BITS_PER_BYTE = const(10)  # start, 8 data, stop
_LOOK_MS = const(2)  # between two looks at the port while an answer is due
_QUIET_MS = const(100)  # an answer that pauses so long is broken; a garbage collection is shorter
_SLICE_MS = const(20)  # longest sleep of a waiting poll, so that it sees what has changed
_PROBE_ROOM_MS = const(300)  # before each telegram are for polls of known devices, and
_LAST_READS_MS = const(200)  # before each telegram are for devices that answer
_CLEARINGS = const(5)  # looks for a silent line before a request is sent all the same
_UNITS = const(16)  # devices that are remembered

#: After these the same request may go again. Exceptions 5 and 6 mean busy, and so does Sofar's 7.
_PASSING = ("timeout", "crc", "short", "address", "mismatch")
_PASSING_EXCEPTIONS = ("exception_5", "exception_6", "exception_7")

#: What is counted in `Bus.stats`, besides each error code.
COUNTERS = (
    "exchanges",  # requests sent
    "answers",  # good answers and exceptions
    "retries",
    "exceptions",
    "late",  # good frames that answered something else
    "foreign",  # good frames of other units
    "overheard",  # good frames that came when nobody was asked: another master
    "noise_bytes",
    "echo_bytes",
    "sent_bytes",
    "received_bytes",
    "busy_ms",  # from the first byte of a request to the end of its answer or time-out
    "setpoint_wait_max_ms",  # longest a set-point waited for the line
)
_CODES = ("timeout", "crc", "short", "address", "mismatch", "stale", "silent", "muted")


class Bus:
    """RS485 master on a port."""

    def __init__(self, port, baud: int, ticks_ms, gap_ms: int = 50, urgent_gap_ms: int = 20):
        """Take `port` (readinto, any, write, discard) at `baud`, with `ticks_ms()` for a clock.

        gap_ms: silence before a poll (50 ms: no time-out in 6862 requests to a Sofar).
        urgent_gap_ms: silence before a set-point; the standard asks for 3.5 characters, and no
        less is ever kept.
        """
        self._ticks_ms = ticks_ms
        self._port = port
        self._tcp = None
        self._set_speed(baud)
        self._agenda = Agenda(max(gap_ms, self._silence_ms), max(urgent_gap_ms, self._silence_ms))
        self._exchange = Exchange()
        self._buffer = bytearray(64)
        self._view = memoryview(self._buffer)
        self._freed = asyncio.Event()
        self._is_busy = False
        self._setpoints_waiting = 0
        self.devices = {}  # what is known of each unit
        self._open_until_ms = None  # None: always open
        self._hush_until_ms = None
        self.began_ms = None  # tick of the first byte of the last request
        self.timeout_ms = 1000  # from the end of a request to the first byte of its answer
        self.stats = {}
        for name in COUNTERS + _CODES:
            self.stats[name] = 0

    def _set_speed(self, baud: int):
        self.baud = baud
        self._byte_us = _BITS_PER_BYTE * 1000000 // baud
        self._silence_ms = 2 if baud > 19200 else 38500 // baud + 1  # 3.5 characters of 11 bits

    def set_baud(self, baud: int):
        """Go on at another speed."""
        self._port.configure(baud, 8, None, False)
        self._set_speed(baud)

    def follow(self, link: str, baud: int, host: str, tcp_port: int):
        """Talk as the settings say: over "rtu" at `baud`, or over "tcp" to `host`."""
        if self._tcp:
            self._tcp.close()
            self._tcp = None
        if link == "tcp":
            from firmware.bus_tcp import TcpLink

            self._tcp = TcpLink(host, tcp_port, self._ticks_ms)
        elif baud != self.baud and self._port:
            self.set_baud(baud)
        for unit in list(self.devices):  # what was learnt is of another line
            gap_ms = self.devices[unit].gap_ms
            self.devices[unit] = Device()
            self.devices[unit].gap_ms = gap_ms

    def is_serial(self) -> bool:
        """Whether it talks over RS485."""
        return self._tcp is None and self._port is not None

    async def read(
        self,
        unit: int,
        address: int,
        count: int,
        priority: int = POLL,
        function: int = READ_HOLDING,
        retries: int = 2,
    ) -> bytes:
        """Return the `count` registers from `address` of device `unit`, two bytes each.

        Raises ModbusError, and ValueError for what cannot be asked.
        """
        request = (unit, address, count, None, function)
        return await self.ask(request, priority, retries, None)

    async def write(
        self,
        unit: int,
        address: int,
        words: list,
        priority: int = SETPOINT,
        valid_ms: "int | None" = None,
        retries: int = 1,
        function: int = WRITE_MULTIPLE,
    ):
        """Write `words` from `address` on to device `unit`.

        Nothing goes on the wire, the first time or again, later than `valid_ms` from now: then
        ModbusError("stale") is raised. Else as `read`.
        """
        request = (unit, address, len(words), words, function)
        await self.ask(request, priority, retries, valid_ms)

    def reserve(self, at_ms: int, hold_ms: int = 100):
        """Keep polls off the line for the set-points: a telegram has come, the next is due at
        `at_ms`.

        Polls wait from now for `hold_ms` or until `release`, and must have ended at `at_ms`.
        """
        self._agenda.reserve(at_ms, self._ticks_ms(), hold_ms)

    def release(self):
        """Let polls go: the set-point for the last telegram is written, or none is needed."""
        self._agenda.release()

    @property
    def reserved_ms(self) -> "int | None":
        """Tick at which the next telegram is expected, or None."""
        return self._agenda.reserved_ms

    def keep_open(self, for_ms: "int | None"):
        """Allow traffic for `for_ms` from now (None: for ever); then requests are "muted"."""
        self._open_until_ms = None if for_ms is None else ticks.add(self._ticks_ms(), for_ms)

    def hush(self, for_ms: int):
        """Send nothing at all for `for_ms` from now, whoever has allowed it."""
        self._hush_until_ms = ticks.add(self._ticks_ms(), for_ms) if for_ms else None

    def is_closed(self) -> bool:
        """Whether the time of `keep_open` is over."""
        until_ms = self._open_until_ms
        return until_ms is not None and ticks.diff(until_ms, self._ticks_ms()) <= 0

    def is_muted(self) -> bool:
        """Whether requests are refused now."""
        until_ms = self._hush_until_ms
        if until_ms is not None and ticks.diff(until_ms, self._ticks_ms()) > 0:
            return True
        return self.is_closed()

    def poll_ms(self, unit: int, count: int) -> int:
        """How long a read of `count` registers is expected to take, with the silence after it."""
        return self._duration_ms(self.device(unit), 8, 5 + 2 * count) + self._agenda.gap_ms

    def wire_ms(self, length: int) -> int:
        """How long `length` bytes take on the wire, rounded up."""
        if self._tcp:
            return 1
        return (length * self._byte_us + 999) // 1000

    def device(self, unit: int) -> Device:
        """What is known of device `unit`."""
        device = self.devices.get(unit)
        if device is None:
            if len(self.devices) >= _UNITS:
                self.devices.clear()  # a scan of all addresses: what matters is soon learnt again
            device = self.devices[unit] = Device()
        return device

    def _duration_ms(self, device: Device, request_length: int, reply_length: int) -> int:
        return self.wire_ms(request_length + reply_length) + device.answer_ms + 2 * _LOOK_MS

    async def ask(self, request, priority: int, retries: int, valid_ms) -> bytes:
        """Exchange, and again after an error that may pass; counts every error."""
        asked_ms = self._ticks_ms()
        while True:
            try:
                return await self._take_turn(request, priority, asked_ms, valid_ms)
            except ModbusError as error:
                code = error.code
                if code in self.stats:
                    self.stats[code] += 1
                else:
                    self.stats["exceptions"] += 1
                may_pass = code in _PASSING or code in _PASSING_EXCEPTIONS
                if not retries or not may_pass or self.device(request[0]).is_silent():
                    raise
            retries -= 1
            self.stats["retries"] += 1

    async def _take_turn(self, request, priority: int, asked_ms: int, valid_ms) -> bytes:
        if priority == SETPOINT:
            self._setpoints_waiting += 1
            try:
                await self._wait_for_line(request, True)
            finally:
                self._setpoints_waiting -= 1
                self._freed.set()  # polls look again even when the set-point was given up
        else:
            await self._wait_for_line(request, False)
        try:
            self._check_allowed(request, priority, asked_ms, valid_ms)
            return await self._exchange_once(request)
        finally:
            self._is_busy = False
            self._freed.set()

    async def _wait_for_line(self, request, is_urgent: bool):
        """Return with the line taken, as soon as this request may go."""
        began_ms = self._ticks_ms()
        while True:
            if self._is_busy or (self._setpoints_waiting and not is_urgent):
                self._freed.clear()
                await self._freed.wait()
                continue
            now_ms = self._ticks_ms()
            waited_ms = ticks.diff(now_ms, began_ms)
            wait_ms = self._wait_ms(request, is_urgent, now_ms, waited_ms)
            if not wait_ms:
                break
            await asyncio.sleep_ms(min(wait_ms, _SLICE_MS))
        self._is_busy = True
        if is_urgent and waited_ms > self.stats["setpoint_wait_max_ms"]:
            self.stats["setpoint_wait_max_ms"] = waited_ms

    def _wait_ms(self, request, is_urgent: bool, now_ms: int, waited_ms: int) -> int:
        unit, address, count, words, function = request
        wait_ms = max(
            self._agenda.gap_wait_ms(now_ms, is_urgent), self.device(unit).gap_wait_ms(now_ms)
        )
        if words is None or function == PASSIVE:  # answers that do not say what they answer
            length = 5 + 2 * count
            wait_ms = max(
                wait_ms, self._agenda.late_wait_ms(now_ms, unit, function, length, address)
            )
        if not is_urgent:
            # The silence after it need not be longer than what the set-point asks for.
            device = self.device(unit)
            needs_ms = self.poll_ms(unit, count) - self._agenda.gap_ms + self._agenda.urgent_gap_ms
            if device.is_silent() or device.limit_ms:
                needs_ms += device.timeout_ms(self.timeout_ms)
                needs_ms += _PROBE_ROOM_MS if device.limit_ms else _LAST_READS_MS
            wait_ms = max(wait_ms, self._agenda.hold_wait_ms(now_ms, needs_ms, waited_ms))
        return wait_ms

    def _check_allowed(self, request, priority: int, asked_ms: int, valid_ms):
        """Raise ModbusError for what must not go on the wire now."""
        now_ms = self._ticks_ms()
        if self.is_muted() or not (self._port or self._tcp):
            raise ModbusError("muted")
        if valid_ms is not None and ticks.diff(now_ms, asked_ms) >= valid_ms:
            raise ModbusError("stale")
        if priority != SETPOINT and self.device(request[0]).is_resting(now_ms):
            raise ModbusError("silent")

    async def _exchange_once(self, request) -> bytes:
        """Send the request and return its answer; the line is ours."""
        unit, address, count, words, function = request
        exchange, device, has_answer = self._exchange, self.device(unit), False
        if self._tcp is None:
            await self._clear_line()
        if words is None:
            frame = exchange.read(unit, address, count, function)
        else:
            frame = exchange.write(unit, address, words, function)
        began_ms = self.began_ms = self._ticks_ms()
        try:
            if self._tcp:
                limit_ms = device.timeout_ms(self.timeout_ms)
                has_answer = await self._tcp.exchange(exchange, frame, limit_ms, self.stats)
            else:
                await self._port.write(frame)
                has_answer = await self._receive(device, self._ticks_ms())
        finally:
            now_ms = self._ticks_ms()
            self._agenda.ended(now_ms)
            device.ended_ms = now_ms
            self._count(len(frame), ticks.diff(now_ms, began_ms))
            if not (has_answer or self._tcp):  # a cancelled request too: its answer is on the way
                self._agenda.lost(unit, function, exchange.reply_length, address, began_ms)
        if not has_answer:
            code = exchange.verdict()
            device.missed(now_ms, code == "timeout")
            raise ModbusError(code)
        self.stats["answers"] += 1
        return exchange.result()

    async def _clear_line(self):
        """Throw away what came unasked, and let somebody else's frame end."""
        for _ in range(_CLEARINGS):
            waiting = self._port.any()
            if not waiting:
                return
            self.stats["noise_bytes"] += waiting
            await self._listen()
            self._port.discard()
            await asyncio.sleep_ms(self._silence_ms)

    async def _listen(self):
        """Count good frames among what came unasked, unless they may be late answers to us."""
        if not self._agenda.is_late_possible(self._ticks_ms()):
            n = await self._port.readinto(self._view)
            self.stats["overheard"] += self._exchange.overheard(self._view, n)

    async def _receive(self, device: Device, sent_ms: int) -> bool:
        """Feed the exchange with what comes; True with a valid answer, False after its time."""
        port, exchange, view = self._port, self._exchange, self._view
        reply_ms = self.wire_ms(exchange.reply_length)
        limit_ms = device.timeout_ms(self.timeout_ms) + reply_ms
        await asyncio.sleep_ms(max(_LOOK_MS, device.least_ms + reply_ms - 2 * _LOOK_MS))
        last_ms = sent_ms
        while True:
            now_ms = self._ticks_ms()
            if port.any():
                if exchange.feed(view, await port.readinto(view)):
                    self._learn(device, ticks.diff(now_ms, sent_ms))
                    return True
                last_ms = now_ms
            is_quiet = ticks.diff(now_ms, last_ms) >= _QUIET_MS
            if is_quiet and exchange.is_cut_when_quiet():
                return exchange.finish()
            if ticks.diff(now_ms, sent_ms) >= limit_ms:
                return exchange.finish()
            await asyncio.sleep_ms(_LOOK_MS)

    def _learn(self, device: Device, took_ms: int):
        exchange = self._exchange
        bytes_ms = self.wire_ms(min(exchange.received, exchange.reply_length))
        device.answered(max(0, took_ms - bytes_ms))

    def _count(self, sent_bytes: int, busy_ms: int):
        exchange, stats = self._exchange, self.stats
        stats["exchanges"] += 1
        stats["sent_bytes"] += sent_bytes
        stats["busy_ms"] += busy_ms
        stats["received_bytes"] += exchange.received
        stats["noise_bytes"] += exchange.noise_bytes
        stats["echo_bytes"] += exchange.echo_bytes
        stats["late"] += exchange.late_frames
        stats["foreign"] += exchange.foreign_frames
