"""The inverter's task against every virtual inverter, in virtual time."""

import asyncio
import struct

import pytest
from bus_rig import Device, Site, run

from inverter import catalogue
from tools.house import inverters
from tools.house.plant import Plant
from tools.house.sofar import RefusedError

MODELS = (
    "Sofar HYD 4000-ES",
    "Growatt MOD 5000TL3-XH",
    "Solis S6-EH1P5K",
    "Huawei SUN2000-5KTL-L1",
    "SMA STP5.0-3SE-40",
    "SMA SBS5.0-10",
    "GoodWe GW5K-ET",
    "SolaX X1-Hybrid-5.0-D",
    "Victron GX MultiPlus-II 48/5000",
    "Sungrow SH5.0RT",
)


class BrandDevice(Device):
    """A virtual inverter behind the rig's port."""

    def __init__(self, model, load_w=600.0):
        super().__init__(catalogue.find(model)[catalogue.ADDRESS], 60)
        self.plant = Plant(
            rated_w=5000, max_charge_w=5000, max_discharge_w=5000, bms_w=5000, soc_pct=60.0
        )
        self.load_w = load_w
        kind = inverters.find(model)
        self.inverter = kind(self.plant, lambda: asyncio.get_running_loop().time())

    async def live(self):
        while True:
            await asyncio.sleep(0.1)
            self.plant.step(0.1, self.load_w, 0.0)
            self.inverter.tick()

    def reply(self, pdu):
        function, address, count = struct.unpack(">BHH", pdu[:5])
        unit = bytes([self.unit])
        try:
            if function in (0x42, 0x49):
                word = self.inverter.special(function, address, count)
                return unit + struct.pack(">BBH", function, 2, word)
            if function == 6:
                self.inverter.write(address, [count], 6)
                return unit + pdu
            if function == 16:
                self.inverter.write(address, list(struct.unpack(f">{count}H", pdu[6:])), 16)
                return unit + pdu[:5]
            words = self.inverter.read(address, count, function)
            return unit + bytes((function, 2 * count)) + struct.pack(f">{count}H", *words)
        except RefusedError as error:
            return unit + bytes((function | 0x80, error.args[0]))


@pytest.mark.parametrize("model", MODELS)
def test_control_from_first_to_last(model):
    async def main():
        device = BrandDevice(model)
        async with Site(device, model=model, address=device.unit, accept_no_deadman=True) as site:
            assert device.plant
            await site.until(lambda: site.record.ready, 40)
            for wanted_w in (1500, -1200, 0):
                site.wanted_w = wanted_w
                await site.until(
                    lambda w=wanted_w: (
                        site.record.battery_w is not None and abs(site.record.battery_w - w) < 90
                    ),
                    40,
                )
                assert abs(device.plant.battery_w - wanted_w) < 120
            await asyncio.sleep(100)
            assert abs(device.plant.battery_w) < 90
            assert site.alarms() == set()
            await site.stop()
            await site.inverter.hand_back()
        for _ in range(100):
            device.plant.step(0.1, 600.0, 0.0)

    run(main())


@pytest.mark.parametrize("model", MODELS)
def test_without_a_dead_man_nothing_is_commanded_unless_the_installer_says_so(model):
    async def main():
        device = BrandDevice(model)
        driver = catalogue.driver(catalogue.find(model)[catalogue.FAMILY])
        async with Site(device, model=model, address=device.unit) as site:
            site.wanted_w = 1000
            await asyncio.sleep(30)
            if driver.DEADMAN_S == 0:
                assert site.record.problem == "no_deadman"
                assert site.alarms() == {"no_deadman"}
                assert device.inverter.writes == {}
            else:
                assert site.record.ready

    run(main())
