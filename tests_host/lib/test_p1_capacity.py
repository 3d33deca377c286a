"""Capacity metering: quarters, month peaks and the billed average. Times are Unix seconds."""

from p1_rig import reading_of, vector

from p1 import capacity
from p1.capacity import COUNTER, METER, POWER, Capacity
from p1.reading import Reading

_NOON = 1704970800  # 2024-01-11 11:00 UTC, 12:00 in Belgium
_FEBRUARY = 1706742000  # 2024-02-01 00:00 in Belgium
_JANUARY_24 = 2024 * 12


def _reading(time_s, import_w, import_wh=None, average_w=None, peak=(None, None), history=None):
    reading = Reading()
    reading.time_s = time_s
    reading.import_w = import_w
    reading.import_wh = import_wh
    reading.quarter_average_w = average_w
    reading.month_peak_w, reading.month_peak_at_s = peak
    reading.peak_history = history
    return reading


def _run(capacity_, start_s, seconds, import_w, step_s=1, import_wh=None):
    """A steady power; the register counts from `import_wh` on if it is given."""
    for second in range(0, seconds, step_s):
        wh = None if import_wh is None else import_wh + import_w * second // 3600
        capacity_.update(_reading(start_s + second, import_w, wh))


def test_running_quarter_of_the_meter():
    # Real telegrams of one meter: 178 s into the quarter, 0.134 kW.
    found = Capacity()
    found.update(reading_of(vector("be_50217_ha107813_2579.txt")))
    assert found.source == METER
    assert found.left_s == 725
    assert found.quarter_average_w == 25
    assert found.energy_ws == 22500
    assert found.forecast_w == (22500 + 134 * 725) // 900 == 132
    assert found.free_wh(2500) == (2500 * 900 - 22500) // 3600 == 618
    assert found.allowed_w(2500) == (2500 * 900 - 22500) // 725 == 3072
    assert (found.month_peak_w, found.month_peak_at_s) == (2485, 1704650400)


def test_billed_average_of_the_meter_with_its_floor():
    # 2023-10: 1.747 -> 2.5; 2023-11: 3.260; 2023-12: 1.981 -> 2.5; 2024-01: 2.485 -> 2.5
    found = Capacity()
    found.update(reading_of(vector("be_50217_ha107813_2579.txt")))
    assert found.billed_average_w() == (2500 + 3260 + 2500 + 2500) // 4 == 2690
    assert capacity.yearly_cost_ct(2690, 5237) == 14088  # 2.69 kW at 52.37 EUR = 140.88 EUR


def test_billed_average_takes_eleven_closed_months():
    # 13 rows 2023-10 .. 2024-10; November 2024 runs: 2023-10 and 2023-11 are too old.
    reading = reading_of(vector("be_50217_13hist_ffbyte_32df.txt"))
    found = Capacity()
    found.update(reading)
    rows_w = (17440, 17632, 14301, 13429, 13080, 16789, 16074, 15127, 13067, 20304, 17198)
    assert found.billed_average_w() == (sum(rows_w) + 25891) // 12 == 16694


def test_placeholder_months_and_holes_do_not_count():
    month = 2025 * 12 + 6  # July 2025
    rows = (
        (2024 * 12 + 6, None, 0),  # twelve months before: too old anyway
        (2024 * 12 + 7, None, 0),
        (2024 * 12 + 9, 1727733600, 0),  # stamped with the month's own beginning
        (2024 * 12 + 11, 1733011200, 4000),
        (2025 * 12 + 5, 1749124800, 6000),
    )
    assert capacity.billed_average_w(rows, month, 3000) == (4000 + 6000 + 3000) // 3
    assert capacity.billed_average_w(rows, month, None) == (4000 + 6000 + 2500) // 3
    assert capacity.billed_average_w((), month, None) == 2500


def test_month_without_import_counts_as_the_floor():
    # 2025-05-10 12:15: a real peak of nothing.
    rows = ((2025 * 12 + 4, 1746872100, 0),)
    assert capacity.billed_average_w(rows, 2025 * 12 + 6, 4500) == (2500 + 4500) // 2


def test_stamp_of_midnight_on_day_one_belongs_to_the_month_before():
    found = Capacity()
    old = (5000, _FEBRUARY)
    found.update(_reading(_FEBRUARY + 10, 400, average_w=4, peak=old))
    assert (found.month_peak_w, found.month_peak_at_s) == (None, None)
    found.update(_reading(_FEBRUARY + 900, 400, average_w=0, peak=(400, _FEBRUARY + 900)))
    assert (found.month_peak_w, found.month_peak_at_s) == (400, _FEBRUARY + 900)


def test_month_peak_of_the_last_month_is_none_in_the_new_one():
    found = Capacity()
    old = (5000, _FEBRUARY - 86400)
    found.update(_reading(_FEBRUARY - 1, 400, average_w=300, peak=old))
    assert found.month_peak_w == 5000
    found.update(_reading(_FEBRUARY, 400, average_w=0, peak=old))
    assert found.month_peak_w is None


def test_quarter_from_the_import_register():
    found = Capacity()
    _run(found, _NOON, 450, 3600, import_wh=1000)
    assert found.source == COUNTER
    assert found.quarter_average_w == 1796  # 449 s at 3.6 kW are 449 Wh, over a quarter of an hour
    assert found.left_s == 451
    assert found.forecast_w == 3600


def test_register_of_a_meter_that_sends_every_ten_seconds():
    found = Capacity()
    _run(found, _NOON - 6, 910, 3600, step_s=10, import_wh=1000)
    # The last telegram is 894 s into the quarter; the first was 4 s after its start.
    assert found.source == COUNTER
    assert found.left_s == 6
    assert found.energy_ws == 894 * 3600


def test_quarter_from_power_alone():
    found = Capacity()
    _run(found, _NOON, 300, 2000)
    assert found.source == POWER
    assert found.energy_ws == 299 * 2000
    assert found.free_wh(2500) == (2500 * 900 - 299 * 2000) // 3600


def test_quarter_that_was_not_seen_from_its_start_is_not_known():
    found = Capacity()
    _run(found, _NOON + 100, 50, 2000, import_wh=500)
    assert (found.source, found.quarter_average_w, found.forecast_w) == (None, None, None)
    assert (found.free_wh(2500), found.allowed_w(2500)) == (None, None)
    assert found.left_s == 751
    _run(found, _NOON + 150, 900, 2000, import_wh=600)
    assert found.source == COUNTER


def test_gap_in_power_makes_the_quarter_unknown_but_not_the_register():
    power = Capacity()
    _run(power, _NOON, 100, 2000)
    _run(power, _NOON + 200, 10, 2000)
    assert power.quarter_average_w is None
    register = Capacity()
    _run(register, _NOON, 100, 3600, import_wh=0)
    register.update(_reading(_NOON + 15, 3600, 15))  # the clock was set back
    assert register.quarter_average_w is None


def test_boundary_that_was_not_seen_makes_the_quarter_unknown():
    found = Capacity()
    _run(found, _NOON, 885, 3600, import_wh=1000)
    _run(found, _NOON + 901, 100, 3600, import_wh=2000)
    assert found.quarter_average_w is None
    assert found.month_peak_w is None  # the last quarter's end was not seen either


def test_another_meter_begins_anew():
    found = Capacity()
    _run(found, _NOON, 100, 3600, import_wh=50000)
    _run(found, _NOON + 100, 10, 3600, import_wh=3)
    assert found.quarter_average_w is None
    _run(found, _NOON + 110, 10, 3600, import_wh=60000)
    assert found.quarter_average_w is None


def test_clock_set_back_into_the_last_month_closes_no_month():
    found = Capacity()
    _run(found, _FEBRUARY, 901, 6000)
    assert found.month_peak_w == 6000
    found.update(_reading(_FEBRUARY - 1000, 6000))
    assert (found.month, found.peaks, found.month_peak_w) == (_JANUARY_24, (), None)


def test_closed_quarters_make_the_month_peak_where_the_meter_tells_none():
    found = Capacity()
    _run(found, _NOON, 900, 3000)
    assert found.month_peak_w is None
    _run(found, _NOON + 900, 900, 5000)
    assert (found.month_peak_w, found.month_peak_at_s) == (3000, _NOON + 900)
    _run(found, _NOON + 1800, 900, 1000)
    assert (found.month_peak_w, found.month_peak_at_s) == (5000, _NOON + 1800)
    assert found.billed_average_w() == 5000


def test_closed_months_are_kept_where_the_meter_tells_none():
    found = Capacity()
    _run(found, _FEBRUARY - 900, 901, 6000)
    assert found.month == _JANUARY_24 + 1
    assert found.peaks == ((_JANUARY_24, _FEBRUARY, 6000),)
    assert found.month_peak_w is None
    assert found.billed_average_w() == (6000 + 2500) // 2


def test_kept_months_are_bounded():
    found = Capacity()
    found.peaks = tuple([(_JANUARY_24 - i, _FEBRUARY, 3000) for i in range(20, 0, -1)])
    _run(found, _FEBRUARY - 900, 901, 6000)
    assert len(found.peaks) == 13
    assert found.peaks[-1] == (_JANUARY_24, _FEBRUARY, 6000)


def test_last_quarter_that_the_meter_still_shows_at_the_boundary_is_no_energy():
    found = Capacity()
    found.update(_reading(_NOON, 3000, average_w=2900))
    assert found.quarter_average_w == 0
    assert found.forecast_w == 3000


def test_time_of_the_board_serves_where_the_meter_has_none():
    found = Capacity()
    for second in range(20):
        found.update(_reading(None, 1800), _NOON + second)
    assert (found.left_s, found.energy_ws) == (881, 19 * 1800)


def test_without_any_time_nothing_is_known():
    found = Capacity()
    found.update(_reading(None, 1800, average_w=100))
    assert (found.left_s, found.quarter_average_w, found.billed_average_w()) == (None, None, None)
    found.update(_reading(_NOON, 1800, average_w=0))
    found.update(_reading(None, 1800))
    assert found.quarter_average_w is None


def test_quarters_run_on_through_the_hour_that_happens_twice():
    # 2024-10-27: summer time ends at 01:00 UTC.
    found = Capacity()
    start = 1729990800 - 900
    _run(found, start, 1800, 4000)
    assert (found.month_peak_w, found.month_peak_at_s) == (4000, 1729990800)
    assert found.left_s == 1


def test_closed_quarter_reckons_with_the_seconds_after_its_last_telegram():
    found = Capacity()
    _run(found, _NOON, 900, 3600, step_s=10)
    found.update(_reading(_NOON + 905, 3600))
    assert found.month_peak_w == 3600


def test_yearly_cost_is_rounded():
    assert capacity.yearly_cost_ct(2500, 5000) == 12500
    assert capacity.yearly_cost_ct(2501, 5237) == 13098
