"""Capacity metering: the running quarter-hour, the month's peak, and what is billed for both.

The Flemish capacity tariff bills the mean of twelve month peaks, each the highest quarter-hour
average import of its calendar month and at least 2.5 kW. Quarters are those of the clock; import
alone counts. Meters from e-MUCS P1 1.7 on tell all of it (1.4.0, 1.6.0, 98.1.0); for others the
same is worked out from the import counters, or from power. Sources: e-MUCS P1 1.7.1; tariff
regulation of the Flemish regulator for 2023 and later.
"""

import civil
from micropython import const

_QUARTER_S = const(900)
_LEAST_BILLED_W = const(2500)
_MONTHS_BILLED = const(12)
_MOST_GAP_S = const(15)  # DSMR 2.2 to 4.2 send every 10 s
_MOST_W = const(100000)  # no house connection: 1.4.0 above this is still the last quarter's

# Where the quarter's energy comes from.
METER = "meter"  # 1.4.0
COUNTER = "counter"  # import registers
POWER = "power"  # power, summed


def month_of(unix_s: int) -> int:
    """Calendar month of a moment in local time: year * 12 + month - 1."""
    year, month, _ = civil.belgian_date(unix_s)
    return year * 12 + month - 1


def billed_average_w(closed_months, month: int, running_peak_w) -> int:
    """Mean [W] of up to twelve month peaks, each counted as 2.5 kW at least.

    `closed_months` are rows (month, Unix time or None, W) as in `Reading.peak_history`; those that
    lie more than eleven months before `month` do not count, and those without a peak neither.
    `running_peak_w` is the peak of `month` so far, or None.
    """
    total_w = max(running_peak_w or 0, _LEAST_BILLED_W)
    months = 1
    for row in closed_months:
        if month - _MONTHS_BILLED < row[0] < month and not _is_placeholder(row):
            total_w += max(row[2], _LEAST_BILLED_W)
            months += 1
    return total_w // months


def _is_placeholder(row):
    """Whether a meter wrote a row for a month in which it was not yet there."""
    month, at_s, peak_w = row
    return not peak_w and (at_s is None or month_of(at_s - 1) != month)


def yearly_cost_ct(average_w: int, rate_ct: int) -> int:
    """Cents a year for a billed average, at `rate_ct` cents per kW and year, rounded."""
    return (average_w * rate_ct + 500) // 1000


class Capacity:
    """Follows quarters and months through the telegrams of one meter. None = not known.

    `peaks` holds the months that were closed here, oldest first, as `Reading.peak_history` does.
    It serves meters without 98.1.0, and may be set to what was kept over a restart.
    """

    def __init__(self):
        """Start with nothing seen."""
        self.source = None
        self.energy_ws = None  # imported since the quarter began
        self.left_s = None
        self.quarter_average_w = None  # that energy over 900 s
        self.forecast_w = None  # the quarter's average if the power stays
        self.month = None
        self.month_peak_w = None
        self.month_peak_at_s = None  # end of that quarter
        self.peaks: tuple = ()
        self._history = None  # of the meter
        self._number = None  # of the quarter: Unix time // 900
        self._time_s = None
        self._power_w = 0
        self._summed_ws = 0
        self._is_whole = False  # all of the quarter so far was seen
        self._first_wh = None  # import register at the quarter's first telegram
        self._lead_ws = 0  # imported in the quarter before that telegram
        self._own_peak_w = None
        self._own_peak_at_s = None
        self._stamp_s = None  # of 1.6.0, to which _stamp_month belongs
        self._stamp_month = None

    def update(self, reading, unix_s: "int | None" = None):
        """Take in one telegram; `unix_s` is the time where the meter tells none."""
        time_s = unix_s if reading.time_s is None else reading.time_s
        self._history = reading.peak_history
        if time_s is None or reading.import_w is None:
            self._forget_quarter()
            return
        number = time_s // _QUARTER_S
        elapsed_s = time_s - number * _QUARTER_S
        if number != self._number:
            self._begin(number, elapsed_s, reading)
        elif self._time_s <= time_s <= self._time_s + _MOST_GAP_S:
            self._summed_ws += reading.import_w * (time_s - self._time_s)
        else:
            self._is_whole = False
        self._time_s = time_s
        self._power_w = reading.import_w
        self._measure(reading, elapsed_s)
        self._find_month_peak(reading)

    def free_wh(self, limit_w: int) -> "int | None":
        """Energy [Wh] that may still be imported before the quarter's average passes `limit_w`."""
        return None if self.energy_ws is None else (limit_w * _QUARTER_S - self.energy_ws) // 3600

    def allowed_w(self, limit_w: int) -> "int | None":
        """Import [W] which, kept up, makes the quarter end at `limit_w`; may be negative."""
        if self.energy_ws is None:
            return None
        return (limit_w * _QUARTER_S - self.energy_ws) // self.left_s

    def billed_average_w(self) -> "int | None":
        """The billed average [W] as of now; None before the month is known."""
        if self.month is None:
            return None
        closed = self.peaks if self._history is None else self._history
        return billed_average_w(closed, self.month, self.month_peak_w)

    def _forget_quarter(self):
        self.source = self.energy_ws = self.left_s = None
        self.quarter_average_w = self.forecast_w = None
        self._number = None

    def _begin(self, number, elapsed_s, reading):
        """Close the last quarter; judge whether this one is seen from its start."""
        follows = self._number is not None and number == self._number + 1
        gap_s = number * _QUARTER_S + elapsed_s - (self._time_s or 0)
        is_seamless = follows and gap_s <= _MOST_GAP_S
        if is_seamless and self.energy_ws is not None:
            rest_s = gap_s - elapsed_s
            self._close(number, self.energy_ws + self._power_w * rest_s)
        self._number = number
        self._is_whole = is_seamless or elapsed_s == 0
        self._lead_ws = self._summed_ws = reading.import_w * elapsed_s
        self._first_wh = reading.import_wh
        month = month_of(number * _QUARTER_S)
        if month != self.month:
            self._begin_month(month)

    def _close(self, number, energy_ws):
        average_w = energy_ws // _QUARTER_S
        if self._own_peak_w is None or average_w > self._own_peak_w:
            self._own_peak_w = average_w
            self._own_peak_at_s = number * _QUARTER_S

    def _begin_month(self, month):
        if self.month is not None and self._own_peak_w is not None and month > self.month:
            row = (self.month, self._own_peak_at_s, self._own_peak_w)
            self.peaks = tuple(self.peaks[-_MONTHS_BILLED:]) + (row,)
        self.month = month
        self._own_peak_w = self._own_peak_at_s = None

    def _measure(self, reading, elapsed_s):
        """Energy of the quarter from the best source there is."""
        average_w = reading.quarter_average_w
        if average_w is not None:
            self.source = METER
            self.energy_ws = average_w * _QUARTER_S
            if self.energy_ws > _MOST_W * (elapsed_s + 1):
                self.energy_ws = self._lead_ws
        elif not self._is_whole:
            self.source = self.energy_ws = None
        elif reading.import_wh is not None and self._first_wh is not None:
            self.source = COUNTER
            self.energy_ws = (reading.import_wh - self._first_wh) * 3600 + self._lead_ws
            if self.energy_ws < 0:  # another meter
                self._is_whole = False
                self.source = self.energy_ws = None
        else:
            self.source = POWER
            self.energy_ws = self._summed_ws
        self.left_s = _QUARTER_S - elapsed_s
        self.quarter_average_w = self.forecast_w = None
        if self.energy_ws is not None:
            self.quarter_average_w = self.energy_ws // _QUARTER_S
            to_come_ws = reading.import_w * self.left_s
            self.forecast_w = (self.energy_ws + to_come_ws) // _QUARTER_S

    def _find_month_peak(self, reading):
        """The meter's peak while its time lies in the running month, else the one seen here."""
        at_s = reading.month_peak_at_s
        if at_s != self._stamp_s:
            self._stamp_s = at_s
            # The stamp is the end of the quarter: 00:00:00 on day 1 belongs to the month before.
            self._stamp_month = None if at_s is None else month_of(at_s - 1)
        if reading.month_peak_w is not None and self._stamp_month == self.month:
            self.month_peak_w = reading.month_peak_w
            self.month_peak_at_s = at_s
        else:
            self.month_peak_w = self._own_peak_w
            self.month_peak_at_s = self._own_peak_at_s
