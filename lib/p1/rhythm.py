"""How regularly telegrams come: their interval, its jitter, and where some are missing."""

from micropython import const

_USUAL_MS = const(1000)
_LONGEST_MS = const(12000)  # a longer silence is no rhythm


class Rhythm:
    """Learnt from the time between good telegrams. Two gaps alike make a rhythm."""

    def __init__(self):
        """Expect a telegram a second until two gaps have told better: it is the safe guess."""
        self.interval_ms = _USUAL_MS
        self.gaps = 0  # times that at least one telegram was missing
        self.gap_most_ms = 0
        self._jitter = 0  # mean distance from the interval, ms times 8
        self._last_ms = 0

    @property
    def jitter_ms(self) -> int:
        """How far, on the mean, a telegram comes from its expected time."""
        return self._jitter >> 3

    def note(self, gap_ms: int):
        """Take in the time between the last good telegram and this one."""
        last_ms, self._last_ms = self._last_ms, gap_ms
        off_ms = gap_ms - self.interval_ms
        if abs(off_ms) * 4 < self.interval_ms:
            self.interval_ms += off_ms >> 3
            self._jitter += abs(off_ms) - (self._jitter >> 3)
        elif gap_ms <= _LONGEST_MS and abs(gap_ms - last_ms) * 4 < gap_ms:
            self.interval_ms = gap_ms
            self._jitter = 0
        elif off_ms > 0:
            self.gaps += 1
        self.gap_most_ms = max(self.gap_most_ms, gap_ms)
