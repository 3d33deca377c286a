"""What a UART hears of a serial line whose sender is set otherwise than it is.

The line is resampled as the receiver of an ESP32 does it: a falling edge starts a frame, each bit
is read in its middle, the stop bit is looked at once and the hunt for the next edge begins there.
A frame without its stop bit or with the wrong parity is delivered all the same
(UART_ERR_WR_MASK is 0 after reset, ESP32 Technical Reference Manual, chapter UART), and then the
line has to rise before another frame can start: a line that stays low is one byte 0x00.

Assumed and not measured: a receiver that is set while the line is low hears that byte too.
"""

from typing import NamedTuple

_FRAME_MOST = 13  # bits of the longest frame: start, eight data, parity, two stop, and one over


class Line(NamedTuple):
    """How one end is set: `parity` None, 0 even or 1 odd as in `machine.UART`, `stop` 1 or 2.

    `inverted` means that the line is low when idle, as that of a P1 port is.
    """

    baud: int
    bits: int = 8
    parity: int | None = None
    stop: int = 1
    inverted: bool = False

    @property
    def frame_bits(self) -> int:
        """Bits that one byte takes on the line, start and stop included."""
        return 1 + self.bits + (self.parity is not None) + self.stop

    @classmethod
    def of(cls, text: bytes) -> "Line":
        """A line from five whole numbers, parity -1 for none. Raises ValueError."""
        baud, bits, parity, stop, inverted = (int(word) for word in text.split())
        if not (baud > 0 and 5 <= bits <= 8 and -1 <= parity <= 1 and stop in (1, 2)):
            raise ValueError(f"line {text!r}: impossible")
        return cls(baud, bits, None if parity < 0 else parity, stop, bool(inverted))

    def levels(self, byte: int) -> list[int]:
        """The levels that `byte` makes, 1 for a mark whichever way the line is inverted."""
        data = [byte >> k & 1 for k in range(self.bits)]
        check = [] if self.parity is None else [(sum(data) + self.parity) & 1]
        return [0, *data, *check, *[1] * self.stop]


class Ear:
    """A receiver on the line of a sender: bytes as sent in, bytes as heard out."""

    def __init__(self, sender: Line, receiver: Line):
        """Listen to a line that was a mark until now."""
        self._sender, self._receiver = sender, receiver
        self._flip = int(sender.inverted != receiver.inverted)
        # Time is counted in units of which every bit, and half a bit, is a whole number.
        self._sent = 2 * receiver.baud  # one bit of the sender
        self._own = 2 * sender.baud  # one bit of the receiver
        self._levels = []  # one for each bit of the sender that is not yet done with
        self._at = 0  # how far the receiver is, from the first of those
        self._armed = True  # the line has been up since the last frame

    def hear(self, chunk: bytes, last: bool = True) -> bytes:
        """What is heard of `chunk`, which follows at once; `last` if the line is idle after it."""
        flip = self._flip
        for byte in chunk:
            self._levels += [level ^ flip for level in self._sender.levels(byte)]
        if last:
            self._levels += [1 ^ flip] * (_FRAME_MOST * self._own // self._sent + 2)
        found = bytes(self._frames())
        done = len(self._levels) if last else self._at // self._sent
        del self._levels[:done]
        self._at = 0 if last else self._at - done * self._sent
        return found

    def _frames(self):
        """Yield each byte whose frame lies within the levels known."""
        end = len(self._levels) * self._sent
        while (start := self._next_start()) is not None:
            middle = start + self._own // 2
            stop = middle + (self._receiver.frame_bits - self._receiver.stop) * self._own
            if stop >= end:
                self._at = start
                return
            if self._level(middle):  # shorter than half a bit: no start
                self._at = middle
                continue
            bits = range(self._receiver.bits)
            byte = sum(self._level(middle + (k + 1) * self._own) << k for k in bits)
            self._at, self._armed = stop, bool(self._level(stop))
            yield byte
        self._at = end

    def _next_start(self) -> int | None:
        """Time of the next falling edge, None when there is none yet."""
        try:
            at = self._at // self._sent
            if not self._armed:
                at = self._levels.index(1, at)
                self._armed = True
            return max(self._at, self._levels.index(0, at) * self._sent)
        except ValueError:
            return None

    def _level(self, at: int) -> int:
        return self._levels[at // self._sent]


def heard(chunk: bytes, sender: Line, receiver: Line) -> bytes:
    """What `receiver` hears of `chunk` between two long silences."""
    ear = Ear(sender, receiver)
    return ear.hear(b"") + ear.hear(chunk)
