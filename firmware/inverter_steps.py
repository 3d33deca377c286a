"""The steps by which an inverter comes under control, and is given back.

Imported by inverter_takeover for the moment: an inverter is seldom taken over.
"""

from modbus.rtu import ModbusError


async def take(takeover, setpoint_w: "int | None") -> "str | None":
    """All phases in order; returns the first problem. Raises ModbusError."""
    await _stop_unheard(takeover)
    takeover.phase("identify")
    if not await _identify(takeover):
        return "inverter_unknown"
    if not takeover.access.may_command():
        return "read_only"
    if not takeover.is_wanted:
        return "switched_off"
    takeover.phase("arm")
    problem = await _guard(takeover)
    if problem:
        return problem
    if takeover.access.block("MODE_FIRST"):  # refuses set-points in any other
        takeover.phase("mode")
        if not await _enter_mode(takeover):
            return "not_passive"
    takeover.phase("stop")
    if not await _set(takeover, setpoint_w):
        return "setpoint_not_taken"
    takeover.phase("mode")
    if not await _enter_mode(takeover):
        return "not_passive"
    takeover.commanded = True
    await _limit_export(takeover)
    takeover.access.record.ready = True
    return None


async def hand_back(takeover):
    """As `Takeover.hand_back`, which see."""
    access, driver, record = takeover.access, takeover.access.driver, takeover.access.record
    record.ready = False
    mode = takeover.mode_before
    if mode is None and takeover.may_set_mode_now() and record.mode in takeover.obeying():
        mode = driver.HOME_MODE  # found so after a restart of ours, or made ready by the installer
    if takeover.commanded or takeover.mode_before is not None:
        await access.write(driver.hand_back(mode, record))
        takeover.commanded = False
        takeover.mode_before = None


async def _stop_unheard(takeover):
    """Send set-point 0 to an inverter that may hear us though we do not hear it.

    Our attempts to reach it keep its dead-man from firing; at 0 W that does no harm.
    """
    access = takeover.access
    if takeover.commanded and access.is_silent():
        try:
            await access.write(access.driver.command(0, access.record), None, 0)
        except ModbusError:
            pass  # the identification tells


async def _identify(takeover) -> bool:
    """Who is there, and does it serve what the driver needs."""
    access, driver = takeover.access, takeover.access.driver
    for i in range(len(driver.IDENTITY)):
        takeover.beat()
        function, address, count = driver.IDENTITY[i]
        try:
            driver.identify(i, await access.read(function, address, count), access.record)
        except ModbusError as error:
            if i == 0 or not error.code.startswith("exception"):
                return _refused(error)
    for page, register in driver.NEEDED:
        takeover.beat()
        try:
            if not driver.is_served(await access.read(3, page, 4), register):
                return False
        except ModbusError as error:
            return _refused(error)
    try:
        await _probe(takeover)
    except ModbusError as error:
        return _refused(error)
    for block in (access.block("MODE"), access.block("READ_BACK"), driver.LAST):
        takeover.beat()
        try:
            if block:
                await access.read_block(block)
        except ModbusError as error:
            return _refused(error)
    return True


async def _probe(takeover):
    """Find out by the masks which blocks this very machine serves. Raises ModbusError."""
    access, driver, record = takeover.access, takeover.access.driver, takeover.access.record
    if record.serial and record.serial == takeover.probed:
        return
    page, mask, absent = None, b"", []
    for wanted, register, block in access.block("OPTIONAL") or ():
        takeover.beat()
        if wanted != page:
            try:
                page, mask = wanted, await access.read(3, wanted, 4)
            except ModbusError as error:
                _refused(error)
                mask = None  # the page is not served at all
        if mask is None or not driver.is_served(mask, register):
            absent.append(block)
    access.absent = tuple(absent)
    takeover.probed = record.serial


async def _limit_export(takeover):
    """Have the inverter limit what the house feeds into the grid, as the settings say."""
    access, record = takeover.access, takeover.access.record
    block, journal = access.block("EXPORT"), takeover.access.state.journal
    wish = takeover.export_w
    try:
        if block is None or block in access.absent:
            raise ModbusError("exception_2")
        await access.read_block(block)
        if wish is None and takeover.export_is_ours and not record.export_limit_w:
            wish = -1
        if wish is not None and record.export_limit_w != wish:
            takeover.beat()
            await access.write(access.driver.limit_export(None if wish < 0 else wish))
            await access.read_block(block)
        takeover.export_is_ours = wish is not None and wish >= 0
    except ModbusError:
        pass  # what is read back, or not, tells
    if wish is not None and record.export_limit_w != wish:
        journal.raise_alarm("export_not_limited")
    else:
        journal.clear("export_not_limited")


async def _guard(takeover) -> "str | None":
    """What keeps us from commands though the inverter could be commanded: no dead-man."""
    driver = takeover.access.driver
    if driver.DEADMAN_S is None:
        return None if await _arm(takeover) else "deadman_not_armed"
    takeover.armed = None
    return None if driver.DEADMAN_S or takeover.may_hold else "no_deadman"


async def _arm(takeover) -> bool:
    """See to it that the inverter falls back by itself when it hears nothing."""
    access, record = takeover.access, takeover.access.record
    now_ms = access.ticks_ms()
    if not _is_armed(takeover) and takeover.arm_budget.is_left(now_ms):
        takeover.arm_budget.spend(now_ms)
        try:
            await access.write(access.driver.arm(takeover.timeout[0], takeover.timeout[1]))
        except ModbusError as error:
            if not error.code.startswith("exception"):
                raise
        await access.read_block(access.driver.READ_BACK)
    takeover.armed = (record.timeout_s, record.timeout_action)
    return bool(record.timeout_s)


def _is_armed(takeover) -> bool:
    record = takeover.access.record
    return (record.timeout_s, record.timeout_action) == takeover.timeout


async def _set(takeover, setpoint_w: "int | None") -> bool:
    """Put a set-point in force before the mode that obeys it."""
    access, driver, record = takeover.access, takeover.access.driver, takeover.access.record
    value_w = setpoint_w or 0
    if takeover.obeying() and record.mode not in driver.OBEYING:
        value_w = 0
    try:
        await access.write(driver.command(value_w, record))
    except ModbusError as error:
        return _refused(error)
    if access.block("READ_BACK") is None:
        record.written_w = value_w
        return True
    await access.read_block(driver.READ_BACK)
    record.written_w = value_w if record.setpoint_w == value_w else None
    return record.written_w is not None


async def _enter_mode(takeover) -> bool:
    """Choose the mode that obeys, if it is not chosen and we may."""
    access, driver, record = takeover.access, takeover.access.driver, takeover.access.record
    if not takeover.obeying() or record.mode in driver.OBEYING:
        return True
    if not takeover.may_set_mode_now():
        return False
    takeover.mode_budget.spend(access.ticks_ms())
    before = record.mode
    access.state.journal.add("set_passive", before)
    try:
        await access.write(driver.take(record))
    except ModbusError as error:
        return _refused(error)
    takeover.mode_before = before
    await access.read_block(driver.MODE)
    return record.mode in driver.OBEYING


def _refused(error: ModbusError) -> bool:
    """False when the inverter answered that it will not; any other error is raised again."""
    if error.code.startswith("exception"):
        return False
    raise error
