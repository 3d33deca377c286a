"""The boot loader of a virtual chip.

Mounts the flash at /, then runs boot.py and main.py as the chip does. When main.py ends the chip
stays idle, as at its prompt.
"""

import sys

import _flash
import _world
import vfs


def _mount(flash_file, own_clock):
    """Replace the host's files by the flash."""
    flash = _flash.Flash(flash_file)
    vfs.umount("/")
    vfs.mount(flash, "/")
    sys.path[:] = ["/chip", "", ".frozen", "/lib"]
    if own_clock:
        sys.path.insert(0, "/chip/clock")


def _read(path):
    if path is None:
        return ""
    with open(path) as file:
        return file.read()


def _execute(run, what, scope):
    try:
        run(what, scope)
    except OSError as error:
        if error.errno != 2:  # ENOENT: neither file has to exist
            sys.print_exception(error)
    except Exception as error:
        sys.print_exception(error)


def run(given):
    """Boot with the configuration `given` and never return."""
    before = _read(given.pop("before"))
    flash_file = given.pop("flash")
    _world.setup(given)
    _mount(flash_file, given["speed"] != 1 or given["hold_us"])
    scope = {"__name__": "__main__"}
    _execute(execfile, "/boot.py", scope)  # noqa: F821 - a MicroPython builtin
    _execute(exec, before, scope)
    before = None
    _world.tell("main")
    _execute(execfile, "/main.py", scope)  # noqa: F821
    _world.tell("ended")
    _world.halt()
