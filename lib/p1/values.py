"""How the values of a telegram are written: numbers, texts, peaks, M-Bus values, month peaks.

Each function reads at an index of the telegram, just behind a "(", and gives None for what is not
there or means nothing. A telegram ends in `!`, which is no digit: no function reads beyond it.
"""

from binascii import unhexlify

from micropython import const

from p1 import times
from p1.kinds import HISTORY, METERED, PEAK, TARIFF, TEXT, VERSION
from p1.number import scaled

_MOST_DIGITS = const(14)
_UNIT_LETTERS = b"kWVAmGM"  # what may follow a number where the `*` is missing
_NOTHING = (None, None, None)


def number(buf, pos: int, decimals: int) -> "int | None":
    """The number at `buf[pos]` with so many decimals; more are cut off, fewer filled up.

    Three decimals are those of a kilo-unit: a number in W, Wh or var is taken as it stands.
    """
    end = number_end(buf, pos)
    missing = missing_decimals(buf, pos, end, decimals)
    if missing is None:
        return None
    value = 0
    for i in range(pos, end):
        if buf[i] != 46:  # "."
            value = value * 10 + buf[i] - 48
    return scaled(value, missing)


def number_end(buf, pos: int) -> int:
    """Index behind the digits, and at most one decimal point, at `buf[pos]`."""
    points = 0
    while True:
        digit = buf[pos] ^ 48
        if digit > 9:
            if digit != 30 or points:  # "."
                return pos
            points = 1
        pos += 1


def missing_decimals(buf, pos: int, end: int, decimals: int) -> "int | None":
    """How many decimals the number `buf[pos:end]` lacks of those wanted; negative: has more.

    None when it is no number: no digits, too many, or something else than a unit behind them.
    """
    point = buf.find(b".", pos, end)
    has = 0 if point < 0 else end - point - 1
    digits = end - pos - (point >= 0)
    if not 1 <= digits <= _MOST_DIGITS:
        return None
    unit = buf[end]
    if unit == 42:  # *
        unit = buf[end + 1]
    elif unit != 41 and not _is_unit(unit):  # )
        return None
    if unit == 87 and decimals == 3:  # W
        decimals = 0
    return decimals - has


def _is_unit(char):
    return any(letter == char for letter in _UNIT_LETTERS)


def text(buf, pos: int, end: int, least: int) -> "str | None":
    """The text `buf[pos:end]`, decoded when it is hexadecimal ASCII of `least` digits or more.

    None when nothing but blanks or zeros stands in it (a meter that is not registered).
    """
    raw = bytes(buf[pos:end])
    if raw.find(b"\n") >= 0:
        raw = raw.replace(b"\r", b"").replace(b"\n", b"")
    if len(raw) >= least and len(raw) % 2 == 0:
        raw = _from_hexadecimal(raw)
    plain = _plain(raw).strip()
    return plain if plain.strip("0") else None


def _from_hexadecimal(raw):
    """The bytes meant, or `raw` itself when it is not hexadecimal or not text in it."""
    try:
        meant = unhexlify(raw)
    except ValueError:
        return raw
    for char in meant:
        if (char < 32 and char != 10 and char != 13) or char == 127:
            return raw
    try:
        str(meant, "utf-8")
    except UnicodeError:
        return raw
    return meant


def _plain(raw):
    try:
        return str(raw, "utf-8")
    except UnicodeError:
        return "".join([chr(char) if char < 128 else "?" for char in raw])


def tariff(buf, pos: int, end: int) -> "int | None":
    """The number of `0001)`, or of `TARIFF 1)` as Hungarian meters write it."""
    while pos + 1 < end and buf[pos] ^ 48 > 9:
        pos += 1
    return number(buf, pos, 0)


def unix_s(buf, pos: int) -> "int | None":
    """Unix seconds of the time at `buf[pos]`, None when it is none."""
    day = times.day_of(times.digits(buf, pos, 6))
    if day is None:
        return None
    second = times.second_of_day(times.digits(buf, pos + 6, 6))
    if second < 0:
        return None
    local_s = day * times.DAY_S + second
    return local_s - times.offset_of(buf[pos + 12], local_s)


def month_ended(buf, pos: int) -> "int | None":
    """The month (year * 12 + month - 1) that the time at `buf[pos]` closes or lies in."""
    date = times.digits(buf, pos, 6)
    if times.day_of(date) is None:
        return None
    month = (times.CENTURY + date // 10000) * 12 + date // 100 % 100 - 1
    at_start = date % 100 == 1 and times.digits(buf, pos + 6, 6) == 0
    return month - 1 if at_start else month


def _groups(buf, pos, end):
    """Index of each value up to `end`, the one at `pos` first."""
    while True:
        yield pos
        pos = buf.find(b"(", pos, end) + 1
        if not pos:
            return


def _is_time(buf, pos: int) -> bool:
    """Whether twelve digits of a time stand at `buf[pos]`, be it a possible one or not."""
    return times.digits(buf, pos, 12) >= 0 and buf[pos + 12] != 46


def peak(buf, pos: int, end: int) -> tuple:
    """(W, Unix time) of `time)(value` or `value)(time`; both None where the time means nothing."""
    value_w = at_s = None
    for start in _groups(buf, pos, end):
        if _is_time(buf, start):
            at_s = unix_s(buf, start)
        elif value_w is None:
            value_w = number(buf, start, 3)
    return (None, None) if at_s is None and not value_w else (value_w, at_s)


def metered(buf, pos: int, end: int) -> tuple:
    """(litres or MJ or Wh, unit of a thousand of these, Unix time) of `time)(value*unit`."""
    value = at_s = None
    for start in _groups(buf, pos, end):
        if _is_time(buf, start):
            at_s = unix_s(buf, start)
        elif value is None:
            value = number(buf, start, 3)
    if value is None or (value == 0 and at_s is None):
        return _NOTHING
    return _with_unit(buf, pos, end, value, at_s)


def metered_old(buf, pos: int, end: int) -> tuple:
    """As `metered`, for DSMR 2.2 and 3.0: `time)(..)(..)(..)(code)(unit)(value`."""
    value_pos = buf.rfind(b"(", pos, end) + 1
    value = number(buf, value_pos, 3) if value_pos else None
    return _NOTHING if value is None else _with_unit(buf, pos, end, value, unix_s(buf, pos))


def _with_unit(buf, pos, end, value, at_s):
    if buf.find(b"m3", pos, end) >= 0:
        return value, "m3", at_s
    if buf.find(b"GJ", pos, end) >= 0:
        return value, "GJ", at_s
    if buf.find(b"MJ", pos, end) >= 0:
        return value // 1000, "GJ", at_s
    return value, "kWh" if buf.find(b"Wh", pos, end) >= 0 else None, at_s


def month_peaks(buf, pos: int, end: int) -> "tuple | None":
    """Closed months of `n)(code)(code)` and n times `(closing time)(peak time)(value)`.

    Rows (month, Unix time of the peak or None, W), oldest month first; month is year * 12 + month
    - 1. They come in either order, and months may be missing. None when it is another structure.
    """
    if buf.find(b")(1-0:1.6.0)(1-0:1.6.0)", pos, end) < 0:
        return None
    rows = []
    month = at_s = None
    stamps = 0
    for start in _groups(buf, pos, end):
        if _is_time(buf, start):
            if stamps == 0:
                month = month_ended(buf, start)
            at_s = unix_s(buf, start)
            stamps += 1
        elif stamps:
            value_w = number(buf, start, 3)
            if stamps == 2 and value_w is not None and month is not None:
                rows.append((month, at_s, value_w))
            stamps = 0
    rows.sort(key=_month)
    return tuple(rows)


def _month(row):
    return row[0]


def value(buf, pos: int, end: int, kind: int):
    """The value of that kind which stands at `buf[pos:end]`; None or a tuple of None without."""
    if kind < TEXT:
        return number(buf, pos, kind)
    if kind == TEXT:
        return text(buf, pos, end - 1, 2)
    if kind == VERSION:
        return text(buf, pos, end - 1, 6)
    if kind == PEAK:
        return peak(buf, pos, end)
    if kind == TARIFF:
        return tariff(buf, pos, end)
    if kind == HISTORY:
        return month_peaks(buf, pos, end)
    return metered(buf, pos, end) if kind == METERED else metered_old(buf, pos, end)
