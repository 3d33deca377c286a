"""The way to one inverter on the bus: its blocks read into its record, its few writable registers.

It knows whether the inverter still answers, and refuses to write what its driver does not name.
"""

import ticks
from micropython import const

from firmware.bus import POLL, SETPOINT
from inverter.profile import decode
from inverter.record import InverterState
from modbus.rtu import ModbusError

_SILENT_MS = const(5000)  # without an answer, or
_SILENT_TRIES = const(3)  # so many requests in a row


class Access:
    """Bus, driver and record of one inverter."""

    def __init__(self, bus, state, ticks_ms, inverter):
        """Nothing is known yet; `choose` says which device `inverter` is."""
        self._inverter = inverter
        self.bus = bus
        self.state = state
        self.ticks_ms = ticks_ms
        self.record = InverterState()
        self.driver = None
        self.unit = 0
        self.absent = ()  # blocks of the driver that this machine does not serve
        self.began_ms = None  # tick of the first byte of what was last written
        self._misses = 0
        self._answered_ms = ticks_ms()

    def choose(self, driver, unit: int, max_charge_w: int, max_discharge_w: int, rated_w: int):
        """Talk to bus address `unit` with `driver`.

        The battery may take and give so much, and the inverter delivers `rated_w` at most.
        """
        self.driver = driver
        self.unit = unit
        self.absent = ()
        self.bus.device(unit).gap_ms = driver.GAP_MS
        record = self.record
        record.max_charge_w = max_charge_w
        record.max_discharge_w = max_discharge_w
        record.rated_w = rated_w

    def may_command(self) -> bool:
        """Whether the driver knows how to command; else it only reads."""
        return hasattr(self.driver, "command")

    def block(self, name: str):
        """The driver's block of that name, None when it has none."""
        return getattr(self.driver, name, None)

    def is_silent(self) -> bool:
        """Whether the inverter has stopped answering."""
        if not self._misses:
            return False
        silent_ms = ticks.diff(self.ticks_ms(), self._answered_ms)
        return self._misses >= _SILENT_TRIES or silent_ms >= _SILENT_MS

    def poll_ms(self, block) -> int:
        """How long a read of `block` will take, with the silence after it."""
        return self.bus.poll_ms(self.unit, block.count)

    def publish(self):
        """Tell everybody that the record has changed."""
        fleet = self._inverter.fleet
        record = fleet.sum() if fleet else self.record
        self.state.inverter.put(record, self.ticks_ms())

    async def read(self, function: int, address: int, count: int) -> bytes:
        """Read registers. Raises ModbusError."""
        try:
            registers = await self.bus.read(self.unit, address, count, POLL, function)
        except ModbusError as error:
            self._note(error.code)
            raise
        self._note(None)
        return registers

    async def read_block(self, block):
        """Read `block` into the record and publish it. Raises ModbusError."""
        registers = await self.read(block.function, block.address, block.count)
        record, driver = self.record, self.driver
        impossible = decode(block, registers, record, self.ticks_ms())
        if impossible:
            self.state.count("inverter_impossible_values", impossible)
        driver.derive(block, registers, record)
        driver.limits(record)
        self.publish()

    async def write(self, writes: tuple, valid_ms: "int | None" = None, retries: int = 1):
        """Do the driver's `writes` in order, each (function, first register, words), before polls.

        Raises ModbusError, and ValueError for what the driver does not allow.
        """
        driver, began_ms = self.driver, None
        for function, address, words in writes:
            if (function, address, len(words)) not in driver.WRITABLE:
                raise ValueError(f"register: {address}")
            if address in driver.STORED:
                self.state.count("eeprom_writes")
            try:
                await self.bus.write(
                    self.unit, address, words, SETPOINT, valid_ms, retries, function
                )
            except ModbusError as error:
                self._note(error.code)
                raise
            self._note(None)
            if began_ms is None:
                began_ms = self.bus.began_ms
        self.began_ms = began_ms

    def _note(self, code: "str | None"):
        """Keep account of answers; an exception is one, what was never sent does not count."""
        if code is None or code.startswith("exception"):
            self._misses = 0
            self._answered_ms = self.ticks_ms()
        elif code not in ("muted", "stale"):
            self._misses += 1
