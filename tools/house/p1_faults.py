"""What can go wrong between a meter and its reader, to order.

A fault turns the telegram of a second into the bytes that leave instead; some need the one before.
"""

import random

from tools.house.kinds import KEY, KINDS, Kind, seal
from tools.house.meter import Meter
from tools.line import Line

#: What can be ordered, and what it does to a telegram.
FAULTS = {
    "stop": "nothing is sent",
    "stop_mid_line": "one telegram breaks off inside a line, then nothing",
    "garbage": "random bytes instead of a telegram",
    "garbage_before": "random bytes in front of a good telegram",
    "noise": "some bytes of every telegram are others",
    "wrong_crc": "the CRC does not fit",
    "no_crc": "there is no CRC",
    "flipped_bit": "one bit of the telegram is turned",
    "truncated": "every telegram breaks off, the next one follows",
    "glued": "the end of the telegram before is lost and the next one follows at once",
    "twice": "two good telegrams in one burst",
    "no_clock": "good telegrams without 0-0:1.0.0",
    "bad_clock": "good telegrams whose clock is a placeholder",
    "inverted": "good telegrams on a line that is turned over",
    "half_speed": "good telegrams at half the speed",
    "seven_bits": "good telegrams as 7E1",
}
_NOISE_BYTES = 200  # about one in so many is hit


class P1Faults:
    """The ordered fault of a P1 port, and its effect on each telegram."""

    def __init__(self, seed: int = 1, kind: Kind = KINDS["fluvius"], key: bytes = KEY):
        """No fault at first, on a meter of that kind."""
        self.name = None
        self.kind, self.key = kind, key
        self._left = None
        self._before = b""
        self._chance = random.Random(f"{seed}/p1 faults")

    def order(self, name: str | None, count: int | None = None) -> None:
        """Let the next `count` telegrams, or all until further notice, suffer from `name`.

        None ends the fault. Raises ValueError for an unknown name.
        """
        if name is not None and name not in FAULTS:
            raise ValueError(f"P1 fault {name!r}: one of {', '.join(FAULTS)}")
        self.name, self._left = name, count

    def line(self) -> Line:
        """How the next telegram leaves."""
        line = self.kind.line
        if self.name == "inverted":
            return line._replace(inverted=not line.inverted)
        if self.name == "half_speed":
            return line._replace(baud=line.baud // 2)
        if self.name == "seven_bits":
            return line._replace(bits=7, parity=0)
        return line

    def send(self, meter: Meter) -> bytes:
        """The bytes that leave for the meter's last second; may be none."""
        good = self._good(meter)
        sent = getattr(self, f"_{self.name}", self._unharmed)(good, meter)
        self._before = good
        self._count_down()
        return sent

    def _good(self, meter: Meter, clock: str | None = None) -> bytes:
        return self._sealed(self.kind.text(meter, clock), meter)

    def _sealed(self, text: bytes, meter: Meter) -> bytes:
        return seal(text, meter.unix_s, self.key) if self.kind.encrypted else text

    def _unharmed(self, good, meter) -> bytes:
        return good

    def _count_down(self) -> None:
        if self.name and self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.name = None

    def _random_bytes(self, count: int) -> bytes:
        return bytes(self._chance.choices(range(256), k=count))

    def _stop(self, good, meter) -> bytes:
        return b""

    def _stop_mid_line(self, good, meter) -> bytes:
        self.name = "stop"
        return good[: good.find(b"1-0:1.7.0(") + 13 if not self.kind.encrypted else len(good) // 2]

    def _garbage(self, good, meter) -> bytes:
        return self._random_bytes(self._chance.randint(50, 1500))

    def _garbage_before(self, good, meter) -> bytes:
        # A '/' after a line end begins a telegram, so noise that ends so is still only noise.
        return self._random_bytes(self._chance.randint(1, 80)) + b"\r\n" + good

    def _noise(self, good, meter) -> bytes:
        hit = lambda byte: byte ^ self._chance.randrange(1, 256)  # noqa: E731
        chance = 1 / _NOISE_BYTES
        spoilt = [hit(byte) if self._chance.random() < chance else byte for byte in good]
        spoilt[len(good) // 2] = hit(good[len(good) // 2])  # none is spared
        return bytes(spoilt)

    def _wrong_crc(self, good, meter) -> bytes:
        text = self.kind.text(meter, None)
        body, _, crc = text.rpartition(b"!")
        if crc.strip():
            text = body + b"!%04X\r\n" % (int(crc, 16) ^ 0x0101)
        return self._sealed(text, meter)

    def _no_crc(self, good, meter) -> bytes:
        body = self.kind.text(meter, None).rpartition(b"!")[0]
        return self._sealed(body + b"!\r\n", meter)

    def _flipped_bit(self, good, meter) -> bytes:
        spoilt = bytearray(good)
        spoilt[self._chance.randrange(1, len(good) - 8)] ^= 1 << self._chance.randrange(7)
        return bytes(spoilt)

    def _truncated(self, good, meter) -> bytes:
        return good[: self._chance.randrange(20, len(good) - 8)]

    def _glued(self, good, meter) -> bytes:
        end = len(self._before) // 2 if self.kind.encrypted else self._before.rfind(b"!")
        return self._before[:end] + good

    def _twice(self, good, meter) -> bytes:
        return good + good

    def _no_clock(self, good, meter) -> bytes:
        return self._good(meter, "")

    def _bad_clock(self, good, meter) -> bytes:
        return self._good(meter, "632525252525W")
