"""What a household draws, second by second, for one generated but life-like day.

Every appliance draws its own random numbers from seed, date and name, so a day is the same on
every machine and changing one appliance leaves the others alone. Powers and habits are round
figures of common appliances, chosen so that a day comes to about 10-15 kWh without the car;
nothing here was measured in a particular house.
"""

import datetime
import math
import random
from array import array

DAY_S = 86400
_HOUR_S = 3600

_EV_START_H = (17.5, 20.5)
_EV_ENERGY_WH = (6000, 20000)
_EV_TAIL_S = 900  # the car's battery tapers over its last quarter


class Household:
    """The load of one local day, pre-generated at one-second resolution."""

    def __init__(
        self,
        seed: int,
        date: datetime.date,
        *,
        heat_pump: bool = True,
        ev_w: float = 0.0,
        ev_days: tuple = (0, 2, 4, 6),
    ):
        """Generate the day; takes some tens of milliseconds.

        `ev_w` is the car's charging power [W], 0 for no car, 3700 or 7400 as a rule, on the
        weekdays in `ev_days` (Monday 0).
        """
        self.date = date
        self._seed = seed
        self.watts = array("f", bytes(4 * DAY_S))
        for appliance in _APPLIANCES:
            appliance(self.watts, self._chance(appliance.__name__), date)
        if heat_pump:
            _heat_pump(self.watts, self._chance("heat_pump"), date)
        if ev_w:
            self._charge_car(ev_w, ev_days)

    def load_w(self, second_of_day: float) -> float:
        """Household load in that second of the local day [W]."""
        return self.watts[int(second_of_day) % DAY_S]

    @property
    def energy_wh(self) -> float:
        """Energy of the whole day [Wh]."""
        return math.fsum(self.watts) / 3600

    def _chance(self, name: str, date: datetime.date | None = None) -> random.Random:
        return random.Random(f"{self._seed}/{date or self.date}/{name}")

    def _charge_car(self, ev_w: float, ev_days: tuple) -> None:
        """Charge from this evening on, and first what yesterday evening left over."""
        for days_ago in (1, 0):
            date = self.date - datetime.timedelta(days=days_ago)
            if date.weekday() not in ev_days:
                continue
            chance = self._chance("ev", date)
            start = int(chance.uniform(*_EV_START_H) * _HOUR_S) - days_ago * DAY_S
            full_s = int(chance.uniform(*_EV_ENERGY_WH) * 3600 / ev_w)
            _add(self.watts, start, full_s, ev_w)
            for i in range(_EV_TAIL_S):
                _add(self.watts, start + full_s + i, 1, ev_w * (1 - 0.7 * i / _EV_TAIL_S))


def _add(watts: array, start: float, seconds: float, power_w: float) -> int:
    """Draw `power_w` for `seconds` from `start` on; returns the second after the last."""
    first, end = int(start), int(start) + max(1, int(seconds))
    for second in range(max(0, first), min(end, DAY_S)):
        watts[second] += power_w
    return end


def _pulses(watts, chance, start, seconds, power_w, on_s: tuple, off_s: tuple) -> int:
    """A thermostat or motor that starts and stops: on and off times drawn from ranges [s]."""
    at, end = int(start), int(start + seconds)
    while at < end:
        at = _add(watts, at, min(chance.uniform(*on_s), end - at), power_w)
        at += int(chance.uniform(*off_s))
    return end


def _winter(date: datetime.date) -> float:
    """How much winter it is: 1 in mid January, 0 in mid July."""
    return 0.5 + 0.5 * math.cos(2 * math.pi * (date.timetuple().tm_yday - 15) / 365.25)


def _always_on(watts, chance, date) -> None:
    """Router, ventilation, circulation pump, everything that stands by."""
    level_w = 130.0
    for second in range(DAY_S):
        if second % 60 == 0:
            level_w += (130 - level_w) * 0.1 + chance.gauss(0, 2)
        watts[second] += level_w + chance.random() * 2


def _fridge(watts, chance, date) -> None:
    at = -chance.uniform(0, 2400)
    while at < DAY_S:
        _add(watts, at, 1, 500)  # the compressor starts
        at = _add(watts, at + 1, chance.uniform(700, 1200), chance.uniform(75, 90))
        at += chance.uniform(1200, 2000)


def _freezer(watts, chance, date) -> None:
    at = -chance.uniform(0, 2400)
    while at < DAY_S:
        _add(watts, at, 1, 650)
        at = _add(watts, at + 1, chance.uniform(500, 800), chance.uniform(95, 110))
        at += chance.uniform(1300, 2200)


def _lights(watts, chance, date) -> None:
    dark = _winter(date)
    for start_h, end_h in ((6.5, 6.7 + 2.2 * dark), (21.8 - 5 * dark, 23.2)):
        at = (start_h + chance.uniform(-0.2, 0.2)) * _HOUR_S
        while at < end_h * _HOUR_S:
            at = _add(watts, at, chance.uniform(400, 2400), chance.uniform(30, 180))


def _screens(watts, chance, date) -> None:
    """Television in the evening, and a desk on some days."""
    start = chance.uniform(19, 20.2) * _HOUR_S
    _add(watts, start, chance.uniform(6000, 11000), chance.uniform(90, 160))
    if date.weekday() in (1, 3) or chance.random() < 0.25:
        _add(watts, chance.uniform(8.5, 9.5) * _HOUR_S, 12600, chance.uniform(60, 110))
        _add(watts, chance.uniform(13, 13.5) * _HOUR_S, 12600, chance.uniform(60, 110))


def _kettle(watts, chance, date) -> None:
    for hour in (6.9, 10.0, 12.6, 15.5, 20.3):
        if chance.random() < 0.75:
            start = chance.gauss(hour, 0.35) * _HOUR_S
            _add(watts, start, chance.uniform(80, 210), chance.uniform(1950, 2300))


def _microwave(watts, chance, date) -> None:
    for hour in (7.2, 12.4, 18.0):
        if chance.random() < 0.5:
            start, seconds = chance.gauss(hour, 0.3) * _HOUR_S, chance.uniform(60, 300)
            if chance.random() < 0.5:
                _add(watts, start, seconds, 1350)
            else:  # half power is full power half of the time
                _pulses(watts, chance, start, seconds * 1.6, 1350, (12, 14), (10, 13))


def _hob(watts, chance, date) -> None:
    """Two or three plates: full power first, then the thermostat's pulses of some seconds."""
    meals = [chance.gauss(18.2, 0.35)]
    if date.weekday() >= 5 or chance.random() < 0.25:
        meals.append(chance.gauss(12.2, 0.3))
    for hour in meals:
        for plate_w in chance.sample((1200, 1400, 1800, 2100), chance.choice((2, 2, 3))):
            start = hour * _HOUR_S + chance.uniform(0, 900)
            at = _add(watts, start, chance.uniform(150, 400), plate_w)
            seconds = chance.uniform(500, 1500)
            _pulses(watts, chance, at, seconds, plate_w, (4, 12), (7, 26))


def _oven(watts, chance, date) -> None:
    if chance.random() < (0.8 if date.weekday() >= 5 else 0.5):
        start = chance.gauss(17.7, 0.4) * _HOUR_S
        at = _add(watts, start, chance.uniform(420, 660), 2400)
        _pulses(watts, chance, at, chance.uniform(1200, 2700), 2400, (20, 40), (60, 130))


def _washing_machine(watts, chance, date) -> None:
    """Heating while the drum turns to and fro every few seconds, then rinsing and spinning."""
    if chance.random() > 0.65:
        return
    start = chance.choice((chance.uniform(8.5, 11), chance.uniform(13, 16.5))) * _HOUR_S
    heat_s = chance.uniform(540, 960)
    _add(watts, start + 240, heat_s, 2000)
    at = _pulses(
        watts, chance, start + 60, heat_s + 2000, chance.uniform(180, 320), (7, 12), (3, 5)
    )
    for spin_w in (320, 380, 560):
        at = _pulses(watts, chance, at, 240, 220, (8, 12), (4, 6))
        for second in range(150):  # speeding up
            at = _add(watts, at, 1, spin_w * min(1.0, 0.4 + second / 150))


def _dishwasher(watts, chance, date) -> None:
    if chance.random() > 0.7:
        return
    start = chance.choice((chance.uniform(13, 14), chance.uniform(19.8, 21.3))) * _HOUR_S
    _add(watts, start, 5400, 55)
    _add(watts, start + 480, chance.uniform(660, 840), 1900)
    _add(watts, start + 3600, chance.uniform(600, 780), 1900)


def _heat_pump(watts, chance, date) -> None:
    """Modulates with the cold, cycles when asked little, defrosts near freezing; hot water too."""
    winter = _winter(date)
    outside_c = 18.0 - 15.0 * winter + chance.gauss(0, 3)
    _add(watts, chance.uniform(12.8, 13.6) * _HOUR_S, chance.uniform(3000, 4800), 780)
    power_w, at, since_defrost_s = 0.0, int(chance.uniform(0, 1800)), 0.0
    while at < DAY_S:
        hour = at / _HOUR_S
        here_c = outside_c + 4 * math.cos(2 * math.pi * (hour - 15) / 24)
        asked_w = max(0.0, (15.0 - here_c) * 19) * (1.25 if 6 <= hour < 22 else 0.7)
        if asked_w < 60:
            at += 1800
            continue
        if asked_w < 320:  # below its lowest speed it runs part of the time
            run_s = chance.uniform(600, 900)
            at = _add(watts, at, run_s, 350) + int(run_s * (350 / asked_w - 1))
            continue
        power_w = asked_w if not power_w else power_w + (asked_w - power_w) * 0.2
        power_w += chance.gauss(0, 12)
        at = _add(watts, at, 30, power_w)
        since_defrost_s += 30
        if here_c < 5 and since_defrost_s > chance.uniform(3600, 6000):
            at = _add(watts, at, 60, 80)
            at = _add(watts, at, chance.uniform(180, 300), 1150)
            since_defrost_s = 0.0


_APPLIANCES = (
    _always_on,
    _fridge,
    _freezer,
    _lights,
    _screens,
    _kettle,
    _microwave,
    _hob,
    _oven,
    _washing_machine,
    _dishwasher,
)
