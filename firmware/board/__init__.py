"""The hardware, and the only place that touches it: `machine`, `network` and their kin.

A task asks what is present (None = absent), never which board it is. Pins come from profiles.py.
"""

import sys
import time

import civil
import machine
from micropython import const

from firmware.board.serial import Port

_PATH = "/board.json"
_UART_P1 = const(1)
_UART_RS485 = const(2)
_WATCHDOG_MS = const(8000)  # the application's import takes a few seconds of it on the chip
_P1_BUFFER = const(2048)  # 178 ms at 115200 baud
_RS485_BUFFER = const(512)  # twice the longest Modbus frame
_CLOCK_SET_FROM_S = const(1735689600)  # 2025-01-01: a chip that just got power shows 2000
_PULL_UP_BELOW = const(34)  # the GPIOs from here on have none

_CAUSES = ("unknown", "power", "restart", "watchdog", "sleep", "soft")


class Board:
    """One board. Making it starts the watchdog, so `watchdog_feed` has to follow."""

    def __init__(self):
        """Read which board this is and who it is."""
        from firmware.board import identity, profiles

        default = "virtual" if sys.platform == "linux" else "devkit"
        self._profile, self.refusals = profiles.choose(_content(_PATH), default)
        for code, field, value in self.refusals:
            print("board.json:", code, field, value)
        #: 6 bytes, as on the sticker (`ID`).
        self.mac = machine.unique_id()
        #: Name of the board and of its network: `JULLIX_` and six characters; and "jullix" or
        #: "extender".
        self.name, self.role, self._password, self._made_password = identity.identity(self.mac)
        _forget("profiles")
        _forget("identity")
        self._access_point = None
        self._led = _pin(self._profile["led"], int(self._profile["led_inverted"]))
        self._button = _button(self._profile["button"])
        self._clock = machine.RTC()
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS) if self._profile["watchdog"] else None
        cause = machine.reset_cause()
        #: Why the board started: "power", "restart", "watchdog", "sleep", "soft" or "unknown".
        self.reset_cause = _CAUSES[cause] if 0 <= cause < len(_CAUSES) else _CAUSES[0]
        print("board", self.name, "profile", self.profile, "start", self.reset_cause)

    @property
    def profile(self) -> str:
        """Name of the row of pins in use."""
        return self._profile["name"]

    @property
    def http_port(self) -> int:
        """TCP port of the page; 0 = any that is free."""
        return self._profile["http_port"]

    @property
    def http_host(self) -> str:
        """Address on which the page listens."""
        return self._profile["http_host"]

    def p1_port(self, baud: int = 115200, bits: int = 8, parity: "int | None" = None):
        """Open the meter's port (8N1, parity None, 0 even or 1 odd); None when there is none."""
        profile = self._profile
        if profile["p1_rx"] is None or profile["p1_tx"] is None:
            return None
        _pin(profile["p1_request"], 1)
        invert = machine.UART.INV_RX if profile["p1_inverted"] else 0
        uart = machine.UART(
            _UART_P1,
            baud,
            bits,
            parity,
            1,
            tx=profile["p1_tx"],
            rx=profile["p1_rx"],
            rxbuf=_P1_BUFFER,
            invert=invert,
        )
        return Port(uart, _byte_us(baud, bits, parity))

    def rs485_port(self, baud: int = 9600, bits: int = 8, parity: "int | None" = None):
        """Open the inverter's bus; None when there is none."""
        profile = self._profile
        if profile["rs485_tx"] is None or profile["rs485_rx"] is None:
            return None
        direction = _pin(profile["rs485_direction"], 0)
        uart = machine.UART(
            _UART_RS485,
            baud,
            bits,
            parity,
            1,
            tx=profile["rs485_tx"],
            rx=profile["rs485_rx"],
            rxbuf=_RS485_BUFFER,
            txbuf=_RS485_BUFFER,
        )
        return Port(uart, _byte_us(baud, bits, parity), direction)

    def led(self, on: bool):
        """Light the LED, if there is one."""
        if self._led is not None:
            self._led(on != self._profile["led_inverted"])

    def button(self) -> bool:
        """Whether the button is pressed."""
        return self._button is not None and not self._button()

    def watchdog_feed(self):
        """Give the application another 8 s, after which the board restarts."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def ticks_ms(self) -> int:
        """Milliseconds for differences by lib/ticks.py; wraps."""
        return time.ticks_ms()  # type: ignore[return-value] # the stub has a type of its own

    def unix_s(self) -> "int | None":
        """Unix time, UTC; None as long as nobody has set the clock since power came."""
        year, month, day, _, hour, minute, second, _ = self._clock.datetime()
        days = civil.days_from_civil(year, month, day)
        now_s = ((days * 24 + hour) * 60 + minute) * 60 + second
        return now_s if now_s >= _CLOCK_SET_FROM_S else None

    def set_unix_s(self, unix_s: int):
        """Set the clock, which runs on over a restart. Raises ValueError before 2025."""
        if unix_s < _CLOCK_SET_FROM_S:
            raise ValueError("unix_s: before 2025")
        days, second = divmod(unix_s, 86400)
        year, month, day = civil.civil_from_days(days)
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        minute, second = divmod(second, 60)
        hour, minute = divmod(minute, 60)
        self._clock.datetime((year, month, day, weekday, hour, minute, second, 0))

    def restart(self):
        """Restart the board; does not return."""
        machine.reset()

    def access_point(self):
        """The board's own network, started; tells its password on the console if nobody has it.

        Raises OSError when the radio refuses.
        """
        if self._access_point is None:
            from firmware.board.access_point import AccessPoint

            self._access_point = AccessPoint(self.name, self._password)
            if self._made_password:
                print("access point", self.name, "password", self._password)
        if not self._access_point.active():
            self._access_point.start()
        return self._access_point


def _forget(module: str):
    """Give back the memory of a module of this folder that is needed only at the start."""
    sys.modules.pop("firmware.board." + module)
    globals().pop(module, None)


def _content(path: str) -> "str | None":
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return None


def _pin(number: "int | None", level: int):
    """An output that starts at `level`, or None."""
    return None if number is None else machine.Pin(number, machine.Pin.OUT, value=level)


def _button(number: "int | None"):
    """A pin that is low while pressed; pins 34 to 39 need a pull-up on the board."""
    if number is None:
        return None
    if number >= _PULL_UP_BELOW:
        return machine.Pin(number, machine.Pin.IN)
    return machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)


def _byte_us(baud: int, bits: int, parity: "int | None") -> int:
    return (2 + bits + (parity is not None)) * 1000000 // baud
