"""The governor's task: for every telegram one decision, one set-point.

It gathers what the control has to know, names what is missing, and hands the result on. A second
pass beside it, once a second, sees what no telegram can tell: that none came.
"""

import asyncio

import ticks
from micropython import const

from control.controller import Memory, decide
from control.records import Inputs
from control.records import Settings as ControlSettings
from firmware.capacity import Capacity
from firmware.state import Setpoint

_PASS_MS = const(1000)
_LOOKS = const(10)  # at the meter's line, in each pass
_VALID_MS = const(3000)  # a set-point that could not be sent for so long is worth nothing
_BATTERY_STALE_MS = const(5000)
_START_MS = const(10000)  # from the start until silence is called a fault

#: Safe states that are alarms of this task; those of the inverter and the settings have their own.
_ALARMS = ("no_telegram", "crc_failing", "soc_unknown", "battery_unknown")


class Governor:
    """Decides the battery's power."""

    def __init__(self, board, state, settings, meter, beat):
        """Collect from `state`, `settings` and `meter`; call `beat()` at every pass of `watch`."""
        self._board = board
        self._state = state
        self._settings = settings
        self._meter = meter
        self._beat = beat
        self._memory = Memory()
        self.capacity = Capacity(self._memory.months, state, settings)
        self._inputs = Inputs()
        self._control = ControlSettings()
        self._settings_seq = None
        self._setpoints = (Setpoint(), Setpoint())
        self._started_ms = board.ticks_ms()
        self._young = True
        self._alarm = None
        self.decisions = 0

    async def run(self):
        """Decide at every telegram for ever."""
        slot = self._state.meter
        seen = slot.seq
        while True:
            seen = await slot.wait(seen)
            self._decide(True)

    async def watch(self):
        """Look every second whether the ground of the last decision still holds, for ever."""
        passes = 0
        while True:
            await asyncio.sleep_ms(_PASS_MS // _LOOKS)
            self._meter.tick()
            passes += 1
            if passes % _LOOKS:
                continue
            if self._stale_ms() > _PASS_MS // 2:
                self._decide(False)
            self._beat()
            await self.capacity.follow()

    def _stale_ms(self) -> int:
        """Age of the newest reading, or of the board when there was none."""
        now_ms = self._board.ticks_ms()
        age_ms = self._state.meter.age_ms(now_ms)
        if age_ms is None:
            age_ms = ticks.diff(now_ms, self._started_ms)
        # Past six days the difference turns negative: that is old, not young.
        return age_ms if age_ms >= 0 else _START_MS

    def _decide(self, fresh: bool):
        self._follow_settings()
        inputs, state = self._inputs, self._state
        inputs.fresh = fresh
        inputs.now_ms = self._board.ticks_ms()
        self._take_inverter(inputs)
        inputs.fault = self._fault()
        if fresh:
            self._take_reading(inputs, state.meter.value)
        elif inputs.fault == "no_telegram" or inputs.fault == "crc_failing":
            inputs.grid_w = None
        decide(self._memory, inputs, self._control, state.decision)
        self._publish(inputs, fresh)
        self._tell(state.decision)
        self.decisions += 1

    def _follow_settings(self):
        """Copy the control's settings when one of them has changed."""
        settings = self._settings
        if settings.seq == self._settings_seq:
            return
        self._settings_seq = settings.seq
        control = self._control
        control.enabled = settings.get("control.enabled")
        control.desired_peak_w = settings.get("control.desired_peak_w")
        control.min_soc_pct = settings.get("control.min_soc_pct")
        control.peak_buffer_pct = settings.get("control.peak_buffer_pct")
        control.deadband_w = settings.get("control.deadband_w")
        control.month_guard = settings.get("control.month_guard")

    def _take_reading(self, inputs, reading):
        """The meter's clock counts: the quarters that are billed are its own."""
        inputs.grid_w = reading.grid_w
        inputs.import_w = reading.import_w
        inputs.import_wh = reading.import_wh
        inputs.unix_s = reading.time_s if reading.time_s is not None else self._board.unix_s()
        inputs.quarter_average_w = reading.quarter_average_w
        inputs.month_peak_w = reading.month_peak_w
        inputs.month_peak_at_s = reading.month_peak_at_s

    def _take_inverter(self, inputs):
        record = self._state.inverter.value
        if record is None or record.battery_at_ms is None:
            inputs.battery_w = inputs.soc_pct = None
            return
        age_ms = ticks.diff(inputs.now_ms, record.battery_at_ms)
        is_fresh = 0 <= age_ms < _BATTERY_STALE_MS
        inputs.battery_w = record.battery_w if is_fresh else None
        inputs.soc_pct = record.soc_pct if is_fresh else None
        inputs.max_charge_w = record.battery_max_charge_w or 0
        inputs.max_discharge_w = record.battery_max_discharge_w or 0

    def _fault(self) -> "str | None":
        """The name of the safe state that what is missing asks for, or None."""
        if self._settings.problem:
            return self._settings.problem
        stale_ms = self._stale_ms()
        slow_ms = self._meter.rhythm.interval_ms * 5 // 2  # a meter may send every 10 s
        if stale_ms >= max(self._settings.get("meter.stale_s") * 1000, slow_ms):
            return "crc_failing" if self._meter.failing() else "no_telegram"
        record = self._state.inverter.value
        if record is None:
            return "starting"
        return record.problem

    def _publish(self, inputs, fresh: bool):
        slot = self._state.setpoint
        setpoint = self._setpoints[(slot.seq + 1) & 1]
        setpoint.value_w = self._state.decision.setpoint_w
        setpoint.reason = self._state.decision.reason
        setpoint.valid_ms = _VALID_MS
        setpoint.telegram_ms = self._state.meter.at_ms if fresh else None
        slot.put(setpoint, inputs.now_ms)

    def _tell(self, decision):
        """Raise and clear the alarm of the safe state; what starts up is no alarm yet."""
        name = decision.reason if decision.regime == "safe" else None
        if name not in _ALARMS or self._starting():
            name = None
        if name != self._alarm:
            if self._alarm:
                self._state.journal.clear(self._alarm)
            if name:
                self._state.journal.raise_alarm(name)
            self._alarm = name

    def _starting(self) -> bool:
        """Whether the board is so young that what is missing may still come."""
        if self._young:
            self._young = ticks.diff(self._board.ticks_ms(), self._started_ms) < _START_MS
        return self._young
