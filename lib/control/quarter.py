"""The running quarter-hour: what was imported, what is left, and the peak that counts.

The Flemish capacity tariff bills the highest quarter-hour average import of each calendar month;
the quarters are those of the clock. Import alone counts: export is never set against it. Source:
shared facts on P1 (1.4.0, 1.6.0) and tariffs; eMUCS-P1 1.7.1.
"""

import civil
from micropython import const

_QUARTER_S = const(900)
_AHEAD_S = const(60)  # a stamp further ahead of the clock than this is no stamp


def actual_peak_w(desired_w: int, month_peak_w, month_peak_at_s, unix_s) -> int:
    """The peak [W] that this month's bill already holds, never under `desired_w`.

    A month peak whose time stamp does not lie in the running month is the last month's: the stamp
    is the end of its quarter, so one of exactly 00:00 on the first day still belongs to the old
    month.
    """
    if not month_peak_w or month_peak_at_s is None or unix_s is None:
        return desired_w
    if month_peak_at_s > unix_s + _AHEAD_S:
        return desired_w
    if civil.belgian_date(month_peak_at_s - 1)[:2] != civil.belgian_date(unix_s)[:2]:
        return desired_w
    return max(desired_w, month_peak_w)


class Quarter:
    """Energy imported since the quarter began, from the meter's own average or by adding up."""

    def __init__(self):
        """Start with no quarter seen."""
        self.left_s = 0
        self.energy_ws = 0
        self._number = None
        self._summed_ws = 0
        self._unseen_s = 0
        self._last_s = 0

    def update(self, unix_s: int, grid_w: int, average_w, limit_w: int):
        """Take in one telegram.

        `average_w` is P1 1.4.0 or None. Without it the import is added up here, and the part of
        the quarter before the first telegram counts as if it had been at `limit_w`.
        """
        number = unix_s // _QUARTER_S
        elapsed_s = unix_s - number * _QUARTER_S
        if number != self._number:
            contiguous = self._number is not None and number == self._number + 1
            self._unseen_s = 0 if contiguous and unix_s - self._last_s <= 5 else elapsed_s
            self._number = number
            self._summed_ws = 0
            self._last_s = unix_s - elapsed_s + self._unseen_s
        gap_s = min(max(unix_s - self._last_s, 0), _QUARTER_S)
        self._last_s = unix_s
        self._summed_ws += max(grid_w, 0) * gap_s
        self.left_s = _QUARTER_S - elapsed_s
        if average_w is None:
            self.energy_ws = self._summed_ws + self._unseen_s * limit_w
        else:
            self.energy_ws = average_w * _QUARTER_S

    def left_ws(self, limit_w: int) -> int:
        """Energy [W s] left before the average passes `limit_w`; may be negative."""
        return limit_w * _QUARTER_S - self.energy_ws

    def allowed_w(self, limit_w: int) -> int:
        """Import [W] which, kept up to the end, makes the quarter end at `limit_w`."""
        return self.left_ws(limit_w) // self.left_s
