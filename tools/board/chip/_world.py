"""What one virtual chip knows of the world outside, and its way to tell something there.

The keeper (tools/board/keeper.py) reads what is told: one line each, a word and its arguments.
"""

# The real ones: this module is imported before a stand-in for them can be found.
import select as real_select  # noqa: F401 - for clock/select.py
import time as real_time

config: dict = {}
#: Level of each pin by number.
levels = {}
_out = None
_in = None
_origin_us = 0
_speed = 1
_two = bytearray(2)


def setup(given):
    """Take the chip's configuration, a dict made by the keeper."""
    global config, _out, _in, _origin_us, _speed
    config = given
    _out = open(given["tell_fd"], "wb")  # noqa: SIM115
    _in = open(given["hear_fd"], "rb")  # noqa: SIM115
    _speed = given["speed"]
    _origin_us = real_time.ticks_us()


def tell(text):
    """Send one line to the keeper."""
    _out.write(text + "\n")


def hear():
    """Return what the keeper last pushed as two bytes (pin, level), or None."""
    return _two if _in.readinto(_two) == 2 else None


def ticks_us():
    """Microseconds in the board's own time, which may run faster than real time."""
    now = real_time.ticks_us()
    return now if _speed == 1 else _origin_us + (now - _origin_us) * _speed


def uptime_ms():
    """Milliseconds of real time since the chip started."""
    return (real_time.ticks_us() - _origin_us) // 1000


def real_ms():
    """Milliseconds of real time, for what the chip's clock must not speed up."""
    return real_time.ticks_ms()


def sleep_us(us):
    """Block for `us` of the board's own time."""
    real_time.sleep_us(us // _speed)


def halt():
    """Do nothing for ever: the keeper ends or restarts the chip."""
    while True:
        real_time.sleep(3600)


def gmtime(unix_s):
    """Year, month, day, hour, minute, second and weekday of a Unix time."""
    return real_time.gmtime(unix_s)[:7]


def unix_s(year, month, day, hour, minute, second):
    """Unix time of a date in UTC. Days are counted from March, so that leap days come last."""
    years = year - (month < 3)
    months = (month + 9) % 12
    days = 365 * years + years // 4 - years // 100 + years // 400
    days += (153 * months + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second
