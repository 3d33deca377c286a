"""A Fluvius meter: registers, running quarter, month peak and history, once a second.

Pure calculation from power to registers; `telegram` turns them into bytes. The capacity
registers: 1.4.0 is the energy imported since the quarter began divided by the whole 900 s; 1.6.0
is the highest closed quarter of the running month, stamped with the end of that quarter, and
starts again with the month; 98.1.0 keeps thirteen closed months, oldest first. Source: eMUCS-P1
1.7.1 and telegrams of real meters.

Signs: import +. Energies are true energies in Wh; the meter rounds only when it prints.
"""

import datetime
import random
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Europe/Brussels")

_QUARTER_S = 900
_HISTORY_ROWS = 13
_DAY_TARIFF_H = (7, 22)  # Monday to Friday; nights and weekends are tariff 2


def local_time(unix_s: float) -> datetime.datetime:
    """Belgian civil time of a Unix time."""
    return datetime.datetime.fromtimestamp(unix_s, TIMEZONE)


def month_start_s(unix_s: int, months: int = 0) -> int:
    """Unix time at which the month of `unix_s`, shifted by `months`, begins in Belgium."""
    at = local_time(unix_s)
    index = at.year * 12 + at.month - 1 + months
    return int(datetime.datetime(index // 12, index % 12 + 1, 1, tzinfo=TIMEZONE).timestamp())


class Meter:
    """The registers of one connection with one or three phases."""

    def __init__(self, unix_s: int, *, phases: int = 3, seed: int = 1):
        """Start at `unix_s` with a history and a month peak of a plausible household."""
        chance = random.Random(f"{seed}/meter")
        self.phases = phases
        self.unix_s = unix_s
        self.import_wh = [4287179.0, 9813372.0]  # tariff 1, tariff 2
        self.export_wh = [4233767.0, 1314651.0]
        self.gas_m3 = None
        self.grid_w = 0.0
        self.phase_w = [0.0] * phases
        self.voltage_v = [230.0] * phases
        self.phase_a = None  # currents, where they are not those of the powers
        self.quarter_wh = 0.0
        self.month_peak_w = 0
        self.month_peak_at_s = month_start_s(unix_s)
        self.history = []
        self._invent_past(chance)

    def _invent_past(self, chance: random.Random) -> None:
        for months_ago in range(_HISTORY_ROWS, 0, -1):
            begin_s = month_start_s(self.unix_s, -months_ago)
            end_s = month_start_s(self.unix_s, 1 - months_ago)
            quarter = chance.randrange((end_s - begin_s) // _QUARTER_S)
            row = (end_s, begin_s + (quarter + 1) * _QUARTER_S, chance.randrange(2300, 5200))
            self.history.append(row)
        elapsed = (self.unix_s - self.month_peak_at_s) // _QUARTER_S
        if elapsed:
            peak_s = self.month_peak_at_s + chance.randint(1, elapsed) * _QUARTER_S
            self.set_month_peak(chance.randrange(1500, 3500), peak_s)

    @property
    def tariff(self) -> int:
        """Running tariff: 1 by day on weekdays, 2 at night and in the weekend."""
        at = local_time(self.unix_s)
        by_day = at.weekday() < 5 and _DAY_TARIFF_H[0] <= at.hour < _DAY_TARIFF_H[1]
        return 1 if by_day else 2

    @property
    def quarter_average_w(self) -> float:
        """Energy imported since the quarter began, over the whole quarter [W]: 1.4.0."""
        return self.quarter_wh * 3600 / _QUARTER_S

    @property
    def import_w(self) -> float:
        """Mean power from the grid in the last second, phases netted [W >= 0]: 1.7.0."""
        return max(0.0, self.grid_w)

    @property
    def export_w(self) -> float:
        """Mean power to the grid in the last second, phases netted [W >= 0]: 2.7.0."""
        return max(0.0, -self.grid_w)

    def set_month_peak(self, peak_w: int, at_s: int | None = None) -> None:
        """Put the month peak at `peak_w` [W], reached in the quarter that ended at `at_s`."""
        self.month_peak_w = peak_w
        closed_s = self.unix_s // _QUARTER_S * _QUARTER_S
        self.month_peak_at_s = closed_s if at_s is None else at_s

    def set_history(self, peaks_w: list) -> None:
        """Replace the history by these month peaks [W], oldest first, up to the last month."""
        self.history = []
        for i, peak_w in enumerate(peaks_w):
            end_s = month_start_s(self.unix_s, i + 1 - len(peaks_w))
            self.history.append((end_s, end_s - 10 * 24 * 3600, peak_w))
        del self.history[:-_HISTORY_ROWS]

    def second(self, phase_w: list, voltage_v: list | None = None) -> None:
        """Close the second that just ended, with its mean power per phase [W, import +]."""
        tariff = self.tariff - 1  # of the second that ends, before the clock moves on
        self.phase_w = phase_w
        self.voltage_v = voltage_v or self.voltage_v
        self.grid_w = sum(phase_w)
        self.import_wh[tariff] += self.import_w / 3600
        self.export_wh[tariff] += self.export_w / 3600
        self.quarter_wh += self.import_w / 3600
        self.unix_s += 1
        if self.unix_s % _QUARTER_S == 0:
            self._close_quarter()

    def jump(self, unix_s: int) -> None:
        """Set the clock; another quarter starts empty and another month starts without a peak.

        Jumping to a later month closes the running one as the passing of time would have done.
        """
        if unix_s // _QUARTER_S != self.unix_s // _QUARTER_S:
            self.quarter_wh = 0.0
        before_s, self.unix_s = self.unix_s, unix_s
        if month_start_s(unix_s) > month_start_s(before_s):
            self._close_month(month_start_s(before_s, 1))
        elif month_start_s(unix_s) < month_start_s(before_s):
            self.set_month_peak(0, month_start_s(unix_s))

    def _close_quarter(self) -> None:
        average_w = int(self.quarter_average_w + 1e-6)  # sums of floats end just below
        self.quarter_wh = 0.0
        if average_w > self.month_peak_w:
            self.set_month_peak(average_w, self.unix_s)
        if self.unix_s == month_start_s(self.unix_s):
            self._close_month(self.unix_s)

    def _close_month(self, end_s: int) -> None:
        self.history.append((end_s, self.month_peak_at_s, self.month_peak_w))
        del self.history[:-_HISTORY_ROWS]
        self.set_month_peak(0, month_start_s(self.unix_s))
