"""Where load and sun come from: generated days, or a recording that the user gives.

Both answer the same question, `at(date, second_of_day) -> (load_w, pv_w)`, in Belgian local time.
"""

import csv
import datetime
from array import array
from bisect import bisect_right

from tools.house.load import Household
from tools.house.sun import GROUPS, Sun

_DAY_S = 86400
_KEPT_DAYS = 3


class Generated:
    """Household and sun from a seed, one pair per day, made when first asked for."""

    def __init__(self, seed=1, *, groups=GROUPS, heat_pump=True, ev_w=0.0, clouds=None):
        """See `Household` and `Sun` for the arguments."""
        self.seed = seed
        self._groups = groups
        self._clouds = clouds
        self._habits = {"heat_pump": heat_pump, "ev_w": ev_w}
        self._days = {}

    def prepare(self, date: datetime.date) -> None:
        """Generate that day now; may run in a thread, ahead of time."""
        if date in self._days:
            return
        household = Household(self.seed, date, **self._habits)
        sun = Sun(self.seed, date, self._groups, clouds=self._clouds)
        while len(self._days) >= _KEPT_DAYS:
            self._days.pop(min(self._days, key=lambda day: abs((day - date).days)), None)
        self._days[date] = (household, sun)

    def at(self, date: datetime.date, second_of_day: float) -> tuple[float, float]:
        """Load and available solar power in that second: (load_w, pv_w) [W]."""
        if date not in self._days:
            self.prepare(date)
        household, sun = self._days[date]
        return household.load_w(second_of_day), sun.pv_w(second_of_day)


class Recording:
    """Load and sun from a CSV with the columns time, load_w, pv_w; interpolated, played in a loop.

    `time` is seconds since midnight, HH:MM[:SS], or an ISO date and time; any step, rising. The
    recording lasts from its first row to one step after its last; one that lasts whole days stays
    in phase with the clock.
    """

    def __init__(self, path):
        """Read the file. Raises ValueError with the line number for what cannot be read."""
        self._at_s = array("d")
        self._load_w = array("d")
        self._pv_w = array("d")
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                self._take(row, len(self._at_s) + 2)
        if len(self._at_s) < 2:
            raise ValueError("recording: needs at least two rows time,load_w,pv_w")
        last_step_s = self._at_s[-1] - self._at_s[-2]
        self._length_s = self._at_s[-1] - self._at_s[0] + last_step_s

    def _take(self, row: dict, line: int) -> None:
        try:
            at_s = _seconds(row["time"])
            load_w, pv_w = float(row["load_w"]), float(row["pv_w"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"recording line {line}: {error}") from error
        if self._at_s and at_s <= self._at_s[-1]:
            raise ValueError(f"recording line {line}: time does not rise")
        self._at_s.append(at_s)
        self._load_w.append(load_w)
        self._pv_w.append(pv_w)

    def prepare(self, date: datetime.date) -> None:
        """Nothing to do: the whole recording is in memory."""

    def at(self, date: datetime.date, second_of_day: float) -> tuple[float, float]:
        """Load and solar power at that moment: (load_w, pv_w) [W]."""
        first_s = self._at_s[0]
        at_s = first_s + (date.toordinal() * _DAY_S + second_of_day - first_s) % self._length_s
        before = bisect_right(self._at_s, at_s) - 1
        after = (before + 1) % len(self._at_s)
        step_s = self._at_s[after] - self._at_s[before] if after else self._length_s + first_s
        if not after:
            step_s -= self._at_s[before]
        part = (at_s - self._at_s[before]) / step_s
        return _between(self._load_w, before, after, part), _between(
            self._pv_w, before, after, part
        )


def _between(values: array, before: int, after: int, part: float) -> float:
    return values[before] + (values[after] - values[before]) * part


def _seconds(text: str) -> float:
    """Seconds since midnight, or since year 1 when the text has a date."""
    try:
        return float(text)
    except ValueError:
        pass
    if "-" in text:
        at = datetime.datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        return (
            at.toordinal() * _DAY_S + (at - datetime.datetime.combine(at, datetime.time())).seconds
        )
    parts = [float(part) for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise ValueError(f"time {text!r}")
    return sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
