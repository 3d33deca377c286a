"""Prints what the whole firmware takes of the heap while it runs a house, pass by pass if asked.

    python -m tools.squeeze.measure [--each]

The board has more heap than the real one, so that it runs whatever it takes. Words are of 64 bits.
"""

import argparse
import re

from tools import build, wire
from tools.board import flash
from tools.board.virtual import VirtualBoard
from tools.house.house import House
from tools.squeeze import run

_HEAP = "600k"
_AFTER_S = 6
#: Runs beside the firmware; all names in it are in the ROM, so that it adds none.
_BEFORE = f"""
import asyncio, gc, micropython
async def sum():
    await asyncio.sleep({_AFTER_S})
    gc.collect()
    print(gc.mem_alloc())
    micropython.qstr_info()
asyncio.create_task(sum())
"""
_LINES = re.compile(r"^(\d+)$.*?n_qstr=(\d+), .*?n_total_bytes=(\d+)", re.M | re.S)


async def measured(plain: bool = False) -> tuple:
    """(bytes of heap, names, bytes for names) of the firmware after some seconds."""
    async with House(start="2026-06-15 17:50") as house:
        board = VirtualBoard(house.p1_port, house.rs485_port, before=_BEFORE, heap=_HEAP)
        if plain:
            board._fill = lambda: flash.prepare(
                board.flash_file, flash.program(True), {"profile": "virtual", "http_port": 0}
            )
        async with board:
            await board.wait_log("n_qstr=", timeout_s=60)
            return tuple(map(int, _LINES.search("\n".join(board.log)).groups()))


def main():
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.squeeze.measure", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--each", action="store_true", help="add pass by pass; takes minutes")
    options = parser.parse_args()
    before = wire.run(measured(True))
    print(f"{'plain':10} {before[0]:7} bytes, {before[1]:5} names in {before[2]} bytes")
    if options.each:
        _each()
    after = wire.run(measured())
    print(f"{'squeezed':10} {after[0]:7} bytes, {after[1]:5} names in {after[2]} bytes")


def _each():
    """Build with one more pass each time."""
    default = run.run.__defaults__
    try:
        for count in range(1, len(run.PASSES)):
            passes = ("bundle", *(n for n in run.PASSES if n != "bundle"))[:count]
            run.run.__defaults__ = (default[0], passes)
            (build.BUILD / "squeeze.json").unlink(missing_ok=True)
            taken = wire.run(measured())
            print(f"{'+ ' + passes[-1]:10} {taken[0]:7} bytes, {taken[1]:5} names")
    finally:
        run.run.__defaults__ = default
        (build.BUILD / "squeeze.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
