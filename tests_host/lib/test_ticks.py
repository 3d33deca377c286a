"""Ticks: differences stay right where the counter wraps at 2**30 ms."""

import ticks

_PERIOD = 1 << 30


def test_diff_of_later_and_earlier():
    assert ticks.diff(1500, 1000) == 500
    assert ticks.diff(1000, 1500) == -500
    assert ticks.diff(7, 7) == 0


def test_diff_over_the_wrap():
    assert ticks.diff(3, _PERIOD - 2) == 5
    assert ticks.diff(_PERIOD - 2, 3) == -5


def test_diff_is_right_up_to_half_a_period():
    assert ticks.diff((1 << 29) - 1, 0) == (1 << 29) - 1
    assert ticks.diff(1 << 29, 0) == -(1 << 29)


def test_add_stays_inside_the_period():
    assert ticks.add(10, 5) == 15
    assert ticks.add(_PERIOD - 1, 1) == 0
    assert ticks.add(0, -1) == _PERIOD - 1


def test_diff_undoes_add():
    for start in (0, 1, 1 << 29, _PERIOD - 1):
        for delta in (-100000, -1, 0, 1, 60000, 86400000):
            assert ticks.diff(ticks.add(start, delta), start) == delta
