"""What is looked at after each block that was read: does the inverter still do what it is told?"""

import ticks
from micropython import const

_RETRIES = const(3)
_FOREIGN = const(5)  # frames of somebody else's in _WATCH_MS that are no accident
_WATCH_MS = const(60000)


def after(inverter, block):
    """Judge what `block` has brought into the record of `inverter`."""
    access = inverter.access
    if block is access.driver.LAST:
        _check_following(inverter)
        _check_line(inverter)
    elif block is access.block("MODE"):
        _check_mode(inverter)
    elif block is access.block("READ_BACK"):
        _check_read_back(inverter)
    elif block is access.block("STATUS"):
        _check_faults(inverter)


def _check_following(inverter):
    if not inverter.record.ready:
        return
    if inverter.follow.measured(inverter.record, inverter.ticks_ms()):
        inverter.journal.clear("not_following")
    else:
        inverter.journal.raise_alarm("not_following")


def _check_line(inverter):
    """Does another master talk on this bus? Told from good frames that nobody here asked for."""
    stats, now_ms = inverter.bus.stats, inverter.ticks_ms()
    frames = stats["overheard"] + stats["foreign"]
    if ticks.diff(now_ms, inverter.watched_ms) >= _WATCH_MS:
        if frames - inverter.frames < _FOREIGN:
            inverter.journal.clear("other_master")
        inverter.watched_ms = now_ms
        inverter.frames = frames
    elif frames - inverter.frames >= _FOREIGN:
        inverter.journal.raise_alarm("other_master", frames)


def _check_mode(inverter):
    """The mode may change on the inverter's display, or by its own dead-man."""
    record = inverter.record
    if not record.ready:
        inverter.doubt = inverter.takeover.is_worth_trying()
    elif record.mode not in inverter.takeover.obeying():
        inverter.journal.add("mode_changed", record.mode)
        inverter.doubt = True


def _check_read_back(inverter):
    """Is in force what was written? A restart loses the time-out and the set-point."""
    record, armed = inverter.record, inverter.takeover.armed
    if not record.ready:
        return
    if armed is not None and (record.timeout_s, record.timeout_action) != armed:
        inverter.journal.add("deadman_lost", record.timeout_s)
        inverter.doubt = True
    if record.written_w is None:
        return  # it is being sent again anyway
    if record.setpoint_w == record.written_w:
        inverter.mismatches = 0
        inverter.journal.clear("setpoint_not_taken")
        return
    record.written_w = None
    inverter.mismatches += 1
    inverter.state.count("setpoint_mismatches")
    if inverter.mismatches >= _RETRIES:
        inverter.journal.raise_alarm("setpoint_not_taken")


def _check_faults(inverter):
    record, journal = inverter.record, inverter.journal
    if record.faults or record.running_state in inverter.access.driver.FAULT_STATES:
        journal.raise_alarm("inverter_fault", record.running_state, *record.faults[:4])
    else:
        journal.clear("inverter_fault")
