"""The journal of this board: lib/journal with the board's clocks.

Events are remembered by uptime and dated when they are read, so that what happened before the
clock was known gets its right time as soon as it is.
"""

import ticks
from journal import NOTE, Alarms, Ring


class Journal:
    """Events and alarms as any task reports them; codes and arguments only, see lib/journal."""

    def __init__(self, ticks_ms, unix_s, capacity: int = 48):
        """`ticks_ms()` counts wrapping milliseconds, `unix_s()` gives UTC seconds or None."""
        self._ticks_ms = ticks_ms
        self._unix_s = unix_s
        self._then_ms = ticks_ms()
        self._part_ms = 0
        self._uptime_s = 0
        self._ring = Ring(capacity)
        self._alarms = Alarms(self._ring)

    def uptime_s(self) -> int:
        """Seconds since the journal was made. To be asked at least every 6 days (ticks wrap)."""
        now_ms = self._ticks_ms()
        self._part_ms += max(0, ticks.diff(now_ms, self._then_ms))
        self._then_ms = now_ms
        self._uptime_s += self._part_ms // 1000
        self._part_ms %= 1000
        return self._uptime_s

    @property
    def seq(self) -> int:
        """Grows with every event; a reader sees by it whether there is news."""
        return self._ring.seq

    @property
    def dropped(self) -> int:
        """Entries and alarms that found no place or were overwritten."""
        return self._ring.dropped + self._alarms.dropped

    def add(self, code: str, *args):
        """Note an event. A text as first argument is its subject: keep those few."""
        self._ring.add(self.uptime_s(), NOTE, code, args)

    def raise_alarm(self, code: str, *args) -> bool:
        """Let an alarm stand until it is cleared; raising it again only renews its arguments."""
        return self._alarms.raise_alarm(self.uptime_s(), code, args)

    def clear(self, code: str, subject: "str | None" = None) -> bool:
        """End an alarm; `subject` is the first argument it was raised with, if that is a text."""
        return self._alarms.clear(self.uptime_s(), code, subject)

    def is_active(self, code: str, subject: "str | None" = None) -> bool:
        """Whether the alarm stands."""
        return self._alarms.is_active(code, subject)

    def alarms(self) -> list:
        """(code, args, since_s) of every standing alarm, the longest standing first.

        Times are Unix seconds when `epoch_s()` is known and uptime seconds otherwise.
        """
        return self._alarms.active(self.epoch_s() or 0)

    def events(self):
        """Yields (kind, code, args, first_s, last_s, times), the latest entry first.

        Times as with `alarms()`; an entry that counts on keeps its place, look at its last_s.
        """
        return self._ring.events(self.epoch_s() or 0)

    def epoch_s(self) -> "int | None":
        """Unix time of uptime 0, or None as long as the clock is unknown."""
        unix_s = self._unix_s()
        return None if unix_s is None else unix_s - self.uptime_s()
