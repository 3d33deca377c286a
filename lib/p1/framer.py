"""Finds complete, checked telegrams in the bytes of a P1 line.

Sans-IO: bytes are fed in pieces of any size, telegrams come out one at a time in a fixed buffer,
and all that is wrong with the line is counted. It knows the frame alone (`/` ... `!` and the CRC:
DSMR P1 companion standard 5.0.2, section 6.2); what the lines mean is decode.py's matter.

What it has to survive:
- a stream that begins anywhere; noise, NUL and 0xFF bytes and blank lines between telegrams
- `/` and `!` inside lines: only at the start of a line do they begin and end a telegram
- a telegram cut off and the next one following at once, even in the middle of a line
- a CRC of 1 to 4 digits in either case, with or without line end
- telegrams longer than the buffer
The telegram that follows any damage is found. Nothing here allocates, but where there is damage.
"""

import struct

import ticks
from micropython import const

from p1.checksum import crc_of_byte, crc_of_words, shared_memory

#: Most bytes that one `feed` takes.
WINDOW = 256

# What `poll` returns when it is not the length of a telegram.
WAIT = 0  # nothing to do before more bytes come
AGAIN = -1  # a slice of work is done, more is left: let others run, then call again
CRC_ERROR = -2  # dropped: the CRC differs
TRUNCATED = -3  # dropped: another telegram or a long silence came before the end
OVERFLOW = -4  # dropped: longer than the buffer
NO_CRC = -5  # dropped: a meter that has to print a CRC printed none

_COPY = "256s"  # WINDOW bytes in one go
_SLICE = const(512)  # bytes checked per call: 1 to 2 ms on an ESP32 at 240 MHz
_LEAST_SLICE = const(64)  # fewer bytes wait for more, or for the end
_END_SILENCE_MS = const(100)  # an end without all its digits and line end is complete after this
_DROP_SILENCE_MS = const(2000)  # half a telegram is given up after this silence
_FEW = const(32)  # bytes that are moved one by one, since a view would allocate
_MOST_RESTARTS = const(8)  # further starts tried inside one failed telegram

_LF = const(10)
_CR = const(13)


class Framer:
    """Turns received bytes into telegrams.

    Read `n` bytes into `window`, call `feed(window, n, now_ms)`, then `poll()` until it says WAIT.
    A positive result is the length of a telegram in `buf`, from `/` up to and with `!`; it stays
    valid until the next call.
    """

    def __init__(self, capacity: int = 4096):
        """Make the buffer for telegrams of at most `capacity` bytes."""
        self.capacity = capacity
        self.buf, self._words = shared_memory((capacity + WINDOW + 1) & ~1)
        self._view = memoryview(self.buf)
        self.window = bytearray(WINDOW)
        self.printed_length = 0  # of the last telegram together with its CRC, to pass it on
        self.telegrams = 0
        self.crc_errors = 0
        self.truncated = 0
        self.overflows = 0
        self.no_crc = 0
        self.noise_bytes = 0  # outside telegrams; line ends do not count
        self._crc_header = b"\x00"  # first line of the last telegram with a good CRC
        self._last_ms = 0
        self.clear()

    def feed(self, chunk, n: int, now_ms: int):
        """Take the first `n` bytes of `chunk` (bytes or bytearray), at most WINDOW, as of now."""
        if n > WINDOW:
            raise ValueError("n")
        if self._fill > self.capacity:  # poll was not called until WAIT
            self.overflows += 1
            self.clear()
        struct.pack_into(_COPY, self.buf, self._fill, chunk)
        self._fill += n
        self._last_ms = now_ms

    def poll(self) -> int:
        """Work through what was fed: a telegram's length, or one of the constants above."""
        if self._held:
            length = self._held
            self._held = 0
            self.telegrams += 1
            return length
        if self._taken:
            self._drop(self._taken)
            self._before = _LF
            self._taken = 0
            self._leave()
        if not self._inside and not self._found_start():
            return WAIT
        return self._advance()

    def idle(self, now_ms: int) -> int:
        """Like `poll`, for a line that may be silent: ends what silence ends."""
        result = self.poll()
        if result or not self._inside:
            return result
        silence_ms = ticks.diff(now_ms, self._last_ms)
        if self._end and silence_ms >= _END_SILENCE_MS:
            return self._judge(True)
        return self.flush() if silence_ms >= _DROP_SILENCE_MS else WAIT

    def flush(self) -> int:
        """Like `poll`, for a line that has ended: nothing unfinished stays behind."""
        result = self.poll()
        if result or not self._inside:
            return result
        return self._judge(True) if self._end else self._reject(TRUNCATED, self._fill)

    def clear(self):
        """Forget what was fed, but not what was counted."""
        self._fill = 0  # bytes in the buffer
        self._before = _LF  # the byte that came before the buffer's first
        self._taken = 0  # bytes of the telegram that was handed out
        self._held = 0  # length of a telegram that waits behind the event of its predecessor
        self._leave()

    def _leave(self):
        self._inside = False
        self._doubtful = False  # the `/` follows text: not missed when it leads nowhere
        self._restarts = 0
        self._lost = False  # a start was given up that had objects behind it
        self._begin()

    def _begin(self):
        self._pos = 0  # bytes that are in the CRC; even
        self._crc = 0
        self._scan = 0  # where to look for line starts
        self._end = 0  # index of the `!` that ends the telegram; 0 = not seen

    def _drop(self, n):
        self._before = self.buf[n - 1]
        left = self._fill - n
        if left > _FEW:
            self._view[:left] = self._view[n : self._fill]
        else:
            for i in range(left):
                self.buf[i] = self.buf[n + i]
        self._fill = left

    def _found_start(self):
        """Skip to the next `/`; whether there is one."""
        start = self.buf.find(b"/", 0, self._fill)
        n = self._fill if start < 0 else start
        if n:
            for i in range(n):
                if self.buf[i] != _LF and self.buf[i] != _CR:
                    self.noise_bytes += 1
            self._drop(n)
        self._inside = start >= 0
        self._doubtful = 31 < self._before < 127
        return self._inside

    def _advance(self):
        """Go on with the telegram that has begun: look for its end, continue its CRC."""
        if not self._end:
            buf = self.buf
            end = buf.find(b"\n!", self._scan, self._fill)
            start = buf.find(b"\n/", self._scan, self._fill if end < 0 else end)
            if start >= 0:
                return self._reject(TRUNCATED, start + 1)
            if end < 0:
                self._scan = self._fill - 1
                if self._fill - self._pos < _LEAST_SLICE:
                    return WAIT
            else:
                self._end = end + 1
        if not self._all_is_summed(self._end + 1 if self._end else self._fill):
            return AGAIN
        if self._end:
            return self._judge(False)
        return WAIT if self._fill <= self.capacity else self._overflow()

    def _all_is_summed(self, limit):
        """Continue the CRC up to `limit`, by a slice at most; whether that was all."""
        pos = self._pos
        if limit - pos > _SLICE:
            self._pos = pos + _SLICE
            self._crc = crc_of_words(self._words, pos >> 1, self._pos >> 1, self._crc)
            return False
        self._pos = limit & ~1
        self._crc = crc_of_words(self._words, pos >> 1, limit >> 1, self._crc)
        return True

    def _overflow(self):
        return self._fail(OVERFLOW, self._start_inside(self._fill - 1, False), self._fill)

    def _judge(self, is_final):
        """Compare the printed CRC, as far as it is there."""
        buf = self.buf
        end = self._end
        printed = self._read_crc(end + 1)
        n = self.printed_length
        if n == self._fill and n < end + 5 and not is_final:
            return WAIT
        if n == end + 1 and (n == self._fill or buf[n] == _CR or buf[n] == _LF):
            return self._judge_bare()
        if printed != (self._crc if end & 1 else crc_of_byte(buf[end], self._crc)) or n == end + 1:
            return self._fail_crc(n)
        self._remember_header()
        return self._hand_out(n)

    def _fail_crc(self, n):
        return self._fail(CRC_ERROR, self._start_inside(self._end, False), n)

    def _read_crc(self, pos):
        """The number of up to four digits at `pos`; sets `printed_length` to the index behind."""
        printed = 0
        last = min(self._fill, pos + 4)
        while pos < last:
            digit = self.buf[pos] - 48
            if digit > 9:
                digit = (digit | 32) - 39  # A and a are 10
                if digit < 10:
                    break
            if digit < 0 or digit > 15:
                break
            printed = printed << 4 | digit
            pos += 1
        self.printed_length = pos
        return printed

    def _judge_bare(self):
        """A `!` alone: DSMR 2.2 and 3.0 have no CRC, no version and no clock; all others have."""
        buf = self.buf
        end = self._end
        if (
            buf.find(b"1-3:0.2.8(", 0, end) >= 0
            or buf.find(b"0-0:96.1.4(", 0, end) >= 0
            or buf.find(b"0-0:1.0.0(", 0, end) >= 0
            or buf.find(self._crc_header, 0, len(self._crc_header)) == 0
        ):
            return self._fail(NO_CRC, self._start_inside(end, False), end + 1)
        start = self._start_inside(end, True)
        return self._fail(TRUNCATED, start, 0) if start else self._hand_out(end + 1)

    def _start_inside(self, limit, must_be_header):
        """Index of a later `/` at which a telegram may really begin, 0 when there is none."""
        buf = self.buf
        start = 0
        while self._restarts < _MOST_RESTARTS:
            start = buf.find(b"/", start + 1, limit)
            if start < 0:
                break
            if not 65 <= buf[start + 1] & 0xDF <= 90:  # a letter of the maker's three
                continue
            if not must_be_header or self._is_header(start, limit):
                return start
        return 0

    def _is_header(self, start, limit):
        """Whether the rest of the line holds no value, and a blank line or an object follows."""
        buf = self.buf
        line_end = buf.find(b"\n", start, limit)
        if line_end < 0 or buf.find(b")", start, line_end) >= 0:
            return False
        return buf[line_end + 1] == _CR or 48 <= buf[line_end + 1] <= 49

    def _fail(self, event, start, n):
        """Try again from the later `start`; without one drop `n` bytes."""
        if not start:
            return self._reject(event, n)
        self._lost = self._lost or self._had_objects(start)
        self._restarts += 1
        end = self._end
        self._drop(start)
        self._begin()
        self._end = end - start if end else 0
        return AGAIN

    def _reject(self, event, n):
        """Drop `n` bytes and count why; a start that nothing like an object followed is noise."""
        if not (self._lost or self._had_objects(n)):
            self.noise_bytes += n
            event = AGAIN
        elif event == CRC_ERROR:
            self.crc_errors += 1
        elif event == TRUNCATED:
            self.truncated += 1
        elif event == OVERFLOW:
            self.overflows += 1
        else:
            self.no_crc += 1
        self._drop(n)
        self._leave()
        return event

    def _had_objects(self, n):
        return not self._doubtful and self.buf.find(b"(", 0, n) >= 0

    def _hand_out(self, n):
        """Give the telegram out, of which `n` bytes are text and CRC."""
        length = self._end + 1
        while n < self._fill and (self.buf[n] == _CR or self.buf[n] == _LF):
            n += 1
        self._taken = n
        if self._lost:
            self.truncated += 1
            self._held = length
            return TRUNCATED
        self.telegrams += 1
        return length

    def _remember_header(self):
        n = self.buf.find(b"\n", 0, self._end) + 1
        if len(self._crc_header) != n or self.buf.find(self._crc_header, 0, n) != 0:
            self._crc_header = bytes(self._view[:n])
