"""The benchmarks: `make bench`. Modules of lib/ are imported as on the board: `import p1`."""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
for _folder in ("lib", "tools/shim"):
    if str(_ROOT / _folder) not in sys.path:
        sys.path.append(str(_ROOT / _folder))
