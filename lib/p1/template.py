"""What stays the same from telegram to telegram, so that it is not worked out every second.

A meter sends the same objects, in the same order and width, every time. The first telegram is
taken apart into what is constant and what is a value; in those that follow the constant parts are
only compared, which proves each byte of the structure, and a value is only read when its bytes
differ from last time (four of five do not change in a second). What changes in weeks, such as
serial numbers and closed months, counts as constant. A telegram that does not fit is taken apart
anew.
"""

from array import array

from p1 import times
from p1.kinds import NO_CHANNEL, TEXT
from p1.number import changed_number, scaled

# Why a telegram is refused.
DUPLICATE = "duplicate"  # an object stands in it twice: two telegrams that were merged
EMPTY = "empty"  # not one known object, or more lines than any meter sends


class Template:
    """The structure of the last telegram, and its values; learn.py makes it."""

    def __init__(self):
        """Start knowing nothing."""
        self.generation = 0  # counts structures
        #: Bytes of a text, such as the meter's message, that are taken; the rest is skipped.
        self.text_most = 4096
        self.news = 0  # counts changes of values that are no field of the Reading itself
        self._date = b"\x00"  # YYMMDD of _day_s
        self._day_s = None  # Unix time at which that day would begin in UTC
        self._hour = -1  # hour and letter of _offset_s
        self._offset_s = 0
        self.forget(EMPTY)

    def forget(self, fault: "str | None"):
        """Know nothing any more, for the reason `fault`."""
        self.fault = fault
        self.header = None
        self.generation += 1
        self.has_import = False  # a total of all tariffs
        self.has_export = False
        self.line_ends = 0  # in the telegram, where some value is skipped unseen
        self.objects = 0
        self.clock_pos = 0
        self.keys = []  # the constant text before each value, and last the one behind all
        self.starts = array("H")  # of the values
        self.ends = array("H")
        self.raws = []  # their bytes last time; empty for those that are not compared
        self.values = []  # what they mean
        self.fields = []  # of the Reading; None for values that need more than that
        self.kinds = array("B")
        self.constants = []  # in threes: M-Bus channel or NO_CHANNEL, field of it, value
        self.metered = []  # in threes: index of a value, its M-Bus channel, object
        self.peak = -1  # index of the value that is the month's peak
        self.points = array("B")  # where in a number the decimal point stands
        self.scales = array("b")  # decimals to add to it, or to cut off

    def settle(self):
        """Move to other memory, for what learned it has left: else it lay scattered there."""
        self.keys = [bytes(memoryview(key)) for key in self.keys]
        self.raws = [type(raw)(memoryview(raw)) for raw in self.raws]
        self.starts = array("H", self.starts)
        self.ends = array("H", self.ends)
        self.kinds = array("B", self.kinds)
        self.points = array("B", self.points)
        self.scales = array("b", self.scales)
        self.values = list(self.values)
        self.fields = list(self.fields)
        self.constants = list(self.constants)
        self.metered = list(self.metered)

    def fill(self, buf, length: int, reading) -> bool:
        """Read the values of a telegram of this structure; False when it has another one."""
        keys = self.keys
        starts = self.starts
        ends = self.ends
        raws = self.raws
        fields = self.fields
        values_of = self.values
        end = 0
        for i in range(self.objects):
            if not buf.startswith(keys[i], end):
                return False
            start = starts[i]
            end = ends[i]
            if buf.find(raws[i], start, end) != start and not self._read(buf, i):
                return False
            field = fields[i]
            if field:
                setattr(reading, field, values_of[i])
        if not end or not buf.startswith(keys[self.objects], end):
            return False
        if end + len(keys[self.objects]) != length:
            return False
        if self.line_ends and buf.count(b"\n", 0, length) != self.line_ends:
            return False
        if self.clock_pos:
            self._read_clock(buf, self.clock_pos, reading)
        return True

    def _read(self, buf, i):
        """Read a value that has changed; False when it is written in another way now."""
        if not self.fields[i]:
            self.news += 1
        if self.kinds[i] >= TEXT:
            return self._read_other(buf, i)
        number = changed_number(self.raws[i], buf, self.starts[i], self.points[i])
        if number < 0:
            return False
        self.values[i] = scaled(number, self.scales[i]) if self.scales[i] else number
        return True

    def _read_other(self, buf, i):
        from p1.values import value  # a module that comes and goes: this is seldom

        self.values[i] = value(buf, self.starts[i], self.ends[i], self.kinds[i])
        self.raws[i] = bytes(buf[self.starts[i] : self.ends[i]])
        return True

    def _read_clock(self, buf, pos, reading):
        """Time of the telegram; only the second of the day is worked out every time."""
        if not buf.startswith(self._date, pos):
            self._begin_day(buf, pos)
        clock = times.digits(buf, pos + 6, 6)
        second = times.second_of_day(clock)
        if self._day_s is None or second < 0:
            reading.time_s = reading.utc_offset_s = None
            return
        clock = clock // 10000 << 8 | buf[pos + 12]
        if clock != self._hour:
            self._hour = clock
            self._offset_s = times.offset_of(buf[pos + 12], self._day_s + second)
        reading.utc_offset_s = self._offset_s
        reading.time_s = self._day_s + (second - self._offset_s)

    def _begin_day(self, buf, pos):
        self._date = bytes(buf[pos : pos + 6])
        self._hour = -1
        day = times.day_of(times.digits(buf, pos, 6))
        self._day_s = None if day is None else day * 86400

    def give_rest(self, reading):
        """Set what `fill` does not: what is constant, the peak, and what other meters measured."""
        constants = self.constants
        for i in range(0, len(constants), 3):
            channel = constants[i]
            owner = reading if channel == NO_CHANNEL else reading.channels[channel]
            if getattr(owner, constants[i + 1]) is None:  # of two sources the first
                setattr(owner, constants[i + 1], constants[i + 2])
        if self.peak >= 0:
            reading.month_peak_w, reading.month_peak_at_s = self.values[self.peak]
        for i in range(0, len(self.metered), 3):
            channel = reading.channels[self.metered[i + 1]]
            if channel.value is None:
                channel.value, channel.unit, channel.at_s = self.values[self.metered[i]]
                channel.source = self.metered[i + 2]
