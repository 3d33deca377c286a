"""Load and sun: deterministic, life-like, or played from a file."""

import datetime
import math
import statistics

import pytest

from tools.house.load import Household
from tools.house.scene import Generated, Recording
from tools.house.sun import Sun, position

_SUMMER = datetime.date(2026, 6, 15)  # a Monday
_WINTER = datetime.date(2026, 1, 14)
_SOUTH_1KWP = ((1000, 180, 35),)


def test_the_same_seed_and_date_give_the_same_day_and_others_do_not():
    assert Household(3, _SUMMER).watts == Household(3, _SUMMER).watts
    assert Household(3, _SUMMER).watts != Household(4, _SUMMER).watts
    assert Sun(3, _SUMMER).watts == Sun(3, _SUMMER).watts
    assert Sun(3, _SUMMER).watts != Sun(3, _WINTER).watts


def test_a_day_takes_about_ten_to_fifteen_kilowatt_hours():
    days = [_WINTER + datetime.timedelta(days=26 * i) for i in range(14)]
    mean_wh = statistics.mean(Household(1, day).energy_wh for day in days)
    assert 10000 <= mean_wh <= 15000
    assert all(6000 <= Household(2, day).energy_wh <= 25000 for day in days)


def test_loads_pulse_within_seconds_and_never_go_below_the_base():
    day = Household(1, _SUMMER)
    jumps = [abs(b - a) for a, b in zip(day.watts, day.watts[1:], strict=False)]
    assert sum(jump > 1000 for jump in jumps) > 40
    assert min(day.watts) > 50
    assert 3000 < max(day.watts) < 12000


def test_the_car_charges_only_on_its_days_and_past_midnight():
    plain, car = Household(1, _SUMMER), Household(1, _SUMMER, ev_w=7400, ev_days=(0,))
    assert car.energy_wh - plain.energy_wh > 5000
    assert max(b - a for a, b in zip(plain.watts, car.watts, strict=True)) >= 7399
    other = _SUMMER + datetime.timedelta(days=3)
    assert Household(1, other, ev_w=7400, ev_days=(0,)).watts == Household(1, other).watts
    tuesday = _SUMMER + datetime.timedelta(days=1)
    late = [
        seed
        for seed in range(20)
        if Household(seed, tuesday, ev_w=3700, ev_days=(0,)).watts[0]
        > Household(seed, tuesday).watts[0] + 1000
    ]
    assert late  # 20 kWh at 3.7 kW from eight o'clock ends after midnight


def test_sun_stands_where_the_almanac_says():
    noon = max(position(172, second) for second in range(0, 86400, 60))
    assert math.degrees(noon[0]) == pytest.approx(90 - 51.0 + 23.44, abs=0.1)
    assert math.degrees(noon[1]) == pytest.approx(180, abs=1)
    assert max(position(355, s)[0] for s in range(0, 86400, 60)) == pytest.approx(
        math.radians(90 - 51.0 - 23.44), abs=0.002
    )
    up = [s for s in range(0, 86400, 60) if position(172, s)[0] > math.radians(-0.833)]
    assert up[0] == pytest.approx(3 * 3600 + 29 * 60, abs=240)  # sunrise at Ghent, 21 June, UTC
    assert up[-1] == pytest.approx(20 * 3600 + 1 * 60, abs=240)


def test_a_clear_day_is_smooth_and_dark_at_night():
    sun = Sun(1, _SUMMER, _SOUTH_1KWP, clouds=0)
    assert sun.pv_w(3 * 3600) == 0
    assert sun.pv_w(23.5 * 3600) == 0
    assert 6500 < sun.energy_wh < 8000
    assert 800 < max(sun.watts) < 1000
    assert max(abs(sun.watts[i + 1] - sun.watts[i]) for i in range(20000, 80000)) < 1


def test_clouds_have_fast_edges_and_an_overcast_day_is_poor():
    broken = Sun(5, _SUMMER, _SOUTH_1KWP, clouds=0.5)
    assert max(abs(broken.watts[i + 10] - broken.watts[i]) for i in range(36000, 64800)) > 300
    clear_wh = Sun(5, _SUMMER, _SOUTH_1KWP, clouds=0).energy_wh
    assert Sun(5, _SUMMER, _SOUTH_1KWP, clouds=1).energy_wh < 0.25 * clear_wh


def test_an_east_roof_peaks_before_a_west_roof():
    peaks = []
    for azimuth in (90, 270):
        watts = Sun(1, _SUMMER, ((1000, azimuth, 35),), clouds=0).watts
        peaks.append(max(range(86400), key=watts.__getitem__) / 3600)
    assert peaks[0] < 12.5 < 15 < peaks[1]


def test_generated_scene_answers_any_moment_and_keeps_few_days():
    scene = Generated(7)
    for days in range(6):
        day = _SUMMER + datetime.timedelta(days=days)
        assert scene.at(day, 43200.9) == (
            Household(7, day).load_w(43200),
            Sun(7, day).pv_w(43200),
        )
    assert len(scene._days) <= 3


def _write(tmp_path, text: str):
    path = tmp_path / "day.csv"
    path.write_text(text)
    return path


def test_recording_is_interpolated_and_loops(tmp_path):
    scene = Recording(_write(tmp_path, "time,load_w,pv_w\n0,100,0\n10,200,40\n20,400,0\n"))
    day = datetime.date.fromordinal(30)  # 30 days of 86400 s are a whole number of 30 s loops
    assert scene.at(day, 0) == (100, 0)
    assert scene.at(day, 5) == (150, 20)
    assert scene.at(day, 20) == (400, 0)
    assert scene.at(day, 25) == (250, 0)
    assert scene.at(day, 35) == (150, 20)


def test_recording_of_clock_times_stays_in_phase_with_the_clock(tmp_path):
    rows = "".join(f"{hour:02d}:00,{hour * 100},0\n" for hour in range(24))
    scene = Recording(_write(tmp_path, "time,load_w,pv_w\n" + rows))
    for day in (_SUMMER, _WINTER):
        assert scene.at(day, 6 * 3600)[0] == 600
        assert scene.at(day, 6.5 * 3600)[0] == 650
    dated = "time,load_w,pv_w\n2026-01-01T06:00:00,1,0\n2026-01-01 18:00,2,5\n"
    scene = Recording(_write(tmp_path, dated))
    assert scene.at(_SUMMER, 6 * 3600) == (1, 0)
    assert scene.at(_SUMMER, 18 * 3600) == (2, 5)


def test_recording_names_the_line_it_cannot_read(tmp_path):
    for text, complaint in (
        ("time,load_w,pv_w\n0,1,2\nx,1,2\n", "line 3"),
        ("time,load_w,pv_w\n0,1,2\n0,1,2\n", "line 3: time does not rise"),
        ("time,load\n0,1\n", "line 2"),
        ("time,load_w,pv_w\n0,1,2\n", "two rows"),
    ):
        with pytest.raises(ValueError, match=complaint):
            Recording(_write(tmp_path, text))
