"""One telegram to a Reading: one pass over the buffer, allocating only for what has changed.

The telegram has to be complete and checked (framer.py). Whatever its lines hold, nothing raises:
an object that cannot be read is absent.
"""

from p1 import fluids, times, values
from p1.obis import (
    CLOCK,
    FIELDS,
    FIRST_CHANNEL_ROW,
    HISTORY,
    KINDS,
    METERED,
    METERED_OLD,
    PEAK,
    ROWS_PER_CHANNEL,
    TEXT,
    UNKNOWN,
    VERSION,
)

# Why a telegram is refused.
DUPLICATE = "duplicate"  # an object stands in it twice: two telegrams that were merged
EMPTY = "empty"  # not one known object, or more lines than any meter sends


def decode(buf, length: int, reading) -> "str | None":
    """Fill `reading` from the telegram `buf[:length]`, which begins with "/" and ends with "!".

    Returns None, or why the telegram is refused: then `reading` means nothing.
    """
    reading.clear()
    layout = reading.layout
    keys = layout.keys
    rows = layout.rows
    pos = _header(buf, length, reading)
    line = 0
    while pos and buf[pos] != 33:
        if line == layout.most_lines:
            return EMPTY
        key = keys[line]
        size = len(key)
        if buf.find(key, pos, pos + size) != pos:
            size = layout.learn(buf, pos, length, line)
        row = rows[line]
        line += 1
        pos += size
        if row != UNKNOWN:
            kind = KINDS[row]
            if kind < TEXT:
                setattr(_target(reading, row), FIELDS[row], values.number(buf, pos, kind))
            elif kind == CLOCK:
                _clock(buf, pos, reading)
            else:
                pos = _kept(buf, pos, length, row, reading)
        pos = buf.find(b"\n", pos, length) + 1
    layout.close(line)
    if layout.is_empty:
        return EMPTY
    if layout.has_duplicates:
        return DUPLICATE
    _conclude(reading)
    return None


def _target(reading, row):
    """The record that has the field of `row`."""
    if row < FIRST_CHANNEL_ROW:
        return reading
    return reading.channels[(row - FIRST_CHANNEL_ROW) // ROWS_PER_CHANNEL]


def _header(buf, length, reading):
    """Read the first line; index of the next, 0 when there is none."""
    layout = reading.layout
    raw = layout.header_raw
    size = len(raw)
    if buf.find(raw, 0, size) != 0:
        size = buf.find(b"\n", 0, length) + 1
        if not size:
            return 0
        layout.header_raw = bytes(buf[:size])
        layout.header = values.text(buf, 1, size, size)
    reading.header = layout.header
    return size


def _clock(buf, pos, reading):
    """Time of the telegram; only the second of the day is worked out every time."""
    layout = reading.layout
    date = times.digits(buf, pos, 6)
    if date != layout.date:
        layout.date = date
        layout.hour = -1
        day = times.day_of(date)
        layout.day_s = None if day is None else day * 86400
    if layout.day_s is None:
        return
    clock = times.digits(buf, pos + 6, 6)
    second = times.second_of_day(clock)
    if second < 0:
        return
    letter = buf[pos + 12]
    hour = clock // 10000 << 8 | letter
    if hour != layout.hour:
        layout.hour = hour
        layout.offset_s = times.offset_of(letter, layout.day_s + second)
    reading.utc_offset_s = layout.offset_s
    reading.time_s = layout.day_s + (second - layout.offset_s)


def _kept(buf, pos, length, row, reading):
    """Take a value that seldom changes; index behind it."""
    layout = reading.layout
    raw = layout.raws[row]
    if raw is None or buf.find(raw, pos, pos + len(raw)) != pos:
        end = _end_of_value(buf, pos, length, KINDS[row])
        layout.values[row] = _read(buf, pos, end, KINDS[row])
        layout.raws[row] = raw = bytes(buf[pos:end])
    value = layout.values[row]
    kind = KINDS[row]
    target = _target(reading, row)
    if kind == PEAK:
        reading.month_peak_w, reading.month_peak_at_s = value
    elif kind >= METERED:
        if target.value is None:
            target.value, target.unit, target.at_s = value
            target.source = FIELDS[row]
    elif getattr(target, FIELDS[row]) is None:
        setattr(target, FIELDS[row], value)
    return pos + len(raw) - 1


def _end_of_value(buf, pos, length, kind):
    if kind <= VERSION:  # a text may go on over the end of the line
        return buf.find(b")", pos, length) + 1 or length
    end = buf.find(b"\n", pos, length) + 1 or length
    if kind == METERED_OLD and end < length and buf[end] == 40:  # "(" of the value's own line
        end = buf.find(b"\n", end, length) + 1 or length
    return end


def _read(buf, pos, end, kind):
    if kind == TEXT:
        return values.text(buf, pos, end - 1, 2)
    if kind == VERSION:
        return values.text(buf, pos, end - 1, 6)
    if kind == PEAK:
        return values.peak(buf, pos, end)
    if kind == HISTORY:
        return values.month_peaks(buf, pos, end)
    return values.metered(buf, pos, end) if kind == METERED else values.metered_old(buf, pos, end)


def _conclude(reading):
    """Fields that follow from others."""
    if reading.import_w is not None and reading.export_w is not None:
        reading.grid_w = reading.import_w - reading.export_w
    if reading.import_wh is None:
        reading.import_wh = _total(
            reading.import_t1_wh,
            reading.import_t2_wh,
            reading.import_t3_wh,
            reading.import_t4_wh,
            reading.import_t5_wh,
        )
    if reading.export_wh is None:
        reading.export_wh = _total(
            reading.export_t1_wh,
            reading.export_t2_wh,
            reading.export_t3_wh,
            reading.export_t4_wh,
            reading.export_t5_wh,
        )
    fluids.assign(reading)


def _total(t1, t2, t3, t4, t5):
    if t1 is None:
        return None
    return t1 + (t2 or 0) + (t3 or 0) + (t4 or 0) + (t5 or 0)
