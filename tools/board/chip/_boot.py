"""The boot loader of a virtual chip: its import does not return.

Mounts the flash at /, then runs boot.py and main.py as the chip does. When main.py ends the chip
stays idle, as at its prompt. All of it stands outside of functions, which would stay in the heap.
"""

import sys

import _flash
import _world
import vfs

_given = _world.given()
_world.tell = open(_given["tell_fd"], "wb").write  # noqa: SIM115
_world.hear = open(_given["hear_fd"], "rb").readinto  # noqa: SIM115
_before = _given["before"] and open(_given["before"]).read()  # noqa: SIM115
_disk = _flash.Flash(_given["flash"])
vfs.umount("/")
vfs.mount(_disk, "/")
sys.path[:] = ["/chip", "", ".frozen", "/lib"]
if _given["speed"] != 1 or _given["hold_us"]:
    sys.path.insert(0, "/chip/clock")

import time  # noqa: E402 - the board's own, which may run faster than real time

_world.ticks_us = time.ticks_us
_world.sleep_us = time.sleep_us
_world.rtc_us = _given["rtc_us"] - time.ticks_us()
_given = None
_scope = {"__name__": "__main__"}
for _step in ("/boot.py", "", "/main.py"):
    try:
        if _step == "/main.py":
            _world.tell("main\n")
        if _step:
            execfile(_step, _scope)  # noqa: F821 - a MicroPython builtin
        elif _before:
            exec(_before, _scope)
    except OSError as error:
        if error.errno != 2:  # ENOENT: neither file has to exist
            sys.print_exception(error)
    except Exception as error:
        sys.print_exception(error)
    if not _step:
        _before = None
_world.tell("ended\n")
_world.seldom("_machine", "halt")()
