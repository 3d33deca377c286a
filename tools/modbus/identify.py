"""`identify`: who is there, and does it fit the model: what is needed, what is doubtful."""

import importlib

from modbus.rtu import ModbusError
from tools.modbus import show
from tools.modbus.session import Session, impossible

_PARTS = ("serial", "hardware", "software", "model_read")
_NAMES = ("serial number", "hardware", "software", "calls itself")


async def identify(session: Session) -> int:
    """Compare the machine with its family, in words; 0 when it fits."""
    driver, record = session.driver, session.record
    kind = "commanded" if session.access.may_command() else "only read"
    print(f"{record.model}: family {driver.FAMILY}, {kind}")
    misfits = await _who(session)
    misfits += await _needed(session)
    misfits += await _blocks(session)
    found = await doubts(session)
    for code, read, expected in found:
        print(show.doubt(code, read, expected))
    misfits += [code for code, _, _ in found if code not in show.HARMLESS]
    if misfits:
        print(f"It does not fit {record.model}: {', '.join(misfits)}. Choose the right model")
    else:
        print(f"It fits {record.model}")
    return int(bool(misfits))


async def doubts(session: Session) -> list:
    """(code, read, expected) of what the family doubts; [] where it doubts nothing."""
    try:
        family = importlib.import_module(f"inverter.doubts_{session.driver.FAMILY}")
    except ImportError:
        return []
    answers = []
    for function, address, count in family.READS:
        try:
            answers.append(await session.access.read(function, address, count))
        except ModbusError as error:
            if not error.code.startswith("exception"):
                raise
            answers.append(None)
    return family.judge(answers, session.record, session.record.phases)


async def _who(session: Session) -> list:
    try:
        await session.identify()
    except ModbusError as error:
        if not error.code.startswith("exception"):
            raise
        print("serial number: refused")
        return ["the serial number is refused"]
    for part, name in zip(_PARTS, _NAMES, strict=True):
        text = getattr(session.record, part)
        if text is not None:
            print(f"{name}: {text or 'empty'}")
    if session.record.serial == "":
        return ["the serial number is empty"]
    return []


async def _needed(session: Session) -> list:
    """What the driver cannot do without, by the masks."""
    misfits, masks = [], {}
    for page, register in session.driver.NEEDED:
        if page not in masks:
            masks[page] = await session.mask(page)
        mask = masks[page]
        served = mask is not None and session.driver.is_served(mask, register)
        print(f"register 0x{register:04X} is needed: {'served' if served else 'not served'}")
        if not served:
            misfits.append(f"register 0x{register:04X} is missing")
    return misfits


async def _blocks(session: Session) -> list:
    """Whether each block is there and its values can be true."""
    await session.look()
    needed = [session.access.block(name) for name in ("LAST", "MODE", "READ_BACK")]
    misfits = []
    for block in session.blocks():
        name = f"{block.stamp.removesuffix('_at_ms')}, {show.span(block)}"
        if block in session.access.absent:
            print(f"{name}: not on this machine, which is allowed")
            continue
        registers = await session.read_block(block)
        if registers is None:
            print(f"{name}: refused ({session.refused[block]})")
            if block in needed:
                misfits.append(f"{show.span(block)} is refused")
            continue
        wrong = impossible(block, registers)
        print(f"{name}: " + ("fits" if not wrong else "impossible: " + _list(wrong)))
        if block in needed:
            misfits += [f"{field} is impossible" for field, *_ in wrong]
    return misfits


def _list(wrong: list) -> str:
    return "; ".join(
        f"{field} {show.value(field, number)} (can be {show.value(field, lowest)} to "
        f"{show.value(field, highest)})"
        for field, number, lowest, highest in wrong
    )
