"""The boot loader of a virtual chip: `micropython -m start`, what the chip is as JSON in $CHIP.

Mounts the flash at /, puts the stand-ins for the chip's modules in front of all others, then runs
boot.py and main.py as the chip does. When main.py ends the chip stays idle, as at its prompt.
"""

import json
import os
import sys

import uctypes
import vfs

_config = json.loads(os.getenv("CHIP"))
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(_config["rom"], _config["rom_size"])), "/chip")
sys.path.insert(0, "/chip")

import _flash  # noqa: E402 - it lies in what has just been mounted
import _world  # noqa: E402


def _mount(config):
    """Replace the host's files by the flash."""
    flash = _flash.Flash(config["flash"])
    vfs.umount("/")
    vfs.mount(flash, "/")
    sys.path[:] = ["/chip", "", ".frozen", "/lib"]
    if config["speed"] != 1 or config["hold_us"]:
        sys.path.insert(0, "/chip/clock")


def _run(path, scope):
    try:
        execfile(path, scope)  # noqa: F821 - a MicroPython builtin
    except OSError as error:
        if error.errno != 2:  # ENOENT: neither file has to exist
            sys.print_exception(error)
    except Exception as error:
        sys.print_exception(error)


def _boot():
    config = _config
    _world.setup(config)
    before = ""
    if config["before"]:
        with open(config["before"]) as file:
            before = file.read()
    _mount(config)
    scope = {"__name__": "__main__"}
    _run("/boot.py", scope)
    if before:
        try:
            exec(before, scope)
        except Exception as error:
            sys.print_exception(error)
    _world.tell("main")
    _run("/main.py", scope)
    _world.tell("ended")
    _world.halt()


try:
    _boot()
except Exception as error:  # nothing above would print it
    sys.print_exception(error)
    sys.exit(1)
