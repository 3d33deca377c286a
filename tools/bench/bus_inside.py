"""The part of `bus.py` that runs on the virtual board in place of firmware/app.py."""

import asyncio
import gc
import json
import time

import _world

from firmware.bus import Bus
from modbus.rtu import ModbusError

_MS = 8000  # of reading, for each of the two
_WRITES = 40
_SILENT = 9  # a bus address that nobody has


def _uptime_ms():
    """The clock by which the chip tells its holds."""
    return (_world.real_time.ticks_us() - _world.origin_us) // 1000


def main(board):
    """Run all phases; the console tells the figures."""
    asyncio.run(_run(board))


def _tell(**facts):
    print("TELL " + json.dumps(facts))


async def _run(board):
    feeding = asyncio.create_task(_feed(board))
    port = board.rs485_port(9600)
    await asyncio.sleep_ms(600)  # the wire gets connected
    await _write(Bus(port, 9600, board.ticks_ms))
    await _queue(Bus(port, 9600, board.ticks_ms))
    bus = Bus(port, 9600, board.ticks_ms, 0, 0)  # 3.5 characters between frames, as theirs
    await _phase("ours", _MS, lambda: bus.read(1, 0x0604, 7))
    paced = Bus(port, 9600, board.ticks_ms)
    await _phase("paced", 3000, lambda: paced.read(1, 0x0604, 7))
    await _phase("ours_silent", 3000, lambda: _unheard(bus))
    theirs = _Theirs()
    await asyncio.sleep_ms(600)
    await _phase("theirs", _MS, theirs.read)
    await _phase("theirs_silent", 3000, theirs.read_nobody)
    feeding.cancel()
    print("TELL done")


async def _feed(board):
    while True:
        board.watchdog_feed()
        await asyncio.sleep_ms(500)


async def _phase(name, duration_ms, exchange):
    """Exchange for so long; tells how many there were and when."""
    gc.collect()
    await asyncio.sleep_ms(0)
    from_ms, reads = _uptime_ms(), 0
    while _uptime_ms() - from_ms < duration_ms:
        await exchange()
        reads += 1
        await asyncio.sleep_ms(0)
    _tell(**{name: {"reads": reads, "from_ms": from_ms, "until_ms": _uptime_ms()}})


async def _unheard(bus):
    try:
        await bus.read(_SILENT, 0x0604, 7, retries=0)
    except ModbusError as error:
        if error.code == "silent":  # not asked: the bus lets it rest
            await asyncio.sleep_ms(20)


async def _write(bus):
    """Set-points on a free line, from the call to the acknowledgement."""
    took_ms = []
    for i in range(_WRITES):
        await asyncio.sleep_ms(100)
        words = [0, 0, 0, i, 0, i]
        began_us = time.ticks_us()
        await bus.write(1, 0x1187, words)
        took_ms.append(time.ticks_diff(time.ticks_us(), began_us) / 1000)
    _tell(write_ms=took_ms)


async def _queue(bus):
    """Set-points on a line full of polls."""
    polls = [asyncio.create_task(_poll_for_ever(bus)) for _ in range(3)]
    for i in range(_WRITES):
        await asyncio.sleep_ms(170)
        await bus.write(1, 0x1187, [0, 0, 0, i, 0, i])
    for poll in polls:
        poll.cancel()
    await asyncio.sleep_ms(1200)
    facts = {"wait_ms": bus.stats["setpoint_wait_max_ms"], "poll_ms": bus.poll_ms(1, 7)}
    _tell(queue=facts)


async def _poll_for_ever(bus):
    while True:
        await bus.read(1, 0x0604, 7)


class _Theirs:
    """umodbus's own serial class, used as it comes."""

    def __init__(self):
        from umodbus.serial import Serial

        self._serial = Serial(uart_id=2, baudrate=9600, pins=[17, 16])

    async def read(self):
        self._serial.read_holding_registers(1, 0x0604, 7, False)

    async def read_nobody(self):
        try:
            self._serial.read_holding_registers(_SILENT, 0x0604, 7, False)
        except OSError:
            pass
