"""Month peaks: the meter's, our own where it tells none, and over a restart. Unix seconds."""

from p1_rig import reading_of, vector

from control import bill
from control.months import Months, month_of

_NOON = 1704970800  # 2024-01-11 11:00 UTC, 12:00 in Belgium
_FEBRUARY = 1706742000  # 2024-02-01 00:00 in Belgium
_JANUARY_24 = 2024 * 12


def _seen(time_s, closed_w=None, peak_w=None, at_s=None, months=None):
    months = months or Months()
    months.update(time_s, closed_w, peak_w, at_s)
    return months


def test_the_meters_peak_counts_only_in_its_own_month():
    rows = (
        (3200, _NOON - 900, _NOON, 3200),
        (None, None, _NOON, None),
        (3200, None, _NOON, None),
        (3200, _NOON + 3600, _NOON, None),  # a stamp of the future is none
        (3200, _FEBRUARY - 900, _FEBRUARY + 60, None),
        (3200, _FEBRUARY, _FEBRUARY + 60, None),  # the quarter that ended at midnight is January's
        (3200, _FEBRUARY, _FEBRUARY - 30, 3200),  # a meter whose clock is ahead of ours
        (3200, _FEBRUARY + 900, _FEBRUARY + 960, 3200),
        (3200, _FEBRUARY + 29 * 86400, _FEBRUARY + 29 * 86400, None),
    )
    for peak_w, at_s, now_s, expected_w in rows:
        assert _seen(now_s, None, peak_w, at_s).peak_w == expected_w, (at_s, now_s)


def test_a_month_begins_at_belgian_midnight_also_across_the_change_of_the_clock():
    march_1_s = 1772319600  # 2026-03-01 00:00, winter time; the 30th is in summer time
    march_30_s = march_1_s + 29 * 86400
    assert _seen(march_30_s, None, 4000, march_1_s).peak_w is None
    assert _seen(march_30_s, None, 4000, march_1_s + 900).peak_w == 4000


def test_the_last_months_peak_is_gone_in_the_new_one():
    months = _seen(_FEBRUARY - 1, None, 5000, _FEBRUARY - 86400)
    assert (months.peak_w, months.day) == (5000, 31)
    _seen(_FEBRUARY, None, 5000, _FEBRUARY - 86400, months)
    assert (months.peak_w, months.day) == (None, 1)


def test_closed_quarters_make_the_month_peak_where_the_meter_tells_none():
    months = _seen(_NOON)
    for quarter, average_w, peak_w, at in (
        (1, 3000, 3000, 1),
        (2, 5000, 5000, 2),
        (3, 9, 5000, 2),
    ):
        _seen(_NOON + 900 * quarter, average_w, months=months)
        assert (months.peak_w, months.peak_at_s) == (peak_w, _NOON + 900 * at)


def test_closed_months_are_kept_where_the_meter_tells_none():
    months = _seen(_FEBRUARY - 900)
    _seen(_FEBRUARY, 6000, months=months)
    assert months.month == _JANUARY_24 + 1
    assert months.closed == ((_JANUARY_24, _FEBRUARY, 6000),)
    assert months.peak_w is None


def test_a_clock_set_back_into_the_last_month_closes_no_month():
    months = _seen(_FEBRUARY + 1)
    _seen(_FEBRUARY + 900, 6000, months=months)
    _seen(_FEBRUARY - 1000, months=months)
    assert (months.month, months.closed, months.peak_w) == (_JANUARY_24, (), None)


def test_kept_months_are_bounded():
    months = _seen(_FEBRUARY - 900)
    months.closed = tuple([(_JANUARY_24 - i, _FEBRUARY, 3000) for i in range(20, 0, -1)])
    _seen(_FEBRUARY, 6000, months=months)
    assert len(months.closed) == 13
    assert months.closed[-1] == (_JANUARY_24, _FEBRUARY, 6000)


def test_billed_average_of_the_meter_with_its_floor():
    # 2023-10: 1.747 -> 2.5; 2023-11: 3.260; 2023-12: 1.981 -> 2.5; 2024-01: 2.485 -> 2.5
    reading = reading_of(vector("be_50217_ha107813_2579.txt"))
    months = _seen(reading.time_s, None, reading.month_peak_w, reading.month_peak_at_s)
    assert (months.peak_w, months.peak_at_s) == (2485, 1704650400)
    average_w = bill.billed_average_w(reading.peak_history, months.month, months.peak_w)
    assert average_w == (2500 + 3260 + 2500 + 2500) // 4 == 2690
    # 2.69 kW at 52.37 EUR = 140.88 EUR
    assert bill.reckon(reading.peak_history, months, 5237) == (2690, 14088)


def test_billed_average_takes_eleven_closed_months():
    # 13 rows 2023-10 .. 2024-10; November 2024 runs: 2023-10 and 2023-11 are too old.
    reading = reading_of(vector("be_50217_13hist_ffbyte_32df.txt"))
    month = month_of(reading.time_s)
    rows_w = (17440, 17632, 14301, 13429, 13080, 16789, 16074, 15127, 13067, 20304, 17198)
    found_w = bill.billed_average_w(reading.peak_history, month, reading.month_peak_w)
    assert found_w == (sum(rows_w) + 25891) // 12 == 16694


def test_placeholder_months_and_holes_do_not_count():
    month = 2025 * 12 + 6  # July 2025
    rows = (
        (2024 * 12 + 6, None, 0),  # twelve months before: too old anyway
        (2024 * 12 + 7, None, 0),
        (2024 * 12 + 9, 1727733600, 0),  # stamped with the month's own beginning
        (2024 * 12 + 11, 1733011200, 4000),
        (2025 * 12 + 5, 1749124800, 6000),
    )
    assert bill.billed_average_w(rows, month, 3000) == (4000 + 6000 + 3000) // 3
    assert bill.billed_average_w(rows, month, None) == (4000 + 6000 + 2500) // 3
    assert bill.billed_average_w((), month, None) == 2500


def test_month_without_import_counts_as_the_floor():
    # 2025-05-10 12:15: a real peak of nothing.
    rows = ((2025 * 12 + 4, 1746872100, 0),)
    assert bill.billed_average_w(rows, 2025 * 12 + 6, 4500) == (2500 + 4500) // 2


def test_the_bill_of_a_meter_without_history_is_that_of_the_months_closed_here():
    months = _seen(_FEBRUARY - 900)
    assert bill.reckon(None, months, 5000) == (2500, 12500)
    _seen(_FEBRUARY, 6000, months=months)
    assert bill.reckon(None, months, 5237) == (4250, 22257)
    assert bill.reckon((), months, 5237) == (2500, 13093)


def test_a_peak_that_changes_is_news():
    months = _seen(_NOON, None, 3000, _NOON - 900)
    seq = months.seq
    _seen(_NOON + 1, None, 3000, _NOON - 900, months)
    assert months.seq == seq
    _seen(_NOON + 901, None, 3100, _NOON + 900, months)
    assert months.seq > seq


def _kept():
    months = _seen(_FEBRUARY + 900)
    months.closed = ((_JANUARY_24 - 1, None, 0), (_JANUARY_24, _FEBRUARY, 6000))
    _seen(_FEBRUARY + 1800, 3100, months=months)
    return months


def test_own_peaks_come_back_after_a_restart():
    text = bill.pack("1SAG3;1", _kept())
    assert text == "1SAG3 1;24287 0;24288 6000;24289 3100 1706743800"
    months = _seen(_FEBRUARY + 2000)
    assert bill.unpack(text, "1SAG3;1", months)
    _seen(_FEBRUARY + 2001, months=months)
    assert (months.peak_w, months.peak_at_s) == (3100, _FEBRUARY + 1800)
    # A kept month of no import at all was still seen: it is billed with the floor.
    billed_w = bill.billed_average_w(months.closed, months.month, months.peak_w)
    assert billed_w == (2500 + 6000 + 3100) // 3


def test_the_running_month_that_was_kept_is_closed_when_it_has_passed():
    text = bill.pack("m", _kept())
    months = _seen(_FEBRUARY + 40 * 86400)
    assert bill.unpack(text, "m", months)
    assert months.closed[-1] == (_JANUARY_24 + 1, _FEBRUARY + 1800, 3100)
    assert months.own_peak_w is None


def test_peaks_of_another_meter_or_of_nonsense_are_refused():
    text = bill.pack("m", _kept())
    for kept, meter_id in ((text, "n"), ("", "m"), ("m;x y", "m"), ("m;5", "m"), ("m; ", "m")):
        months = _seen(_FEBRUARY + 2000)
        assert not bill.unpack(kept, meter_id, months), kept
        assert (months.closed, months.own_peak_w) == ((), None)


def test_kept_text_is_bounded():
    months = _seen(_FEBRUARY + 900)
    months.closed = tuple([(_JANUARY_24 - i, _FEBRUARY, 99999) for i in range(13, 0, -1)])
    _seen(_FEBRUARY + 1800, 99999, months=months)
    text = bill.pack("1SAG3105210001", months)
    assert len(text) <= 200
    assert text.count(";") == 13
