"""A serial port for one task: bytes in as they come, bytes out until the last has left."""

import asyncio

from micropython import const

_POLL_MS = const(1)  # between two looks whether the last byte has left
_SINK = const(64)  # bytes thrown away at a time


class Port:
    """One UART and, for RS485, the pin that turns the transceiver round.

    LIMIT: a transceiver with a direction pin is let go when the event loop comes round; held
    longer than the other end takes to answer, the head of that answer is lost and the request is
    repeated.
    """

    def __init__(self, uart, byte_us: int, direction=None, inverts: bool = False):
        """Own `uart`, on which one byte takes `byte_us`; `direction` is a pin, high to send.

        `inverts` when something between the plug and the chip turns the line over.
        """
        self._uart = uart
        self._byte_us = byte_us
        self._direction = direction
        self._inverts = inverts
        self._reader = asyncio.StreamReader(uart)

    def configure(self, baud: int, bits: int, parity: "int | None", inverted: bool):
        """Set the UART anew (one stop bit, parity None, 0 even or 1 odd) and forget what waits.

        `inverted` means that the line at the plug is low when idle, as that of a P1 port is.
        Raises ValueError for bits and parity that the chip lacks.
        """
        uart = self._uart
        # The driver keeps its buffer, but an inversion that is not asked for is gone.
        uart.init(baud, bits, parity, 1, invert=uart.INV_RX if inverted != self._inverts else 0)
        self._byte_us = (2 + bits + (parity is not None)) * 1000000 // baud
        self.discard()

    async def readinto(self, mv) -> int:
        """Wait for bytes, put what fits into `mv` and return how many, 1 at least."""
        while True:
            count = await self._reader.readinto(mv)
            if count:
                return count

    def any(self) -> int:
        """How many bytes wait to be read."""
        return self._uart.any()

    def discard(self):
        """Forget what waits to be read."""
        while self._uart.any():
            self._uart.read(_SINK)

    async def write(self, buf):
        """Send `buf` (255 bytes at most) and return when its last byte has left the wire."""
        if self._direction is not None:
            self._direction(1)
        try:
            self._uart.write(buf)
            await asyncio.sleep_ms(len(buf) * self._byte_us // 1000)
            while not self._uart.txdone():
                await asyncio.sleep_ms(_POLL_MS)
        finally:
            if self._direction is not None:
                self._direction(0)
