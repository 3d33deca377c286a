"""The way to the machine: a serial adapter or a socket under the firmware's Bus."""

import asyncio
import os
import socket
import time

from firmware.bus import Bus
from modbus.rtu import ModbusError

_PERIOD = 1 << 30  # of MicroPython's ticks
_CONNECT_S = 3
_EXCEPTIONS = {
    1: "no such function",
    2: "no such register",
    3: "not that value",
    4: "it failed",
    5: "it is busy",
    6: "it is busy",
    10: "the gateway has no way to it",
    11: "the gateway gets no answer from it",
}


class PortError(Exception):
    """The port or the host cannot be used; its text says which and why."""


def ticks_ms() -> int:
    """Milliseconds that wrap as on the board."""
    return time.monotonic_ns() // 1_000_000 % _PERIOD


class SerialPort:
    """A USB-RS485 adapter as `Bus` wants a port: looked at often, never waited for."""

    def __init__(self, device: str, baud: int):
        """Open `device` with eight bits, no parity, one stop bit. Raises PortError."""
        import serial

        self._device = device
        alone = {"exclusive": True} if os.name == "posix" else {}
        try:
            self._serial = serial.Serial(device, baud, timeout=0, write_timeout=2, **alone)
            self._serial.reset_input_buffer()
        except (OSError, ValueError) as error:
            raise PortError(f"{device}: {error}") from None

    def configure(self, baud: int, bits: int, parity: "int | None", inverted: bool) -> None:
        """Go on at another speed; the rest is always 8N1 on RS485."""
        try:
            self._serial.baudrate = baud
        except (OSError, ValueError) as error:
            raise PortError(f"{self._device}: {baud} baud: {error}") from None

    def any(self) -> int:
        """How many bytes have come."""
        return self._try(lambda: self._serial.in_waiting)

    async def readinto(self, buf) -> int:
        """Take what has come, as much as `buf` holds."""
        chunk = self._try(lambda: self._serial.read(len(buf)))
        buf[: len(chunk)] = chunk
        return len(chunk)

    def discard(self) -> None:
        """Throw away what has come."""
        self._try(self._serial.reset_input_buffer)

    async def write(self, buf) -> None:
        """Send `buf`; returns when its last bit should be out."""
        frame = bytes(buf)
        self._try(lambda: self._serial.write(frame))
        await asyncio.sleep(len(frame) * 10 / self._serial.baudrate)

    def close(self) -> None:
        """Let go of the adapter."""
        self._serial.close()

    def _try(self, action):
        try:
            return action()
        except OSError as error:
            raise PortError(f"{self._device}: gone: {error.strerror or error}") from None


class Link:
    """A Bus on an adapter or a socket, and what to say when nobody answers on it."""

    def __init__(self, options, baud: int, tcp_port: int):
        """Open what `options.port` or `options.tcp` name. Raises PortError.

        `baud` and `tcp_port` hold where the options name none.
        """
        self.unit = options.unit
        self.baud = options.baud or baud or 9600
        self.device = options.port
        self.host, self.tcp_port, self.port = "", 0, None
        if options.tcp:
            host, _, number = options.tcp.partition(":")
            self.tcp_port = int(number or tcp_port or 502)
            self.host = _in_figures(host)
        else:
            self.port = SerialPort(options.port, self.baud)
        self.bus = Bus(self.port, self.baud, ticks_ms)
        self.bus.timeout_ms = options.timeout or 1000

    def follow(self) -> None:
        """Turn the bus to the socket, if there is one; for requests without a driver."""
        if self.host:
            self.bus.follow("tcp", self.baud, self.host, self.tcp_port)

    def close(self) -> None:
        """Hang up, let go."""
        self.bus.follow("rtu", self.bus.baud, "", 0)
        if self.port:
            self.port.close()

    @property
    def name(self) -> str:
        """Where it talks, in words."""
        if self.host:
            return f"{self.host}:{self.tcp_port}"
        return f"{self.device} at {self.bus.baud} baud"

    async def explain(self, error: ModbusError) -> str:
        """A sentence for `error`: what has happened, and what to check."""
        code, who = error.code, f"address {self.unit} on {self.name}"
        if code.startswith("exception_"):
            number = int(code[10:])
            what = _EXCEPTIONS.get(number, "the maker's manual tells")
            return f"{who} refuses: exception {number}, {what}. Is it the right model?"
        if code in ("crc", "short", "mismatch"):
            return (
                f"{who}: what comes in is broken ({code}). Check the speed, swap A and B, connect "
                "GND, and see that no other master is on the line"
            )
        if code == "address":
            return f"{who}: another address answers; `scan` tells which"
        if self.host:
            return await self._explain_socket(who)
        return (
            f"{who}: nobody answers. Check that the inverter is on, swap A and B, look up its "
            "Modbus address and speed on its display, and try `scan`"
        )

    async def _explain_socket(self, who: str) -> str:
        """Nobody answers: is it the host, the port, or the unit behind it?"""
        opening = asyncio.open_connection(self.host, self.tcp_port)
        try:
            _, writer = await asyncio.wait_for(opening, _CONNECT_S)
        except (OSError, asyncio.TimeoutError) as error:
            number = getattr(error, "errno", None)
            why = os.strerror(number) if number else "no connection in time"
            return (
                f"{self.name}: {why}. Check the address, that Modbus TCP is switched on in the "
                "inverter, and that it allows this computer"
            )
        writer.close()
        return (
            f"{who}: it takes the connection and does not answer. Check the unit (`--unit`, often "
            "1, 3, 100 or 247), and that no other master holds the only connection"
        )


def _in_figures(host: str) -> str:
    """The IPv4 address of `host`. Raises PortError."""
    try:
        return socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    except (OSError, UnicodeError) as error:
        raise PortError(f"{host}: {getattr(error, 'strerror', None) or error}") from None
