"""One virtual board from the command line.

    python -m tools.board --p1 127.0.0.1:5001 --rs485 127.0.0.1:5002 --data data/board

The wires are TCP connections to whatever listens there (tools.house, or a serial port behind a
bridge); the board connects and keeps trying. Ctrl-C switches it off.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from tools import build, onboard
from tools.board import provision, virtual


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.board", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--role", choices=["jullix", "extender"], help="as provisioned in /identity.json")
    add("--p1", metavar="HOST:PORT", help="where the meter's wire is served")
    add("--rs485", metavar="HOST:PORT", help="where the inverter's bus is served")
    add("--http", metavar="PORT", type=int, default=0, help="port of the page (any free one)")
    add("--data", metavar="DIR", help="folder that keeps the flash (a temporary one)")
    add("--set", type=provision.pair, action="append", metavar="KEY=VALUE", help=provision.HELP)
    add("--profile", metavar="NAME", default="virtual", help="board profile (%(default)s)")
    add("--speed", metavar="N", type=int, default=1, help="run N times as fast as life")
    add("--mac", default=virtual.MAC, help="the chip's own address (%(default)s)")
    add("--heap", default=virtual.HEAP, help="heap of the interpreter (%(default)s)")
    add("--before", metavar="FILE.py", help="Python to run in the board before main.py")
    add("--probe", action="store_true", help="print what held the event loop, from 1 ms")
    return parser


async def _run(options):
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    files = provision.settings_file(options.set)
    if options.role:
        files["identity.json"] = json.dumps({"role": options.role}).encode()
    board = virtual.VirtualBoard(
        options.p1,
        options.rs485,
        http_port=options.http,
        data=options.data,
        speed=options.speed,
        mac=options.mac,
        heap=options.heap,
        before=Path(options.before).read_text() if options.before else "",
        probe=options.probe,
        files=files,
        board={"profile": options.profile},
        on_line=lambda line: print(line, flush=True),
    )
    async with board:
        print(f"board {options.mac}: page at {board.http}", flush=True)
        told = 0
        while True:
            await asyncio.sleep(1)
            for at_ms, wall_us, cpu_us in board.holds[told:]:
                print(f"hold: {wall_us} us, of it {cpu_us} us running, at {at_ms} ms", flush=True)
                told += 1


def main() -> int:
    """Run until Ctrl-C; returns the exit code."""
    options = _parser().parse_args()
    try:
        asyncio.run(_run(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    except (OSError, ValueError, build.BuildError, onboard.OnboardError) as failure:
        print(f"board: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
