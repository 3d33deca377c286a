"""The quarter's budget and the peak that counts."""

from control_rig import NOON_S

from control.quarter import Quarter, actual_peak_w

_DAY_1_S = 1782856800  # 2026-07-01 00:00 in Belgium


def test_the_month_peak_counts_only_in_its_own_month():
    rows = (
        (3200, NOON_S - 900, NOON_S, 3200),
        (2000, NOON_S - 900, NOON_S, 2500),  # never under the desired peak
        (None, None, NOON_S, 2500),
        (3200, None, NOON_S, 2500),
        (3200, NOON_S - 900, None, 2500),
        (3200, NOON_S + 3600, NOON_S, 2500),  # a stamp of the future is none
        (3200, _DAY_1_S - 900, _DAY_1_S + 60, 2500),
        (3200, _DAY_1_S, _DAY_1_S + 60, 2500),  # the quarter that ended at midnight is June's
        (3200, _DAY_1_S + 900, _DAY_1_S + 960, 3200),
        (3200, _DAY_1_S + 31 * 86400, _DAY_1_S + 31 * 86400, 2500),
    )
    for peak_w, at_s, now_s, expected_w in rows:
        assert actual_peak_w(2500, peak_w, at_s, now_s) == expected_w, (at_s, now_s)


def test_a_month_begins_at_belgian_midnight_also_across_the_change_of_the_clock():
    march_1_s = 1772319600  # 2026-03-01 00:00, winter time; the 30th is in summer time
    march_30_s = march_1_s + 29 * 86400
    assert actual_peak_w(2500, 4000, march_1_s, march_30_s) == 2500
    assert actual_peak_w(2500, 4000, march_1_s + 900, march_30_s) == 4000


def test_energy_and_what_is_left_from_the_meters_own_average():
    quarter = Quarter()
    quarter.update(NOON_S + 600, 1000, 1500, 2500)  # 10 of 15 minutes, 1500 W on average over 15
    assert quarter.left_s == 300
    assert quarter.left_ws(2500) == 900 * 1000
    assert quarter.allowed_w(2500) == 3000


def test_without_the_meters_average_the_import_is_added_up():
    quarter = Quarter()
    for second in range(901):  # the whole quarter before was seen
        quarter.update(NOON_S - 900 + second, 1800, None, 2500)
    for second in range(1, 601):
        quarter.update(NOON_S + second, 1800, None, 2500)
    assert quarter.energy_ws == 1800 * 600
    quarter.update(NOON_S + 601, -3000, None, 2500)
    assert quarter.energy_ws == 1800 * 600  # export is not set against import


def test_the_unseen_start_of_a_quarter_counts_as_if_it_had_been_at_the_limit():
    quarter = Quarter()
    quarter.update(NOON_S + 300, 0, None, 2500)
    assert quarter.allowed_w(2500) == 2500


def test_a_gap_in_the_telegrams_is_filled_with_the_last_import():
    quarter = Quarter()
    for second in (-1, 0, 1, 2, 12):
        quarter.update(NOON_S + second, 1000, None, 2500)
    assert quarter.energy_ws == 12000


def test_the_first_second_of_a_quarter_has_the_whole_budget():
    quarter = Quarter()
    quarter.update(NOON_S, 1000, 0, 2500)
    assert quarter.left_s == 900
    assert quarter.left_ws(2500) == 2500 * 900
