"""What solar panels in Belgium could deliver, second by second, for one generated day.

Sun position: declination and equation of time by Spencer (1971), good to a quarter of a degree.
Clear sky: global by Haurwitz (1945), beam by Meinel (1976); diffuse taken as isotropic. Clouds are
a random process: a cover that drifts over the day, and a beam that is cut and comes back within
seconds, a little brighter than a clear sky at the edges. A year gives about 1000 kWh per kWp to
the south, as in Belgium.
"""

import datetime
import math
import random
from array import array
from zoneinfo import ZoneInfo

DAY_S = 86400
TIMEZONE = ZoneInfo("Europe/Brussels")

#: Panel groups: (peak power [Wp], azimuth [degrees from north, east is 90], tilt [degrees]).
GROUPS = ((2000, 180, 35), (1600, 240, 35))

_LATITUDE, _LONGITUDE = 51.0, 4.0
_PERFORMANCE = 0.87  # cells warmer than 25 C, cables, dirt; before the inverter
_ALBEDO = 0.2
_GRID_S = 60  # geometry is computed on this grid and interpolated


class Sun:
    """Solar power of one local day, pre-generated at one-second resolution."""

    def __init__(
        self, seed: int, date: datetime.date, groups=GROUPS, *, clouds: float | None = None
    ):
        """Generate the day; takes some tenths of a second.

        `groups` as `GROUPS`; `clouds` fixes the mean cover from 0 (clear) to 1 (overcast), None
        lets the season and chance decide.
        """
        self.date = date
        self.watts = array("f", bytes(4 * DAY_S))
        chance = random.Random(f"{seed}/{date}/sun")
        cover = _day_cover(chance, date) if clouds is None else clouds
        self._fill(groups, _sky(chance, cover))

    def pv_w(self, second_of_day: float) -> float:
        """Available solar power in that second of the local day [W DC, >= 0]."""
        return self.watts[int(second_of_day) % DAY_S]

    @property
    def energy_wh(self) -> float:
        """Energy of the whole day [Wh]."""
        return math.fsum(self.watts) / 3600

    def _fill(self, groups, sky) -> None:
        noon = datetime.datetime.combine(self.date, datetime.time(12), TIMEZONE)
        utc_offset_s = noon.utcoffset().total_seconds()
        day_of_year = self.date.timetuple().tm_yday
        before = None
        for at in range(0, DAY_S + 1, _GRID_S):
            after = _clear_sky_w(groups, day_of_year, at - utc_offset_s)
            if before and (before[1] or after[1]):
                self._fill_slice(at - _GRID_S, before, after, sky)
            before = after

    def _fill_slice(self, start: int, before: tuple, after: tuple, sky) -> None:
        for i in range(_GRID_S):
            part = i / _GRID_S
            beam_share, diffuse_share = next(sky)
            beam_w = before[0] + (after[0] - before[0]) * part
            diffuse_w = before[1] + (after[1] - before[1]) * part
            self.watts[start + i] = beam_w * beam_share + diffuse_w * diffuse_share


def position(day_of_year: int, utc_s: float) -> tuple[float, float]:
    """Where the sun stands in Belgium: (elevation, azimuth from north) [radians]."""
    turn = 2 * math.pi * (day_of_year - 1 + (utc_s / 3600 - 12) / 24) / 365
    declination = (
        0.006918
        - 0.399912 * math.cos(turn)
        + 0.070257 * math.sin(turn)
        - 0.006758 * math.cos(2 * turn)
        + 0.000907 * math.sin(2 * turn)
        - 0.002697 * math.cos(3 * turn)
        + 0.00148 * math.sin(3 * turn)
    )
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * math.cos(turn)
        - 0.032077 * math.sin(turn)
        - 0.014615 * math.cos(2 * turn)
        - 0.040849 * math.sin(2 * turn)
    )
    hour_angle = math.radians((utc_s / 60 + equation_min + 4 * _LONGITUDE) / 4 - 180)
    latitude = math.radians(_LATITUDE)
    sine = math.sin(latitude) * math.sin(declination)
    sine += math.cos(latitude) * math.cos(declination) * math.cos(hour_angle)
    south = math.sin(latitude) * math.cos(hour_angle) - math.cos(latitude) * math.tan(declination)
    return math.asin(sine), math.atan2(math.sin(hour_angle), south) + math.pi


def _clear_sky_w(groups, day_of_year: int, utc_s: float) -> tuple[float, float]:
    """What the groups give under a clear sky: (from the beam, from sky and ground) [W]."""
    elevation, azimuth = position(day_of_year, utc_s)
    height = math.sin(elevation)
    if height < 0.01:
        return 0.0, 0.0
    global_wm2 = 1098 * height * math.exp(-0.057 / height)
    air_mass = 1 / (height + 0.50572 * (math.degrees(elevation) + 6.07995) ** -1.6364)
    beam_wm2 = min(1353 * 0.7 ** (air_mass**0.678), 0.95 * global_wm2 / height)
    diffuse_wm2 = global_wm2 - beam_wm2 * height
    from_beam_w = from_sky_w = 0.0
    for peak_w, group_azimuth, tilt in groups:
        slope = math.radians(tilt)
        facing = math.cos(elevation) * math.sin(slope)
        facing *= math.cos(azimuth - math.radians(group_azimuth))
        incidence = max(0.0, facing + height * math.cos(slope))
        sky_wm2 = diffuse_wm2 * (1 + math.cos(slope)) / 2
        sky_wm2 += global_wm2 * _ALBEDO * (1 - math.cos(slope)) / 2
        from_beam_w += peak_w * _PERFORMANCE * beam_wm2 * incidence / 1000
        from_sky_w += peak_w * _PERFORMANCE * sky_wm2 / 1000
    return from_beam_w, from_sky_w


def _day_cover(chance: random.Random, date: datetime.date) -> float:
    """Mean cloud cover of the day: Belgium has more of it in winter."""
    winter = 0.5 + 0.5 * math.cos(2 * math.pi * (date.timetuple().tm_yday - 15) / 365.25)
    return min(1.0, max(0.0, chance.betavariate(1.2, 0.75) + 0.2 * winter))


def _sky(chance: random.Random, day_cover: float):
    """Endless (share of the beam, share of the diffuse light), one pair a second."""
    cover = day_cover
    beam = 1 - day_cover
    goal, speed, left_s = beam, 0.01, 0
    while True:
        left_s -= 1
        if left_s <= 0:
            cover += (day_cover - cover) * 0.05 + chance.gauss(0, 0.03)
            cover = min(1.0, max(0.0, cover)) if 0 < day_cover < 1 else day_cover
            clouded = chance.random() < cover
            thick = chance.uniform(0.6, 0.95) if cover < 0.75 else chance.uniform(0.85, 1.0)
            bright = 1.0 + 0.15 * chance.random() * min(1.0, 4 * cover * (1 - cover))
            goal = 1 - thick if clouded else bright
            left_s = chance.expovariate(1 / (60 + 400 * abs(cover - 0.5)))
            speed = 1 / chance.uniform(3, 15)
        beam += min(max(goal - beam, -speed), speed)
        # Half a cover of white clouds adds diffuse light, a closed deck takes most of it away.
        yield beam, 1 + 0.9 * cover - 1.25 * cover**4
