"""The meter's task: bytes of the P1 port in, readings out, and what is wrong with the line.

One reading is filled again and again, at one stroke between two awaits: nobody ever sees half a
telegram, and nobody keeps one across an await.
"""

import asyncio
import sys

import ticks
from micropython import const

from firmware.overlay import borrow, give_back
from p1.decode import decode
from p1.framer import AGAIN, CRC_ERROR, Framer
from p1.reading import Reading
from p1.rhythm import Rhythm

_TEXT_MOST = const(512)  # hexadecimal digits of the meter's message that are shown
_BATCH_MS = const(4)  # 46 bytes at 115200 baud: few wake-ups, and the end is seen soon
_BAD_WORTH_MS = const(5000)  # a bad telegram explains a silence for so long
_CLOCK_PAUSE_MS = const(3_600_000)
_SEARCH_AFTER_MS = const(12000)  # bytes for so long, and no telegram: longer than any interval
_SEARCH_PAUSE_MS = const(60000)  # between two searches that found nothing
_OLD_MS = const(100_000_000)  # stamps are renewed before ticks wrap

_MEMORY_TRIES = const(60)
_SETPOINT_MS = const(30)  # what a telegram asks for goes first; 345 bytes come meanwhile

_LEARN = "p1.learn"
_SEARCH = "firmware.meter_search"
_SELDOM = "firmware.meter_seldom"


class Meter:
    """Reads the P1 port for ever and publishes each good telegram in `state.meter`."""

    def __init__(self, board, state, settings, on_telegram=None):
        """`on_telegram(next_ms)` is called at once with the tick of the next telegram."""
        self.board = board
        self.ticks_ms = board.ticks_ms
        self.state = state
        self._on_telegram = on_telegram
        self.settings = settings
        self.port = board.p1_port()
        self.framer = self.plain = Framer()
        self._window = memoryview(self.framer.window)
        self._reading = Reading()
        self._reading.template.text_most = _TEXT_MOST
        self.rhythm = Rhythm()
        self.refused = 0  # complete telegrams that make no sense
        self.bytes_in = 0
        #: What is known of the line: a code, see meter_search and `line` in web/texts.
        self.line = "starting"
        self.way = 0  # how the line speaks: number of a row of meter_search
        self.way_code = "ok"  # ... and the code of that row
        self.tariff = None  # "day" or "night"
        #: Takes each telegram for other software, or None.
        self.passing = None
        self._tariff_number = None
        self._bad_ms = None
        self._clock_ms = None
        self._heard_ms = self._good_ms = board.ticks_ms()
        self._settings_seq = None
        self._is_held = False  # a telegram is still to be passed on
        self.key = None  # with which the line was last searched
        self._pause_ms = 0
        self._without_memory = 0  # telegrams in a row

    @property
    def present(self) -> bool:
        """Whether this board has a P1 port at all."""
        return self.port is not None

    def failing(self) -> bool:
        """Whether telegrams come, but damaged."""
        if self._bad_ms is None:
            return False
        if ticks.diff(self.ticks_ms(), self._bad_ms) > _BAD_WORTH_MS:
            self._bad_ms = None
        return self._bad_ms is not None

    async def run(self):
        """Read for ever; look for another way to read when bytes make no telegram."""
        while True:
            await self.hear(await self.port.readinto(self._window))
            if self._must_search():
                await self._search()
            await asyncio.sleep_ms(_BATCH_MS)

    async def hear(self, count: int):
        """Take in `count` bytes of the framer's window."""
        now_ms = self._heard_ms = self.ticks_ms()
        self.bytes_in += count
        framer = self.framer
        framer.feed(framer.window, count, now_ms)
        while True:
            result = framer.poll()
            if not result:
                return
            self._handle(result, now_ms)
            if result > 0 and self.passing and self.passing.readers:
                self._is_held = True
                await asyncio.sleep_ms(_SETPOINT_MS)
                self._is_held = False
                self._pass_on()
            elif result == AGAIN:
                await asyncio.sleep_ms(0)

    def tick(self):
        """End by silence what only silence ends; to be called some times a second."""
        if self._settings_seq != self.settings.seq:
            self._settings_seq = self.settings.seq
            borrow(_SEARCH).follow_settings(self)
            give_back(_SEARCH)
        if self._is_held:
            return
        now_ms = self.ticks_ms()
        result = self.framer.idle(now_ms)
        self._handle(result, now_ms)
        if result > 0:
            self._pass_on()
        silent_ms = ticks.diff(now_ms, self._heard_ms)
        if silent_ms > _SEARCH_AFTER_MS:
            self.line = "no_data"
            if silent_ms > _OLD_MS:
                self._heard_ms = ticks.add(now_ms, -_SEARCH_AFTER_MS)

    def _pass_on(self):
        if self.passing:
            self.passing.send(self.framer.buf, self.framer.printed_length)

    # The line

    def _must_search(self) -> bool:
        silent_ms = ticks.diff(self._heard_ms, self._good_ms)
        if silent_ms < _SEARCH_AFTER_MS + self._pause_ms:
            return False
        # Nothing but its key helps against an encrypted line.
        is_locked = self.line in ("key_missing", "key_wrong")
        return not is_locked or self.key != self.settings.get("meter.key")

    async def _search(self):
        self.key = self.settings.get("meter.key")
        try:
            await borrow(_SEARCH).search(self)
        finally:
            give_back(_SEARCH)
        self._pause_ms = 0 if self.line != "garbage" else _SEARCH_PAUSE_MS
        self._good_ms = self.ticks_ms()

    # Telegrams

    def _handle(self, result: int, now_ms: int):
        if result > 0:
            self._take(result, now_ms)
        elif result <= CRC_ERROR and self.framer is self.plain:
            self._bad_ms = now_ms  # of an encrypted line the code of `line` tells more

    def _take(self, length: int, now_ms: int):
        """Decode a telegram into the reading that nobody looks at, and publish it."""
        slot = self.state.meter
        reading = self._reading
        try:
            refusal = decode(self.framer.buf, length, reading, _lend)
            self._without_memory = 0
        except MemoryError:
            self._lack_memory()
            refusal = "memory"
        if "p1.values" in sys.modules or "p1.obis" in sys.modules:  # imported by decode
            give_back(_LEARN, "p1.values", "p1.obis")
            reading.template.settle()
        if refusal or reading.grid_w is None:
            self.refused += 1
            self._bad_ms = now_ms
            return
        gap_ms = slot.age_ms(now_ms)
        if gap_ms is not None and gap_ms >= 0:
            self.rhythm.note(gap_ms)
        if self._on_telegram:
            self._on_telegram(ticks.add(now_ms, self.rhythm.interval_ms))
        slot.put(reading, now_ms)
        self._bad_ms = None
        self._good_ms = now_ms
        self.line = self.way_code
        self._follow_seldom(reading, now_ms)

    def _follow_seldom(self, reading, now_ms: int):
        """Look at the clock once an hour, and at the tariff when its number has changed."""
        age_ms = _CLOCK_PAUSE_MS
        if self._clock_ms is not None:
            age_ms = ticks.diff(now_ms, self._clock_ms)
        if reading.tariff == self._tariff_number and 0 <= age_ms < _CLOCK_PAUSE_MS:
            return
        self._clock_ms = now_ms
        self._tariff_number = reading.tariff
        borrow(_SELDOM).follow(self, reading)
        give_back(_SELDOM, "p1.country")

    def _lack_memory(self):
        """A board that finds no room to read its meter again is better started anew."""
        self.state.count("telegrams_without_memory")
        self._without_memory += 1
        if self._without_memory >= _MEMORY_TRIES:
            print("meter: no memory to read telegrams, restart")
            self.board.restart()


def _lend(name: str):
    """Drop the module of the first half of learning before that of the second comes."""
    if name == _LEARN:
        give_back("p1.obis")
