"""Modbus TCP: pymodbus as the device, and a server that does what no device should."""

import asyncio
import struct
import time

import bus_rig  # noqa: F401  gives asyncio what MicroPython has
import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware.bus import Bus
from modbus.rtu import ModbusError


def ticks_ms():
    return int(time.monotonic() * 1000) & 0x3FFFFFFF


def bus_to(port):
    bus = Bus(None, 9600, ticks_ms)
    bus.follow("tcp", 9600, "127.0.0.1", port)
    bus.timeout_ms = 300
    return bus


async def code_of(awaitable):
    try:
        await awaitable
    except ModbusError as error:
        return error.code
    return None


def test_pymodbus_is_read_and_written():
    async def main():
        device = SimDevice(
            3, simdata=[SimData(0, count=200, values=7, datatype=DataType.REGISTERS)]
        )
        server = ModbusTcpServer(device, address=("127.0.0.1", 0))
        await server.listen()
        bus = bus_to(server.transport.sockets[0].getsockname()[1])
        assert await bus.read(3, 10, 2) == bytes((0, 7, 0, 7))
        await bus.write(3, 10, [1, 65535])
        assert await bus.read(3, 10, 3) == bytes((0, 1, 255, 255, 0, 7))
        assert await bus.read(3, 11, 1, function=4) == bytes((255, 255))
        await bus.write(3, 12, [9], function=6)
        assert await bus.read(3, 12, 1) == bytes((0, 9))
        assert await code_of(bus.read(3, 500, 1)) == "exception_2"
        assert bus.stats["timeout"] == 0
        bus.follow("rtu", 9600, "", 0)
        assert await code_of(bus.read(3, 10, 2)) == "muted"  # there is no RS485 port here
        await server.shutdown()

    asyncio.run(main())


class Rogue:
    """Answers reads of one register with a number that counts up, spoilt by `spoil`."""

    def __init__(self, spoil):
        self.spoil = spoil
        self.requests = []
        self.connections = 0

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readexactly(6)
                body = await reader.readexactly(head[5])
                self.requests.append(body)
                good = struct.pack(">BBBH", body[0], 3, 2, len(self.requests))
                for part in self.spoil(head[:2], good, len(self.requests)):
                    if part is None:
                        writer.close()
                        return
                    if isinstance(part, float):
                        await asyncio.sleep(part)
                    else:
                        writer.write(part)
                        await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass


def framed(number, body):
    return number + struct.pack(">HH", 0, len(body)) + body


def outcomes(spoil, times):
    """Codes or values of `times` reads of one register each, and the rogue."""

    async def main():
        rogue = Rogue(spoil)
        found = []
        async with rogue as port:
            bus = bus_to(port)
            for i in range(times):
                try:
                    answer = await bus.read(1, i, 1, retries=0)
                    found.append(struct.unpack(">H", answer)[0])
                except ModbusError as error:
                    found.append(error.code)
            bus.follow("rtu", 9600, "", 0)
        return found, rogue, bus

    return asyncio.run(main())


def test_answers_in_pieces():
    def spoil(number, good, n):
        whole = framed(number, good)
        return [bytes([byte]) for byte in whole]

    assert outcomes(spoil, 3)[0] == [1, 2, 3]


def test_late_answers_are_told_by_their_number():
    kept = []

    def spoil(number, good, n):
        kept.append(framed(number, good))
        return [] if n == 1 else kept[-2:]

    found, _, bus = outcomes(spoil, 3)
    assert found == ["timeout", 2, 3]
    assert bus.stats["late"] == 2


@pytest.mark.parametrize(
    "broken",
    [
        lambda number, good: b"\xff" * 20,
        lambda number, good: number + b"\0\1" + struct.pack(">H", len(good)) + good,
        lambda number, good: number + b"\0\0\0\0" + good,
        lambda number, good: number + b"\0\0\7\0" + good,
        lambda number, good: framed(number, b"\2" + good[1:]),  # another unit
        lambda number, good: framed(number, good[:1] + b"\4" + good[2:]),
        lambda number, good: framed(number, good[:-1]),
        lambda number, good: framed(number, good[:2] + b"\4" + good[3:] + b"\0\0"),
    ],
)
def test_what_is_no_answer_is_never_taken_for_one(broken):
    def spoil(number, good, n):
        return [broken(number, good)]

    found, _, _ = outcomes(spoil, 2)
    assert all(isinstance(code, str) for code in found)


def test_connection_that_breaks_is_made_again():
    def spoil(number, good, n):
        return [None] if n == 2 else [framed(number, good)]

    async def main():
        rogue = Rogue(spoil)
        async with rogue as port:
            bus = bus_to(port)
            assert await code_of(bus.read(1, 0, 1, retries=0)) is None
            assert await code_of(bus.read(1, 1, 1, retries=0)) == "timeout"
            assert await code_of(bus.read(1, 2, 1, retries=0)) == "timeout"  # it waits a second
            assert rogue.connections == 1
            await asyncio.sleep(1.1)
            assert await code_of(bus.read(1, 3, 1, retries=0)) is None
            assert rogue.connections == 2
            bus.follow("rtu", 9600, "", 0)

    asyncio.run(main())


def test_nobody_there_ends_soon_and_names_are_not_looked_up():
    async def main():
        bus = bus_to(1)
        for host in ("127.0.0.1", "inverter.local", "", "a.b.c.d"):
            bus.follow("tcp", 9600, host, 1)
            began = time.monotonic()
            assert await code_of(bus.read(1, 0, 1, retries=0)) == "timeout"
            assert time.monotonic() - began < 1.5

    asyncio.run(main())
