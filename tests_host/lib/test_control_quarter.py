"""The quarter's energy, from whatever the meter tells, and what is left of its budget."""

from control_rig import NOON_S
from p1_rig import reading_of, vector

from control.quarter import COUNTER, METER, POWER, Quarter


def _run(quarter, start_s, seconds, import_w, step_s=1, import_wh=None):
    """A steady power; the register counts from `import_wh` on if it is given."""
    closed = []
    for second in range(0, seconds, step_s):
        wh = None if import_wh is None else import_wh + import_w * second // 3600
        quarter.update(start_s + second, import_w, wh)
        if quarter.closed_w is not None:
            closed.append(quarter.closed_w)
    return closed


def test_running_quarter_of_the_meter():
    # Real telegrams of one meter: 178 s into the quarter, 0.134 kW.
    reading = reading_of(vector("be_50217_ha107813_2579.txt"))
    quarter = Quarter()
    quarter.update(reading.time_s, reading.import_w, reading.import_wh, reading.quarter_average_w)
    assert (quarter.source, quarter.unseen_s) == (METER, 0)
    assert quarter.left_s == 725
    assert quarter.energy_ws == 25 * 900
    assert quarter.forecast_w(2500) == (22500 + 134 * 725) // 900 == 132
    assert quarter.left_ws(2500) // 3600 == 618
    assert quarter.allowed_w(2500) == (2500 * 900 - 22500) // 725 == 3072


def test_quarter_from_the_import_register():
    quarter = Quarter()
    _run(quarter, NOON_S, 450, 3600, import_wh=1000)
    assert (quarter.source, quarter.unseen_s) == (COUNTER, 0)
    assert quarter.energy_ws == 449 * 3600  # 449 s at 3.6 kW are 449 Wh
    assert quarter.left_s == 451
    assert quarter.forecast_w(2500) == 3600


def test_register_of_a_meter_that_sends_every_ten_seconds():
    quarter = Quarter()
    _run(quarter, NOON_S - 6, 910, 3600, step_s=10, import_wh=1000)
    # The last telegram is 894 s into the quarter; the first was 4 s after its start.
    assert (quarter.source, quarter.left_s) == (COUNTER, 6)
    assert quarter.energy_ws == 894 * 3600


def test_quarter_from_power_alone():
    quarter = Quarter()
    _run(quarter, NOON_S, 300, 2000)
    assert quarter.source == POWER
    assert quarter.energy_ws == 299 * 2000
    assert quarter.left_ws(2500) == 2500 * 900 - 299 * 2000


def test_power_counts_from_the_first_second_when_the_quarter_before_was_seen():
    quarter = Quarter()
    _run(quarter, NOON_S - 900, 1501, 1800)
    assert quarter.energy_ws == 1800 * 600
    quarter.update(NOON_S + 601, 0)
    assert quarter.energy_ws == 1800 * 600


def test_the_unseen_start_of_a_quarter_counts_as_if_it_had_been_at_the_limit():
    for wh in (None, 500):
        quarter = Quarter()
        quarter.update(NOON_S + 300, 0, wh)
        assert quarter.unseen_s == 300
        assert quarter.allowed_w(2500) == 2500
        assert quarter.forecast_w(2500) == 2500 * 300 // 900
        assert _run(quarter, NOON_S + 301, 600, 0, import_wh=wh) == []  # its average is not known
        assert quarter.unseen_s == 0


def test_a_short_gap_in_the_telegrams_is_filled_with_the_import():
    quarter = Quarter()
    for second in (-1, 0, 1, 2, 12):
        quarter.update(NOON_S + second, 1000)
    assert (quarter.energy_ws, quarter.unseen_s) == (12000, 0)


def test_a_long_gap_is_unseen_in_power_but_not_in_the_register():
    power = Quarter()
    _run(power, NOON_S, 100, 2000)
    _run(power, NOON_S + 200, 10, 2000)
    assert power.unseen_s == 101
    assert power.left_ws(2500) == 2500 * (900 - 101) - 2000 * 108
    register = Quarter()
    _run(register, NOON_S, 100, 3600, import_wh=0)
    _run(register, NOON_S + 200, 10, 3600, import_wh=200)
    assert (register.unseen_s, register.energy_ws) == (0, 209 * 3600)


def test_a_clock_that_is_set_back_hides_what_was_imported():
    quarter = Quarter()
    _run(quarter, NOON_S, 100, 2000)
    quarter.update(NOON_S + 15, 2000)
    assert quarter.unseen_s == 84


def test_closed_quarters_have_their_average():
    quarter = Quarter()
    assert _run(quarter, NOON_S, 1801, 3000) == [3000, 3000]
    assert _run(quarter, NOON_S + 1801, 900, 5000) == [5000]
    slow = Quarter()
    assert _run(slow, NOON_S, 900, 3600, step_s=10) == []
    slow.update(NOON_S + 905, 3600)
    assert slow.closed_w == 3600  # with the seconds after its last telegram


def test_a_boundary_that_was_not_seen_leaves_both_quarters_unknown():
    quarter = Quarter()
    _run(quarter, NOON_S, 885, 3600, import_wh=1000)
    assert _run(quarter, NOON_S + 901, 100, 3600, import_wh=2000) == []
    assert quarter.unseen_s == 1


def test_another_meter_begins_anew():
    quarter = Quarter()
    _run(quarter, NOON_S, 100, 3600, import_wh=50000)
    _run(quarter, NOON_S + 100, 10, 3600, import_wh=3)
    assert (quarter.unseen_s, quarter.energy_ws) == (100, 9 * 3600)


def test_last_quarter_that_the_meter_still_shows_at_the_boundary_is_no_energy():
    quarter = Quarter()
    quarter.update(NOON_S, 3000, None, 2900)
    assert quarter.energy_ws == 0
    assert quarter.forecast_w(2500) == 3000


def test_the_first_second_of_a_quarter_has_the_whole_budget():
    quarter = Quarter()
    quarter.update(NOON_S, 1000, None, 0)
    assert quarter.left_s == 900
    assert quarter.left_ws(2500) == 2500 * 900
