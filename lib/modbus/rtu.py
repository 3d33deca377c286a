"""One Modbus RTU exchange without a port: request out, received bytes in, answer or error out.

The request PDU is made by `umodbus.functions`. The answer's length follows from the request, so a
good answer is known at its last byte, without waiting for a silence. It does not time anything:
the owner of the port says when the wire has gone quiet (`finish`). Source: MODBUS over serial line
V1.02 section 2.5, MODBUS application protocol V1.1b3 sections 6.3, 6.4, 6.12 and 7.

What may arrive instead of the answer, and what becomes of it:
- noise in front of it: skipped byte by byte, counted;
- an echo of the request (receiver left on while sending): skipped, counted, never taken for the
  answer to a write though the first six bytes are the same;
- the late answer of an earlier request: skipped when function, length or written block differ. One
  of the same shape cannot be told apart (RTU carries no number): the owner of the bus keeps those
  apart;
- an answer of another unit, a broken or cut one: never accepted, named by `verdict`;
- the answer to function 0x06, which is the request again: taken for an echo as long as this line
  has been heard to echo, so that two copies are needed;
- an exception: accepted with the function code it should have and with 0x90 for reads and 0x86 for
  writes, for some Sofar models send 0x90 for everything (Sofar Modbus protocol V1.39).
"""

from crc16 import TABLE, crc16_modbus
from micropython import const
from umodbus import functions

READ_HOLDING = const(0x03)
READ_INPUT = const(0x04)
WRITE_SINGLE = const(0x06)
WRITE_MULTIPLE = const(0x10)
PASSIVE = const(0x42)  # of the older Sofar protocol; its answer is one word of status
HEARTBEAT = const(0x49)  # of the same; how long its answer is, nobody tells

MAX_READ = const(125)  # registers in one request, MODBUS application protocol V1.1b3 section 6.3
MAX_WRITE = const(123)  # ... and section 6.12

_EXCEPTION_BIT = const(0x80)
_EXCEPTION_LENGTH = const(5)
#: What the status of function 0x42 means, by its low byte: wrong mode, CRC, busy, invalid data.
_STATUS = ("", "exception_4", "crc", "exception_6", "exception_3")
_HEAD = const(3)  # bytes by which an answer is recognised: unit, function, byte count or code
_LONGEST = const(256)  # an RTU frame, MODBUS over serial line V1.02 section 2.5.1
_KEPT = const(320)  # received bytes that are held; the rest of long noise is let go

#: What can go wrong, besides `exception_1` to `exception_15`, which are answers of the device. The
#: last three are the bus's own: nothing was sent.
CODES = ("timeout", "crc", "short", "address", "mismatch", "stale", "silent", "muted")


class ModbusError(Exception):
    """An exchange without a good answer; `code` is one of CODES or `exception_<n>`."""

    def __init__(self, code: str):
        """Keep `code`."""
        super().__init__(code)
        self.code = code


class Exchange:
    """A request and what has come back for it. One object serves for ever; it owns its buffers.

    `noise_bytes`, `echo_bytes`, `late_frames` (good frames of this unit that answer something
    else) and `foreign_frames` (good frames of other units) count what was skipped, once the
    exchange is over.
    """

    def __init__(self):
        """Make the buffers; no request is pending."""
        self._tx = bytearray(_LONGEST)
        self._rx = bytearray(_KEPT)
        self._tx_view = memoryview(self._tx)
        self.request_length = 0
        self.reply_length = 0
        self._function = 0
        self._hears_itself = False  # the last exchange began with an echo
        self._restart()

    def _restart(self):
        self._n = 0  # bytes held
        self._at = 0  # where the answer may begin: all before it has been refused
        self._is_over = False
        self._is_broken = False  # what looked like a whole answer had a wrong CRC
        self._exception = 0
        self.received = 0  # bytes that have come in, echo included
        self.noise_bytes = 0
        self.echo_bytes = 0
        self.late_frames = 0
        self.foreign_frames = 0

    def read(
        self, unit: int, address: int, count: int, function: int = READ_HOLDING
    ) -> memoryview:
        """Begin a read of `count` registers from `address`; returns the bytes to send.

        Raises ValueError for a unit outside 1..247, a count outside 1..125, or registers over
        65535.
        """
        _check(unit, address, count, MAX_READ)
        if function == READ_INPUT:
            pdu = functions.read_input_registers(address, count)
        else:
            pdu = functions.read_holding_registers(address, count)
        return self._begin(unit, pdu, 5 + 2 * count)

    def write(
        self, unit: int, address: int, words: list, function: int = WRITE_MULTIPLE
    ) -> memoryview:
        """Begin a write of `words` from `address` with `function`; returns the bytes to send.

        Raises ValueError as `read` does (at most 123 words, 1 unless the function is 0x10), and
        for a word outside 0..65535.
        """
        _check(unit, address, len(words), MAX_WRITE if function == WRITE_MULTIPLE else 1)
        for word in words:
            if not 0 <= word <= 0xFFFF:
                raise ValueError(f"word: {word}")
        if function == WRITE_MULTIPLE:
            return self._begin(unit, functions.write_multiple_registers(address, words, False), 8)
        pdu = bytes((function, address >> 8, address & 0xFF, words[0] >> 8, words[0] & 0xFF))
        return self._begin(unit, pdu, 8 if function == WRITE_SINGLE else 7)

    def _begin(self, unit: int, pdu: bytes, reply_length: int) -> memoryview:
        n = len(pdu) + 1
        self._tx[0] = unit
        self._tx[1:n] = pdu
        crc = crc16_modbus(self._tx, n)
        self._tx[n] = crc & 0xFF
        self._tx[n + 1] = crc >> 8
        self.request_length = n + 2
        self.reply_length = reply_length
        self._function = pdu[0]
        self._restart()
        return self._tx_view[: n + 2]

    def feed(self, buf, n: int) -> bool:
        """Take `n` bytes from `buf`; True as soon as the exchange is over. Does not allocate."""
        self.received += n
        for i in range(n):
            if self._n == _KEPT and not self._make_room():
                return True
            self._rx[self._n] = buf[i]
            self._n += 1
        return self._is_over or self._look(False)

    def finish(self) -> bool:
        """Say that nothing more will come; True when an answer was there after all.

        It stood behind bytes that looked like the beginning of a longer one.
        """
        return self._is_over or self._look(True)

    def overheard(self, buf, n: int) -> int:
        """How many good frames `n` bytes hold that came when nobody was asked; no exchange is on.

        More than 320 bytes are cut.
        """
        n = min(n, _KEPT)
        for i in range(n):
            self._rx[i] = buf[i]
        at = frames = 0
        while at < n:
            length = self._frame_at(at, n)
            frames += length > 0
            at += length or 1
        return frames

    def is_cut_when_quiet(self) -> bool:
        """Whether a pause means a broken answer: it has begun, or its whole length has come."""
        return self._n - self._at >= _HEAD or self._has_whole_length()

    def _has_whole_length(self) -> bool:
        return self._is_broken or self.received - self.echo_bytes >= self.reply_length

    def result(self) -> bytes:
        """The registers of a read, empty for a write; raises ModbusError for an exception."""
        if self._exception:
            raise ModbusError(f"exception_{self._exception}")
        if self._function == PASSIVE:
            status = self._rx[self._at + 4]
            if status:
                raise ModbusError(_STATUS[status] if status < len(_STATUS) else "exception_4")
        if self._has_no_count() or self._function == HEARTBEAT:
            return b""
        return bytes(self._rx[self._at + 3 : self._at + self.reply_length - 2])

    def _has_no_count(self) -> bool:
        """Whether the answer is that to a write: without the number of bytes that follow."""
        return self._function in (WRITE_SINGLE, WRITE_MULTIPLE)

    def verdict(self) -> str:
        """Why there is no answer: the code for ModbusError. Ask after `finish` returned False."""
        if self._is_broken:
            return "crc"
        if self.foreign_frames:
            return "address"
        if self.late_frames:
            return "mismatch"
        if self.received == self.echo_bytes:
            return "timeout"
        return "crc" if self._has_whole_length() else "short"

    def _look(self, is_last: bool) -> bool:
        """Search the answer; where more bytes could make one, stop there unless `is_last`."""
        while self._at < self._n:
            have = self._n - self._at
            if self._echo_at(self._at, have) == self.request_length:
                if self._is_answered_by_echo():
                    return self._end(self.request_length)
                self.echo_bytes += self.request_length
                self._at += self.request_length
                continue
            need = self._need(self._at, have, is_last)
            if need > have and not is_last:
                return False
            if 0 < need <= have:
                if self._crc_right(self._at, need):
                    return self._end(need)
                self._is_broken = True
            self._at += 1
            self.noise_bytes += 1
        if is_last:
            self._sort_refused()
        return False

    def _is_answered_by_echo(self) -> bool:
        return self._function == WRITE_SINGLE and (not self._hears_itself or self.echo_bytes > 0)

    def _need(self, at: int, have: int, is_last: bool) -> int:
        """Length of the answer that could begin at `at`, where `have` bytes are; 0 for none."""
        rx = self._rx
        if rx[at] != self._tx[0]:
            return 0
        if have < _HEAD:
            return _EXCEPTION_LENGTH if have == 1 or self._is_ours(rx[at + 1]) else 0
        if not is_last and self._echo_at(at, have) == have:
            return self.request_length  # as far as it goes it may be an echo
        if self._is_exception(rx[at + 1]):
            return _EXCEPTION_LENGTH if 0 < rx[at + 2] < 16 else 0
        if rx[at + 1] != self._function:
            return 0
        if self._function == HEARTBEAT:
            return 5 + rx[at + 2] if rx[at + 2] < _EXCEPTION_BIT else 0
        if not self._has_no_count():
            return self.reply_length if rx[at + 2] == self.reply_length - 5 else 0
        return self.reply_length if self._echo_at(at, min(have, 6)) == min(have, 6) else 0

    def _echo_at(self, at: int, have: int) -> int:
        """How many of `have` bytes from `at` on are as the request begins."""
        same, most = 0, min(have, self.request_length)
        while same < most and self._rx[at + same] == self._tx[same]:
            same += 1
        return same

    def _is_ours(self, function: int) -> bool:
        return function == self._function or self._is_exception(function)

    def _is_exception(self, function: int) -> bool:
        if function == self._function | _EXCEPTION_BIT:
            return True
        return function == (0x86 if self._function == WRITE_MULTIPLE else 0x90)

    def _end(self, length: int) -> bool:
        if self._is_exception(self._rx[self._at + 1]):
            self._exception = self._rx[self._at + 2]
        if self._function != WRITE_SINGLE:
            self._hears_itself = self.echo_bytes > 0
        self._sort_refused()
        self.noise_bytes += self._n - self._at - length
        self._is_over = True
        return True

    def _sort_refused(self):
        """Tell good frames of somebody among what lies before `_at`; they are no noise."""
        at = 0
        while at < self._at:
            length = self._frame_at(at, self._at)
            if length and self._echo_at(at, length) < self.request_length:
                self.noise_bytes -= length
                if self._rx[at] == self._tx[0]:
                    self.late_frames += 1
                else:
                    self.foreign_frames += 1
            at += length or 1

    def _frame_at(self, at: int, end: int) -> int:
        """Length of a good RTU frame, answer or request, that lies in `at`..`end`; 0 for none."""
        rx, have = self._rx, end - at
        if have < _EXCEPTION_LENGTH or not 0 < rx[at] <= 247:
            return 0
        function = rx[at + 1]
        if function & _EXCEPTION_BIT:
            return _EXCEPTION_LENGTH if self._crc_right(at, _EXCEPTION_LENGTH) else 0
        longer = 5 + rx[at + 2]
        if function == WRITE_MULTIPLE and have > 6:
            longer = 9 + rx[at + 6]
        if longer <= have and self._crc_right(at, longer):
            return longer
        return 8 if have >= 8 and self._crc_right(at, 8) else 0

    def _crc_right(self, at: int, length: int) -> bool:
        rx, table, crc = self._rx, TABLE, 0xFFFF
        for i in range(at, at + length - 2):
            crc = (crc >> 8) ^ table[(crc ^ rx[i]) & 0xFF]
        return rx[at + length - 2] == crc & 0xFF and rx[at + length - 1] == crc >> 8

    def _make_room(self) -> bool:
        """Let go of what has been refused; False when the exchange is over."""
        if self._look(False):
            return False
        rx, at, rest = self._rx, self._at, self._n - self._at
        for i in range(rest):
            rx[i] = rx[at + i]
        self._n = rest
        self._at = 0
        return True


def _check(unit: int, address: int, count: int, most: int):
    if not 1 <= unit <= 247:
        raise ValueError(f"unit: {unit}")
    if not 1 <= count <= most:
        raise ValueError(f"count: {count}")
    if not 0 <= address <= 0x10000 - count:
        raise ValueError(f"address: {address}")
