"""The running quarter-hour: what was imported since it began, and what is left of its budget.

The Flemish capacity tariff bills the highest quarter-hour average import of each calendar month.
Quarters are those of the clock, and import alone counts: export is never set against it. A meter
from e-MUCS P1 1.7 on tells the running average (1.4.0); for others the same is worked out from the
import register, or from power. Source: e-MUCS P1 1.7.1.
"""

from micropython import const

_QUARTER_S = const(900)
_MOST_GAP_S = const(15)  # DSMR 2.2 to 4.2 send every 10 s
_MOST_W = const(100000)  # no house connection: 1.4.0 above this is still the last quarter's

# Where the quarter's energy comes from.
METER = "meter"  # 1.4.0
COUNTER = "counter"  # import register
POWER = "power"  # power, added up


class Quarter:
    """Energy imported since the quarter began, of one meter."""

    def __init__(self):
        """Start with no quarter seen."""
        self.source = None
        self.left_s = 0
        self.energy_ws = 0  # imported in the part of the quarter that is known
        self.unseen_s = 0  # the part of which nothing is known
        self.began_s = None  # Unix time
        self.closed_w = None  # average of the quarter that the last telegram ended, if known
        self._time_s = None
        self._power_w = 0
        self._missed_s = 0  # as unseen_s, if power had to be added up
        self._blind_s = 0  # as unseen_s, if the register had to tell
        self._summed_ws = 0
        self._lead_ws = 0  # imported before the quarter's first telegram
        self._first_wh = None  # import register at the quarter's first telegram

    def update(self, time_s: int, import_w: int, import_wh=None, average_w=None):
        """Take in one telegram: its time, import power, import register and 1.4.0 or None."""
        began_s = time_s - time_s % _QUARTER_S
        elapsed_s = time_s - began_s
        self.closed_w = None
        if began_s != self.began_s:
            self._begin(began_s, elapsed_s, import_w, import_wh)
        else:
            self._go_on(time_s - self._time_s, import_w)
        self._time_s = time_s
        self._power_w = import_w
        self.left_s = _QUARTER_S - elapsed_s
        if average_w is not None:
            self._take_average(average_w, elapsed_s)
        elif import_wh is not None and self._first_wh is not None:
            self._take_register(import_wh, elapsed_s)
        else:
            self.source = POWER
            self.energy_ws = self._summed_ws
            self.unseen_s = self._missed_s

    def _begin(self, began_s: int, elapsed_s: int, import_w: int, import_wh):
        """Close the last quarter; judge whether this one is seen from its start."""
        is_seen = elapsed_s == 0
        if self.began_s is not None and began_s == self.began_s + _QUARTER_S:
            rest_s = began_s - self._time_s
            if rest_s + elapsed_s <= _MOST_GAP_S:
                is_seen = True
                if not self.unseen_s:
                    self.closed_w = (self.energy_ws + self._power_w * rest_s) // _QUARTER_S
        self.began_s = began_s
        self._missed_s = self._blind_s = 0 if is_seen else elapsed_s
        self._lead_ws = self._summed_ws = import_w * elapsed_s if is_seen else 0
        self._first_wh = import_wh

    def _go_on(self, gap_s: int, import_w: int):
        """Add up power; a clock that was set back hides what was imported since."""
        if 0 <= gap_s <= _MOST_GAP_S:
            self._summed_ws += import_w * gap_s
        else:
            self._missed_s += abs(gap_s)

    def _take_average(self, average_w: int, elapsed_s: int):
        self.source = METER
        self.unseen_s = 0
        self.energy_ws = average_w * _QUARTER_S
        if self.energy_ws > _MOST_W * (elapsed_s + 1):
            self.energy_ws = self._power_w * elapsed_s

    def _take_register(self, import_wh: int, elapsed_s: int):
        if import_wh < self._first_wh:  # another meter
            self._first_wh = import_wh
            self._lead_ws = 0
            self._blind_s = elapsed_s
        self.source = COUNTER
        self.energy_ws = (import_wh - self._first_wh) * 3600 + self._lead_ws
        self.unseen_s = self._blind_s

    def left_ws(self, limit_w: int) -> int:
        """Energy [W s] left before the average passes `limit_w`; may be negative.

        What was not seen of the quarter counts as if it had been at the limit.
        """
        return limit_w * (_QUARTER_S - self.unseen_s) - self.energy_ws

    def allowed_w(self, limit_w: int) -> int:
        """Import [W] which, kept up to the end, makes the quarter end at `limit_w`."""
        return self.left_ws(limit_w) // self.left_s

    def forecast_w(self, limit_w: int) -> int:
        """The quarter's average [W] if the import stays; unseen time counts as `limit_w`."""
        known_ws = self.energy_ws + self._power_w * self.left_s
        return (known_ws + limit_w * self.unseen_s) // _QUARTER_S
