"""Finding the inverter and trying it: what an installer asks for once, on the ladder.

Borrowed while it runs; what it finds goes into `state.trial`, codes with numbers. A scan takes the
time that control leaves. The search for the speed is for a line on which nothing answers. The
trial has the inverter to itself: it takes control, lets the battery follow a small set-point, and
then stops all traffic, reads too, to see the inverter fall back by its own dead-man.
"""

import asyncio

from micropython import const

from firmware.bus import POLL
from firmware.overlay import borrow, give_back
from modbus.device import Device
from modbus.rtu import ModbusError

_PROBE_MS = const(150)  # an inverter answers within 80
_UNITS = const(247)
_BAUDS = (9600, 19200, 4800, 38400, 57600, 115200)
_READS = const(20)  # that show how good the line is
_STEP_W = const(400)
_REST_S = const(8)  # for the battery to come to rest, and to follow: lag and dead time
_FOLLOWS_W = const(150)  # off the set-point at most
_SEEN_W = const(200)  # what the meter must see of it at least
_MARGIN_S = const(5)  # beyond the inverter's time-out
_STANDBY = const(11)  # running state of a Sofar that its dead-man has stopped
_EMPTY_PCT = const(20)


def found(trial: dict, code: str, *numbers):
    """Note a result."""
    trial["results"].append((code,) + numbers)


def at(trial: dict, step: str, done: int = 0, of: int = 0):
    """Tell how far it is."""
    trial["step"], trial["done"], trial["of"] = step, done, of


async def run(inverter, trial: dict):
    """Do what the name of `trial` says with the first inverter and its bus."""
    name = trial["name"]
    try:
        if name == "scan":
            await _scan(inverter, trial)
        elif name == "baud":
            await _find_baud(inverter, trial)
        else:
            inverter.is_paused = True
            await inverter.idle()
            await _test(inverter, trial)
    except ModbusError as error:
        found(trial, "trial_broken", error.code)
    finally:
        inverter.is_paused = False
        trial["over"] = True


async def _scan(inverter, trial: dict):
    """Ask every address once; any answer, a refusal too, is a device."""
    bus = inverter.bus
    function, address = _question(inverter)
    for unit in range(1, _UNITS + 1):
        at(trial, "scan", unit, _UNITS)
        if len(trial["results"]) < 16 and await _probe(bus, unit, function, address, _PROBE_MS):
            found(trial, "found_address", unit)
    if not trial["results"]:
        found(trial, "nobody_answers")


async def _find_baud(inverter, trial: dict):
    """Try each speed on a line on which nothing answers; setting it is left to a person."""
    bus = inverter.bus
    is_lost = inverter.record.problem in ("inverter_silent", "starting")
    if not (is_lost and inverter.is_chosen and bus.is_serial()):
        found(trial, "baud_answers", bus.baud)
        return
    before = bus.baud
    inverter.is_paused = True
    await inverter.idle()
    try:
        if not await _try_bauds(inverter, trial):
            found(trial, "baud_not_found")
    finally:
        bus.set_baud(before)


async def _try_bauds(inverter, trial: dict) -> bool:
    bus, unit = inverter.bus, inverter.access.unit
    function, address = _question(inverter)
    for i in range(len(_BAUDS)):
        at(trial, "baud", i + 1, len(_BAUDS))
        bus.set_baud(_BAUDS[i])
        for _ in range(3):
            if await _probe(bus, unit, function, address, 2 * _PROBE_MS):
                found(trial, "found_baud", _BAUDS[i])
                return True
    return False


async def _probe(bus, unit: int, function: int, address: int, limit_ms: int) -> bool:
    """Whether `unit` answers a read of one register, a refusal too, within `limit_ms`.

    Goes when polls may, early in a second; what is learnt of the unit is forgotten again. Raises
    ModbusError when the bus is muted.
    """
    known = bus.devices.get(unit)
    guest = bus.devices[unit] = Device()
    guest.limit_ms = limit_ms
    try:
        await bus.ask((unit, address, 1, None, function), POLL, 0, None)
    except ModbusError as error:
        if error.code == "muted":
            raise
        return error.code.startswith("exception")
    finally:
        if known:
            bus.devices[unit] = known
        else:
            del bus.devices[unit]
    return True


def _question(inverter) -> tuple:
    """(function, register) of a read that the chosen family answers; any answer will do."""
    driver = inverter.access.driver
    if driver is None:
        return 3, 0
    if driver.IDENTITY:
        return driver.IDENTITY[0][:2]
    return driver.LAST.function, driver.LAST.address


async def _test(inverter, trial: dict):
    if not await _talks(inverter, trial):
        return
    await _is_right_model(inverter, trial)
    if not inverter.access.may_command():
        found(trial, "test_read_only")
        return
    at(trial, "control")
    await inverter.takeover.run(0)
    if not inverter.record.ready:
        found(trial, "test_not_ready", inverter.record.problem)
        return
    inverter.record.problem = "trial"  # control decides for nobody as long as this lasts
    inverter.access.publish()
    found(trial, "test_mode_ok", inverter.record.mode)
    await _follows(inverter, trial)
    await _falls_back(inverter, trial)


async def _talks(inverter, trial: dict) -> bool:
    """Whether it answers, and how good the line is."""
    bus, access = inverter.bus, inverter.access
    if not inverter.is_chosen:
        found(trial, "test_no_model")
        return False
    function, address = _question(inverter)
    good, bytes_before = 0, bus.stats["received_bytes"] + bus.stats["noise_bytes"]
    for i in range(_READS):
        at(trial, "talk", i + 1, _READS)
        inverter.beat()
        good += await _probe(bus, access.unit, function, address, 4 * _PROBE_MS)
        if i == 4 and not good:
            break
    if good == _READS:
        found(trial, "test_talks")
    elif good:
        found(trial, "test_flaky", 100 - 100 * good // _READS)
    elif bus.stats["received_bytes"] + bus.stats["noise_bytes"] > bytes_before:
        found(trial, "test_garbled")
    else:
        found(trial, "test_silent", access.unit, bus.baud)
    return good > 0


async def _is_right_model(inverter, trial: dict):
    """Read what the family doubts, and compare it with the chosen model."""
    at(trial, "model")
    record, access = inverter.record, inverter.access
    if record.model_read:
        found(trial, "test_model_read", record.model_read, record.model)
    name = "inverter.doubts_" + access.driver.FAMILY
    try:
        doubts = borrow(name)
    except ImportError:
        return
    try:
        answers = []
        for function, address, count in doubts.READS:
            inverter.beat()
            try:
                answers.append(await access.read(function, address, count))
            except ModbusError as error:
                if not error.code.startswith("exception"):
                    raise
                answers.append(None)
        for code, read, expected in doubts.judge(answers, record, record.phases):
            found(trial, code, read, expected)
    finally:
        doubts = None
        give_back(name)


async def _follows(inverter, trial: dict):
    """A small set-point: does the battery follow, and does the meter see it?"""
    record = inverter.record
    await _hold(inverter, trial, 0)
    rest_w = _grid_w(inverter)
    step_w = -_STEP_W if (record.soc_pct or 0) <= _EMPTY_PCT else _STEP_W
    await _hold(inverter, trial, step_w)
    if record.battery_w is None or abs(record.battery_w - step_w) > _FOLLOWS_W:
        found(trial, "test_not_following", step_w, record.battery_w)
        return
    found(trial, "test_follows", step_w, record.battery_w)
    grid_w = _grid_w(inverter)
    if rest_w is None or grid_w is None:
        found(trial, "test_no_meter")
        return
    seen_w = rest_w - grid_w if step_w > 0 else grid_w - rest_w
    code = "test_meter_sees" if seen_w >= _SEEN_W else "test_meter_blind"
    found(trial, "test_meter_reversed" if seen_w <= -_SEEN_W else code, seen_w)


async def _hold(inverter, trial: dict, battery_w: int):
    access = inverter.access
    for i in range(_REST_S):
        at(trial, "follow", i + 1, _REST_S)
        await access.write(access.driver.command(battery_w, inverter.record))
        inverter.record.written_w = battery_w
        await asyncio.sleep_ms(1000)
        await access.read_block(access.driver.LAST)


def _grid_w(inverter) -> "int | None":
    reading = inverter.state.meter.value
    return None if reading is None else reading.grid_w


async def _falls_back(inverter, trial: dict):
    """Stop all traffic until its own dead-man must have acted, then look once."""
    access, record = inverter.access, inverter.record
    driver, bus = access.driver, inverter.bus
    limit_s = inverter.takeover.timeout[0] if driver.DEADMAN_S is None else driver.DEADMAN_S
    if not limit_s:
        found(trial, "test_no_deadman")
        return
    limit_s += _MARGIN_S
    bus.hush(limit_s * 1000)
    for second in range(limit_s):
        at(trial, "silence", second + 1, limit_s)
        await asyncio.sleep_ms(1000)
    bus.hush(0)
    held_w = record.written_w
    for block in (access.block("MODE"), access.block("STATUS"), driver.LAST):
        if block:
            await access.read_block(block)
    fell = driver.OBEYING and record.mode not in driver.OBEYING
    fell = fell or record.running_state == _STANDBY or _is_off(record, held_w)
    if fell:
        found(trial, "test_fell_back", limit_s - _MARGIN_S)
        inverter.journal.add("deadman_proved", limit_s - _MARGIN_S)
    else:
        found(trial, "test_held_on", limit_s)


def _is_off(record, held_w: "int | None") -> bool:
    """Whether the battery no longer does what it was told."""
    if held_w is None or record.battery_w is None:
        return False
    return abs(record.battery_w - held_w) > 2 * _FOLLOWS_W
