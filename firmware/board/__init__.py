"""The hardware, and the only place that touches it: `machine`, `network` and their kin.

A task asks what is present (None = absent), never which board it is. Pins come from profiles.py.
What is done once, at the start, lies in opening.py and is not kept in memory.
"""

import time

import civil
import machine
from micropython import const

from firmware.board.serial import Port
from firmware.overlay import borrow, give_back

_CLOCK_SET_FROM_S = const(1735689600)  # 2025-01-01: a chip that just got power shows 2000
_OWN_NETWORK = "192.168.4."
_OPENING = "firmware.board.opening"
_ONCE = (_OPENING, "firmware.board.profiles", "firmware.board.identity")
_RADIO = "firmware.board.access_point"


class Board:
    """One board. Making it starts the watchdog, so `watchdog_feed` has to follow."""

    name: str  # of board and network: `JULLIX_` and six characters
    role: str  # "jullix" or "extender"
    mac: bytes  # 6, as on the sticker (`ID`)
    profile: str  # name of the row of pins in use
    refusals: list  # what of /board.json made no sense
    http_host: str  # where the page listens
    http_port: int  # 0 = any that is free
    reset_cause: str  # why the board started: a row of opening.py
    # For this folder alone
    password: str  # of the access point
    made_password: bool  # by the board itself: nobody has it yet
    led_pin: "machine.Pin | None"
    led_inverted: bool
    button_pin: "machine.Pin | None"
    watchdog: "machine.WDT | None"

    def __init__(self):
        """Read which board this is and who it is."""
        borrow(_OPENING).prepare(self)
        give_back(*_ONCE)

    def p1_port(self, baud: int = 115200, bits: int = 8, parity: "int | None" = None):
        """Open the meter's port (8N1, parity None, 0 even or 1 odd); None when there is none."""
        parts = borrow(_OPENING).p1_port(baud, bits, parity)
        give_back(*_ONCE)
        return Port(*parts) if parts else None

    def rs485_port(self, baud: int = 9600, bits: int = 8, parity: "int | None" = None):
        """Open the inverter's bus; None when there is none."""
        parts = borrow(_OPENING).rs485_port(baud, bits, parity)
        give_back(*_ONCE)
        return Port(*parts) if parts else None

    def led(self, on: bool):
        """Light the LED, if there is one."""
        if self.led_pin is not None:
            self.led_pin(on != self.led_inverted)

    def button(self) -> bool:
        """Whether the button is pressed."""
        return self.button_pin is not None and not self.button_pin()

    def watchdog_feed(self):
        """Give the application another 8 s, after which the board restarts."""
        if self.watchdog is not None:
            self.watchdog.feed()

    def ticks_ms(self) -> int:
        """Milliseconds for differences by lib/ticks.py; wraps."""
        return time.ticks_ms()  # type: ignore[return-value] # the stub has a type of its own

    def unix_s(self) -> "int | None":
        """Unix time, UTC; None as long as nobody has set the clock since power came."""
        year, month, day, _, hour, minute, second, _ = machine.RTC().datetime()
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
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))

    def is_near(self, peer) -> bool:
        """Whether a connection from `peer` comes over the board's own network."""
        return self.http_host == "127.0.0.1" or peer[0].startswith(_OWN_NETWORK)

    def restart(self):
        """Restart the board; does not return."""
        machine.reset()

    def access_point(self) -> int:
        """Bring the board's own network up unless it is; returns how many have joined.

        Tells its password on the console if nobody has it. Raises OSError when the radio refuses.
        """
        point = borrow(_RADIO).AccessPoint(self.name, self.password)
        try:
            if not point.active():
                point.start()
                if self.made_password:
                    print("access point", self.name, "password", self.password)
            return point.stations()
        finally:
            point = None
            give_back(_RADIO)
