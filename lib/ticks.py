"""Wrap-safe arithmetic on millisecond ticks, without a clock of its own.

MicroPython's `time.ticks_ms()` counts modulo 2**30 (12.4 days), so ticks are only ever compared by
their difference. Source: MicroPython library reference, module `time`, `ticks_diff`.
"""

from micropython import const

_PERIOD = const(0x40000000)
_HALF = const(0x20000000)


def diff(now_ms: int, then_ms: int) -> int:
    """Milliseconds from `then_ms` to `now_ms`; negative when `then_ms` lies ahead.

    Right as long as the two are less than 6.2 days apart.
    """
    return ((now_ms - then_ms + _HALF) & (_PERIOD - 1)) - _HALF


def add(ticks_ms: int, delta_ms: int) -> int:
    """The tick that lies `delta_ms` (positive or negative) from `ticks_ms`."""
    return (ticks_ms + delta_ms) & (_PERIOD - 1)
