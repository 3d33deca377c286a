"""What stays the same from telegram to telegram, so that it is not worked out every second.

A meter sends the same objects in the same order every time: the code of each line is compared with
that of the same line last time, and only looked up when it differs. Texts and values that seldom
change are kept with the bytes they were read from.
"""

from micropython import const

from p1.obis import ROWS, UNKNOWN, row_of

_MOST_LINES = const(128)
_NOT_LEARNT = b"\x00"


class Layout:
    """Lines of the last telegram: their codes and rows, and values that seldom change."""

    def __init__(self):
        """Start knowing nothing."""
        self.most_lines = _MOST_LINES
        self.keys = [_NOT_LEARNT] * _MOST_LINES  # how each line began, up to and with "("
        self.rows = bytearray(_MOST_LINES)
        self.has_duplicates = False
        self.is_empty = True  # no line with a known object
        self._changed = False
        self._lines = 0
        self.raws = [None] * ROWS  # bytes behind the "(" that values[row] was read from
        self.values = [None] * ROWS
        self.header_raw = _NOT_LEARNT
        self.header = None
        self.date = -1  # YYMMDD of day_s
        self.day_s = None  # local time at which that day began, as if it were UTC
        self.hour = -1  # hour and letter of offset_s
        self.offset_s = 0

    def learn(self, buf, pos: int, length: int, line: int) -> int:
        """Look up the line that begins at `buf[pos]`; length of its code and "("."""
        line_end = buf.find(b"\n", pos, length) + 1 or length
        after_code = buf.find(b"(", pos, line_end) + 1
        self._changed = True
        self.rows[line] = UNKNOWN
        if after_code:
            self.keys[line] = bytes(buf[pos:after_code])
            self.rows[line] = row_of(buf, pos, after_code - 1)
        elif buf[pos] == 13:
            self.keys[line] = b"\r"
        else:
            self.keys[line] = _NOT_LEARNT
        return len(self.keys[line])

    def close(self, lines: int):
        """Judge the telegram of so many lines that has been gone through."""
        if not self._changed and lines == self._lines:
            return
        self._changed = False
        self._lines = lines
        self.has_duplicates = False
        self.is_empty = True
        seen = bytearray(ROWS)
        for line in range(lines):
            row = self.rows[line]
            if row != UNKNOWN:
                self.is_empty = False
                self.has_duplicates = self.has_duplicates or seen[row]
                seen[row] = True
