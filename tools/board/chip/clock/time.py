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
ticks_us = _world.ticks_us
sleep_us = _world.sleep_us


def ticks_ms():
    """Milliseconds of the board's own time."""
    return _world.ticks_us() // 1000


def sleep_ms(ms):
    """Block for `ms` of the board's own time."""
    _world.sleep_us(ms * 1000)


def sleep(seconds):
    """Block for seconds of the board's own time."""
    _world.sleep_us(int(seconds * 1000000))


def time_ns():
    """Nanoseconds since 1970, by the board's own clock."""
    import machine

    machine.RTC()
    return (machine.RTC._us + _world.ticks_us()) * 1000


def time():
    """Seconds since 1970, by the board's own clock."""
    return time_ns() // 1000000000
