"""Brings an inverter under control: identify, arm its dead-man, set-point 0, the right mode.

What already is as it should be is not written: mode and time-out may live in EEPROM. It may be
done again at any time, and is, after every doubt.
"""

import ticks
from micropython import const

from modbus.rtu import ModbusError

_MODE_REFILL_MS = const(300000)  # the mode may be written once in so long,
_ARM_REFILL_MS = const(60000)  # ... the time-out,
_BURST = const(3)  # ... and each so often in a row

#: Alarms that say why the inverter is not under control.
REASONS = (
    "inverter_silent",
    "inverter_unknown",  # answers, but is no inverter that the driver knows
    "deadman_not_armed",
    "setpoint_not_taken",
    "not_passive",
)


class _Budget:
    """Lets something happen a few times in a row and once in a while: EEPROM wears."""

    def __init__(self, refill_ms: int):
        self._refill_ms = refill_ms
        self._left = _BURST
        self._since_ms = None  # a refill is under way

    def is_left(self, now_ms: int) -> bool:
        while self._since_ms is not None and ticks.diff(now_ms, self._since_ms) >= self._refill_ms:
            self._left += 1
            full = self._left >= _BURST
            self._since_ms = None if full else ticks.add(self._since_ms, self._refill_ms)
        return self._left > 0

    def spend(self, now_ms: int):
        self._left -= 1
        if self._since_ms is None:
            self._since_ms = now_ms


class Takeover:
    """The way from a stranger on the bus to an inverter that does what it is told."""

    def __init__(self, access, beat):
        """Work through `access`; `beat()` is called at each step."""
        self._access = access
        self._beat = beat
        self._mode_budget = _Budget(_MODE_REFILL_MS)
        self._arm_budget = _Budget(_ARM_REFILL_MS)
        self._commanded = False  # a set-point of ours may be in force
        self.mode_before = None  # what `hand_back` restores; None: we changed nothing
        self.armed = None  # (time-out, action) that the inverter stands by
        self.wish(30, 1, False)

    def wish(self, timeout_s: int, timeout_action: int, may_set_mode: bool):
        """How the inverter's dead-man is to stand, and whether its mode may be changed."""
        self._timeout = (timeout_s, timeout_action)
        self._may_set_mode = may_set_mode

    async def run(self, setpoint_w: "int | None") -> bool:
        """Go through all phases; returns whether the inverter can at least be read.

        `record.ready` tells whether it is under control, `record.problem` why not. `setpoint_w` is
        kept in force if the inverter already does what it is told; None or another mode: 0.
        """
        record = self._access.record
        record.ready = False
        record.written_w = None
        self._access.state.count("takeovers")
        try:
            await self._stop_unheard()
            record.problem = await self._steps(setpoint_w)
        except ModbusError:
            record.problem = "inverter_silent" if self._access.is_silent() else "starting"
        self._report()
        return record.problem not in ("starting", "inverter_silent", "inverter_unknown")

    def lost(self):
        """The inverter has stopped answering: nothing is known of it any more."""
        self._access.record.ready = False
        self._access.record.problem = "inverter_silent"
        self._report()

    def is_worth_trying(self) -> bool:
        """Whether what kept us from control may have passed."""
        record = self._access.record
        if record.problem == "not_passive":
            return record.mode == self._access.driver.PASSIVE or self._may_set_mode_now()
        if record.problem == "deadman_not_armed":
            return bool(record.timeout_s) or self._arm_budget.is_left(self._access.ticks_ms())
        return True

    async def _steps(self, setpoint_w: "int | None") -> "str | None":
        """All phases in order; returns the first problem. Raises ModbusError."""
        self._phase("identify")
        if not await self._identify():
            return "inverter_unknown"
        self._phase("arm")
        if not await self._arm():
            return "deadman_not_armed"
        self._phase("stop")
        if not await self._set(setpoint_w):
            return "setpoint_not_taken"
        self._phase("mode")
        if not await self._enter_mode():
            return "not_passive"
        self._commanded = True
        self._access.record.ready = True
        return None

    def _phase(self, name: str):
        self._access.record.phase = name
        self._access.publish()
        self._beat()

    def _report(self):
        """Raise the alarm for what is wrong and end the others."""
        record, journal = self._access.record, self._access.state.journal
        if record.problem == "inverter_silent":
            record.forget()
            record.phase = "silent"
        for reason in REASONS:
            if reason == record.problem:
                journal.raise_alarm(reason)
            elif record.problem != "starting":
                journal.clear(reason)
        self._phase("run" if record.ready else record.phase)

    async def _stop_unheard(self):
        """Send set-point 0 to an inverter that may hear us though we do not hear it.

        Our attempts to reach it keep its dead-man from firing; at 0 W that does no harm.
        """
        access = self._access
        if self._commanded and access.is_silent():
            try:
                await access.write(access.driver.command(0), None, 0)
            except ModbusError:
                pass  # the identification tells

    async def _identify(self) -> bool:
        """Who is there, and does it serve what the driver needs."""
        access, driver = self._access, self._access.driver
        for i in range(len(driver.IDENTITY)):
            self._beat()
            address, count = driver.IDENTITY[i]
            try:
                driver.identify(i, await access.read(address, count), access.record)
            except ModbusError as error:
                if i == 0 or not error.code.startswith("exception"):
                    return _refused(error)
        for page, register in driver.NEEDED:
            self._beat()
            try:
                if not driver.is_served(await access.read(page, 4), register):
                    return False
            except ModbusError as error:
                return _refused(error)
        for block in (driver.MODE, driver.PASSIVE_BLOCK, driver.BATTERY):
            self._beat()
            try:
                await access.read_block(block)
            except ModbusError as error:
                return _refused(error)
        return True

    async def _arm(self) -> bool:
        """See to it that the inverter falls back by itself when it hears nothing."""
        access, record = self._access, self._access.record
        now_ms = access.ticks_ms()
        if not self._is_armed() and self._arm_budget.is_left(now_ms):
            self._arm_budget.spend(now_ms)
            access.state.count("eeprom_writes")
            try:
                await access.write(access.driver.arm(self._timeout[0], self._timeout[1]))
            except ModbusError as error:
                if not error.code.startswith("exception"):
                    raise
            await access.read_block(access.driver.PASSIVE_BLOCK)
        self.armed = (record.timeout_s, record.timeout_action)
        return bool(record.timeout_s)

    def _is_armed(self) -> bool:
        record = self._access.record
        return (record.timeout_s, record.timeout_action) == self._timeout

    async def _set(self, setpoint_w: "int | None") -> bool:
        """Put a set-point in force before the mode that obeys it."""
        access, driver, record = self._access, self._access.driver, self._access.record
        value_w = setpoint_w or 0
        if record.mode != driver.PASSIVE:
            value_w = 0
        try:
            await access.write(driver.command(value_w))
        except ModbusError as error:
            return _refused(error)
        await access.read_block(driver.PASSIVE_BLOCK)
        record.written_w = value_w if record.setpoint_w == value_w else None
        return record.written_w is not None

    async def _enter_mode(self) -> bool:
        """Choose the mode that obeys, if it is not chosen and we may."""
        access, driver, record = self._access, self._access.driver, self._access.record
        if record.mode == driver.PASSIVE:
            return True
        if not self._may_set_mode_now():
            return False
        self._mode_budget.spend(access.ticks_ms())
        before = record.mode
        access.state.count("eeprom_writes")
        access.state.journal.add("set_passive", before)
        try:
            await access.write(driver.set_mode(driver.PASSIVE))
        except ModbusError as error:
            return _refused(error)
        self.mode_before = before
        await access.read_block(driver.MODE)
        return record.mode == driver.PASSIVE

    def _may_set_mode_now(self) -> bool:
        return self._may_set_mode and self._mode_budget.is_left(self._access.ticks_ms())

    async def hand_back(self):
        """Give the inverter back: set-point 0, and the mode as we found it, if we changed it.

        Raises ModbusError.
        """
        access, driver = self._access, self._access.driver
        access.record.ready = False
        if self._commanded:
            await access.write(driver.command(0))
            self._commanded = False
        if self.mode_before is not None:
            access.state.count("eeprom_writes")
            await access.write(driver.set_mode(self.mode_before))
            self.mode_before = None


def nothing():
    """The beat of a task that nobody watches."""


def _refused(error: ModbusError) -> bool:
    """False when the inverter answered that it will not; any other error is raised again."""
    if error.code.startswith("exception"):
        return False
    raise error
