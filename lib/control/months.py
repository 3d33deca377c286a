"""The peaks of the running month and of those before it: what the capacity tariff bills.

The meter tells them (1.6.0 and 98.1.0 of e-MUCS P1 1.7 and later); for other meters the quarters
that were seen whole make them. What they cost is worked out in `bill`.
"""

import civil
from micropython import const

_AHEAD_S = const(60)  # a stamp further ahead of the clock than this is no stamp
_MONTHS_KEPT = const(12)


def month_of(unix_s: int) -> int:
    """Calendar month of a moment in local time: year * 12 + month - 1."""
    year, month, _ = civil.belgian_date(unix_s)
    return year * 12 + month - 1


class Months:
    """Follows the months of one meter. None = not known."""

    def __init__(self):
        """Start with nothing seen."""
        self.month = None  # the running one, see `month_of`
        self.day = None  # of that month, 1 to 31
        self.peak_w = None
        self.peak_at_s = None  # end of that quarter
        #: Of the running month, from quarters seen here; for `bill.pack`, or set to what was kept.
        self.own_peak_w = None
        self.own_peak_at_s = None
        #: Months that were closed here, oldest first: (month, end of the peak or None, W).
        self.closed: tuple = ()
        self.seq = 0  # grows when a peak or the month changes
        self._began_s = None  # of the quarter in which the date was looked up
        self._stamp_s = None  # of 1.6.0, to which _stamp_month belongs
        self._stamp_month = None

    def update(self, time_s: int, closed_w, peak_w, peak_at_s):
        """Take in one telegram, its 1.6.0 and the average of the quarter that it ended, if any."""
        if closed_w is not None:
            self._close_quarter(time_s - time_s % 900, closed_w)
        if time_s // 900 != self._began_s:
            self._began_s = time_s // 900
            self._look_up(time_s)
        if peak_at_s != self._stamp_s:
            self._stamp_s = peak_at_s
            # The stamp is the end of the quarter: 00:00:00 on day 1 belongs to the month before.
            self._stamp_month = None if peak_at_s is None else month_of(peak_at_s - 1)
        is_ours = self._stamp_month == self.month and peak_at_s <= time_s + _AHEAD_S
        if peak_w is None or not is_ours:
            peak_w, peak_at_s = self.own_peak_w, self.own_peak_at_s
        if peak_w != self.peak_w or peak_at_s != self.peak_at_s:
            self.peak_w = peak_w
            self.peak_at_s = peak_at_s
            self.seq += 1

    def _close_quarter(self, end_s: int, average_w: int):
        if self.own_peak_w is None or average_w > self.own_peak_w:
            self.own_peak_w = average_w
            self.own_peak_at_s = end_s

    def _look_up(self, time_s: int):
        year, month, self.day = civil.belgian_date(time_s)
        month += year * 12 - 1
        if month == self.month:
            return
        if self.month is not None and self.own_peak_w is not None and month > self.month:
            row = (self.month, self.own_peak_at_s, self.own_peak_w)
            self.closed = tuple(self.closed[-_MONTHS_KEPT:]) + (row,)
        self.month = month
        self.own_peak_w = self.own_peak_at_s = None
        self.seq += 1
