"""Prints what the running firmware leaves of the heap, and the largest free block, over time.

    python -m tools.board.rest [--minutes 60] [--speed 20] [--every 60]

A house is on the wires and the page asks for the status each second. All of it is after a
collection, as the governor makes one each second. The buffer that holds the place of borrowed
modules (firmware/overlay.py) counts as free, and as one block. Words are of 64 bits. With a speed
above 1 the stand-ins for the clock take about 2 KB themselves.
"""

import argparse
import asyncio
import contextlib
import re

from tools import build, wire
from tools.board.virtual import VirtualBoard
from tools.house.house import House
from tools.squeeze import cache

#: Runs beside the firmware; all names in it are in the ROM, so that it adds none.
_BEFORE = """
import asyncio, gc, micropython, sys
async def sum():
    while True:
        await asyncio.sleep({every})
        gc.collect()
        print(gc.mem_free(), len({held} or ""))
        micropython.mem_info()
asyncio.create_task(sum())
"""
_BLOCK = 32  # bytes
_ROW = re.compile(r"^(\d+) (\d+)$.*?max free sz: (\d+)$", re.M | re.S)


async def rows(minutes: float, speed: int, every_s: int):
    """Yield (minute of the board's own time, bytes free, largest block in bytes)."""
    build.build()
    held = cache.short_name(build.BUILD, "firmware.board", "_held")
    held = held and f'sys.modules["firmware.board"].{held}'
    before = _BEFORE.format(every=every_s, held=held)
    async with House(start="2026-06-15 17:50", speed=speed) as house:
        board = VirtualBoard(house.p1_port, house.rs485_port, before=before, speed=speed)
        async with board:
            poll = asyncio.create_task(_poll(board, speed))
            try:
                count = 0
                while count * every_s < minutes * 60:
                    count += 1
                    await board.wait_log("max free sz", count, timeout_s=60 + every_s)
                    found = _ROW.findall("\n".join(board.log))[-1]
                    free, held_size, block = map(int, found)
                    yield count * every_s / 60, free + held_size, max(block * _BLOCK, held_size)
            finally:
                poll.cancel()


async def _poll(board, speed: int):
    """Ask for the status each second of the board's time."""
    while True:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", board.http_port)
            writer.write(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
        await asyncio.sleep(1 / speed)


async def _print(options):
    frees, blocks = [], []
    async for minute, free, block in rows(options.minutes, options.speed, options.every):
        print(f"{minute:7.1f} min {free:7} free {block:7} largest", flush=True)
        frees.append(free)
        blocks.append(block)
    print(
        f"median {sorted(frees)[len(frees) // 2]} free, largest {sorted(blocks)[len(blocks) // 2]}"
    )
    print(f"least  {min(frees)} free, largest {min(blocks)}")


def main():
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.board.rest", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=60, help="of the board's own time")
    parser.add_argument("--speed", type=int, default=20)
    parser.add_argument("--every", type=int, default=60, help="seconds between two rows")
    wire.run(_print(parser.parse_args()))


if __name__ == "__main__":
    main()
