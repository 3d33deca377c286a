"""The meter's task: bytes of the P1 port in, readings out, and what is wrong with the line.

One reading is filled again and again, at one stroke between two awaits: nobody ever sees half a
telegram, and nobody keeps one across an await.
"""

import asyncio
import sys

import ticks
from micropython import const

from firmware.overlay import give_back
from p1.decode import decode
from p1.framer import AGAIN, CRC_ERROR, Framer
from p1.reading import Reading

_BATCH_MS = const(4)  # 46 bytes at 115200 baud: few wake-ups, and the end is seen soon
_SECOND_MS = const(1000)
_INTERVAL_MOST_MS = const(12000)  # DSMR 4 and older send every 10 s
_BAD_WORTH_MS = const(5000)  # a bad telegram explains a silence for so long
_CLOCK_OFF_S = const(5)
_CLOCK_PAUSE_MS = const(3_600_000)


class Meter:
    """Reads the P1 port for ever and publishes each good telegram in `state.meter`."""

    def __init__(self, board, state, on_telegram=None):
        """`on_telegram(next_ms)` is called at once with the tick of the next telegram."""
        self._board = board
        self._state = state
        self._on_telegram = on_telegram
        self._port = board.p1_port()
        self.framer = Framer()
        self._window = memoryview(self.framer.window)
        self._reading = Reading()
        self.refused = 0  # complete telegrams that make no sense
        self.bytes_in = 0
        self.interval_ms = _SECOND_MS
        self.gap_most_ms = 0
        self._bad_ms = None
        self._clock_ms = None

    @property
    def present(self) -> bool:
        """Whether this board has a P1 port at all."""
        return self._port is not None

    def failing(self) -> bool:
        """Whether telegrams come, but damaged."""
        if self._bad_ms is None:
            return False
        if ticks.diff(self._board.ticks_ms(), self._bad_ms) > _BAD_WORTH_MS:
            self._bad_ms = None
        return self._bad_ms is not None

    async def run(self):
        """Read for ever."""
        while True:
            count = await self._port.readinto(self._window)
            now_ms = self._board.ticks_ms()
            self.bytes_in += count
            self.framer.feed(self.framer.window, count, now_ms)
            await self._drain(now_ms)
            await asyncio.sleep_ms(_BATCH_MS)

    def tick(self):
        """End by silence what only silence ends; to be called some times a second."""
        now_ms = self._board.ticks_ms()
        self._handle(self.framer.idle(now_ms), now_ms)

    async def _drain(self, now_ms: int):
        while True:
            result = self.framer.poll()
            if not result:
                return
            self._handle(result, now_ms)
            if result == AGAIN:
                await asyncio.sleep_ms(0)

    def _handle(self, result: int, now_ms: int):
        if result > 0:
            self._take(result, now_ms)
        elif result <= CRC_ERROR:
            self._bad_ms = now_ms

    def _take(self, length: int, now_ms: int):
        """Decode a telegram into the reading that nobody looks at, and publish it."""
        slot = self._state.meter
        reading = self._reading
        try:
            refusal = decode(self.framer.buf, length, reading)
        except MemoryError:
            self._state.count("telegrams_without_memory")
            refusal = "memory"
        if "p1.values" in sys.modules:  # imported by decode for what seldom changes
            give_back("p1.learn", "p1.obis", "p1.values")
            reading.template.settle()
        if refusal or reading.grid_w is None:
            self.refused += 1
            self._bad_ms = now_ms
            return
        self._measure(slot.age_ms(now_ms))
        if self._on_telegram:
            self._on_telegram(ticks.add(now_ms, self.interval_ms))
        slot.put(reading, now_ms)
        self._bad_ms = None
        if reading.time_s is not None:
            self._set_clock(reading.time_s, now_ms)

    def _measure(self, gap_ms):
        """Follow the meter's rhythm; gaps that are no rhythm are remembered by the longest."""
        if gap_ms is None or gap_ms < 0:
            return
        self.gap_most_ms = max(self.gap_most_ms, gap_ms)
        if abs(gap_ms - self.interval_ms) * 4 < self.interval_ms:
            self.interval_ms += (gap_ms - self.interval_ms) >> 3
        elif gap_ms <= _INTERVAL_MOST_MS and abs(gap_ms - 10 * _SECOND_MS) < 2 * _SECOND_MS:
            self.interval_ms = gap_ms

    def _set_clock(self, time_s: int, now_ms: int):
        """Let the meter set the board's clock when nothing better has, once an hour at most."""
        if (
            self._clock_ms is not None
            and 0 <= ticks.diff(now_ms, self._clock_ms) < _CLOCK_PAUSE_MS
        ):
            return
        self._clock_ms = now_ms
        board_s = self._board.unix_s()
        if board_s is not None and abs(board_s - time_s) <= _CLOCK_OFF_S:
            return
        try:
            self._board.set_unix_s(time_s)
            self._state.journal.add("clock_from_meter", time_s)
        except ValueError:
            self._state.journal.add("clock_refused", time_s)
