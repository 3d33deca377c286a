"""Brings an inverter under control: identify, arm its dead-man, set-point 0, the right mode.

What already is as it should be is not written: mode and time-out may live in EEPROM. It may be
done again at any time, and is, after every doubt.
"""

import ticks
from micropython import const

from firmware.overlay import borrow, give_back
from modbus.rtu import ModbusError

_MODE_REFILL_MS = const(300000)  # the mode may be written once in so long,
_ARM_REFILL_MS = const(60000)  # ... the time-out,
_BURST = const(3)  # ... and each so often in a row
_STEPS = "firmware.inverter_steps"

#: Alarms that say why the inverter is not under control.
REASONS = (
    "inverter_silent",
    "inverter_unknown",  # answers, but is no inverter that the driver knows
    "deadman_not_armed",
    "no_deadman",  # it has none of its own and nobody has said that it may go without
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
        self.access = access
        self.beat = beat
        self.mode_budget = _Budget(_MODE_REFILL_MS)
        self.arm_budget = _Budget(_ARM_REFILL_MS)
        self.commanded = False  # a set-point of ours may be in force
        self.mode_before = None  # what `hand_back` restores; None: we changed nothing
        self.armed = None  # (time-out, action) that the inverter stands by
        self.probed = None  # serial number of the machine whose masks have been read
        self.is_wanted = True  # control is switched on
        self.export_w = None  # most that the house may feed into the grid; None: leave it
        self.export_is_ours = False  # we have limited it
        self.wish(30, 1, False, False)

    def wish(self, timeout_s: int, timeout_action: int, may_set_mode: bool, may_hold: bool):
        """How the inverter's dead-man is to stand, and whether its mode may be changed.

        may_hold: an inverter without a dead-man may be commanded, though it would go on for ever.
        """
        self.timeout = (timeout_s, timeout_action)
        self._may_set_mode = may_set_mode
        self.may_hold = may_hold

    async def run(self, setpoint_w: "int | None") -> bool:
        """Go through all phases; returns whether the inverter can at least be read.

        `record.ready` tells whether it is under control, `record.problem` why not. `setpoint_w` is
        kept in force if the inverter already does what it is told; None or another mode: 0.
        """
        record = self.access.record
        record.ready = False
        record.written_w = None
        self.access.state.count("takeovers")
        try:
            record.problem = await borrow(_STEPS).take(self, setpoint_w)
        except ModbusError:
            record.problem = "inverter_silent" if self.access.is_silent() else "starting"
        finally:
            give_back(_STEPS)
        self._report()
        return record.problem not in ("starting", "inverter_silent", "inverter_unknown")

    def lost(self):
        """The inverter has stopped answering: nothing is known of it any more."""
        self.access.record.ready = False
        self.access.record.problem = "inverter_silent"
        self._report()

    def is_worth_trying(self) -> bool:
        """Whether what kept us from control may have passed."""
        record = self.access.record
        if record.problem == "not_passive":
            return record.mode in self.access.driver.OBEYING or self.may_set_mode_now()
        if record.problem == "deadman_not_armed":
            return bool(record.timeout_s) or self.arm_budget.is_left(self.access.ticks_ms())
        return record.problem not in ("read_only", "no_deadman", "switched_off")

    def obeying(self) -> tuple:
        """Modes in which the inverter does what it is told; none: it always does."""
        return self.access.block("OBEYING") or ()

    def phase(self, name: str):
        """Tell everybody which step is under way."""
        self.access.record.phase = name
        self.access.publish()
        self.beat()

    def _report(self):
        """Raise the alarm for what is wrong and end the others."""
        record, journal = self.access.record, self.access.state.journal
        if record.problem == "inverter_silent":
            record.forget()
            record.phase = "silent"
        for reason in REASONS:
            if reason == record.problem:
                journal.raise_alarm(reason)
            elif record.problem != "starting":
                journal.clear(reason)
        self.phase("run" if record.ready else record.phase)

    def may_set_mode_now(self) -> bool:
        """Whether the inverter's mode may be written: by the settings, and by the wear."""
        return self._may_set_mode and self.mode_budget.is_left(self.access.ticks_ms())

    async def hand_back(self):
        """Give the inverter back: set-point 0, and the mode as we found it.

        When it stood in the mode that obeys already, its usual one, if we may set it. Raises
        ModbusError.
        """
        try:
            await borrow(_STEPS).hand_back(self)
        finally:
            give_back(_STEPS)


def nothing():
    """The beat of a task that nobody watches."""
