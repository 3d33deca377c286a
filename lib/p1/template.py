"""What stays the same from telegram to telegram, so that it is not worked out every second.

A meter sends the same objects, in the same order and width, every time. The first telegram is
taken apart into what is constant and what is a value; in those that follow the constant parts are
only compared, which proves each byte of the structure, and a value is only read when its bytes
differ from last time (four of five do not change in a second). A telegram that does not fit is
taken apart anew.
"""

from array import array

from micropython import const

from p1 import times, values
from p1.obis import (
    CLOCK,
    FIELDS,
    FIRST_CHANNEL_ROW,
    HISTORY,
    KINDS,
    METERED,
    METERED_OLD,
    PEAK,
    ROWS,
    ROWS_PER_CHANNEL,
    TEXT,
    UNKNOWN,
    VERSION,
    row_of,
)

# Why a telegram is refused.
DUPLICATE = "duplicate"  # an object stands in it twice: two telegrams that were merged
EMPTY = "empty"  # not one known object, or more lines than any meter sends

_MOST_OBJECTS = const(128)
_NO_POINT = const(255)


class Template:
    """The structure of the last telegram, and its values."""

    def __init__(self):
        """Start knowing nothing."""
        self.generation = 0  # counts structures
        self.news = 0  # counts changes of values that are no field of the Reading itself
        self._date = b"\x00"  # YYMMDD of _day_s
        self._day_s = None  # Unix time at which that day would begin in UTC
        self._hour = -1  # hour and letter of _offset_s
        self._offset_s = 0
        self._forget(EMPTY)

    def _forget(self, fault):
        self.fault = fault
        self.header = None
        self.generation += 1
        self.has_import = False  # a total of all tariffs
        self.has_export = False
        self._line_ends = 0  # in the telegram, where some value is skipped unseen
        self._objects = 0
        self._clock_pos = 0
        self._keys = []  # the constant text before each value, and last the one behind all
        self._starts = array("H")  # of the values
        self._ends = array("H")
        self._raws = []  # their bytes last time; empty for those that are not compared
        self._values = []  # what they mean
        self._fields = []  # of the Reading; None for values that need more than that
        self._rows = array("B")
        self._points = array("B")  # where in a number the decimal point stands
        self._scales = array("b")  # decimals to add to it, or to cut off

    def fill(self, buf, length: int, reading) -> bool:
        """Read the values of a telegram of this structure; False when it has another one."""
        keys = self._keys
        starts = self._starts
        ends = self._ends
        raws = self._raws
        fields = self._fields
        values_of = self._values
        end = 0
        for i in range(self._objects):
            if not buf.startswith(keys[i], end):
                return False
            start = starts[i]
            end = ends[i]
            if buf.find(raws[i], start, end) != start and not self._read(buf, start, end, i):
                return False
            field = fields[i]
            if field:
                setattr(reading, field, values_of[i])
        if not end or not buf.startswith(keys[self._objects], end):
            return False
        if end + len(keys[self._objects]) != length:
            return False
        if self._line_ends and buf.count(b"\n", 0, length) != self._line_ends:
            return False
        if self._clock_pos:
            self._read_clock(buf, self._clock_pos, reading)
        return True

    def _read(self, buf, start, end, i):
        """Read a value that has changed; False when it is written in another way now."""
        row = self._rows[i]
        if not self._fields[i]:
            self.news += 1
        if KINDS[row] < TEXT:
            return self._read_number(buf, start, end, i)
        self._values[i] = _value(buf, start, end, KINDS[row])
        self._raws[i] = bytes(buf[start:end])
        return True

    def _read_number(self, buf, start, end, i):
        raw = self._raws[i]
        point = start + self._points[i]
        number = 0
        for j in range(start, end):
            char = buf[j]
            raw[j - start] = char
            digit = char ^ 48
            if digit <= 9:
                number = number * 10 + digit
            elif j != point or char != 46:  # "."
                return False
        if point < end and buf[point] != 46:
            return False
        self._values[i] = values.scaled(number, self._scales[i]) if self._scales[i] else number
        return True

    def _read_clock(self, buf, pos, reading):
        """Time of the telegram; only the second of the day is worked out every time."""
        if not buf.startswith(self._date, pos):
            self._date = bytes(buf[pos : pos + 6])
            self._hour = -1
            day = times.day_of(times.digits(buf, pos, 6))
            self._day_s = None if day is None else day * 86400
        clock = times.digits(buf, pos + 6, 6)
        second = times.second_of_day(clock)
        if self._day_s is None or second < 0:
            reading.time_s = reading.utc_offset_s = None
            return
        letter = buf[pos + 12]
        hour = clock // 10000 << 8 | letter
        if hour != self._hour:
            self._hour = hour
            self._offset_s = times.offset_of(letter, self._day_s + second)
        reading.utc_offset_s = self._offset_s
        reading.time_s = self._day_s + (second - self._offset_s)

    def give_rest(self, reading):
        """Set what `fill` did not: peaks, and the records of the M-Bus channels."""
        for i in range(self._objects):
            row = self._rows[i]
            value = self._values[i]
            if row == UNKNOWN:
                continue
            if KINDS[row] == PEAK:
                reading.month_peak_w, reading.month_peak_at_s = value
            if row < FIRST_CHANNEL_ROW:
                continue
            channel = reading.channels[(row - FIRST_CHANNEL_ROW) // ROWS_PER_CHANNEL]
            if KINDS[row] >= METERED:
                if channel.value is None:
                    channel.value, channel.unit, channel.at_s = value
                    channel.source = FIELDS[row]
            elif getattr(channel, FIELDS[row]) is None:
                setattr(channel, FIELDS[row], value)

    def learn(self, buf, length: int):
        """Take a telegram apart; sets `fault`."""
        self._forget(None)
        key_pos = 0
        pos = buf.find(b"\n", 0, length) + 1
        self.header = values.text(buf, 1, pos, pos)
        while pos and buf[pos] != 33:
            line_end = buf.find(b"\n", pos, length) + 1 or length
            start = buf.find(b"(", pos, line_end) + 1
            row = row_of(buf, pos, start - 1) if start else UNKNOWN
            end = start and self._add(buf, row, key_pos, start, line_end, length)
            key_pos = end or key_pos
            pos = buf.find(b"\n", end - 1 if end else pos, length) + 1
        self._keys.append(bytes(buf[key_pos:length]))
        self._objects = len(self._rows)
        for row in self._rows:
            if row == UNKNOWN:
                self._line_ends = buf.count(b"\n", 0, length)
        self.has_import = "import_wh" in self._fields
        self.has_export = "export_wh" in self._fields
        self._judge()

    def _add(self, buf, row, key_pos, start, line_end, length):
        """Add the object of one line; index behind its value, 0 when that stays constant text."""
        kind = UNKNOWN if row == UNKNOWN else KINDS[row]
        end = _end_of_value(buf, start, line_end, length, kind)
        is_compared = kind != UNKNOWN and kind != CLOCK
        value = _value(buf, start, end, kind) if is_compared else None
        if end <= start or (kind < TEXT and value is None):
            return 0
        if kind == CLOCK:
            if times.digits(buf, start, 12) < 0:
                return 0
            self._clock_pos = start
        is_number = kind < TEXT
        point = buf.find(b".", start, end) - start if is_number else -1
        self._keys.append(bytes(buf[key_pos:start]))
        self._starts.append(start)
        self._ends.append(end)
        self._raws.append(bytearray(buf[start:end]) if is_compared else b"")
        self._values.append(value)
        self._fields.append(self._field_of(row) if is_compared else None)
        self._rows.append(row)
        self._points.append(point if point >= 0 else _NO_POINT)
        self._scales.append(values.missing_decimals(buf, start, end, kind) if is_number else 0)
        return end

    def _field_of(self, row):
        """Field of the Reading that the value fills, if it is one; of two objects the first."""
        if row >= FIRST_CHANNEL_ROW or KINDS[row] == PEAK:
            return None
        for i, field in enumerate(self._fields):
            if field == FIELDS[row]:
                if self._values[i] is not None:
                    return None
                self._fields[i] = None
        return FIELDS[row]

    def _judge(self):
        seen = bytearray(ROWS)
        fault = EMPTY
        for row in self._rows:
            if row != UNKNOWN and fault != DUPLICATE:
                fault = DUPLICATE if seen[row] else None
                seen[row] = 1
        if self._objects > _MOST_OBJECTS:
            fault = EMPTY
        if fault:
            self._forget(fault)


def _end_of_value(buf, pos, line_end, length, kind):
    if kind == UNKNOWN:
        return line_end - (2 if buf[line_end - 2] == 13 else 1)
    if kind < TEXT:
        return values.number_end(buf, pos)
    if kind == CLOCK:
        return pos + 12  # the letter behind it seldom changes
    if kind <= VERSION:  # a text may go on over the end of the line
        return buf.find(b")", pos, length) + 1 or length
    if kind == METERED_OLD and line_end < length and buf[line_end] == 40:
        # The value stands on a line of its own that begins with "(".
        return buf.find(b"\n", line_end, length) + 1 or length
    return line_end


def _value(buf, pos, end, kind):
    if kind < TEXT:
        return values.number(buf, pos, kind)
    if kind == TEXT:
        return values.text(buf, pos, end - 1, 2)
    if kind == VERSION:
        return values.text(buf, pos, end - 1, 6)
    if kind == PEAK:
        return values.peak(buf, pos, end)
    if kind == HISTORY:
        return values.month_peaks(buf, pos, end)
    return values.metered(buf, pos, end) if kind == METERED else values.metered_old(buf, pos, end)
