"""The house with an inverter of another brand: its ports, its truth, its faults."""

import asyncio
import json
import subprocess
import sys

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerType

from tools import wire
from tools.house import inverters
from tools.house.house import House
from tools.house.sofar import Sofar


def _in_a_house(scenario, speed=10, **options):
    async def main():
        async with House(speed=speed, **options) as house:
            await asyncio.wait_for(scenario(house), 50)

    wire.run(main())


def test_a_huawei_answers_on_both_its_ports_and_moves_the_meter():
    async def scenario(house):
        house.load_override_w, house.pv_override_w = 1000, 0
        serial = AsyncModbusTcpClient("127.0.0.1", port=house.rs485_port, framer=FramerType.RTU)
        socket = AsyncModbusTcpClient("127.0.0.1", port=house.tcp_port)
        assert await serial.connect() and await socket.connect()
        await serial.write_register(47083, 2, device_id=1)
        await serial.write_register(47246, 0, device_id=1)
        await serial.write_registers(47249, [0, 800], device_id=1)
        await serial.write_register(47100, 2, device_id=1)
        await house.sleep(20)
        assert house.plant.battery_w == pytest.approx(800, abs=1)
        power = await socket.read_holding_registers(37765, count=2, device_id=1)
        assert power.registers == [0xFFFF, 0x10000 - 800]
        assert house.snapshot()["storage_mode"] == 2
        assert house.stats["setpoint_writes"] == 1
        await house.sleep(130)
        assert house.stats["timeouts"] == 1  # nobody has said it again
        serial.close()
        socket.close()

    _in_a_house(scenario, speed=30, inverter="Huawei SUN2000-5KTL-L1")


def test_faults_on_the_wire_of_another_brand():
    async def scenario(house):
        client = AsyncModbusTcpClient(
            "127.0.0.1", port=house.rs485_port, framer=FramerType.RTU, timeout=0.5, retries=0
        )
        assert await client.connect()
        house.port.order("exception", 1, code=6)
        answer = await client.write_register(43135, 1, device_id=1)
        assert (answer.exception_code, house.inverter.writes) == (6, {})
        answer = await client.write_register(43135, 1, device_id=1)
        assert not answer.isError() and house.inverter.writes == {43135: 1}
        answer = await client.read_holding_registers(33139, count=1, device_id=1)
        assert answer.exception_code == 2  # those are input registers
        client.close()

    _in_a_house(scenario, inverter="Solis S6-EH1P5K")


def test_one_without_a_serial_line_is_silent_there():
    async def scenario(house):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.rs485_port)
        writer.write(bytes.fromhex("64 03 03 48 00 04 cc 6e"))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        writer.close()
        socket = AsyncModbusTcpClient("127.0.0.1", port=house.tcp_port)
        assert await socket.connect()
        grid = await socket.read_input_registers(820, count=3, device_id=100)
        assert not grid.isError()
        house.port.order("slow", 1, delay_s=5)
        began_s = house.now_s()
        await socket.read_input_registers(820, count=3, device_id=100)
        assert house.now_s() - began_s >= 5
        socket.close()

    _in_a_house(scenario, inverter="Victron GX MultiPlus-II 48/5000")


def test_names_of_models_lead_to_inverters():
    assert inverters.find("Sofar ESI 3K-S1") is Sofar
    for beginning, kind in inverters.BEGINNINGS:
        assert inverters.find(beginning + " 5") is kind
    with pytest.raises(ValueError, match="Tesla"):
        inverters.find("Tesla")


def test_the_command_tells_all_ports():
    done = subprocess.run(
        [sys.executable, "-m", "tools.house", "--inverter", "GoodWe GW5K-ET", "--speed", "5"]
        + ["--seconds", "3", "--json", "--event", "inverter.exception=2@+1+1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    truth = [json.loads(line) for line in done.stdout.splitlines()]
    assert truth[0]["tcp_port"] and truth[0]["rs485_port"]
    assert [line["inverter_fault"] for line in truth].count("exception") == 1
