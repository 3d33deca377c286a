"""Inverters of other brands managed by the firmware as it is built, over RS485 and the network."""

import pytest
from installation import alarms, play

from tools.house import inverters
from tools.house.plant import PASSIVE

_FEW = ("Huawei SUN2000-5KTL-L1", "SolaX X1-Hybrid-5.0-D", "SMA STP5.0-3SE-40")
_OTHERS = (
    "Growatt MOD 5000TL3-XH",
    "Solis S6-EH1P5K",
    "SMA SBS5.0-10",
    "GoodWe GW5K-ET",
    "Victron GX MultiPlus-II 48/5000",
    "Sungrow SH5.0RT",
)


def _settings(model: str):
    kind = inverters.find(model)

    def of(house) -> dict:
        return {
            "inverter__model": model,
            "inverter__address": kind.ADDRESS,
            "inverter__baud": kind.BAUD,
            "inverter__link": "rtu" if kind.HAS_SERIAL else "tcp",
            "inverter__host": "" if kind.HAS_SERIAL else "127.0.0.1",
            "inverter__port": house.tcp_port,
            "inverter__accept_no_deadman": True,
            "inverter__max_charge_w": 3000,  # the battery's: Growatt counts in percent of it
            "inverter__max_discharge_w": 3000,
        }

    return of


@pytest.mark.parametrize(
    "model", [*_FEW, *(pytest.param(model, marks=pytest.mark.soak) for model in _OTHERS)]
)
def test_the_battery_carries_the_house_by_command(model):
    async def scenario(it):
        def is_balanced(house) -> bool:
            plant = house.plant
            by_command = plant.mode == PASSIVE and house.stats["setpoint_writes"] > 2
            return by_command and abs(plant.grid_w) < 80 and plant.battery_w > 500

        await it.until("balanced", is_balanced, 90)

        def is_told(status) -> bool:
            told_w = status["inverter"]["battery_w"]
            near = told_w is not None and abs(told_w - it.house.plant.battery_w) < 100
            return near and alarms(status) == []

        status = await it.until_status("told", is_told, 40)
        assert status["inverter"]["model"] == model
        it.house.load_override_w, it.house.pv_override_w = 300, 1500
        await it.until("stored", lambda house: house.plant.battery_w < -700, 60)
        await it.until("balanced again", lambda house: abs(house.plant.grid_w) < 80, 60)

    play(scenario, inverter=model, settings=_settings(model))
