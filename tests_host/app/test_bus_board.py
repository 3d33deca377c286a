"""Bus and inverter on a virtual board, against pymodbus on a paced wire."""

import asyncio
import json

from tools.board import VirtualBoard
from tools.house.house import House

_START = """
import asyncio
import json

from firmware.bus import Bus
from firmware.inverter import Inverter
from firmware.journal import Journal
from firmware.state import Setpoint, State
from inverter import family_sofar_g3 as sofar
from modbus.rtu import ModbusError


def tell(**facts):
    print("TELL " + json.dumps(facts))


async def feed(board):
    while True:
        board.watchdog_feed()
        await asyncio.sleep(1)


def main(board):
    asyncio.run(run(board))


async def run(board):
    bus = Bus(board.rs485_port(9600), 9600, board.ticks_ms)
    asyncio.create_task(feed(board))
    await asyncio.sleep_ms(600)  # the wire gets connected
    await work(board, bus)
    tell(done=True)
"""

_EXCHANGES = """

async def try_it(awaitable):
    try:
        return await awaitable
    except ModbusError as error:
        return error.code


async def work(board, bus):
    for address, count in ((0x0445, 8), (0x0604, 7), (0x0584, 6), (0x0484, 44), (0x1184, 13)):
        tell(address=address, registers=(await bus.read(1, address, count)).hex())
    tell(refused=await try_it(bus.read(1, 0x0900, 1)))
    tell(other=await try_it(bus.read(9, 0x604, 1, retries=0)))
    ((_, address, words),) = sofar.command(-1000, None)
    await bus.write(1, address, words)
    tell(address=address, registers=(await bus.read(1, address, 6)).hex())
    tell(single=await try_it(bus.write(1, 0x1187, [0])))
    failures = 0
    while failures < 6:
        answer = await try_it(bus.read(1, 0x0609, 2, retries=0))
        if isinstance(answer, str):
            tell(code=answer)
            failures += 1
        elif answer != bytes([0, 100, 0, 42]):
            tell(code="wrong value")
            failures += 1
    tell(stats=bus.stats)
"""

_CONTROL = """

SETTINGS = {
    "inverter.model": "Sofar ESI 3K-S1",
    "inverter.address": 1,
    "inverter.max_charge_w": 0,
    "inverter.max_discharge_w": 0,
    "inverter.timeout_s": 30,
    "inverter.timeout_action": "previous_mode",
    "inverter.set_passive": True,
    "inverter.accept_no_deadman": False,
    "inverter.no_export": False,
    "inverter.link": "rtu",
    "inverter.baud": 9600,
    "inverter.host": "",
    "inverter.port": 502,
    "control.enabled": True,
    "battery.capacity_wh": 10000,
}
for n in range(2, 9):
    SETTINGS["devices.d" + str(n)] = ""


class Settings:
    seq = 0

    @staticmethod
    def get(key):
        return SETTINGS[key]


async def work(board, bus):
    state = State(Journal(board.ticks_ms, board.unix_s))
    inverter = Inverter(bus, state, Settings, board.ticks_ms)
    task = asyncio.create_task(inverter.run())
    record = inverter.record
    for second in range(22):
        bus.reserve(board.ticks_ms() + 1000)
        setpoint = Setpoint()
        setpoint.value_w, setpoint.valid_ms = (1200 if second < 12 else -800), 3000
        setpoint.telegram_ms = board.ticks_ms()
        state.setpoint.put(setpoint, board.ticks_ms())
        tell(second=second, ready=record.ready, battery_w=record.battery_w, soc_pct=record.soc_pct,
             written_w=record.written_w, mode=record.mode, timeout_s=record.timeout_s,
             latency_ms=state.latency_ms, problem=record.problem)
        await asyncio.sleep(1)
    tell(serial=record.serial, stats=bus.stats, counters=state.counters)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    await inverter.hand_back()
"""


#: Faults of the virtual inverter, and the error that each one is for us.
_FAULTS = {
    "noise": None,
    "wrong_address": "address",
    "truncated": "short",
    "short": "mismatch",
    "bad_crc": "crc",
    "mute": "timeout",
    "exception": "exception_6",
}


def told(board) -> list:
    return [json.loads(line[5:]) for line in board.log if line.startswith("TELL ")]


def pick(facts, name):
    return [fact[name] for fact in facts if name in fact]


def test_exchanges_with_pymodbus_and_its_faults():
    asyncio.run(_exchanges())


async def _exchanges():
    app = (_START + _EXCHANGES).encode()
    async with House(mode=0) as house:
        files = {"firmware/app.py": app}
        async with VirtualBoard(rs485=house.rs485_port, files=files) as board:
            await board.wait_log('"single"', timeout_s=60)
            for fault in _FAULTS:
                house.port.order(fault, 1, code=6)
                await board.wait(fault, lambda: house.port.fault is None)
            await board.wait_log('"done"')
            facts = told(board)
    by_address = {fact["address"]: fact["registers"] for fact in facts if "address" in fact}
    assert bytes.fromhex(by_address[0x0445]) == b"SH1025003KX00000"
    assert by_address[0x0604][12:20] == "00180039"  # 24 C, 57 %
    assert by_address[0x0484][:4] == "1388"
    assert by_address[0x1187] == "00000000000003e8000003e8"
    assert pick(facts, "refused") == ["exception_2"]
    assert pick(facts, "other") == ["timeout"]
    assert pick(facts, "single") == ["exception_1"]
    assert pick(facts, "code") == [code for code in _FAULTS.values() if code]
    stats = pick(facts, "stats")[0]
    assert (stats["crc"], stats["short"], stats["address"], stats["mismatch"]) == (1, 1, 1, 1)
    assert stats["noise_bytes"] > 0


def test_inverter_is_taken_over_commanded_and_handed_back():
    asyncio.run(_control())


async def _control():
    app = (_START + _CONTROL).encode()
    async with House(mode=0, speed=2) as house:
        house.load_override_w, house.pv_override_w = 500.0, 0.0
        files = {"firmware/app.py": app}
        async with VirtualBoard(rs485=house.rs485_port, files=files, speed=2) as board:
            await board.wait_log('"done"', timeout_s=60)
            facts = told(board)
        seconds = [fact for fact in facts if "second" in fact]
        assert seconds[11]["ready"]
        assert seconds[11]["written_w"] == 1200
        assert abs(seconds[11]["battery_w"] - 1200) < 100
        assert seconds[21]["written_w"] == -800
        assert abs(seconds[21]["battery_w"] + 800) < 100
        assert (seconds[11]["mode"], seconds[11]["timeout_s"]) == (3, 30)
        assert pick(facts, "serial") == ["SH1025003KX000000001"]
        assert pick(facts, "counters")[0]["eeprom_writes"] == 2
        assert house.inverter.mode == 0
        assert house.inverter.eeprom_writes[0x1110] == 2
        assert house.port.stats["crc_errors"] == 0
        assert house.port.stats["collisions"] == 0
