"""One inverter on a link: the firmware's own Inverter, with its settings from the command line."""

from firmware import inverter_choice
from firmware.inverter import Inverter
from firmware.journal import Journal
from firmware.state import State
from inverter.profile import decode, scaled
from modbus.rtu import ModbusError
from tools.modbus.link import Link, ticks_ms

_SETTINGS = {
    "control.enabled": True,
    "inverter.max_charge_w": 0,
    "inverter.max_discharge_w": 0,
    "inverter.timeout_s": 30,
    "inverter.timeout_action": "previous_mode",
    "inverter.set_passive": True,
    "inverter.accept_no_deadman": False,
    "inverter.no_export": False,
    "battery.capacity_wh": 10000,
    **{f"devices.d{n}": "" for n in range(2, 9)},
}


class Settings(dict):
    """Settings as the board has them; they never change here."""

    seq = 1


class Session:
    """The chosen model at the other end of a link."""

    def __init__(self, link: Link, model: str, accept_no_deadman: bool = False):
        """Choose `model`, a name of the catalogue; `open` comes next."""
        self.link = link
        self.settings = Settings(_SETTINGS)
        self.settings.update(
            {
                "inverter.model": model,
                "inverter.address": link.unit,
                "inverter.link": "tcp" if link.host else "rtu",
                "inverter.baud": link.baud,
                "inverter.host": link.host,
                "inverter.port": link.tcp_port,
                "inverter.accept_no_deadman": accept_no_deadman,
            }
        )
        self.state = State(Journal(ticks_ms, lambda: None))
        self.inverter = Inverter(link.bus, self.state, self.settings, ticks_ms)
        self.access = self.inverter.access
        self.record = self.inverter.record
        self.refused = {}  # block: the code with which the machine refused it

    async def open(self) -> None:
        """Put the settings in force; nothing is sent."""
        await inverter_choice.follow(self.inverter, self.settings)
        self.driver = self.access.driver

    def blocks(self) -> list:
        """All blocks of the family, in the order in which the machine has them."""
        blocks = {self.driver.LAST, *self.driver.FAST, *self.driver.SLOW}
        return sorted(blocks, key=lambda block: (block.function, block.address))

    async def look(self) -> None:
        """Find out by the masks which blocks this very machine does not serve."""
        driver, masks, absent = self.driver, {}, []
        for page, register, block in self.access.block("OPTIONAL") or ():
            if page not in masks:
                masks[page] = await self.mask(page)
            if masks[page] is None or not driver.is_served(masks[page], register):
                absent.append(block)
        self.access.absent = tuple(absent)

    async def mask(self, page: int) -> "bytes | None":
        """The mask of a page, None when the page is refused. Raises ModbusError."""
        try:
            return await self.access.read(3, page, 4)
        except ModbusError as error:
            if not error.code.startswith("exception"):
                raise
            return None

    async def read_block(self, block) -> "bytes | None":
        """Read `block` into the record; None when it is refused. Raises ModbusError."""
        try:
            registers = await self.access.read(block.function, block.address, block.count)
        except ModbusError as error:
            if not error.code.startswith("exception"):
                raise
            self.refused[block] = error.code
            return None
        decode(block, registers, self.record, ticks_ms())
        self.driver.derive(block, registers, self.record)
        self.driver.limits(self.record)
        return registers

    async def identify(self) -> None:
        """Read who is there; a part that is refused stays unknown, the first may not be."""
        for i, (function, address, count) in enumerate(self.driver.IDENTITY):
            try:
                answer = await self.access.read(function, address, count)
            except ModbusError as error:
                if i == 0 or not error.code.startswith("exception"):
                    raise
                continue
            self.driver.identify(i, answer, self.record)

    def is_writable(self, register: int) -> bool:
        """Whether the driver may ever write `register`."""
        ranges = getattr(self.driver, "WRITABLE", ())
        return any(first <= register < first + count for _, first, count in ranges)


def impossible(block, registers: bytes) -> list:
    """(field, number, lowest, highest) of every value of `block` that cannot be true."""
    found = []
    for register, kind, factor, field, lowest, highest in block.rows:
        value = scaled(registers, register - block.address, kind, factor)
        if not lowest <= value <= highest:
            found.append((field, value, lowest, highest))
    return found
