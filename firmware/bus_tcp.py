"""Modbus TCP for a Bus: the same requests to an inverter on the home network.

Imported when the settings ask for it. The Bus keeps the turns, the priorities and the silences;
here a request gets the head of MODBUS messaging on TCP/IP V1.0b section 3.1 and its answer is
found by the number in it: a late answer to an earlier request is never taken for another. A lost
connection is made again, ever less often. Nothing blocks: an address in figures needs no DNS.
"""

import asyncio

import ticks
from crc16 import crc16_modbus
from micropython import const

from modbus.rtu import ModbusError

_CONNECT_MS = const(2000)
_FIRST_PAUSE_MS = const(1000)
_MOST_PAUSE_MS = const(30000)
_HEAD = const(6)  # number, protocol, length; the unit counts as the answer's
_LONGEST = const(254)  # unit and PDU
_SILENCES = const(3)  # requests without any answer after which the connection is given up


class TcpLink:
    """A connection to one device, or to a gateway with several units behind it."""

    def __init__(self, host: str, port: int, ticks_ms):
        """Talk to `host`, an IPv4 address in figures."""
        self._host = host
        self._tcp_port = port
        self._ticks_ms = ticks_ms
        self._streams: tuple = ()  # reader and writer while connected
        self._number = 0
        self._held = b""  # received and not used yet
        self._pause_ms = 0
        self._failed_ms = 0
        self._silences = 0

    async def exchange(self, exchange, frame, timeout_ms: int, stats: dict) -> bool:
        """Send the RTU `frame` of `exchange` and feed it the answer; False when none has come.

        Raises ModbusError("timeout") when there is no connection.
        """
        try:
            if not self._streams:
                await self._connect()
            writer = self._streams[1]
            self._number = (self._number + 1) & 0xFFFF
            length = len(frame) - 2
            head = bytes((self._number >> 8, self._number & 0xFF, 0, 0, 0, length))
            writer.write(head + bytes(frame[:length]))
            await writer.drain()
        except OSError:
            self._hang_up(True)
            raise ModbusError("timeout") from None
        try:
            answered = await asyncio.wait_for_ms(self._answer(exchange, stats), timeout_ms)
        except asyncio.TimeoutError:
            self._silences += 1
            if self._silences >= _SILENCES:
                self._hang_up(False)
            return False
        except OSError:
            self._hang_up(True)
            return False
        self._silences = 0
        self._pause_ms = 0
        return answered

    async def _connect(self):
        now_ms = self._ticks_ms()
        if self._pause_ms and ticks.diff(now_ms, self._failed_ms) < self._pause_ms:
            raise ModbusError("timeout")
        if not all([part.isdigit() for part in self._host.split(".")]):
            raise OSError(22)  # a name would be looked up, and that blocks
        opening = asyncio.open_connection(self._host, self._tcp_port)
        try:
            self._streams = await asyncio.wait_for_ms(opening, _CONNECT_MS)
        except asyncio.TimeoutError:
            raise OSError(110) from None
        self._held = b""
        self._silences = 0

    def _hang_up(self, has_failed: bool):
        """Close; after a failure the next attempt waits, longer each time."""
        if self._streams:
            self._streams[1].close()
        self._streams = ()
        if has_failed:
            self._failed_ms = self._ticks_ms()
            self._pause_ms = min(2 * self._pause_ms or _FIRST_PAUSE_MS, _MOST_PAUSE_MS)

    def close(self):
        """Hang up for good."""
        self._hang_up(False)

    async def _answer(self, exchange, stats: dict) -> bool:
        """Read until the answer to the last request is there; whether it is a good one."""
        reader = self._streams[0]
        while True:
            frame = self._take(stats)
            if frame is None:
                data = await reader.read(_HEAD + _LONGEST)
                if not data:
                    raise OSError(104)
                self._held += data
                continue
            crc = crc16_modbus(frame, len(frame))
            frame += bytes((crc & 0xFF, crc >> 8))
            return exchange.feed(frame, len(frame)) or exchange.finish()

    def _take(self, stats: dict) -> "bytes | None":
        """Unit and PDU of the answer that bears our number, None when it is not there yet.

        Raises OSError for bytes that are no Modbus TCP.
        """
        while len(self._held) >= _HEAD:
            held = self._held
            length = held[4] << 8 | held[5]
            if held[2] or held[3] or not 2 < length <= _LONGEST:
                raise OSError(71)
            if len(held) < _HEAD + length:
                return None
            self._held = held[_HEAD + length :]
            if (held[0] << 8 | held[1]) == self._number:
                return held[_HEAD : _HEAD + length]
            stats["late"] += 1
        return None
