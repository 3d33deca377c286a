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
from firmware.inverter_checks import after
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
_CALM_MS = const(20000)  # after the start, before further devices are taken in
_DEVICES = const(7)

_CHOICE = "firmware.inverter_choice"
_COMMISSION = "firmware.commission"


class Inverter:
    """One device on a bus: a battery inverter, or one that is only read."""

    def __init__(self, bus, state, settings, ticks_ms, beat=nothing, slot=1, fleet=None):
        """Serve the device that `settings` name: `state.setpoint` in, `state.inverter` out.

        `beat()` is called at each step, every 9 s at least on the worst of lines. slot: 1 for the
        inverter of the page Modbus RTU, 2..8 for further devices, which the `fleet` of the first
        one runs (firmware/fleet.py).
        """
        self.bus = bus
        self.state = state
        self.journal = state.journal
        self._settings = settings
        self.ticks_ms = ticks_ms
        self.slot = slot
        self.fleet = fleet
        self.access = Access(bus, state, ticks_ms, self)
        self.takeover = Takeover(self.access, beat)
        self.record = self.access.record
        self.is_paused = False  # somebody else has the inverter: commission, orders
        self._is_idle = False
        self._joining = None  # the task that takes further devices in
        self._trial = None  # the task of what is tried out
        self.is_chosen = False  # the settings name a device that we can serve
        self.cycle_ms = 1000  # how often its fast blocks are read
        self.capacity_wh = 1
        self.follow = Follow(1)  # a class of a borrowed module would keep that in memory
        self.beat = beat
        self.chosen = None  # the settings in force, as inverter_choice lists them
        self._settings_seq = None
        self._has_news = False
        self._plan = None
        self.doubt = False  # control must be taken anew
        self._seen_seq = 0  # of the last decision that was looked at
        self._written_ms = 0
        self._alive_ms = 0
        self._failures = 0  # set-points in a row that were not acknowledged
        self.mismatches = 0  # set-points in a row that read back differently
        self.frames = 0  # of somebody else's on the line, and when they were counted
        self.watched_ms = ticks_ms()

    async def run(self):
        """Serve for ever."""
        self._seen_seq = self.state.setpoint.seq
        age_ms = self.state.setpoint.age_ms(self.ticks_ms())
        if age_ms is None or age_ms < _CONTROL_SILENT_MS:
            self.bus.keep_open(_CONTROL_SILENT_MS)
        while True:
            self._is_idle = self.is_paused
            if self.is_paused:
                await self._wait_for_decision(_MUTED_MS)
                self._look_at_control()
                continue
            if await self._follow_settings() and not self.bus.is_muted():
                self.doubt = False
                if await self.takeover.run(self._fresh_w()):
                    await self._work()
                    continue
            await self._wait_for_decision(_PASS_MS)
            self._look_at_control()

    async def idle(self):
        """Wait, a while at most, until the task has stopped for `is_paused`."""
        for _ in range(100):
            if self._is_idle:
                break
            await asyncio.sleep_ms(50)

    def try_out(self, name: str):
        """Begin "scan", "baud" or "test" of firmware/commission; `state.trial` tells how it is."""
        trial = dict(name=name, step="", done=0, of=0, over=False, results=[])
        self.state.trial = trial
        self._trial = asyncio.create_task(self._try_out(trial))

    async def _try_out(self, trial: dict):
        try:
            await borrow(_COMMISSION).run(self, trial)
        except Exception as error:
            trial["over"] = True
            self.journal.add("task_died", "commission", type(error).__name__)
        finally:
            give_back(_COMMISSION)

    async def hand_back(self):
        """Leave the inverter to itself; to be called when `run` has ended.

        Raises ModbusError when it does not answer.
        """
        await self.takeover.hand_back()
        self.access.publish()

    # Settings

    async def _follow_settings(self) -> bool:
        """Put changed settings in force; False while they name no device that we can serve."""
        if self._is_news():
            try:
                await borrow(_CHOICE).follow(self, self._settings)
                self._has_news = False
            finally:
                give_back(_CHOICE)
        return self.is_chosen

    def _is_news(self) -> bool:
        """Whether settings of this device have changed and are not in force yet."""
        seq = self._settings.seq
        if seq != self._settings_seq:
            self._settings_seq = seq
            wish = borrow(_CHOICE).wish(self, self._settings)
            give_back(_CHOICE)
            self._has_news = wish != self.chosen
        return self._has_news

    def follow_devices(self, devices: list):
        """Run the other devices too: `devices` are the texts of slots 2..8."""
        if self.fleet:
            self.fleet.follow(devices)
        elif self._joining is None:
            self._joining = asyncio.create_task(self._join())

    async def _join(self):
        """Take further devices in when the board has come to rest: what it needs once is gone."""
        await asyncio.sleep_ms(_CALM_MS)
        try:
            fleet = __import__("firmware.fleet", None, None, ("*",))
            self.fleet = fleet.Fleet(self, self.bus, self.state, self._settings, self.ticks_ms)
            self.fleet.follow(self.chosen[-_DEVICES:])
        except MemoryError:
            self.journal.raise_alarm("device", "2", "no_memory")
        self._joining = None

    async def leave(self):
        """Hand back what the settings no longer name."""
        try:
            await self.hand_back()
        except ModbusError as error:
            self.journal.add("not_handed_back", error.code)
            self.takeover.commanded = False
            self.takeover.mode_before = None

    # Set-points

    async def _work(self):
        """Write set-points and poll, until something casts doubt on the control."""
        self.follow.reset()
        driver, absent = self.access.driver, self.access.absent
        self._plan = Plan(
            driver.FAST, driver.SLOW, driver.LAST, self.ticks_ms(), absent, self.cycle_ms
        )
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
        if self.access.is_silent():
            self.takeover.lost()

    def _read_back_soon(self):
        block = self.access.block("READ_BACK")
        if block:
            self._plan.hurry(block, self.ticks_ms())

    def _must_end(self) -> bool:
        return (
            self.doubt
            or self.is_paused
            or self.access.is_silent()
            or self.bus.is_muted()
            or self._is_news()
        )

    async def _wait_for_decision(self, pause_ms: int):
        """Return at the next decision, after `pause_ms` at the latest."""
        self.beat()
        try:
            await asyncio.wait_for_ms(self.state.setpoint.wait(self._seen_seq), pause_ms)
        except asyncio.TimeoutError:
            pass

    def _look_at_control(self) -> bool:
        """Whether there is a new decision; without any for long, traffic has ended."""
        seq = self.state.setpoint.seq
        if seq != self._seen_seq:
            self._seen_seq = seq
            self.bus.keep_open(_CONTROL_SILENT_MS)
            self.journal.clear("control_silent")
            return True
        if self.bus.is_closed() and self.record.problem != "control_silent":
            self.record.ready = False
            self.record.problem = self.record.phase = "control_silent"
            self.record.forget()
            self.journal.raise_alarm("control_silent")
            self.access.publish()
        return False

    def _pause_ms(self) -> int:
        """How long the loop may wait for a decision."""
        if self.record.ready and self.record.written_w is None and self._failures <= _RETRIES:
            return _RETRY_MS
        left_ms = self._left_ms()
        return min(_PASS_MS, left_ms + 1) if left_ms > 0 else _PASS_MS

    def _left_ms(self) -> int:
        """How long the newest set-point may still be written; below 1: no more."""
        latest = self.state.setpoint
        if latest.value is None:
            return 0
        return latest.value.valid_ms - latest.age_ms(self.ticks_ms())

    def _fresh_w(self) -> "int | None":
        """The newest set-point within the inverter's limits, None when it is past its time."""
        if self._left_ms() <= 0:
            return None
        record, value_w = self.record, self.state.setpoint.value.value_w
        if self.fleet:
            value_w = self.fleet.share_w(self, value_w)
        most_w = record.battery_max_discharge_w
        within_w = min(value_w, record.max_discharge_w if most_w is None else most_w)
        most_w = record.battery_max_charge_w
        within_w = max(within_w, -(record.max_charge_w if most_w is None else most_w))
        if within_w != value_w:
            self.state.count("setpoints_clamped")
        return within_w

    async def _command(self, is_new: bool):
        """Write the newest set-point, or 0 when it is past its time, if that is called for."""
        if self.record.ready:
            value_w, journal = self._fresh_w(), self.journal
            if value_w is None and self._seen_seq:
                journal.raise_alarm("setpoint_expired")
            else:
                journal.clear("setpoint_expired")
            if self._is_due(value_w or 0):
                await self._write(value_w or 0, None if value_w is None else self._left_ms())
                self._measure(is_new)
            await self._keep_alive()
        if is_new:
            self.bus.release()

    def _is_due(self, value_w: int) -> bool:
        """Whether `value_w` must be written: it differs enough, or must be said again."""
        written_w, driver = self.record.written_w, self.access.driver
        if written_w is None or (value_w != written_w and not (value_w and written_w)):
            return True
        if abs(value_w - written_w) > driver.STEP_W:
            return True
        old_ms = ticks.diff(self.ticks_ms(), self._written_ms)
        return 0 < driver.REFRESH_MS <= old_ms

    async def _keep_alive(self):
        """Tell the inverter that we are there, if its family asks for that."""
        writes = self.access.driver.KEEP_ALIVE
        if writes and ticks.diff(self.ticks_ms(), self._alive_ms) >= _KEEP_ALIVE_MS:
            self._alive_ms = self.ticks_ms()
            try:
                await self.access.write(writes, None, 0)
            except ModbusError:
                self.state.count("keep_alive_lost")

    def _measure(self, is_new: bool):
        """How long it took from the telegram to the first byte of the set-point that follows."""
        telegram_ms = self.state.setpoint.value.telegram_ms if is_new else None
        if telegram_ms is not None and self.access.began_ms is not None:
            self.state.latency_ms = ticks.diff(self.access.began_ms, telegram_ms)

    async def _write(self, value_w: int, valid_ms: "int | None"):
        record, driver = self.record, self.access.driver
        try:
            await self.access.write(driver.command(value_w, record), valid_ms, 0)
        except ModbusError as error:
            if error.code not in ("muted", "stale"):  # these were not sent
                self._unsure(error.code)
            return
        record.written_w = value_w
        self.state.count("setpoints")
        self._written_ms = self.ticks_ms()
        self._failures = 0
        self.journal.clear("setpoint_refused")
        self.follow.commanded(value_w, self._written_ms)

    def _unsure(self, code: str):
        """A set-point was sent and not acknowledged: what is in force must be read back."""
        self.record.written_w = None
        self._failures += 1
        self.state.count("setpoints_lost")
        self._read_back_soon()
        if code.startswith("exception") and self._failures >= _RETRIES:
            self.journal.raise_alarm("setpoint_refused")

    # Polls

    async def _poll(self):
        """Read block after block, in the time that set-points leave."""
        access, plan = self.access, self._plan
        while True:
            if self.bus.is_muted():
                await asyncio.sleep_ms(_MUTED_MS)
                continue
            needs_ms = access.poll_ms(plan.last)
            now_ms = self.ticks_ms()
            reserved_ms = self.bus.reserved_ms if access.may_command() else None
            wait_ms = plan.last_wait_ms(now_ms, reserved_ms, needs_ms)
            block = plan.next(now_ms, wait_ms, access.poll_ms)
            if block is None:
                await asyncio.sleep_ms(max(5, min(wait_ms, 50)))
            else:
                await self._poll_block(block)

    async def _poll_block(self, block):
        try:
            await self.access.read_block(block)
        except ModbusError as error:
            self.state.count("inverter_polls_failed")
            if error.code in ("exception_1", "exception_2"):
                self._plan.drop(block, self.ticks_ms())
            else:
                self._plan.done(block, self.ticks_ms())
            await asyncio.sleep_ms(_RETRY_MS)
            return
        self._plan.done(block, self.ticks_ms())
        after(self, block)
