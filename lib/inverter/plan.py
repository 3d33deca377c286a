"""Which block to read next, and when: a few fast ones every second (or every cycle of
a device that is read less often), slow ones in between.

The battery is read last, so that its value is fresh when the next telegram asks for a decision.
Pure: the clock is passed in.
"""

import ticks
from micropython import const

_CYCLE_MS = const(1000)  # telegrams come so often
_SOONEST_MS = const(400)  # between two reads of the battery; a late one must not cost the next
_MARGIN_MS = const(25)  # the battery's answer is there so long before the telegram: meters jitter


class Plan:
    """When each block is due."""

    def __init__(
        self,
        fast: tuple,
        slow: tuple,
        last,
        now_ms: int,
        absent: tuple = (),
        cycle_ms: int = _CYCLE_MS,
    ):
        """Spread `slow` over its period; `last` is the block that ends each cycle.

        What is `absent` is never read, nothing more often than every `cycle_ms`.
        """
        self._cycle_ms = cycle_ms
        if absent:
            fast = tuple([block for block in fast if block not in absent])
            slow = tuple([block for block in slow if block not in absent])
        self.blocks = fast + slow
        self.last = last
        self._due_ms = []
        for _ in fast:
            self._due_ms.append(now_ms)
        for i in range(len(slow)):
            self._due_ms.append(ticks.add(now_ms, slow[i].period_ms * (i + 1) // len(slow)))
        self._last_read_ms = None

    def hurry(self, block, now_ms: int):
        """Let `block` be read next."""
        self._due_ms[self._index(block)] = now_ms

    def drop(self, block, now_ms: int):
        """Leave out a block that the inverter refuses: tried again after a hundred periods."""
        self._due_ms[self._index(block)] = ticks.add(now_ms, 100 * block.period_ms)

    def done(self, block, now_ms: int):
        """Note that `block` was read, or tried."""
        if block is self.last:
            self._last_read_ms = now_ms
            return
        i = self._index(block)
        period_ms = max(block.period_ms, self._cycle_ms)
        due_ms = ticks.add(self._due_ms[i], period_ms)
        if ticks.diff(now_ms, due_ms) >= 0:  # behind: what was missed is not made up for
            due_ms = ticks.add(now_ms, period_ms)
        self._due_ms[i] = due_ms

    def last_wait_ms(self, now_ms: int, reserved_ms: "int | None", needs_ms: int) -> int:
        """How long to wait before the last block is read, so that it ends before the telegram.

        `reserved_ms` is the tick of the next telegram, None when unknown; the read takes
        `needs_ms`.
        """
        if self._last_read_ms is None:
            return 0
        age_ms = ticks.diff(now_ms, self._last_read_ms)
        if reserved_ms is not None and self._cycle_ms == _CYCLE_MS:
            wait_ms = ticks.diff(reserved_ms, now_ms) - needs_ms - _MARGIN_MS
            if wait_ms >= 0 and age_ms + wait_ms < 2 * _CYCLE_MS:
                while age_ms + wait_ms < _SOONEST_MS:
                    wait_ms += _CYCLE_MS
                return wait_ms
        return max(0, self._cycle_ms - needs_ms - age_ms)

    def next(self, now_ms: int, last_wait_ms: int, needs_ms) -> "object | None":
        """The block to read now, or None; `needs_ms(block)` tells how long a read takes.

        The one due longest goes first, unless it would run into the last block's time.
        """
        if last_wait_ms <= 0:
            return self.last
        best, best_late_ms = None, -1
        for i, block in enumerate(self.blocks):
            late_ms = ticks.diff(now_ms, self._due_ms[i])
            if late_ms > best_late_ms and needs_ms(block) <= last_wait_ms:
                best, best_late_ms = block, late_ms
        return best

    def _index(self, block) -> int:
        return self.blocks.index(block)
