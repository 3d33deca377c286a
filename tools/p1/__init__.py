"""Telegrams on the host: files and serial ports to JSON. See `python -m tools.p1 --help`."""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent.parent
# The decoder is the board's own.
for _folder in ("tools/shim", "lib"):
    if str(_ROOT / _folder) not in sys.path:
        sys.path.append(str(_ROOT / _folder))
