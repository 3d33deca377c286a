"""Becomes the MicroPython interpreter of one virtual chip; started by keeper.py as a script.

    CHIP=... interpreter.py PARENT HEAP ROM

Before it does, it sees to it that the kernel ends it when the keeper's thread ends, however that
comes about, and makes what MicroPython cannot: a descriptor that beats (to try a wire again), one
that is always readable, one that never is, and the chip's ROM with the stand-in modules in memory
outside the board's heap, where the chip has them too.
"""

import ctypes
import json
import os
import signal
import struct
import sys

_DRIVER = 3 * 8192  # memory of the UART drivers: on the chip it is not in MicroPython's heap
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_CLOCK_MONOTONIC = 1
_BEAT_NS = 100_000_000
_FIRST = 100  # number of the first descriptor made here, as chip/machine.py knows it


def _beating() -> int:
    """Return a descriptor that becomes readable every _BEAT_NS."""
    libc = ctypes.CDLL(None, use_errno=True)
    timer = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK)
    # struct itimerspec: interval and first beat, each in s and ns
    libc.timerfd_settime(timer, 0, struct.pack("4q", 0, _BEAT_NS, 0, _BEAT_NS), None)
    return timer


def main():
    """Run MicroPython; does not return."""
    parent, heap, rom_file = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit(1)
    import micropython_run

    with open(rom_file, "rb") as file:
        content = file.read()
    rom = ctypes.create_string_buffer(content, len(content))
    driver = ctypes.create_string_buffer(_DRIVER)
    chip = {"rom": ctypes.addressof(rom), "rom_size": len(content)}
    chip |= {"driver": ctypes.addressof(driver), "driver_size": _DRIVER}
    for number, made in enumerate((_beating(), os.eventfd(1), os.eventfd(0)), _FIRST):
        os.dup2(made, number)
        os.close(made)
    os.environ["TZ"] = "UTC"  # for MicroPython's mktime
    os.environ["CHIP"] = json.dumps(json.loads(os.environ["CHIP"]) | chip)
    arguments = ["-X", f"heapsize={heap}", "-m", "start"]
    sys.exit(micropython_run.run_main(["micropython", *arguments]))


main()
