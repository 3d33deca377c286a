"""Runs a virtual house and the board that manages it, and shows both.

    python -m tools.live --speed 5 --start '2026-06-15 18:00'

Everything it makes lies in a temporary folder and goes with Ctrl-C, unless --data keeps the flash.
"""

import argparse
import asyncio
import json
import signal
import sys

from rich.console import Console
from rich.live import Live

from tools import build, onboard, wire
from tools.board import provision
from tools.board.virtual import VirtualBoard
from tools.house import script
from tools.house.house import House, unix_time
from tools.house.kinds import KINDS
from tools.house.plant import Plant
from tools.house.scene import Generated, Recording
from tools.live.sentences import LANGUAGES, Sentences, language
from tools.live.view import render

_MOST_SPEED = 10  # beyond it this machine's clock, not the wires, would make the figures
_HTTP_PORT = 8080
_PERIOD_S = 0.5
_HTTP_TIMEOUT_S = 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make run", description="A virtual house, the board that manages it, a live view."
    )
    add = parser.add_argument
    add("--speed", type=int, default=1, help=f"times faster than life, 1..{_MOST_SPEED}")
    add("--start", default="2026-06-15 17:50", help="local date and time (%(default)s)")
    add("--seed", type=int, default=1, help="another seed is another family (%(default)s)")
    add("--csv", metavar="FILE", help="play time,load_w,pv_w from a file instead")
    add("--ev", type=float, default=0, metavar="W", help="power of a car that charges at home")
    add("--soc", type=float, default=57, metavar="PCT", help="battery at the start (%(default)s)")
    add("--month-peak", type=int, default=0, metavar="W", help="the meter's month peak so far")
    add("--meter", choices=KINDS, default="fluvius", help="kind of meter (%(default)s)")
    add("--event", action="append", default=[], help="as those of `python -m tools.house --help`")
    add("--http", type=int, default=_HTTP_PORT, metavar="PORT", help="port of the page")
    add("--language", choices=LANGUAGES, default=language(), help="of this view (%(default)s)")
    add("--data", metavar="DIR", help="keep the board's flash there")
    add("--set", type=provision.pair, action="append", metavar="KEY=VALUE", help=provision.HELP)
    add("--seconds", type=float, metavar="S", help="end after so much house time")
    add("--plain", action="store_true", help="a line of JSON a second instead of the picture")
    return parser


def _house(options) -> House:
    scene = Recording(options.csv) if options.csv else Generated(options.seed, ev_w=options.ev)
    plant = Plant(soc_pct=options.soc)
    house = House(
        start=options.start,
        speed=options.speed,
        scene=scene,
        plant=plant,
        meter=options.meter,
    )
    house.on_second = script.Script(options.event, unix_time(options.start)).second
    if options.month_peak:
        house.set_month_peak(options.month_peak, unix_time(options.start) - 900)
    return house


class Installation:
    """The house with its board, and what each says of itself."""

    def __init__(self, options):
        """Build what the command line asked for; `async with` starts it."""
        self.options = options
        self.house = _house(options)
        self.board = None
        self.status = None

    async def __aenter__(self) -> "Installation":
        """Start the house, then the board."""
        await self.house.__aenter__()
        try:
            await self._start_board(self.options.http)
        except BaseException:
            await self.house.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        """Stop both; nothing stays behind."""
        await self.board.stop()
        await self.house.__aexit__()

    async def _start_board(self, port: int):
        house, options = self.house, self.options
        self.board = VirtualBoard(
            house.p1_port,
            house.rs485_port,
            http_port=port,
            speed=options.speed,
            data=options.data,
            files=provision.settings_file(options.set),
        )
        try:
            await self.board.start()
        except OSError:
            if not port:
                raise
            await self._start_board(0)  # the usual port is taken: any other will do

    async def follow(self):
        """Keep `status` up to date for ever; None while the board does not answer."""
        while True:
            try:
                async with asyncio.timeout(_HTTP_TIMEOUT_S):
                    self.status = await self._ask()
            except (OSError, ValueError):  # TimeoutError is an OSError
                self.status = None
            await asyncio.sleep(max(_PERIOD_S, 1 / self.options.speed))

    async def _ask(self) -> dict:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.board.http_port)
        try:
            writer.write(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ValueError("status")
        return json.loads(body)


async def _run(options, console: Console):
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with Installation(options) as installation:
        follower = asyncio.create_task(installation.follow())
        try:
            if options.plain:
                await _print_lines(installation)
            else:
                await _show(installation, console)
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)


def _left(installation: Installation, began_s: float) -> bool:
    seconds = installation.options.seconds
    return seconds is None or installation.house.now_s() - began_s < seconds


async def _print_lines(installation: Installation):
    began_s = installation.house.now_s()
    print(json.dumps({"page": installation.board.http}), flush=True)
    while _left(installation, began_s):
        await installation.house.sleep(1)
        line = {"truth": installation.house.snapshot(), "board": installation.status}
        print(json.dumps(line), flush=True)


async def _show(installation: Installation, console: Console):
    began_s = installation.house.now_s()
    sentences = Sentences(installation.options.language)
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while _left(installation, began_s):
            house = installation.house
            picture = render(
                house.snapshot(),
                installation.status,
                house.latency.last,
                sentences,
                installation.board.http,
            )
            live.update(picture, refresh=True)
            await house.sleep(_PERIOD_S * installation.options.speed)


def options_of(arguments: "list | None" = None) -> argparse.Namespace:
    """The options of a command line, checked; ends the program for those that make no sense."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not 1 <= options.speed <= _MOST_SPEED:
        options.speed = min(max(options.speed, 1), _MOST_SPEED)
        print(f"run: the wires of this machine bear speed {options.speed}", file=sys.stderr)
    try:
        unix_time(options.start)
    except ValueError as error:
        parser.error(f"--start: {error}")
    return options


def main() -> int:
    """Run until Ctrl-C; returns the exit status."""
    options = options_of()
    try:
        wire.run(_run(options, Console()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    except (OSError, ValueError, build.BuildError, onboard.OnboardError) as failure:
        print(f"run: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
