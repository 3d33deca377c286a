"""First thing a virtual chip runs: `micropython -m start`, with what it is as JSON in $CHIP.

Mounts the ROM with the stand-ins at /chip; the boot loader lies there, so that its code costs the
board's heap nothing. This file lies outside, so it is short.
"""

import json
import os
import sys

import uctypes
import vfs

_given = json.loads(os.getenv("CHIP"))
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(_given["rom"], _given["rom_size"])), "/chip")
sys.path.insert(0, "/chip")
_given = None

import _boot  # noqa: E402, F401 - it lies in what has just been mounted, and does not return
