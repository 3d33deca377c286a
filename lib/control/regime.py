"""Which of the four rows of the control table holds: the battery's state of charge decides.

| state of charge | regime |
| --- | --- |
| under the minimum | `charge_minimum` |
| under the minimum plus half the buffer, until minimum plus buffer | `charge_buffer` |
| under minimum plus buffer | `shave` |
| from there on | `balance` |

Source: page "Sturing" of the installer's guide.
"""

import ticks
from micropython import const

_DWELL_MS = const(60_000)  # a SoC that flickers between two percents does not change the regime
_GUARD_DAYS = const(3)


class Regime:
    """The row in force, with the memory that its hysteresis needs."""

    def __init__(self):
        """No row yet: the first state of charge decides."""
        self.name = None
        self.top_pct = 100
        self.guarded = False
        self._since_ms = 0

    def update(self, soc_pct: int, settings, month_peak_known: bool, day, now_ms: int) -> str:
        """Return the regime for `soc_pct` under `settings` (a `records.Settings`).

        `day` is that of the month, None when it is not known.
        """
        low = settings.min_soc_pct
        buffer_pct = settings.peak_buffer_pct
        is_young = day is not None and day <= _GUARD_DAYS
        self.guarded = settings.month_guard and is_young and not month_peak_known
        if self.guarded:
            buffer_pct = min(buffer_pct * 3 // 2, max(buffer_pct, 95 - low))
        self.top_pct = low + buffer_pct
        wanted = self._row(soc_pct, low, low + buffer_pct // 2)
        if wanted != self.name and (self._urgent(wanted) or self._settled(now_ms)):
            self.name = wanted
            self._since_ms = now_ms
        return self.name

    def _row(self, soc_pct: int, low: int, half: int) -> str:
        if soc_pct < low:
            return "charge_minimum"
        if soc_pct >= self.top_pct:
            return "balance"
        charging = self.name in ("charge_minimum", "charge_buffer")
        return "charge_buffer" if charging or soc_pct < half else "shave"

    def _urgent(self, wanted: str) -> bool:
        return self.name is None or wanted == "charge_minimum"

    def _settled(self, now_ms: int) -> bool:
        elapsed_ms = ticks.diff(now_ms, self._since_ms)
        # A negative time is one that lies more than six days back.
        return elapsed_ms < 0 or elapsed_ms >= _DWELL_MS
