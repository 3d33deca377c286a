"""The inverter's task: keeps it under control, hands it each set-point, reads how it fares.

Whatever casts doubt on the control, a restart of the inverter, a change on its display, silence,
has it taken over anew (inverter_takeover). Two dead-men guard the battery. A set-point past its
time is replaced by 0 here. When control makes no decisions at all, every traffic on the bus ends,
reads too, for the inverter takes any of it for a sign of life and would never fall back by itself.
"""

import asyncio

import ticks
from micropython import const

from firmware.inverter_access import Access
from firmware.inverter_takeover import Takeover, nothing
from firmware.overlay import borrow, give_back
from inverter.follow import Follow
from inverter.plan import Plan
from modbus.rtu import ModbusError

_CONTROL_SILENT_MS = const(10000)  # without a decision traffic ends
_PASS_MS = const(1000)  # longest pause of the loop
_KEEP_ALIVE_MS = const(9000)
_RETRY_MS = const(50)  # before a lost set-point is sent again, if it is still the newest
_RETRIES = const(3)  # ... so often at once, then once a pass
_MUTED_MS = const(200)

_CATALOGUE = "inverter.catalogue"
_KEYS = (
    "inverter.model",
    "inverter.address",
    "inverter.max_charge_w",
    "inverter.max_discharge_w",
    "inverter.timeout_s",
    "inverter.timeout_action",
    "inverter.set_passive",
)


class Inverter:
    """One battery inverter on a bus."""

    def __init__(self, bus, state, settings, ticks_ms, beat=nothing):
        """Serve the inverter that `settings` name: `state.setpoint` in, `state.inverter` out.

        `beat()` is called at each step, every 9 s at least on the worst of lines.
        """
        self._bus = bus
        self._state = state
        self._journal = state.journal
        self._settings = settings
        self._ticks_ms = ticks_ms
        self._access = Access(bus, state, ticks_ms)
        self._takeover = Takeover(self._access, beat)
        self.record = self._access.record
        self._beat = beat
        self._chosen = None
        self._plan = None
        self._follow = None
        self._doubt = False  # control must be taken anew
        self._seen_seq = 0  # of the last decision that was looked at
        self._written_ms = 0
        self._alive_ms = 0
        self._failures = 0  # set-points in a row that were not acknowledged
        self._mismatches = 0  # set-points in a row that read back differently

    async def run(self):
        """Serve for ever."""
        self._seen_seq = self._state.setpoint.seq
        age_ms = self._state.setpoint.age_ms(self._ticks_ms())
        if age_ms is None or age_ms < _CONTROL_SILENT_MS:
            self._bus.keep_open(_CONTROL_SILENT_MS)
        while True:
            if self._is_chosen() and not self._bus.is_muted():
                self._doubt = False
                if await self._takeover.run(self._fresh_w()):
                    await self._work()
                    continue
            await self._wait_for_decision(_PASS_MS)
            self._look_at_control()

    async def hand_back(self):
        """Return the inverter to the mode in which we found it; to be called when `run` has ended.

        Raises ModbusError when it does not answer.
        """
        await self._takeover.hand_back()
        self._access.publish()

    # Settings

    def _is_chosen(self) -> bool:
        """Take over settings that have changed; False while they name no inverter we can drive."""
        wish = self._wish()
        if wish != self._chosen:
            self._chosen = wish
            self._plan = None
            self._apply(wish)
        return self._plan is not None

    def _wish(self) -> list:
        return [self._settings.get(key) for key in _KEYS]

    def _apply(self, wish: list):
        name, unit, charge_w, discharge_w, timeout_s, action, may_set_mode = wish
        record, journal = self.record, self._journal
        record.model = name
        record.ready = False
        record.forget()
        model = self._find(name)
        if model is None:
            record.problem = "inverter_model"
            journal.raise_alarm("inverter_model")
            self._access.publish()
            return
        journal.clear("inverter_model")
        driver, rated_w, most_charge_w, most_discharge_w = model
        access = self._access
        access.choose(
            driver,
            unit,
            min(charge_w or most_charge_w, most_charge_w),
            min(discharge_w or most_discharge_w, most_discharge_w),
            rated_w,
        )
        can_arm = access.may_command() and driver.DEADMAN_S is None
        self._takeover.wish(
            timeout_s, driver.ACTIONS[action] if can_arm else 0, may_set_mode, False
        )
        self._plan = Plan(driver.FAST, driver.SLOW, driver.LAST, self._ticks_ms())
        self._follow = Follow(rated_w)

    @staticmethod
    def _find(name: str) -> "tuple | None":
        """(driver, rated power, most charge, most discharge) of a model of the catalogue, W."""
        catalogue = borrow(_CATALOGUE)
        try:
            model = catalogue.find(name)
            if model is None:
                return None
            driver = catalogue.driver(model[catalogue.FAMILY])
            most = model[catalogue.MAX_CHARGE_W], model[catalogue.MAX_DISCHARGE_W]
            return (driver, model[catalogue.RATED_W]) + most
        finally:
            catalogue = None
            give_back(_CATALOGUE)

    # Set-points

    async def _work(self):
        """Write set-points and poll, until something casts doubt on the control."""
        self._follow.reset()
        self._read_back_soon()
        poller = asyncio.create_task(self._poll())
        try:
            while not (self._must_end() or poller.done()):
                await self._wait_for_decision(self._pause_ms())
                await self._command(self._look_at_control())
        finally:
            poller.cancel()
            try:
                await poller
            except asyncio.CancelledError:
                pass
        if self._access.is_silent():
            self._takeover.lost()

    def _read_back_soon(self):
        block = self._access.block("READ_BACK")
        if block:
            self._plan.hurry(block, self._ticks_ms())

    def _must_end(self) -> bool:
        return (
            self._doubt
            or self._access.is_silent()
            or self._bus.is_muted()
            or self._wish() != self._chosen
        )

    async def _wait_for_decision(self, pause_ms: int):
        """Return at the next decision, after `pause_ms` at the latest."""
        self._beat()
        try:
            await asyncio.wait_for_ms(self._state.setpoint.wait(self._seen_seq), pause_ms)
        except asyncio.TimeoutError:
            pass

    def _look_at_control(self) -> bool:
        """Whether there is a new decision; without any for long, traffic has ended."""
        seq = self._state.setpoint.seq
        if seq != self._seen_seq:
            self._seen_seq = seq
            self._bus.keep_open(_CONTROL_SILENT_MS)
            self._journal.clear("control_silent")
            return True
        if self._bus.is_muted() and self.record.problem != "control_silent":
            self.record.ready = False
            self.record.problem = self.record.phase = "control_silent"
            self.record.forget()
            self._journal.raise_alarm("control_silent")
            self._access.publish()
        return False

    def _pause_ms(self) -> int:
        """How long the loop may wait for a decision."""
        if self.record.ready and self.record.written_w is None and self._failures <= _RETRIES:
            return _RETRY_MS
        left_ms = self._left_ms()
        return min(_PASS_MS, left_ms + 1) if left_ms > 0 else _PASS_MS

    def _left_ms(self) -> int:
        """How long the newest set-point may still be written; below 1: no more."""
        latest = self._state.setpoint
        if latest.value is None:
            return 0
        return latest.value.valid_ms - latest.age_ms(self._ticks_ms())

    def _fresh_w(self) -> "int | None":
        """The newest set-point within the inverter's limits, None when it is past its time."""
        if self._left_ms() <= 0:
            return None
        record, value_w = self.record, self._state.setpoint.value.value_w
        within_w = max(-record.max_charge_w, min(value_w, record.max_discharge_w))
        if within_w != value_w:
            self._state.count("setpoints_clamped")
        return within_w

    async def _command(self, is_new: bool):
        """Write the newest set-point, or 0 when it is past its time, if that is called for."""
        if self.record.ready:
            value_w, journal = self._fresh_w(), self._journal
            if value_w is None and self._seen_seq:
                journal.raise_alarm("setpoint_expired")
            else:
                journal.clear("setpoint_expired")
            if self._is_due(value_w or 0):
                await self._write(value_w or 0, None if value_w is None else self._left_ms())
                self._measure(is_new)
            await self._keep_alive()
        if is_new:
            self._bus.release()

    def _is_due(self, value_w: int) -> bool:
        """Whether `value_w` must be written: it differs enough, or must be said again."""
        written_w, driver = self.record.written_w, self._access.driver
        if written_w is None or (value_w != written_w and not (value_w and written_w)):
            return True
        if abs(value_w - written_w) > driver.STEP_W:
            return True
        old_ms = ticks.diff(self._ticks_ms(), self._written_ms)
        return 0 < driver.REFRESH_MS <= old_ms

    async def _keep_alive(self):
        """Tell the inverter that we are there, if its family asks for that."""
        writes = self._access.driver.KEEP_ALIVE
        if writes and ticks.diff(self._ticks_ms(), self._alive_ms) >= _KEEP_ALIVE_MS:
            self._alive_ms = self._ticks_ms()
            try:
                await self._access.write(writes, None, 0)
            except ModbusError:
                self._state.count("keep_alive_lost")

    def _measure(self, is_new: bool):
        """How long it took from the telegram to the first byte of the set-point that follows."""
        telegram_ms = self._state.setpoint.value.telegram_ms if is_new else None
        if telegram_ms is not None and self._access.began_ms is not None:
            self._state.latency_ms = ticks.diff(self._access.began_ms, telegram_ms)

    async def _write(self, value_w: int, valid_ms: "int | None"):
        record, driver = self.record, self._access.driver
        try:
            await self._access.write(driver.command(value_w, record), valid_ms, 0)
        except ModbusError as error:
            if error.code not in ("muted", "stale"):  # these were not sent
                self._unsure(error.code)
            return
        record.written_w = value_w
        self._state.count("setpoints")
        self._written_ms = self._ticks_ms()
        self._failures = 0
        self._journal.clear("setpoint_refused")
        self._follow.commanded(value_w, self._written_ms)

    def _unsure(self, code: str):
        """A set-point was sent and not acknowledged: what is in force must be read back."""
        self.record.written_w = None
        self._failures += 1
        self._state.count("setpoints_lost")
        self._read_back_soon()
        if code.startswith("exception") and self._failures >= _RETRIES:
            self._journal.raise_alarm("setpoint_refused")

    # Polls

    async def _poll(self):
        """Read block after block, in the time that set-points leave."""
        access, plan = self._access, self._plan
        while True:
            if self._bus.is_muted():
                await asyncio.sleep_ms(_MUTED_MS)
                continue
            needs_ms = access.poll_ms(plan.last)
            now_ms = self._ticks_ms()
            wait_ms = plan.last_wait_ms(now_ms, self._bus.reserved_ms, needs_ms)
            block = plan.next(now_ms, wait_ms, access.poll_ms)
            if block is None:
                await asyncio.sleep_ms(max(5, min(wait_ms, 50)))
            else:
                await self._poll_block(block)

    async def _poll_block(self, block):
        try:
            await self._access.read_block(block)
        except ModbusError as error:
            self._state.count("inverter_polls_failed")
            if error.code in ("exception_1", "exception_2"):
                self._plan.drop(block, self._ticks_ms())
            else:
                self._plan.done(block, self._ticks_ms())
            await asyncio.sleep_ms(_RETRY_MS)
            return
        self._plan.done(block, self._ticks_ms())
        access = self._access
        if block is access.driver.LAST:
            self._check_following()
        elif block is access.block("MODE"):
            self._check_mode()
        elif block is access.block("READ_BACK"):
            self._check_read_back()
        elif block is access.block("STATUS"):
            self._check_faults()

    def _check_following(self):
        if not self.record.ready:
            return
        if self._follow.measured(self.record, self._ticks_ms()):
            self._journal.clear("not_following")
        else:
            self._journal.raise_alarm("not_following")

    def _check_mode(self):
        """The mode may change on the inverter's display, or by its own dead-man."""
        record = self.record
        if not record.ready:
            self._doubt = self._takeover.is_worth_trying()
        elif record.mode not in self._access.driver.OBEYING:
            self._journal.add("mode_changed", record.mode)
            self._doubt = True

    def _check_read_back(self):
        """Is in force what was written? A restart loses the time-out and the set-point."""
        record = self.record
        if not record.ready:
            return
        armed = self._takeover.armed
        if armed is not None and (record.timeout_s, record.timeout_action) != armed:
            self._journal.add("deadman_lost", record.timeout_s)
            self._doubt = True
        if record.written_w is None:
            return  # it is being sent again anyway
        if record.setpoint_w == record.written_w:
            self._mismatches = 0
            self._journal.clear("setpoint_not_taken")
            return
        record.written_w = None
        self._mismatches += 1
        self._state.count("setpoint_mismatches")
        if self._mismatches >= _RETRIES:
            self._journal.raise_alarm("setpoint_not_taken")

    def _check_faults(self):
        record, driver, journal = self.record, self._access.driver, self._journal
        if record.faults or record.running_state in driver.FAULT_STATES:
            journal.raise_alarm("inverter_fault", record.running_state, *record.faults[:4])
        else:
            journal.clear("inverter_fault")
