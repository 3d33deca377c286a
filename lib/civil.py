"""Civil dates and Belgian time without a calendar library and without a clock.

Seconds are Unix seconds (UTC). Belgium, the Netherlands and Luxembourg keep Central European Time:
UTC+1, and UTC+2 from the last Sunday of March 01:00 UTC to the last Sunday of October 01:00 UTC
(Directive 2000/84/EC). Dates are right from 1970 to 2099.
"""

from micropython import const

_DAY_S = const(86400)
_HOUR_S = const(3600)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to the given date.

    Method: years that begin in March, so that the leap day is a year's last.
    """
    if month <= 2:
        year -= 1
        month += 12
    return (
        365 * year
        + year // 4
        - year // 100
        + year // 400
        + (153 * month - 457) // 5
        + day
        - 719469
    )


def civil_from_days(days: int) -> tuple:
    """The date (year, month, day) that lies `days` after 1970-01-01."""
    days += 719468
    era, of_era = divmod(days, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    year += era * 400
    return (year, month + 3, day) if month < 10 else (year + 1, month - 9, day)


def belgian_offset_s(unix_s: int) -> int:
    """Seconds that Belgian local time is ahead of UTC at `unix_s`: 3600 or 7200."""
    year = civil_from_days(unix_s // _DAY_S)[0]
    summer = _last_sunday(year, 3) * _DAY_S + _HOUR_S
    winter = _last_sunday(year, 10) * _DAY_S + _HOUR_S
    return 2 * _HOUR_S if summer <= unix_s < winter else _HOUR_S


def belgian_date(unix_s: int) -> tuple:
    """The Belgian local date (year, month, day) at `unix_s`."""
    return civil_from_days((unix_s + belgian_offset_s(unix_s)) // _DAY_S)


def _last_sunday(year: int, month: int) -> int:
    """Day number of the last Sunday of a month of 31 days (1970-01-01 was a Thursday)."""
    last = days_from_civil(year, month, 31)
    return last - (last + 4) % 7
