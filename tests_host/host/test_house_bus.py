"""The inverter on its real wire: reference frames, silence, and everything that can be ordered."""

import asyncio
import struct

import pytest
from pymodbus.framer.rtu import FramerRTU

from tools import wire
from tools.house.house import House
from tools.house.rtu_port import FAULTS

_SPEED = 10


class _Master:
    """A plain socket that talks Modbus RTU."""

    def __init__(self, house, reader, writer):
        self.house, self.reader, self.writer = house, reader, writer

    async def ask(self, request: bytes, answered: bool = True) -> bytes:
        """What comes back: a whole frame, or what came before a second of silence."""
        self.writer.write(request)
        reply = b""
        wait_s = 20 if answered else 0.3
        while not _whole(reply):
            try:
                chunk = await asyncio.wait_for(self.reader.read(512), wait_s)
            except asyncio.TimeoutError:
                break
            assert chunk, "hung up"
            reply += chunk
            wait_s = 1
        return reply

    async def ask_hex(self, text: str) -> str:
        reply = await self.ask(bytes.fromhex(text))
        return reply.hex(" ").upper()

    async def read(self, address: int, count: int) -> list[int]:
        reply = await self.ask(_sealed(struct.pack(">BBHH", 1, 3, address, count)))
        assert reply[1] == 3, reply.hex()
        return list(struct.unpack(f">{count}H", reply[3:-2]))

    async def write(self, address: int, *words: int) -> int:
        """The exception code, 0 for done."""
        body = struct.pack(">BBHHB", 1, 16, address, len(words), 2 * len(words))
        reply = await self.ask(_sealed(body + struct.pack(f">{len(words)}H", *words)))
        return reply[2] if reply[1] & 0x80 else 0


def _sealed(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def _whole(reply: bytes) -> bool:
    return len(reply) >= 5 and FramerRTU.check_CRC(reply[:-2], int.from_bytes(reply[-2:], "big"))


def _on_the_bus(scenario, **options):
    async def main():
        async with House(speed=_SPEED, **options) as house:
            reader, writer = await asyncio.open_connection("127.0.0.1", house.rs485_port)
            await scenario(house, _Master(house, reader, writer))
            writer.close()

    wire.run(main())


def test_reference_frames_byte_for_byte():
    async def scenario(house, master):
        for request, reply in (
            ("01 10 11 84 00 02 04 00 3C 00 01 3B A0", "01 10 11 84 00 02 04 DD"),
            (
                "01 10 11 87 00 06 0C 00 00 00 00 00 00 03 E8 00 00 03 E8 15 8A",
                "01 10 11 87 00 06 F5 1E",
            ),
            (
                "01 10 11 87 00 06 0C 00 00 00 00 FF FF FB 50 FF FF FB 50 A3 B4",
                "01 10 11 87 00 06 F5 1E",
            ),
            (
                "01 10 11 87 00 06 0C 00 00 00 00 00 00 00 00 00 00 00 00 75 10",
                "01 10 11 87 00 06 F5 1E",
            ),
            (
                "01 10 11 87 00 06 0C 00 00 00 00 FF FF F4 48 00 00 0B B8 C7 23",
                "01 10 11 87 00 06 F5 1E",
            ),
            ("01 10 11 10 00 01 02 00 03 E5 C0", "01 10 11 10 00 01 05 30"),
            ("01 10 11 10 00 01 02 00 00 A5 C1", "01 10 11 10 00 01 05 30"),
        ):
            assert await master.ask_hex(request) == reply
        assert (house.plant.battery_min_w, house.plant.battery_max_w) == (-3000, 3000)

    _on_the_bus(scenario)


def test_reference_reads_are_answered_in_full():
    async def scenario(house, master):
        for request, count in (
            ("01 03 04 45 00 08 54 E9", 8),
            ("01 03 04 84 00 2C 05 0E", 44),
            ("01 03 05 84 00 06 85 2D", 6),
            ("01 03 06 04 00 07 45 41", 7),
            ("01 03 06 67 00 05 34 9E", 5),
            ("01 03 06 84 00 18 05 61", 24),
            ("01 03 04 04 00 2E 85 27", 46),
            ("01 03 11 84 00 0D C1 1A", 13),
        ):
            reply = await master.ask(bytes.fromhex(request))
            assert reply[:3] == bytes([1, 3, 2 * count]) and len(reply) == 2 * count + 5
            assert _whole(reply)
        serial = await master.ask(bytes.fromhex("01 03 04 45 00 08 54 E9"))
        assert serial[3:-2] == b"SH1025003KX00000"

    _on_the_bus(scenario)


def test_refusals_carry_the_function_code_of_the_request():
    async def scenario(house, master):
        unknown = _sealed(bytes.fromhex("01 03 02 00 00 01"))
        assert (await master.ask(unknown)).hex(" ").upper() == "01 83 02 C0 F1"
        inside = _sealed(bytes.fromhex("01 10 11 8B 00 01 02 00 00"))
        assert (await master.ask(inside)).hex(" ").upper() == "01 90 02 CD C1"
        for address, code in ((0x1187, 1), (0x1189, 1), (0x1184, 3), (0x1185, 2)):
            assert await master.write(address, 0) == code
        for request, reply in (
            ("01 03 0A 40 00 01", "01 83 01"),
            ("01 03 04 80 00 3D", "01 83 03"),
            ("01 03 04 84 00 00", "01 83 03"),
            ("01 03 04 84 00 FF", "01 83 03"),
            ("01 03 20 00 00 01", "01 83 02"),
            ("01 04 04 84 00 01", "01 84 01"),
            ("01 01 04 84 00 01", "01 81 01"),
            ("01 2B 0E 01 00", "01 AB 01"),
            ("01 10 11 89 00 04 06 00 00 00 00 00 00", "01 90 03"),  # byte count does not fit
        ):
            answer = await master.ask(_sealed(bytes.fromhex(request)))
            assert answer == _sealed(bytes.fromhex(reply)), request
        assert house.stats["exceptions"] == 15

    _on_the_bus(scenario)


def test_masks_are_read_as_documented():
    async def scenario(house, master):
        assert await master.read(0x0480, 4) == [0x0000, 0xC000, 0x000C, 0xE17F]
        assert await master.read(0x0600, 4) == [0x0000, 0x0000, 0x0000, 0x07FF]
        assert await master.read(0x1180, 4) == [0x0000, 0x03FF, 0xFFFF, 0xFFFF]

    _on_the_bus(scenario)


def test_what_is_never_answered():
    async def scenario(house, master):
        good = bytes.fromhex("01 03 06 08 00 01")
        for request in (
            _sealed(bytes.fromhex("01 06 11 10 00 03")),
            _sealed(b"\x02" + good[1:]),
            good + b"\x00\x00",
            b"\x01",
            b"\xff\xff\xff" + _sealed(good),
        ):
            assert await master.ask(request, False) == b"", request.hex()
        assert house.inverter.mode == 0
        assert await master.ask(_sealed(good))

    _on_the_bus(scenario)


def test_broadcast_is_obeyed_and_not_answered():
    async def scenario(house, master):
        request = _sealed(bytes.fromhex("00 10 11 10 00 01 02 00 03"))
        assert await master.ask(request, False) == b""
        assert house.inverter.mode == 3

    _on_the_bus(scenario)


def test_another_bus_address():
    async def scenario(house, master):
        assert await master.ask(bytes.fromhex("01 03 06 04 00 07 45 41"), False) == b""
        assert (await master.ask(_sealed(bytes.fromhex("07 03 06 08 00 01"))))[0] == 7

    _on_the_bus(scenario, address=7)


def test_answers_come_after_the_latency_and_never_before():
    async def scenario(house, master):
        exchanges = []
        house.port.on_reply = exchanges.append
        for _ in range(12):
            await master.read(0x0604, 7)
        waits_s = [(one.reply_started - one.ended) * _SPEED for one in exchanges]
        assert all(wait_s >= 0.0499 for wait_s in waits_s)
        assert min(waits_s) < 0.2  # the loop may be late, but not always
        assert len({round(wait_s, 4) for wait_s in waits_s}) > 3
        for one in exchanges:
            reply_s = (one.reply_ended - one.reply_started) * _SPEED
            assert reply_s == pytest.approx(19 * 10 / 9600)
            assert (one.ended - one.started) * _SPEED == pytest.approx(8 * 10 / 9600)

    _on_the_bus(scenario)


def test_reads_keep_the_timeout_away_and_silence_brings_it():
    async def scenario(house, master):
        assert await master.write(0x1184, 3, 0) == 0
        assert await master.write(0x1110, 3) == 0
        for _ in range(8):
            await house.sleep(1)
            await master.read(0x0608, 1)
        assert not house.inverter.stopped
        await house.sleep(6)
        assert house.inverter.stopped
        assert house.stats["timeouts"] == 1

    _on_the_bus(scenario)


_READ_SOC = _sealed(bytes.fromhex("01 03 06 08 00 02"))


async def _ask_with(house, master, fault: str, **options) -> bytes:
    house.port.order(fault, 1, **options)
    reply = await master.ask(_READ_SOC, fault not in ("silent", "mute"))
    assert house.port.fault is None, fault
    assert _whole(await master.ask(_READ_SOC)), fault
    return reply


def test_every_fault_does_what_it_says_once_and_then_all_is_well():
    async def scenario(house, master):
        good = await master.ask(_READ_SOC)
        tried = {
            "silent": lambda reply: reply == b"",
            "mute": lambda reply: reply == b"",
            "slow": lambda reply: reply == good,
            "exception": lambda reply: reply == _sealed(b"\x01\x83\x07"),
            "wrong_address": lambda reply: reply[0] == 2 and _whole(reply),
            "truncated": lambda reply: reply == good[: len(good) // 2],
            "short": lambda reply: reply == _sealed(b"\x01\x03\x02" + good[3:5]),
            "noise": lambda reply: reply.endswith(good) and len(reply) > len(good),
            "bad_crc": lambda reply: reply[:-2] == good[:-2] and not _whole(reply),
        }
        assert set(tried) == set(FAULTS)
        for name, expected in tried.items():
            reply = await _ask_with(house, master, name, code=7, delay_s=0.4)
            assert expected(reply), (name, reply.hex(" "))

    _on_the_bus(scenario)


def test_a_mute_inverter_does_what_a_silent_one_does_not():
    async def scenario(house, master):
        request = _sealed(bytes.fromhex("01 10 11 10 00 01 02 00 03"))
        house.port.order("silent", 1)
        assert await master.ask(request, False) == b""
        assert house.inverter.mode == 0
        house.port.order("mute", 1)
        assert await master.ask(request, False) == b""
        assert house.inverter.mode == 3
        house.port.order("exception", 1, code=4)
        assert await master.write(0x1110, 0) == 4
        assert house.inverter.mode == 3

    _on_the_bus(scenario)


def test_a_late_answer_comes_when_it_is_due():
    async def scenario(house, master):
        exchanges = []
        house.port.on_reply = exchanges.append
        house.port.order("slow", 1, delay_s=2)
        assert _whole(await master.ask(_READ_SOC))
        late = exchanges[0]
        assert (late.reply_started - late.ended) * _SPEED >= 1.999

    _on_the_bus(scenario)


def test_power_failure_silences_the_bus_for_a_while():
    async def scenario(house, master):
        house.inverter.power_cycle(off_s=8, connect_s=1)
        assert await master.ask(_READ_SOC, False) == b""
        await house.sleep(9)
        assert _whole(await master.ask(_READ_SOC))

    _on_the_bus(scenario)


def test_faults_with_unknown_names_are_refused():
    async def scenario(house, master):
        with pytest.raises(ValueError, match="inverter fault"):
            house.port.order("no such")

    _on_the_bus(scenario)
