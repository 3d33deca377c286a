"""A real inverter from the host: see `python -m tools.modbus --help`.

The bus, the catalogue, the drivers and the taking over are the board's own; here are the port, the
words and the command line.
"""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for _folder in ("tools/shim", "lib", "build/onboard"):
    if str(ROOT / _folder) not in sys.path:
        sys.path.append(str(ROOT / _folder))


async def _sleep_ms(ms: int) -> None:
    await asyncio.sleep(ms / 1000)


async def _wait_for_ms(awaitable, ms: int):
    # `wait_for` of CPython 3.11 loses a cancellation that comes together with the result.
    async with asyncio.timeout(ms / 1000):
        return await awaitable


# MicroPython has these two.
for _name, _function in (("sleep_ms", _sleep_ms), ("wait_for_ms", _wait_for_ms)):
    if not hasattr(asyncio, _name):
        setattr(asyncio, _name, _function)
