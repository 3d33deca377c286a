"""Stand-in for `machine` of the ESP32 port: pins, watchdog, clock, reset and UARTs.

Source: MicroPython library reference, module `machine`, and its ESP32 quick reference. What the
firmware does not use is left out.
"""

import _uart
import _world
from _uart import UART  # noqa: F401 - part of this module's face

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

_INPUT_ONLY = (34, 35, 36, 37, 38, 39)
_ABSENT = (20, 24, 28, 29, 30, 31)
_frequency_hz = 160000000


def unique_id():
    """The chip's own MAC address, 6 bytes."""
    return bytes(int(part, 16) for part in _world.config["mac"].split(":"))


def reset_cause():
    """Why the chip started."""
    return _world.config["reset_cause"]


def reset():
    """Restart the chip as its reset line does; nothing after this call runs."""
    _world.tell("reset")
    _world.halt()


def soft_reset():
    """Restart the interpreter."""
    _world.tell("soft")
    _world.halt()


def freq(hz=None):
    """Get or set the processor's clock, which has no effect here."""
    global _frequency_hz
    if hz is None:
        return _frequency_hz
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _frequency_hz = hz


class Pin:
    """A GPIO; two objects of one number are the same pin."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, number, mode=-1, pull=-1, value=None):
        """See `machine.Pin`; raises ValueError for a pin that the chip lacks."""
        if not 0 <= number <= 39 or number in _ABSENT:
            raise ValueError("invalid pin")
        if mode in (self.OUT, self.OPEN_DRAIN) and number in _INPUT_ONLY:
            raise ValueError("pin can only be input")
        if pull in (self.PULL_UP, self.PULL_DOWN) and number in _INPUT_ONLY:
            raise ValueError("pins 34-39 do not have pull-up or pull-down circuitry")
        self._number = number
        self._output = mode in (self.OUT, self.OPEN_DRAIN)
        _world.levels.setdefault(number, int(pull == self.PULL_UP))
        if value is not None:
            self.value(value)

    def value(self, level=None):
        """Get or set the level, 0 or 1."""
        if level is None:
            self._listen()
            return _world.levels[self._number]
        level = int(bool(level))
        if self._output and _world.levels[self._number] != level:
            _world.levels[self._number] = level
            if self._number in _uart.directed:
                _uart.directed[self._number].drive(level)
            else:
                _world.tell(f"pin {self._number} {level}")

    def __call__(self, level=None):
        """As `value`."""
        return self.value(level)

    def on(self):
        """Set the level to 1."""
        self.value(1)

    def off(self):
        """Set the level to 0."""
        self.value(0)

    def _listen(self):
        pushed = _world.hear()
        while pushed:
            _world.levels[pushed[0]] = pushed[1]
            pushed = _world.hear()


class WDT:
    """The watchdog: once started it never stops, and a chip that does not feed it restarts."""

    def __init__(self, id=0, timeout=5000):
        """Start it with `timeout` ms, 1000 at least."""
        if id != 0:
            raise ValueError("WDT id must be 0")
        if timeout < 1000:
            raise ValueError("WDT timeout too short")
        _world.tell(f"wdt {timeout}")

    def feed(self):
        """Start the timeout anew."""
        _world.tell("f")


class RTC:
    """The clock: 2000-01-01 after power was off, kept over a restart."""

    _us = None  # Unix time in us at tick 0, shared by all objects

    def __init__(self):
        """There is one clock; every object shows it."""
        if RTC._us is None:
            RTC._us = _world.config["rtc_us"] - _world.ticks_us()

    def datetime(self, fields=None):
        """Get or set (year, month, day, weekday, hour, minute, second, microsecond), UTC."""
        if fields is None:
            now = RTC._us + _world.ticks_us()
            year, month, day, hour, minute, second, weekday = _world.gmtime(now // 1000000)
            return (year, month, day, weekday, hour, minute, second, now % 1000000)
        year, month, day, _, hour, minute, second, us = fields
        unix_us = _world.unix_s(year, month, day, hour, minute, second) * 1000000 + us
        RTC._us = unix_us - _world.ticks_us()
        _world.tell(f"rtc {unix_us}")
