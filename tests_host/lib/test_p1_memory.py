"""Memory: in the steady state a telegram costs no heap at all. Counted under MicroPython alone."""

import gc

import micropython
from p1_rig import vector

from p1.decode import decode
from p1.framer import AGAIN, WINDOW, Framer
from p1.reading import Reading

STREAM = vector("be_50216_3x230_stream60s.txt")
HISTORY = vector("be_50217_13hist_ffbyte_32df.txt")


def _pieces(stream, size):
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def _run(framer, readings, pieces):
    """Feed, poll and decode; number of telegrams. Nothing here may allocate."""
    telegrams = 0
    for piece in pieces:
        framer.feed(piece, len(piece), 0)
        while True:
            length = framer.poll()
            if length > 0:
                telegrams += 1
                if decode(framer.buf, length, readings[telegrams & 1]):
                    return -1
            elif length != AGAIN:
                break
    return telegrams


def _run_locked(framer, readings, pieces):
    micropython.heap_lock()
    try:
        return _run(framer, readings, pieces)
    finally:
        micropython.heap_unlock()


def _check(stream, telegrams, size):
    if not hasattr(micropython, "heap_lock"):
        return
    framer = Framer()
    first = Reading()
    readings = (first, Reading(first))
    pieces = _pieces(stream, size)
    assert _run(framer, readings, pieces) == telegrams
    assert _run_locked(framer, readings, pieces) == telegrams


def test_telegrams_of_a_minute_under_a_locked_heap():
    # One telegram at a time: a meter pauses after each.
    second = STREAM[:740]
    assert second.endswith(b"\r\n") and STREAM[740:741] == b"/"
    _check(second, 1, WINDOW)
    _check(second, 1, 37)
    _check(second, 1, 1)


def test_thirteen_months_of_history_under_a_locked_heap():
    _check(HISTORY[:-1], 1, WINDOW)


def test_noise_between_telegrams_under_a_locked_heap():
    _check(HISTORY, 1, WINDOW)


def test_a_thousand_telegrams_leave_the_heap_as_it_was():
    if not hasattr(gc, "mem_alloc"):
        return
    framer = Framer()
    first = Reading()
    readings = (first, Reading(first))
    pieces = _pieces(STREAM, 100)
    _run(framer, readings, pieces)
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(17):
        assert _run(framer, readings, pieces) == 60
    gc.collect()
    assert gc.mem_alloc() - before <= 512
