"""The bus under damage with every function that drivers use, and how much of the wire is used.

`pytest -s` prints the figures.
"""

import asyncio
import itertools
import random

import bus_rig
import pytest
from bus_rig import Device, Port, Site, SofarDevice, now_ms, ticks_ms
from test_bus import Damage, in_virtual_time

from firmware.bus import Bus
from modbus.rtu import ModbusError

_TIMEOUT_MS = 1000


def register(function, address):
    """What stands in a register for as long as nobody writes it."""
    return (address * 2654435761 + function * 97) >> 7 & 0xFFFF


def expected(function, address, count):
    words = [register(function, address + i) for i in range(count)]
    return b"".join(word.to_bytes(2, "big") for word in words)


class Mixed:
    """Polls of seven blocks, each with a length of its own, and set-points of three functions."""

    def __init__(self, seed):
        self.device = Device()
        for address in range(0x0600, 0x0680):
            self.device.registers[address] = register(3, address)
            self.device.inputs[address] = register(4, address)
        self.device.spoil = self.damage = Damage(0.05, seed)
        self.port = Port(self.device)
        self.bus = Bus(self.port, 9600, ticks_ms)
        self.chance = random.Random(seed)
        self.blocks = [(3 + n % 2, 0x0600 + 9 * n, n + 2) for n in range(7)]
        self.good = self.failed = 0
        self.asked = set()
        self.waits = []

    async def poll(self):
        while True:
            function, address, count = self.chance.choice(self.blocks)
            try:
                answer = await self.bus.read(1, address, count, function=function, retries=0)
            except ModbusError:
                self.failed += 1
            else:
                assert answer == expected(function, address, count)
                self.good += 1

    async def command(self):
        while True:
            await asyncio.sleep(1)
            kind = self.chance.randrange(3)
            value = self.chance.randrange(3000)
            began = now_ms()
            try:
                if kind == 0:
                    words, self.last = [0, value, 0, value], (0x1187, [0, value, 0, value])
                    self.asked.add((0x1187, tuple(words)))
                    await self.bus.write(1, 0x1187, words, retries=0)
                    assert self.device.writes[-1] == self.last
                elif kind == 1:
                    self.asked.add((0x1300, (value,)))
                    await self.bus.write(1, 0x1300, [value], retries=0, function=6)
                    assert self.device.writes[-1] == (0x1300, [value])
                else:
                    self.asked.add((0x0101, (value,)))
                    await self.bus.write(1, 0x0101, [value], retries=0, function=0x42)
                    assert self.device.commands[-1] == (0x0101, value)
                self.good += 1
            except ModbusError:
                self.failed += 1
            self.waits.append(now_ms() - began)

    async def run(self, exchanges):
        """Go on until so many exchanges are over; returns how long that took [s]."""
        began = now_ms()
        tasks = [asyncio.create_task(self.poll()), asyncio.create_task(self.command())]
        while self.good + self.failed < exchanges:
            await asyncio.sleep(1)
            for task in tasks:
                if task.done():
                    task.result()
        for task in tasks:
            task.cancel()
        return (now_ms() - began) / 1000

    def judge(self):
        """No wrong register written, no pause beyond one time-out."""
        for address, words in self.device.writes:
            assert (address, tuple(words)) in self.asked
        for address, word in self.device.commands:
            assert (address, (word,)) in self.asked
        begins = [begin for begin, _, _ in self.port.requests]
        pauses = [b - a for a, b in itertools.pairwise(begins)]
        assert max(pauses) <= _TIMEOUT_MS + 200, max(pauses)
        assert max(self.waits) <= 2 * (_TIMEOUT_MS + 100)  # its own, and the one under way
        assert self.bus.stats["setpoint_wait_max_ms"] <= _TIMEOUT_MS + 100


async def soak(exchanges, seed):
    mixed = Mixed(seed)
    took_s = await mixed.run(exchanges)
    mixed.judge()
    assert len(mixed.damage.kinds) == 16
    assert mixed.failed < 0.05 * exchanges
    print(
        f"{exchanges} exchanges with 5 % damage: {exchanges / took_s:.2f} a second, "
        f"{mixed.failed} failed, set-point waited {mixed.bus.stats['setpoint_wait_max_ms']} ms"
    )
    return took_s


@in_virtual_time
async def test_all_functions_under_damage():
    assert await soak(2500, 5) < 600


@pytest.mark.soak
def test_all_functions_in_10000_exchanges_of_many_seeds():
    for seed in range(20):
        bus_rig.run(soak(10000, 1000 + seed))


@in_virtual_time
async def test_how_much_of_the_wire_is_used():
    """One Sofar polled and commanded each second at 9600 bit/s."""
    async with Site(SofarDevice(mode=3)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 * 7 % 1000
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(20)
        stats = dict(site.bus.stats)
        writes, telegrams = len(site.writes_to(0x1187)), len(site.telegrams)
        await asyncio.sleep(120)
        change = {name: site.bus.stats[name] - stats[name] for name in stats}
        wire = change["sent_bytes"] + change["received_bytes"]
        useful = wire - 8 * change["exchanges"] - 5 * change["exchanges"]  # heads, CRCs
        assert len(site.writes_to(0x1187)) - writes == len(site.telegrams) - telegrams
        assert change["timeout"] == change["retries"] == 0
        share, busy = wire / (960 * 120), change["busy_ms"] / 120000
        print(
            f"bytes on the wire {share:.0%} of 9600 bit/s, registers {useful / (960 * 120):.0%}, "
            f"in use with answer times {busy:.0%}, {change['exchanges'] / 120:.1f} exchanges a "
            f"second; a set-point waited {site.bus.stats['setpoint_wait_max_ms']} ms at most"
        )
        assert 0.1 < share < 0.25
        assert busy < 0.6
        assert site.bus.stats["setpoint_wait_max_ms"] <= 180  # one poll that had begun
