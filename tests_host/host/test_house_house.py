"""The house as a whole: its clock, its telegrams, its truth, and what can be made to happen."""

import asyncio
import itertools
import json
import re
import statistics
import struct
import subprocess
import sys

import pytest
from dsmr_parser.parsers import TelegramParser
from dsmr_parser.telegram_specifications import BELGIUM_FLUVIUS
from pymodbus.framer.rtu import FramerRTU

from tools import wire
from tools.house import script
from tools.house.house import House, unix_time
from tools.house.plant import Plant


def _in_a_house(scenario, **options):
    async def main():
        async with House(**options) as house:
            await asyncio.wait_for(scenario(house), 50)

    wire.run(main())


async def _telegrams(house, count: int) -> list[bytes]:
    """The next whole telegrams that a reader of the P1 wire gets."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.p1_port)
    text = b""
    while len(re.findall(rb"\r\n!....\r\n", text)) <= count:
        chunk = await asyncio.wait_for(reader.read(4096), 20)
        assert chunk, "hung up"
        text += chunk
    writer.close()
    first = text.index(b"/FLU5")
    frames = [b"/" + frame for frame in text[first:].split(b"/")[1:]]
    return frames[:count]


def _judge(frame: bytes):
    return TelegramParser(BELGIUM_FLUVIUS).parse(frame.decode("ascii"), throw_ex=True)


def test_telegrams_tell_the_truth_second_by_second():
    async def scenario(house):
        house.load_override_w, house.pv_override_w = 1500, 0
        readings = [_judge(frame) for frame in await _telegrams(house, 5)]
        stamps = [reading.P1_MESSAGE_TIMESTAMP.value.timestamp() for reading in readings]
        assert [b - a for a, b in itertools.pairwise(stamps)] == [1] * 4
        for reading in readings:
            assert float(reading.CURRENT_ELECTRICITY_USAGE.value) == 1.512
        averages = [float(reading.BELGIUM_CURRENT_AVERAGE_DEMAND.value) for reading in readings]
        assert averages == sorted(averages)
        assert averages[-1] - averages[0] == pytest.approx(4 * 1.512 / 900, abs=0.0011)

    _in_a_house(scenario, speed=2, mode=3)  # passive without set-points: the battery rests


def test_telegrams_leave_at_a_steady_beat_of_one_second():
    async def scenario(house):
        await house.sleep(21)
        ends = [burst.ended * house.speed for burst in house.p1.to_board.bursts]
        beats = [b - a for a, b in itertools.pairwise(ends)]
        assert statistics.median(beats) == pytest.approx(1, abs=0.02)
        assert statistics.mean(beats) == pytest.approx(1, abs=0.1)
        # Unless the loop was late, not its wake-ups but the second itself sets the beat.
        assert sum(abs(beat - 1) < 1e-6 for beat in beats) > 3

    _in_a_house(scenario, speed=5)


def test_meter_and_plant_agree_on_the_energy():
    async def scenario(house):
        imported = sum(house.meter.import_wh)
        exported = sum(house.meter.export_wh)
        house.load_override_w, house.pv_override_w = 500, 2500
        await house.sleep(25)
        house.load_override_w = 6000
        await house.sleep(25)
        while house._ticks % 10:
            await asyncio.sleep(0)
        energy = house.plant.energy_wh
        net_wh = energy["import"] - energy["export"]
        seen_wh = sum(house.meter.import_wh) - imported - sum(house.meter.export_wh) + exported
        assert seen_wh == pytest.approx(net_wh, abs=0.01)
        assert energy["import"] > 10

    _in_a_house(scenario, speed=40, plant=Plant(soc_pct=100))


def test_phases_add_up_to_the_grid():
    async def scenario(house):
        house.load_override_w = 2000
        await house.sleep(10)
        assert len(house.meter.phase_w) == 3
        assert house.meter.phase_w[1] == pytest.approx(600)
        assert sum(house.meter.phase_w) == pytest.approx(house.meter.grid_w)

    _in_a_house(scenario, speed=20)


def test_speed_shrinks_every_time_alike():
    wires = {}

    async def scenario(house):
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(1.5)
        seconds = house.stats["seconds"]
        took_s = asyncio.get_running_loop().time() - began
        assert 0.6 < seconds / took_s / house.speed < 1.05
        wires[house.speed] = house.p1.byte_s, house.rs485.byte_s

    for speed in (4, 16):
        _in_a_house(scenario, speed=speed)
    assert wires[4] == pytest.approx([4 * byte_s for byte_s in wires[16]])


def test_hooks_set_soc_peak_history_and_date():
    async def scenario(house):
        house.set_soc(33)
        house.set_history([2000, 3000])
        house.jump("2026-06-30 23:50")
        house.set_month_peak(2750)
        truth = house.snapshot()
        assert truth["soc_pct"] == pytest.approx(33, abs=0.1)
        assert truth["time"].startswith("2026-06-30T23:5")
        assert truth["month_peak_w"] == 2750
        house.jump("2026-06-30 23:59:58")
        while house.meter.month_peak_w:
            await house.sleep(0.1)
        assert house.snapshot()["time"].startswith("2026-07-01T00:0")
        assert [row[2] for row in house.meter.history[-3:]] == [2000, 3000, 2750]
        reading = _judge((await _telegrams(house, 1))[0])
        assert reading.P1_MESSAGE_TIMESTAMP.value.timestamp() >= unix_time("2026-07-01")
        assert reading.BELGIUM_MAXIMUM_DEMAND_MONTH.value == 0

    _in_a_house(scenario, speed=2)


def test_midnight_and_the_end_of_summer_time_pass_unnoticed():
    async def scenario(house):
        await house.sleep(4)
        assert house.stats["seconds"] >= 3

    _in_a_house(scenario, start="2026-06-15 23:59:58", speed=4)
    _in_a_house(scenario, start="2026-10-25 02:59:58", speed=4)


def test_next_day_is_generated_ahead_of_time():
    async def scenario(house):
        await house.sleep(2)
        await house._preparing
        assert len(house.scene._days) == 2

    _in_a_house(scenario, start="2026-06-15 23:00", speed=4)


def _setpoint(power_w: int) -> bytes:
    body = struct.pack(">BBHHBiii", 1, 16, 0x1187, 6, 12, 0, power_w, power_w)
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def test_latency_runs_from_the_telegram_to_write_and_answer():
    async def scenario(house):
        p1_reader, p1 = await asyncio.open_connection("127.0.0.1", house.p1_port)
        reader, rs485 = await asyncio.open_connection("127.0.0.1", house.rs485_port)
        assert house.snapshot()["latency"] is None
        for count in range(4):
            await p1_reader.readuntil(b"\r\n!")
            await p1_reader.readexactly(6)
            rs485.write(_setpoint(count))
            await reader.readexactly(8)
            rs485.write(_setpoint(count))  # a second one in the same second does not count
            await reader.readexactly(8)
        samples = list(house.latency.samples)
        assert 2 <= len(samples) <= 4
        for sample in samples:
            assert sample["write_ms"] >= 0
            assert sample["answer_ms"] >= 49.9
            wires_ms = (21 + 8) * 10 / 9.6
            parts_ms = sample["write_ms"] + sample["answer_ms"] + wires_ms
            assert sample["total_ms"] == pytest.approx(parts_ms, abs=0.2)
        assert house.snapshot()["latency"] == samples[-1]
        assert house.stats["setpoint_writes"] == 8
        p1.close()
        rs485.close()

    _in_a_house(scenario, speed=1)


def test_setpoints_on_the_wire_move_the_battery():
    async def scenario(house):
        house.load_override_w, house.pv_override_w = 400, 0
        reader, rs485 = await asyncio.open_connection("127.0.0.1", house.rs485_port)
        rs485.write(_setpoint(1000))
        await reader.readexactly(8)
        house.inverter.set_mode(3)
        await house.sleep(20)
        assert house.snapshot()["battery_w"] == pytest.approx(-1000, abs=2)
        assert house.snapshot()["grid_w"] == pytest.approx(400 + 12 + 1000 / 0.97, abs=3)
        rs485.close()

    _in_a_house(scenario, speed=10)


def test_ordered_p1_faults_reach_the_wire():
    async def scenario(house):
        house.p1_faults.order("stop")
        await house.sleep(5)
        sent = house.p1.to_board.byte_count
        await house.sleep(5)
        assert house.p1.to_board.byte_count == sent
        house.p1_faults.order("wrong_crc", 1)
        await house.sleep(3)
        frames = await _telegrams(house, 2)
        assert all(_judge(frame) for frame in frames)

    _in_a_house(scenario, speed=10)


def test_what_stops_the_house_is_not_hidden():
    async def scenario(house):
        house.scene = None
        with pytest.raises(AttributeError):
            await house.sleep(30)

    _in_a_house(scenario, speed=10)


def test_events_are_read_and_happen_in_time():
    async def scenario(house):
        events = script.Script(
            ["load=700@+2+3", "p1.stop@14:30:03+2", "inverter.slow=2.5@+3", "soc=35@+1"],
            house.meter.unix_s,
        )
        seen = []

        def second(house):
            events.second(house)
            state = (house.load_override_w, house.p1_faults.name, house.port.fault)
            seen.append(state)

        house.on_second = second
        await house.sleep(8)
        assert seen[:6] == [
            (None, None, None),
            (700, None, None),
            (700, "stop", "slow"),
            (700, "stop", "slow"),
            (None, None, "slow"),
            (None, None, "slow"),
        ]
        assert house.port.fault_delay_s == 2.5
        assert house.plant.soc_pct == pytest.approx(35, abs=0.2)

    _in_a_house(scenario, speed=4)


def test_every_event_can_begin_and_end():
    async def scenario(house):
        for name in script.NAMES:
            value = "=3" if name in script._VALUES else ""
            event = script.Event(f"{name}{value}@+0+1")
            event.begin(house)
            event.end(house)
        assert house.p1.plugged and house.rs485.plugged
        assert (house.load_override_w, house.port.fault, house.p1_faults.name) == (None,) * 3
        assert not house.inverter.listening

    _in_a_house(scenario)


def test_events_that_cannot_be_understood_say_why():
    for text, complaint in (
        ("no such@+1", "names"),
        ("p1.stop", "NAME"),
        ("p1.stop@soon", "isoformat"),
        ("load@+1", "needs =VALUE"),
        ("load=much@+1", "float"),
    ):
        with pytest.raises(ValueError, match=complaint):
            script.Event(text)


def _command(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tools.house", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_command_prints_one_json_line_a_second(tmp_path):
    recording = tmp_path / "day.csv"
    recording.write_text("time,load_w,pv_w\n00:00,800,0\n12:00,800,0\n")
    done = _command("--seconds", "6", "--speed", "6", "--json", "--csv", str(recording))
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert 3 <= len(lines) <= 6
    assert [line["load_w"] for line in lines] == [800] * len(lines)
    assert lines[0]["p1_port"] != lines[0]["rs485_port"]


def test_command_reports_mistakes_in_one_line():
    for arguments in (("--csv", "/no/such.csv"), ("--event", "what@1"), ("--start", "today")):
        done = _command(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("house: ") and done.stderr.count("\n") == 1
