"""Dates against known ones; CPython's own calendar is the judge in tests_host/host."""

import civil


def test_known_days():
    for day, date in ((0, (1970, 1, 1)), (11016, (2000, 2, 29)), (20619, (2026, 6, 15))):
        assert civil.civil_from_days(day) == date
        assert civil.days_from_civil(*date) == day


def test_the_clock_changes_at_one_o_clock_utc_on_the_last_sundays():
    for unix_s, offset_s in (
        (1774745999, 3600),  # 2026-03-29 00:59:59 UTC
        (1774746000, 7200),
        (1792889999, 7200),  # 2026-10-25 00:59:59 UTC
        (1792890000, 3600),
    ):
        assert civil.belgian_offset_s(unix_s) == offset_s, unix_s


def test_a_belgian_day_begins_at_belgian_midnight():
    assert civil.belgian_date(1782856799) == (2026, 6, 30)
    assert civil.belgian_date(1782856800) == (2026, 7, 1)
