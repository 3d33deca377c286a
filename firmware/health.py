"""How the board itself fares: how long the event loop was held, and what is left of the heap.

It also collects the garbage, in the part of the second in which no telegram is due: a collection
then never stands between a telegram and its set-point.
"""

import asyncio
import gc

import ticks
from micropython import const

_STEP_MS = const(20)
_WINDOW_STEPS = const(3000)  # a minute
_COLLECT_AFTER_MS = const(300)  # after the telegram; the set-point is out by then
_COLLECT_MOST_MS = const(2000)


class Health:
    """Figures of the board; read by the page."""

    def __init__(self, ticks_ms, state):
        """`ticks_ms()` is the board's clock; `state.meter` tells when telegrams come."""
        self._ticks_ms = ticks_ms
        self._state = state
        self.hold_most_ms = 0  # longest time that a task kept the loop, this minute or the last
        self.heap_free = gc.mem_free()  # bytes, right after a collection
        self.heap_least = self.heap_free
        self.collect_ms = 0  # the last collection
        self._collected_ms = ticks_ms()
        self._window_most_ms = 0

    async def run(self):
        """Measure and collect for ever."""
        before_ms = self._ticks_ms()
        steps = 0
        while True:
            await asyncio.sleep_ms(_STEP_MS)
            now_ms = self._ticks_ms()
            late_ms = ticks.diff(now_ms, before_ms) - _STEP_MS
            self._window_most_ms = max(self._window_most_ms, late_ms)
            self.hold_most_ms = max(self.hold_most_ms, late_ms)
            steps += 1
            if steps >= _WINDOW_STEPS:
                steps = 0
                self.hold_most_ms = self._window_most_ms
                self._window_most_ms = 0
            if self._may_collect(now_ms):
                self._collect()
            before_ms = self._ticks_ms()

    def _may_collect(self, now_ms: int) -> bool:
        since_ms = ticks.diff(now_ms, self._collected_ms)
        if since_ms < 0 or since_ms >= _COLLECT_MOST_MS:
            return True
        age_ms = self._state.meter.age_ms(now_ms)
        return (
            age_ms is not None
            and _COLLECT_AFTER_MS <= age_ms < 2 * _COLLECT_AFTER_MS
            and since_ms > 2 * _COLLECT_AFTER_MS
        )

    def _collect(self):
        began_ms = self._ticks_ms()
        gc.collect()
        self._collected_ms = self._ticks_ms()
        self.collect_ms = ticks.diff(self._collected_ms, began_ms)
        self.heap_free = gc.mem_free()
        self.heap_least = min(self.heap_least, self.heap_free)
