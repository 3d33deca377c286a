"""When a request may go on the line: silences, the moment kept free for a set-point, late answers.

Pure: the clock is passed in. `firmware/bus.py` asks before each request and tells what became of
it.
"""

import ticks
from micropython import const

_LATE_MS = const(3000)  # an answer may come so long after its request: three time-outs
_STARVED_MS = const(5000)  # a poll that waited so long goes in spite of a reservation
_OVERDUE_MS = const(100)  # so late may a telegram be before polls no longer wait for it
_LOST = const(8)  # lost requests that are remembered


class Agenda:
    """The claims on the line, and when the next request may begin."""

    def __init__(self, gap_ms: int, urgent_gap_ms: int):
        """Keep `gap_ms` of silence before a poll, `urgent_gap_ms` before a set-point."""
        self.gap_ms = gap_ms
        self.urgent_gap_ms = urgent_gap_ms
        self.reserved_ms = None  # tick of the next telegram, or None
        self._hold_until_ms = None  # a set-point is about to come
        self._ended_ms = None  # end of the last traffic
        self._lost = []  # [unit, function, reply length, address, sent at] of unanswered requests

    def reserve(self, at_ms: int, now_ms: int, hold_ms: int):
        """Polls keep off for `hold_ms` from now, and must have ended at `at_ms`."""
        self._hold_until_ms = ticks.add(now_ms, hold_ms)
        self.reserved_ms = at_ms

    def release(self):
        """The set-point has gone; polls may."""
        self._hold_until_ms = None

    def ended(self, now_ms: int):
        """The line fell silent."""
        self._ended_ms = now_ms

    def lost(self, unit: int, function: int, reply_length: int, address: int, sent_ms: int):
        """Note a request whose answer did not come: it may still come, in place of another."""
        if len(self._lost) >= _LOST:
            self._lost.pop(0)
        self._lost.append((unit, function, reply_length, address, sent_ms))

    def gap_wait_ms(self, now_ms: int, is_urgent: bool) -> int:
        """How long the line must still be silent before the next request."""
        if self._ended_ms is None:
            return 0
        silent_ms = ticks.diff(now_ms, self._ended_ms)
        if silent_ms >= self.gap_ms:
            self._ended_ms = None  # an old stamp would look new again after the ticks wrap
            return 0
        return max(0, (self.urgent_gap_ms if is_urgent else self.gap_ms) - silent_ms)

    def late_wait_ms(
        self, now_ms: int, unit: int, function: int, reply_length: int, address: int
    ) -> int:
        """How long a lost answer may still come that could be taken for the one to this request.

        Answers carry no number and those to reads no address: two reads of as many registers
        look alike.
        """
        wait_ms = 0
        for i in range(len(self._lost) - 1, -1, -1):
            lost = self._lost[i]
            left_ms = _LATE_MS - ticks.diff(now_ms, lost[4])
            if left_ms <= 0:
                self._lost.pop(i)
            elif lost[:3] == (unit, function, reply_length) and lost[3] != address:
                wait_ms = max(wait_ms, left_ms)
        return wait_ms

    def is_late_possible(self, now_ms: int) -> bool:
        """Whether an answer to a request of ours may still come."""
        return any([ticks.diff(now_ms, lost[4]) < _LATE_MS for lost in self._lost])

    def hold_wait_ms(self, now_ms: int, needs_ms: int, waited_ms: int) -> int:
        """How long a poll that takes `needs_ms` must keep off for the sake of set-points."""
        if waited_ms >= _STARVED_MS:
            return 0
        if self._hold_until_ms is not None:
            left_ms = ticks.diff(self._hold_until_ms, now_ms)
            if left_ms > 0:
                return left_ms
            self._hold_until_ms = None
        if self.reserved_ms is None:
            return 0
        return self._reserved_wait_ms(now_ms, needs_ms)

    def _reserved_wait_ms(self, now_ms: int, needs_ms: int) -> int:
        ahead_ms = ticks.diff(self.reserved_ms, now_ms)
        if ahead_ms >= needs_ms:
            return 0
        over_ms = ahead_ms + _OVERDUE_MS
        if over_ms > 0:
            return over_ms
        self.reserved_ms = None  # the telegram has not come
        return 0
