"""First thing a virtual chip runs: `micropython -m start`, with what it is as JSON in $CHIP.

Mounts the ROM with the stand-ins at /chip; the boot loader lies there, so that its code costs the
board's heap nothing.
"""

import json
import os
import sys

import uctypes
import vfs


def _mount_rom(given):
    rom = uctypes.bytearray_at(given.pop("rom"), given.pop("rom_size"))
    vfs.mount(vfs.VfsRom(rom), "/chip")
    sys.path.insert(0, "/chip")
    return given


_given = _mount_rom(json.loads(os.getenv("CHIP")))

import _boot  # noqa: E402 - it lies in what has just been mounted

_boot.run(_given)
