"""`read` and `watch`: everything once, the fast values for ever, or registers as they are."""

import asyncio
import sys
import time

from inverter.profile import scaled
from inverter.record import InverterState
from modbus.rtu import ModbusError
from tools.modbus import show
from tools.modbus.identify import doubts
from tools.modbus.link import Link
from tools.modbus.session import Session

_WATCHED = ("battery_w", "soc_pct", "pv_w", "inverter_w", "pcc_w", "l1_dv", "grid_mhz")
_OWN = ("model", "rated_w", "phases", "max_charge_w", "max_discharge_w", "written_w", "ready")
_OWN += ("phase", "problem")


async def read(session: Session) -> int:
    """Print every value of the model; 1 when the machine refuses a block that is always there."""
    await session.look()
    found = await doubts(session)
    doubtful = {name for code, _, _ in found for name in show.DOUBTS.get(code, ())}
    shown = set()
    for block in session.blocks():
        head = f"{block.stamp.removesuffix('_at_ms')}, {show.span(block)}:"
        if block in session.access.absent:
            print(head, "this machine does not serve them")
            continue
        registers = await session.read_block(block)
        if registers is None:
            print(head, f"refused, {session.refused[block]}")
            continue
        print(head)
        for row in block.rows:
            shown.add(row[3])
            _print_row(session, block, row, registers, doubtful)
    _print_rest(session, shown, doubtful)
    for code, seen, expected in found:
        print(show.doubt(code, seen, expected), file=sys.stderr)
    return int(bool(session.refused))


def _print_row(session: Session, block, row, registers: bytes, doubtful: set) -> None:
    register, kind, factor, field, lowest, highest = row
    marks = ["writable" if session.is_writable(register) else "read-only"]
    number = scaled(registers, register - block.address, kind, factor)
    if not lowest <= number <= highest:
        low, high = show.value(field, lowest), show.value(field, highest)
        marks.append(f"doubtful: reads {show.value(field, number)}, can be {low} to {high}")
    elif field in doubtful:
        marks.append("doubtful, see below")
    _print_value(field, getattr(session.record, field), f"0x{register:04X}", marks)


def _print_rest(session: Session, shown: set, doubtful: set) -> None:
    """What follows from several registers."""
    print("derived:")
    for field, number in vars(session.record).items():
        if field in shown or field in _OWN or field.endswith("_at_ms") or number is None:
            continue
        if field == "faults" and not getattr(session.driver, "STATUS", None):
            continue
        _print_value(field, number, "", ["doubtful, see below"] if field in doubtful else [])


def _print_value(field: str, number, register: str, marks: list) -> None:
    line = f"  {field:24}{show.value(field, number):>16}  {register:8}{', '.join(marks)}"
    print(line.rstrip())


async def watch(session: Session, count: int) -> int:
    """One line a second of the fast blocks, `count` times or, with 0, until Ctrl-C."""
    await session.look()
    driver, number = session.driver, 0
    blocks = [block for block in (*driver.FAST, driver.LAST)]
    while True:
        began = time.monotonic()
        number += 1
        try:
            await _read_fast(session, blocks)
            print(_line(session.record), flush=True)
        except ModbusError as error:
            if number == 1:
                raise
            session.record.forget()
            print(f"{time.strftime('%H:%M:%S')}  no answer: {error.code}", file=sys.stderr)
        if number == count:
            return 0
        await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))


async def _read_fast(session: Session, blocks: list) -> None:
    for block in blocks:
        if block in session.access.absent or block in session.refused:
            continue
        await session.read_block(block)
    if session.driver.LAST in session.refused:
        raise ModbusError(session.refused[session.driver.LAST])


def _line(record: InverterState) -> str:
    parts = [time.strftime("%H:%M:%S")]
    for field in _WATCHED:
        number = getattr(record, field)
        if number is not None:
            parts.append(f"{field.rpartition('_')[0]} {show.value(field, number)}")
    return "  ".join(parts)


async def raw(link: Link, address: int, count: int, function: int) -> int:
    """Print `count` registers from `address`, each in hexadecimal and decimal."""
    answer = await link.bus.read(link.unit, address, count, function=function)
    for i in range(count):
        word = int.from_bytes(answer[2 * i : 2 * i + 2], "big")
        signed = f"  {word - 0x10000}" if word & 0x8000 else ""
        print(f"0x{address + i:04X} ({address + i})  0x{word:04X}  {word}{signed}")
    return 0
