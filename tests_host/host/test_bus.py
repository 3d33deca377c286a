"""The bus under CPython in virtual time: order, silences, faults."""

import asyncio
import random
import struct

import bus_rig
import pytest
from bus_rig import Device, Port, now_ms, ticks_ms

from firmware.bus import Bus
from modbus.rtu import ModbusError

BYTE_MS = 10 / 9.6


def in_virtual_time(test):
    """Run an async test on the virtual clock."""

    def wrapped():
        bus_rig.run(test())

    wrapped.__name__ = test.__name__
    return wrapped


def make(answer_ms=60, **options):
    device = Device(answer_ms=answer_ms)
    device.registers.update({address: address * 7 & 0xFFFF for address in range(0x0600, 0x0640)})
    port = Port(device)
    return Bus(port, 9600, ticks_ms, **options), port, device


def expected(address, count):
    return b"".join(struct.pack(">H", (address + i) * 7 & 0xFFFF) for i in range(count))


async def code_of(awaitable):
    try:
        await awaitable
    except ModbusError as error:
        return error.code
    return None


@in_virtual_time
async def test_read_returns_the_registers():
    bus, port, _ = make()
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
    assert port.requests[0][2] == bytes.fromhex("01 03 06 04 00 07 45 41")


@in_virtual_time
async def test_write_reaches_the_registers():
    bus, _, device = make()
    await bus.write(1, 0x1187, [0, 0, 0xFFFF, 0xFB50, 0xFFFF, 0xFB50])
    assert device.writes == [(0x1187, [0, 0, 0xFFFF, 0xFB50, 0xFFFF, 0xFB50])]


@in_virtual_time
async def test_answer_is_taken_at_its_last_byte_and_not_after_a_silence():
    bus, _, _ = make(answer_ms=60)
    await bus.read(1, 0x0604, 7)  # the first one learns
    began = now_ms()
    await asyncio.sleep(0.2)
    began = now_ms()
    await bus.read(1, 0x0604, 7)
    needed = (8 + 19) * BYTE_MS + 60
    assert needed <= now_ms() - began <= needed + 3


@in_virtual_time
async def test_silence_of_50_ms_before_a_poll_and_20_before_a_setpoint():
    bus, port, _ = make()
    await bus.read(1, 0x0604, 7)
    await bus.read(1, 0x0604, 6)
    await bus.write(1, 0x1187, [0] * 6)
    gaps = [port.requests[i + 1][0] - port.answer_ends[i] for i in range(2)]
    assert 50 <= gaps[0] <= 54
    assert 20 <= gaps[1] <= 24


@in_virtual_time
async def test_silence_is_never_under_three_and_a_half_characters():
    for baud, least in ((9600, 4.01), (1200, 32.08), (115200, 1.75)):
        device = Device(answer_ms=1)
        device.registers[0] = 1
        port = Port(device, baud)
        bus = Bus(port, baud, ticks_ms, 0, 0)
        for _ in range(3):
            await bus.read(1, 0, 1)
        await bus.write(1, 0, [1])
        for i in range(3):
            assert port.requests[i + 1][0] - port.answer_ends[i] >= least, baud


@in_virtual_time
async def test_setpoint_goes_before_polls_and_waits_for_one_exchange_only():
    bus, port, _ = make()
    polls = [asyncio.create_task(bus.read(1, 0x0600 + i, 7 + i)) for i in range(5)]
    await asyncio.sleep(0.010)
    began = now_ms()
    await bus.write(1, 0x1187, [0] * 6)
    frames = [frame[1] for _, _, frame in port.requests]
    assert frames == [3, 16]
    assert port.requests[1][0] - began < (8 + 19) * BYTE_MS + 60 + 25
    await asyncio.gather(*polls)
    assert len(port.requests) == 6


@in_virtual_time
async def test_setpoint_goes_between_the_tries_of_a_poll():
    bus, port, device = make()
    await bus.read(1, 0x0604, 7)
    device.spoil = lambda request, answer: [] if request[1] == 3 else [(60, answer)]
    poll = asyncio.create_task(code_of(bus.read(1, 0x0604, 7)))
    await asyncio.sleep(0.1)
    began = now_ms()
    await bus.write(1, 0x1187, [0] * 6)
    assert now_ms() - began < 1000 + 200
    assert [frame[1] for _, _, frame in port.requests] == [3, 3, 16]
    assert await poll == "timeout"


@in_virtual_time
async def test_poll_that_would_run_into_the_reservation_waits_until_it_is_over():
    bus, port, _ = make()
    await bus.read(1, 0x0604, 7)
    await asyncio.sleep(0.5)
    due = now_ms() + 250
    bus.reserve(ticks_ms() + 250)
    bus.release()
    await bus.read(1, 0x0604, 7)  # 90 ms and 50 of silence: fits
    await bus.read(1, 0x0604, 7)
    assert port.answer_ends[1] + 50 <= due
    assert port.requests[2][0] >= due


@in_virtual_time
async def test_polls_wait_for_the_setpoint_after_a_telegram_until_released():
    bus, port, _ = make()
    await bus.read(1, 0x0604, 7)
    await asyncio.sleep(0.5)
    began = now_ms()
    bus.reserve(ticks_ms() + 1000)
    poll = asyncio.create_task(bus.read(1, 0x0604, 7))
    await asyncio.sleep(0.030)
    await bus.write(1, 0x1187, [0] * 6)
    bus.release()
    await poll
    assert [frame[1] for _, _, frame in port.requests] == [3, 16, 3]
    assert port.requests[1][0] - began < 35


@in_virtual_time
async def test_released_polls_go_at_once():
    bus, port, _ = make()
    began = now_ms()
    bus.reserve(ticks_ms() + 1000)
    bus.release()
    await bus.read(1, 0x0604, 7)
    assert port.requests[0][0] - began < 5


@in_virtual_time
async def test_setpoint_is_first_though_a_poll_asked_before_it():
    bus, port, _ = make(gap_ms=20, urgent_gap_ms=20)
    await bus.read(1, 0x0604, 7)
    poll = asyncio.create_task(bus.read(1, 0x0604, 7))
    await asyncio.sleep(0.001)
    await bus.write(1, 0x1187, [0] * 6)
    await poll
    assert [frame[1] for _, _, frame in port.requests] == [3, 16, 3]


@in_virtual_time
async def test_setpoint_given_up_while_the_line_is_free_leaves_it_to_the_polls():
    bus, port, _ = make()
    await bus.read(1, 0x0604, 7)
    setpoint = asyncio.create_task(bus.write(1, 0x1187, [0] * 6))
    await asyncio.sleep(0.001)
    poll = asyncio.create_task(bus.read(1, 0x0604, 6))
    await asyncio.sleep(0.001)
    setpoint.cancel()
    assert await poll == expected(0x0604, 6)
    assert len(port.requests) == 2


@in_virtual_time
async def test_hold_for_a_setpoint_that_does_not_come_ends_by_itself():
    bus, port, _ = make()
    began = now_ms()
    bus.reserve(ticks_ms() + 1000)
    await bus.read(1, 0x0604, 7)
    assert 95 <= port.requests[0][0] - began <= 125


@in_virtual_time
async def test_poll_too_long_for_any_gap_goes_at_last():
    bus, port, _ = make(answer_ms=950)

    async def telegrams():
        while True:
            bus.reserve(ticks_ms() + 1000)
            bus.release()
            await asyncio.sleep(1)

    bus.timeout_ms = 2000
    await bus.read(1, 0x0604, 7)
    task = asyncio.create_task(telegrams())
    began = now_ms()
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
    assert port.requests[1][0] - began < 5100
    task.cancel()


@in_virtual_time
async def test_silent_device_is_asked_ever_less_but_setpoints_always_try():
    bus, port, device = make()
    device.is_silent = True
    assert await code_of(bus.read(1, 0x0604, 7)) == "timeout"
    assert len(port.requests) == 3
    assert await code_of(bus.read(1, 0x0604, 7)) == "silent"
    assert len(port.requests) == 3
    began = now_ms()
    assert await code_of(bus.write(1, 0x1187, [0] * 6)) == "timeout"
    assert now_ms() - began < 400
    assert len(port.requests) == 4
    began, codes = now_ms(), []
    while now_ms() - began < 60000:
        codes.append(await code_of(bus.read(1, 0x0604, 7)))
        await asyncio.sleep(0.1)
    assert 7 <= codes.count("timeout") <= 10
    device.is_silent = False
    assert await code_of(bus.write(1, 0x1187, [0] * 6)) is None
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)


@in_virtual_time
async def test_silent_device_does_not_slow_down_another():
    bus, _, _ = make()
    read = 0
    began = now_ms()
    while now_ms() - began < 60000:
        await code_of(bus.read(9, 0x0604, 7))
        assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
        read += 1
    assert read > 60000 / 150 * 0.85


@in_virtual_time
async def test_timeout_is_one_second_and_the_bytes():
    bus, _, device = make()
    device.is_silent = True
    began = now_ms()
    await code_of(bus.read(1, 0x0604, 7, retries=0))
    assert 1000 <= now_ms() - began - 27 * BYTE_MS <= 1006


@in_virtual_time
async def test_broken_answer_ends_the_wait_early():
    bus, _, device = make()
    for spoil, code in (
        (lambda request, answer: [(60, answer[:-1] + b"\x00")], "crc"),
        (lambda request, answer: [(60, answer[:9])], "short"),
        (lambda request, answer: [(60, b"\x55" * 25)], "crc"),
    ):
        device.spoil = spoil
        began = now_ms()
        assert await code_of(bus.read(1, 0x0604, 7, retries=0)) == code
        assert now_ms() - began < 350


@in_virtual_time
async def test_endless_noise_does_not_keep_the_bus_beyond_the_timeout():
    bus, port, device = make()
    device.spoil = lambda request, answer: [(0, b"\xaa" * 3000)]
    began = now_ms()
    await code_of(bus.read(1, 0x0604, 7, retries=0))
    assert now_ms() - began < 1100
    port._arriving.clear()


@in_virtual_time
async def test_errors_are_counted_by_name():
    bus, _, device = make()
    answers = {
        "crc": lambda request, answer: [(60, answer[:-1] + bytes([answer[-1] ^ 1]))],
        "short": lambda request, answer: [(60, answer[:-3])],
        "address": lambda request, answer: [(60, bus_rig.sealed(b"\x02" + answer[1:-2]))],
        "mismatch": lambda request, answer: [(60, bus_rig.sealed(b"\x01\x03\x02ab"))],
        "timeout": lambda request, answer: [],
    }
    for code, spoil in answers.items():
        device.spoil = spoil
        assert await code_of(bus.read(1, 0x0604, 7, retries=0)) == code
        assert bus.stats[code] == 1
    device.spoil = None
    assert await code_of(bus.read(1, 0x2000, 7)) == "exception_2"
    assert bus.stats["exceptions"] == 1
    assert bus.stats["exchanges"] == 6
    assert bus.stats["answers"] == 1


@in_virtual_time
async def test_poll_is_tried_three_times_and_a_refusal_only_once():
    bus, port, device = make()
    device.spoil = lambda request, answer: [(60, answer[:-3])]
    assert await code_of(bus.read(1, 0x0604, 7)) == "short"
    assert len(port.requests) == 3
    assert bus.stats["retries"] == 2
    device.spoil = None
    assert await code_of(bus.read(1, 0x2000, 7)) == "exception_2"
    assert len(port.requests) == 4


@in_virtual_time
async def test_busy_device_is_asked_again():
    bus, _, device = make()
    answers = [bus_rig.sealed(b"\x01\x83\x06")]
    device.spoil = lambda request, answer: [(60, answers.pop() if answers else answer)]
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
    assert bus.stats["retries"] == 1


@in_virtual_time
async def test_stale_setpoint_is_never_sent_again():
    bus, port, device = make()
    device.is_silent = True
    assert await code_of(bus.write(1, 0x1187, [0] * 6, valid_ms=900, retries=5)) == "stale"
    assert len(port.requests) == 1
    assert await code_of(bus.write(1, 0x1187, [0] * 6, valid_ms=0)) == "stale"
    assert len(port.requests) == 1


@in_virtual_time
async def test_late_answer_is_never_taken_for_another_register_of_the_same_length():
    bus, port, device = make()
    device.spoil = lambda request, answer: [(1500, answer)]
    assert await code_of(bus.read(1, 0x0604, 4, retries=0)) == "timeout"
    device.spoil = None
    assert await bus.read(1, 0x0610, 4) == expected(0x0610, 4)
    assert port.requests[1][0] - port.requests[0][0] >= 3000


@in_virtual_time
async def test_late_answer_of_another_length_is_skipped_at_once():
    bus, port, device = make()
    device.spoil = lambda request, answer: [(1120, answer)]
    assert await code_of(bus.read(1, 0x0604, 4, retries=0)) == "timeout"
    device.spoil = None
    assert await bus.read(1, 0x0610, 5) == expected(0x0610, 5)
    assert bus.stats["late"] == 1
    assert port.requests[1][0] - port.requests[0][0] < 1200


@in_virtual_time
async def test_answer_to_a_cancelled_request_is_not_taken_for_another():
    bus, _, device = make(answer_ms=400)
    read = asyncio.create_task(bus.read(1, 0x0604, 4))
    await asyncio.sleep(0.1)
    read.cancel()
    await asyncio.gather(read, return_exceptions=True)
    device.answer_ms = 60
    assert await bus.read(1, 0x0610, 4) == expected(0x0610, 4)


@in_virtual_time
async def test_cancelled_setpoint_leaves_the_line_to_the_polls():
    bus, _, _ = make()
    first = asyncio.create_task(bus.read(1, 0x0604, 7))
    await asyncio.sleep(0.01)
    setpoint = asyncio.create_task(bus.write(1, 0x1187, [0] * 6))
    second = asyncio.create_task(bus.read(1, 0x0604, 6))
    await asyncio.sleep(0.01)
    setpoint.cancel()
    assert await first == expected(0x0604, 7)
    assert await second == expected(0x0604, 6)


@in_virtual_time
async def test_bytes_that_came_unasked_are_thrown_away():
    bus, port, _ = make()
    port.put(bus_rig.sealed(b"\x01\x03\x0e" + bytes(14)))
    await asyncio.sleep(0.1)
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
    assert bus.stats["noise_bytes"] == 19


@in_virtual_time
async def test_no_traffic_when_nobody_allows_it():
    bus, port, _ = make()
    bus.keep_open(500)
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
    await asyncio.sleep(0.5)
    assert bus.is_muted()
    assert await code_of(bus.read(1, 0x0604, 7)) == "muted"
    assert await code_of(bus.write(1, 0x1187, [0] * 6)) == "muted"
    assert len(port.requests) == 1
    bus.keep_open(500)
    await bus.write(1, 0x1187, [0] * 6)
    assert len(port.requests) == 2


@in_virtual_time
async def test_retries_end_when_traffic_is_no_longer_allowed():
    bus, port, device = make()
    device.is_silent = True
    bus.keep_open(1500)
    assert await code_of(bus.read(1, 0x0604, 7)) == "muted"
    assert len(port.requests) == 2


@in_virtual_time
async def test_learnt_answer_time_follows_the_device():
    bus, _, device = make(answer_ms=60)
    await bus.read(1, 0x0604, 7)
    assert 60 <= bus.device(1).answer_ms <= 64
    device.answer_ms = 200
    await bus.read(1, 0x0604, 7)
    assert 200 <= bus.device(1).answer_ms <= 204
    device.answer_ms = 60
    for _ in range(40):
        await bus.read(1, 0x0604, 7)
    assert 60 <= bus.device(1).answer_ms <= 72


@in_virtual_time
async def test_scan_of_all_addresses_keeps_memory_bounded():
    bus, _, _ = make()
    bus.timeout_ms = 100
    for unit in range(1, 248):
        await code_of(bus.read(unit, 0x0604, 1, retries=0))
    assert len(bus.devices) <= 16
    assert bus.stats["answers"] == 1


class Damage:
    """Spoils a share of the answers in every known way; seeded."""

    def __init__(self, share, seed):
        self.share = share
        self.random = random.Random(seed)
        self.kinds = {}

    def __call__(self, request, answer):
        if self.random.random() >= self.share:
            return [(60, answer)]
        kind = self.random.choice([name for name in dir(self) if name.startswith("do_")])
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return getattr(self, kind)(request, answer)

    def noise(self):
        return self.random.randbytes(self.random.randrange(1, 30))

    def do_noise_before(self, request, answer):
        return [(self.random.randrange(40), self.noise()), (60, answer)]

    def do_noise_within(self, request, answer):
        at = self.random.randrange(1, len(answer))
        return [(60, answer[:at] + self.noise() + answer[at:])]

    def do_noise_after(self, request, answer):
        return [(60, answer + self.noise())]

    def do_echo(self, request, answer):
        return [(0, request), (60, answer)]

    def do_echo_alone(self, request, answer):
        return [(0, request)]

    def do_damaged_echo(self, request, answer):
        echo = bytearray(request)
        echo[self.random.randrange(len(echo))] ^= 1 << self.random.randrange(8)
        return [(0, bytes(echo)), (60, answer)]

    def do_flip(self, request, answer):
        broken = bytearray(answer)
        for _ in range(self.random.randrange(1, 4)):
            broken[self.random.randrange(len(broken))] ^= 1 << self.random.randrange(8)
        return [(60, bytes(broken))]

    def do_cut(self, request, answer):
        return [(60, answer[: self.random.randrange(len(answer))])]

    def do_late(self, request, answer):
        return [(self.random.randrange(900, 1900), answer)]

    def do_twice(self, request, answer):
        return [(60, answer + answer)]

    def do_other_unit(self, request, answer):
        return [(60, bus_rig.sealed(b"\x02" + answer[1:-2]))]

    def do_other_unit_first(self, request, answer):
        return [(30, bus_rig.sealed(b"\x02" + answer[1:-2])), (60, answer)]

    def do_wrong_length(self, request, answer):
        return [(60, bus_rig.sealed(answer[:-4]))]

    def do_wrong_count(self, request, answer):
        frame = bytearray(answer[:-2])
        frame[2] = frame[2] + 2 & 0xFF
        return [(60, bus_rig.sealed(bytes(frame)))]

    def do_exception(self, request, answer):
        function = self.random.choice((request[1] | 0x80, 0x90))
        return [(60, bus_rig.sealed(bytes([1, function, self.random.randrange(1, 7)])))]

    def do_silence(self, request, answer):
        return []


async def soak(exchanges, seed):
    """Read and write at random over a damaged line; returns the bus and what went wrong."""
    bus, _, device = make()
    damage = Damage(0.05, seed)
    device.spoil = damage
    chance = random.Random(seed + 1)
    wished, failures, longest = {}, 0, 0
    for _ in range(exchanges):
        began = now_ms()
        try:
            if chance.random() < 0.3:
                words = [chance.randrange(65536) for _ in range(6)]
                wished = words
                await bus.write(1, 0x1187, words)
                assert device.writes[-1] == (0x1187, wished)
            else:
                count = chance.randrange(1, 13)
                address = chance.randrange(0x0600, 0x0640 - count)
                assert await bus.read(1, address, count, retries=0) == expected(address, count)
        except ModbusError:
            failures += 1
        longest = max(longest, now_ms() - began)
    assert all(address == 0x1187 and len(words) == 6 for address, words in device.writes)
    return bus, damage, failures, longest


@in_virtual_time
async def test_no_wrong_value_in_10000_exchanges_with_5_percent_damage():
    bus, damage, failures, longest = await soak(10000, 7)
    assert len(damage.kinds) == 16
    assert failures < 400
    assert bus.stats["late"] > 10
    assert longest < 6000


@pytest.mark.soak
def test_no_wrong_value_in_500000_exchanges():
    for seed in range(50):
        bus_rig.run(soak(10000, 100 + seed))


@in_virtual_time
async def test_impossible_request_leaves_the_bus_free():
    bus, port, _ = make()
    for unit, address, count in ((0, 1, 1), (1, 0xFFFF, 2), (1, 0, 126)):
        with pytest.raises(ValueError):
            await bus.read(unit, address, count)
    with pytest.raises(ValueError):
        await bus.write(1, 0x1187, [70000])
    assert port.requests == []
    assert await bus.read(1, 0x0604, 7) == expected(0x0604, 7)
