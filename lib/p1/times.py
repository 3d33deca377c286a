"""Times as meters print them (`YYMMDDhhmmss` and S, W or nothing) to Unix seconds and back.

The letter decides: S is UTC+2, W is UTC+1, whatever the season (DSMR P1 companion standard 5.0.2,
section 6.3). Without a letter the rules of Central European Time decide; in the hour that happens
twice the first pass is taken. Impossible and never-set times give None.
"""

from civil import belgian_offset_s, civil_from_days, days_from_civil
from micropython import const

DAY_S = const(86400)
_SUMMER_S = const(7200)
_WINTER_S = const(3600)
CENTURY = const(2000)
_LAST_YEAR = const(69)  # 70 stands for 1970 in meters whose clock was never set


def digits(buf, pos: int, n: int) -> int:
    """The number that `n` digits at `buf[pos]` make, -1 when one of them is no digit.

    Stops at the first that is none, so it never reads past the `!` of a telegram.
    """
    number = 0
    for i in range(pos, pos + n):
        digit = buf[i] - 48
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number


def day_of(date: int) -> "int | None":
    """Days since 1970-01-01 of a date YYMMDD; None when it does not exist or was never set."""
    year = date // 10000
    month = date // 100 % 100
    day = date % 100
    # Year 00 is what a clock shows after a loss of power.
    if not 1 <= year <= _LAST_YEAR or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    days = days_from_civil(CENTURY + year, month, day)
    if day > 28 and civil_from_days(days)[2] != day:
        return None
    return days


def second_of_day(clock: int) -> int:
    """Second of the day of a time hhmmss, -1 when it does not exist."""
    hour = clock // 10000
    minute = clock // 100 % 100
    second = clock % 100
    if clock < 0 or hour > 23 or minute > 59 or second > 59:
        return -1
    return hour * 3600 + minute * 60 + second


def offset_of(letter: int, local_s: int) -> int:
    """Seconds that local time is ahead of UTC; `letter` is the character behind the digits."""
    if letter == 83:  # S
        return _SUMMER_S
    if letter == 87:  # W
        return _WINTER_S
    return belgian_offset_s(local_s - _SUMMER_S)


def iso(unix: int, offset_s: int) -> str:
    """ISO 8601 text of `unix` in local time `offset_s` (3600 or 7200) ahead of UTC."""
    days, second = divmod(unix + offset_s, DAY_S)
    year, month, day = civil_from_days(days)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{year}-{month:02d}-{day:02d}T{clock}+{offset_s // 3600:02d}:00"
