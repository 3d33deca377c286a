"""The older Sofar protocol: the inverter's task against its virtual inverter, and pymodbus."""

import asyncio
import struct
import time

import bus_rig
import pytest
from bus_rig import Device, Site
from test_bus import in_virtual_time

from firmware.bus import Bus
from inverter import family_sofar_es as sofar
from modbus.rtu import ModbusError
from tools.house.inverter_port import SerialPort
from tools.house.inverter_sofar_es import AUTO, CHARGE, DISCHARGE, SofarES
from tools.house.plant import Plant
from tools.house.sofar import RefusedError
from tools.wire import Wire

MODEL = "Sofar HYD 4000-ES"
PASSIVE = 3


class EsDevice(Device):
    """The virtual inverter behind the rig's port."""

    def __init__(self, load_w=500.0, pv_w=0.0):
        super().__init__(1, 60)
        self.plant = Plant(rated_w=4000, bms_w=3300, soc_pct=60.0)
        self.load_w, self.pv_w = load_w, pv_w
        self.es = SofarES(self.plant, lambda: asyncio.get_running_loop().time())
        self.commands = []
        self.beats = []

    async def live(self):
        while True:
            await asyncio.sleep(0.1)
            self.plant.step(0.1, self.load_w, self.pv_w)
            self.es.tick()

    def reply(self, pdu):
        function, address, count = struct.unpack(">BHH", pdu[:5])
        if function in (0x42, 0x49):
            (self.commands if function == 0x42 else self.beats).append((address, count))
            return struct.pack(">BBBH", 1, function, 2, self.es.special(function, address, count))
        try:
            if function == 16:
                words = struct.unpack(f">{count}H", pdu[6:])
                self.writes.append((address, list(words)))
                self.es.write(address, list(words))
                return b"\1" + pdu[:5]
            words = self.es.read(address, count, function)
            return bytes((1, function, 2 * count)) + struct.pack(f">{count}H", *words)
        except RefusedError as error:
            return bytes((1, function | 0x80, error.args[0]))


@in_virtual_time
async def test_control_from_first_to_last():
    device = EsDevice(load_w=800.0, pv_w=300.0)
    async with Site(device, model=MODEL) as site:
        site.wanted_w = 1200
        await site.until(lambda: site.record.ready)
        # set-points are refused outside Passive Mode, so the mode comes first only by need
        assert device.writes == [(0x1200, [PASSIVE])]
        assert site.record.serial == "SM1ES140M00001"
        await site.until(lambda: site.record.battery_w == 1200)
        site.wanted_w = -2500
        await site.until(lambda: site.record.battery_w == -2500)
        assert device.commands[-1] == (CHARGE, 2500)
        site.wanted_w = 0
        await site.until(lambda: abs(site.record.battery_w) <= 10)
        assert device.commands[-1] == (DISCHARGE, 0)
        await asyncio.sleep(90)
        assert len(device.beats) >= 8 and device.es.timeouts == 0
        assert site.alarms() == set()
        assert site.record.pv_w == 300 and site.record.l1_dv == 2305
        assert site.record.soh_pct == 99 and site.record.charged_wh == 1244000
        await site.stop()
        await site.inverter.hand_back()
        assert device.es.command[0] == AUTO and device.es.mode == 0


@in_virtual_time
async def test_heartbeat_ends_with_control_and_the_inverter_rests():
    device = EsDevice()
    async with Site(device, model=MODEL) as site:
        site.wanted_w = 1000
        await site.until(lambda: site.record.battery_w == 1000)
        site.decides = False
        await asyncio.sleep(14)
        assert "control_silent" in site.alarms()
        count = len(device.beats)
        await site.until(lambda: device.es.stopped, 70)
        assert len(device.beats) == count
        site.decides = True
        await site.until(lambda: site.record.battery_w == 1000, 40)


@in_virtual_time
async def test_mode_that_is_changed_on_the_display_is_noticed():
    device = EsDevice()
    async with Site(device, model=MODEL) as site:
        site.wanted_w = lambda ms: 500 + int(ms) // 1000 % 2 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(20)
        device.es.set_mode(0)
        await site.until(lambda: not site.record.ready, 15)
        await site.until(lambda: device.es.mode == PASSIVE and site.record.ready, 20)


def ticks_ms():
    return int(time.monotonic() * 1000) & 0x3FFFFFFF


class Port:
    """The board's side of a paced wire over TCP."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._held = b""
        self._task = asyncio.create_task(self._pump())

    async def _pump(self):
        while data := await self._reader.read(256):
            self._held += data

    def any(self):
        return len(self._held)

    async def readinto(self, view):
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def discard(self):
        self._held = b""

    async def write(self, frame):
        self._writer.write(bytes(frame))
        await self._writer.drain()


@pytest.mark.parametrize("battery_w", [1500, -700, 0])
def test_pymodbus_with_the_makers_own_functions(battery_w):
    async def main():
        plant = Plant(rated_w=4000, soc_pct=60.0, lag_s=0.1, dead_time_s=0.1)
        es = SofarES(plant, lambda: 0.0)
        wire = Wire(9600, speed=10)
        line = SerialPort(wire, es, speed=10)
        at = await wire.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", at)
        bus = Bus(Port(reader, writer), 96000, ticks_ms, 5, 5)
        ((function, address, words),) = sofar.command(battery_w, None)
        with pytest.raises(ModbusError, match="exception_4"):  # not in Passive Mode
            await bus.write(1, address, words, function=function, retries=0)
        for function, address, words in sofar.take(None) + sofar.KEEP_ALIVE:
            await bus.write(1, address, words, function=function)
        ((function, address, words),) = sofar.command(battery_w, None)
        await bus.write(1, address, words, function=function)
        for _ in range(50):
            plant.step(0.1, 500.0, 0.0)
        block = sofar.MAIN
        raw = await bus.read(1, block.address, block.count)
        (power,) = struct.unpack_from(">h", raw, 2)
        assert -power * 10 == battery_w
        assert es.mode == PASSIVE
        with pytest.raises(ModbusError, match="exception_3"):
            await bus.write(1, 0x0101, [3001], function=0x42, retries=0)
        assert bus.stats["timeout"] == bus.stats["crc"] == 0
        writer.close()
        line.close()
        await wire.close()

    assert bus_rig.PERIOD
    asyncio.run(main())
