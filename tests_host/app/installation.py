"""A virtual house with the virtual board that manages it, for tests: one room, real wires."""

import asyncio
import json

from settings import codec
from tools import wire
from tools.board.virtual import VirtualBoard
from tools.house.house import House
from tools.house.plant import Plant

SPEED = 4


def stored(**values) -> dict:
    """The settings file that holds `values`; `__` in a name stands for the point of the key."""
    keys = {name.replace("__", "."): value for name, value in values.items()}
    return {"data/settings_a.json": codec.encode(codec.VERSION, 1, keys)}


class Installation:
    """House and board; times are those of the house.

    `inverter` is the model in the house; `settings(house)` gives what the board is set to once
    the house's ports are known.
    """

    def __init__(
        self,
        soc_pct=70,
        start="2026-06-15 12:00",
        meter="fluvius",
        inverter="Sofar",
        settings=None,
        **board,
    ):
        plant = Plant(soc_pct=soc_pct)
        self.house = House(start=start, speed=SPEED, plant=plant, meter=meter, inverter=inverter)
        self._settings = settings
        self.house.load_override_w = 800
        self.house.pv_override_w = 0
        self._board = board
        self.board = None

    async def __aenter__(self):
        await self.house.__aenter__()
        if self._settings:
            self._board["files"] = stored(**self._settings(self.house))
        try:
            await self.replace_board(**self._board).start()
        except BaseException:
            await self.house.__aexit__()
            raise
        return self

    def replace_board(self, **options) -> VirtualBoard:
        """Put another board, still off, on the wires of the house."""
        house = self.house
        self.board = VirtualBoard(house.p1_port, house.rs485_port, speed=SPEED, **options)
        return self.board

    async def __aexit__(self, *_):
        await self.board.stop()
        await self.house.__aexit__()

    async def status(self) -> dict:
        """What the board says of itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.board.http_port)
        try:
            writer.write(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(-1), 10)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], answer
        return json.loads(body)

    async def until(self, what: str, condition, seconds: float = 60):
        """Wait until `condition(house)` holds; fails with `what` after so many house seconds."""
        end_s = self.house.now_s() + seconds
        while not condition(self.house):
            if self.house.now_s() > end_s:
                tail = "\n".join(self.board.log[-30:])
                raise AssertionError(
                    f"{what}: not in {seconds} s; {self.house.snapshot()}\n{tail}"
                )
            await self.house.sleep(0.2)

    async def until_status(self, what: str, condition, seconds: float = 60) -> dict:
        """Wait until `condition(status)` holds, and return that status."""
        end_s = self.house.now_s() + seconds
        status = None
        while self.house.now_s() < end_s:
            try:
                status = await self.status()
                if condition(status):
                    return status
            except (OSError, ValueError, asyncio.TimeoutError):
                pass
            await self.house.sleep(0.5)
        tail = "\n".join(self.board.log[-30:])
        raise AssertionError(f"{what}: not in {seconds} s; {status}\n{tail}")

    async def balanced(self):
        """Wait until the battery carries the house, as it is told to."""

        def is_balanced(house) -> bool:
            return house.inverter.mode == 3 and abs(house.snapshot()["grid_w"]) < 60

        await self.until("balanced", is_balanced)


def alarms(status: dict) -> list:
    """Codes of the standing alarms."""
    return [code for code, _, _ in status["alarms"]]


def play(scenario, **options):
    """Run `scenario(installation)` on a fresh installation."""

    async def run():
        async with Installation(**options) as installation:
            await scenario(installation)

    wire.run(run())
