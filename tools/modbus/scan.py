"""`scan`: which addresses answer anything, at which speed."""

import sys

from firmware.bus import POLL
from modbus.device import Device
from modbus.rtu import ModbusError
from tools.modbus.link import Link

_SERIAL_MS = 200  # inverters answer within 80
_TCP_MS = 1000  # a gateway has a line of its own to wait for


async def scan(link: Link, units: range, bauds: list, question: tuple, timeout_ms: int) -> int:
    """Ask `question` (function, register) of all `units` at all `bauds`; 0 when one answers."""
    limit_ms = timeout_ms or (_TCP_MS if link.host else _SERIAL_MS)
    found = 0
    for baud in bauds or [link.baud]:
        if link.port and baud != link.bus.baud:
            link.bus.set_baud(baud)
        for unit in units:
            print(f"\r{link.name}: address {unit} ", end="", file=sys.stderr, flush=True)
            answer = await _probe(link, unit, question, limit_ms)
            if answer:
                print(file=sys.stderr)
                print(f"{link.name}: address {unit} {answer}", flush=True)
                found += answer != _BROKEN
    print(file=sys.stderr)
    if not found:
        print(
            "no address answers. Check that the inverter is on, swap A and B, check the cable, "
            "and try other speeds (--bauds 9600,19200,4800,38400,57600,115200)"
            if link.port
            else await link.explain(ModbusError("timeout")),
            file=sys.stderr,
        )
    return int(not found)


_BROKEN = "sends something that is no answer: another speed, or another master on the line"


async def _probe(link: Link, unit: int, question: tuple, limit_ms: int) -> str:
    """How `unit` answers, "" when it does not. What is learnt of it is forgotten."""
    bus = link.bus
    guest = bus.devices[unit] = Device()
    guest.limit_ms = limit_ms
    function, address = question
    try:
        await bus.ask((unit, address, 1, None, function), POLL, 0, None)
    except ModbusError as error:
        if error.code.startswith("exception"):
            return f"answers ({error.code})"
        return _BROKEN if error.code in ("crc", "short", "mismatch") else ""
    finally:
        bus.devices.pop(unit, None)
    return "answers"
