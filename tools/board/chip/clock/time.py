"""Stand-in for `time` in a world that runs faster than real time by a whole factor.

Ticks run ahead of the interpreter's own ones and never behind: asyncio orders its ready tasks by
the latter, inside C, where nothing can be scaled.
"""

import _world

_real = _world.real_time
gmtime = localtime = _real.gmtime
mktime = _real.mktime
clock = _real.clock
ticks_add = _real.ticks_add
ticks_diff = _real.ticks_diff
ticks_cpu = _real.ticks_cpu
_speed = _world.given()["speed"]
_origin_us = _world.origin_us


def ticks_us():
    """Microseconds of the board's own time."""
    return _origin_us + (_real.ticks_us() - _origin_us) * _speed


def sleep_us(us):
    """Block for `us` of the board's own time."""
    _real.sleep_us(us // _speed)


def ticks_ms():
    """Milliseconds of the board's own time."""
    return ticks_us() // 1000


def sleep_ms(ms):
    """Block for `ms` of the board's own time."""
    sleep_us(ms * 1000)


def sleep(seconds):
    """Block for seconds of the board's own time."""
    sleep_us(int(seconds * 1000000))


def time_ns():
    """Nanoseconds since 1970, by the board's own clock."""
    return (_world.rtc_us + ticks_us()) * 1000


def time():
    """Seconds since 1970, by the board's own clock."""
    return time_ns() // 1000000000
