"""Whether the battery does what the inverter was told.

Set-points change every second and the battery follows with a lag, so its power is compared with
the range of the set-points of the last seconds. Pure: the clock is passed in.
"""

import ticks
from micropython import const

_SETTLE_MS = const(6000)  # lag and ramp of the inverter; the range spans one to two of these
_TOLERANCE_W = const(150)  # measurements step 10 W, and some batteries do no trickle
_STRIKES = const(5)  # measurements in a row that are off
_FULL_PCT = const(95)  # from here a battery may take less than it is told
_EMPTY_PCT = const(20)  # ... and down here give less: the inverter's own floor is 10 % or more


class Follow:
    """Commanded against measured battery power."""

    def __init__(self, rated_w: int):
        """Nothing was commanded; `rated_w` is the inverter's AC power."""
        self._full_ac_w = rated_w * 9 // 10
        self.is_following = True
        self.misses = 0  # measurements that were off, in all
        self._strikes = 0
        self.reset()

    def reset(self):
        """Forget what was commanded: the inverter is not under control."""
        self._began_ms = None
        self._low_w = self._high_w = self._last_w = 0
        self._old_low_w = self._old_high_w = 0
        self._is_settled = False

    def commanded(self, battery_w: int, now_ms: int):
        """Note the set-point in force; to be called with every one that is written."""
        if self._began_ms is None:
            self._began_ms = now_ms
            self._old_low_w = self._old_high_w = self._last_w = battery_w
            self._low_w = self._high_w = battery_w
        self._turn(now_ms)
        self._low_w = min(self._low_w, battery_w)
        self._high_w = max(self._high_w, battery_w)
        self._last_w = battery_w

    def measured(self, record, now_ms: int) -> bool:
        """Judge the battery's power in `record`; returns whether it follows."""
        if self._began_ms is None or record.battery_w is None:
            return self.is_following
        self._turn(now_ms)
        if self._is_settled and self._is_off(record):
            self.misses += 1
            self._strikes += 1
            if self._strikes >= _STRIKES:
                self.is_following = False
        else:
            self._strikes = 0
            self.is_following = True
        return self.is_following

    def _turn(self, now_ms: int):
        """Begin a new span of time, keeping the range of the one before."""
        if ticks.diff(now_ms, self._began_ms) < _SETTLE_MS:
            return
        self._is_settled = True
        self._began_ms = now_ms
        self._old_low_w, self._old_high_w = self._low_w, self._high_w
        self._low_w = self._high_w = self._last_w

    def _is_off(self, record) -> bool:
        low_w = _within(min(self._low_w, self._old_low_w), record)
        high_w = _within(max(self._high_w, self._old_high_w), record)
        soc_pct, ac_w = record.soc_pct, record.inverter_w or 0
        if soc_pct is None or soc_pct >= _FULL_PCT or -ac_w >= self._full_ac_w:
            high_w = max(high_w, 0)  # may charge less than it is told
        if soc_pct is None or soc_pct <= _EMPTY_PCT or ac_w >= self._full_ac_w:
            low_w = min(low_w, 0)  # may discharge less: the sun may fill the AC side
        tolerance_w = max(_TOLERANCE_W, max(-low_w, high_w) // 10)
        return not low_w - tolerance_w <= record.battery_w <= high_w + tolerance_w


def _within(battery_w: int, record) -> int:
    """`battery_w`, or as much of it as the battery can do now."""
    if record.battery_max_charge_w is not None:
        battery_w = max(battery_w, -record.battery_max_charge_w)
    if record.battery_max_discharge_w is not None:
        battery_w = min(battery_w, record.battery_max_discharge_w)
    return battery_w
