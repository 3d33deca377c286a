"""lib/civil against CPython's calendar and the time zone database."""

import datetime
import zoneinfo

import civil


def test_every_day_of_the_century():
    epoch = datetime.date(1970, 1, 1)
    for day in range(47000):
        date = epoch + datetime.timedelta(day)
        assert civil.civil_from_days(day) == (date.year, date.month, date.day)
        assert civil.days_from_civil(date.year, date.month, date.day) == day


def test_every_hour_of_twenty_years_in_brussels():
    zone = zoneinfo.ZoneInfo("Europe/Brussels")
    for unix_s in range(1577836800, 2208988800, 3600):
        local = datetime.datetime.fromtimestamp(unix_s, zone)
        assert civil.belgian_offset_s(unix_s) == local.utcoffset().total_seconds()
