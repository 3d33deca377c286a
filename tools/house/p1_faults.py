"""What can go wrong between a meter and its reader, to order.

A fault turns the telegram of a second into the bytes that leave instead; some need the one before.
"""

import random

from tools.house import telegram
from tools.house.meter import Meter

#: What can be ordered, and what it does to a telegram.
FAULTS = {
    "stop": "nothing is sent",
    "stop_mid_line": "one telegram breaks off inside a line, then nothing",
    "garbage": "random bytes instead of a telegram",
    "garbage_before": "random bytes in front of a good telegram",
    "wrong_crc": "the CRC does not fit",
    "flipped_bit": "one bit of the telegram is turned",
    "truncated": "every telegram breaks off, the next one follows",
    "glued": "the end of the telegram before is lost and the next one follows at once",
    "twice": "two good telegrams in one burst",
    "no_clock": "good telegrams without 0-0:1.0.0",
    "bad_clock": "good telegrams whose clock is a placeholder",
}


class P1Faults:
    """The ordered fault of a P1 port, and its effect on each telegram."""

    def __init__(self, seed: int = 1):
        """No fault at first."""
        self.name = None
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

    def send(self, meter: Meter) -> bytes:
        """The bytes that leave for the meter's last second; may be none."""
        good = telegram.encode(meter)
        sent = getattr(self, f"_{self.name}")(good, meter) if self.name else good
        self._before = good
        self._count_down()
        return sent

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
        return good[: good.index(b"1-0:1.7.0(") + 13]

    def _garbage(self, good, meter) -> bytes:
        return self._random_bytes(self._chance.randint(50, 1500))

    def _garbage_before(self, good, meter) -> bytes:
        # A '/' after a line end begins a telegram, so noise that ends so is still only noise.
        return self._random_bytes(self._chance.randint(1, 80)) + b"\r\n" + good

    def _wrong_crc(self, good, meter) -> bytes:
        crc = int(good[-6:-2], 16) ^ 0x0101
        return good[:-6] + b"%04X\r\n" % crc

    def _flipped_bit(self, good, meter) -> bytes:
        spoilt = bytearray(good)
        spoilt[self._chance.randrange(1, len(good) - 8)] ^= 1 << self._chance.randrange(7)
        return bytes(spoilt)

    def _truncated(self, good, meter) -> bytes:
        return good[: self._chance.randrange(20, len(good) - 8)]

    def _glued(self, good, meter) -> bytes:
        return self._before[: self._before.rfind(b"!")] + good

    def _twice(self, good, meter) -> bytes:
        return good + good

    def _no_clock(self, good, meter) -> bytes:
        return telegram.encode(meter, clock="")

    def _bad_clock(self, good, meter) -> bytes:
        return telegram.encode(meter, clock="632525252525W")
