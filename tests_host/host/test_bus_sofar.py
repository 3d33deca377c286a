"""Rules of the Sofar G3 besides set-points: masks, feed-in, hand-back, other masters."""

import asyncio

from bus_rig import Site, SofarDevice, now_ms, sealed
from test_bus import in_virtual_time

SELF_USE, PASSIVE = 0, 3
ESI_2 = "Sofar ESI 3K-S1;2"


def asked(site, address):
    return [at for at, _, first in site.device.requests if first == address]


@in_virtual_time
async def test_masks_tell_which_blocks_are_read():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(70)
        for served in (0x0584, 0x0644, 0x0684, 0x1023):
            assert asked(site, served), hex(served)
        for missing in (0x060B, 0x066C):
            assert not asked(site, missing), hex(missing)


@in_virtual_time
async def test_page_that_is_refused_is_not_served():
    device = SofarDevice(mode=PASSIVE)
    device.refused_reads.add(0x0580)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(20)
        assert not asked(site, 0x0584)
        assert site.record.pv_w is None


@in_virtual_time
async def test_masks_are_read_once_for_each_machine():
    device = SofarDevice(mode=PASSIVE)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        for _ in range(3):
            device.sofar.set_mode(SELF_USE)
            await site.until(lambda: not site.record.ready)
            await site.until(lambda: site.record.ready)
        assert site.counters["takeovers"] == 4
        assert len(asked(site, 0x0640)) == 1


@in_virtual_time
async def test_reads_keep_within_sixty_registers_of_one_page_and_writes_use_function_16():
    device = SofarDevice(mode=SELF_USE)
    frames = []
    answer = device.reply

    def reply(pdu):
        frames.append(pdu)
        return answer(pdu)

    device.reply = reply
    async with Site(device, no_export=True) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 % 10 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(130)
    blocks = {0x1023: 2, 0x1110: 1, 0x1184: 2, 0x1187: 6}
    for pdu in frames:
        first, count = int.from_bytes(pdu[1:3]), int.from_bytes(pdu[3:5])
        assert pdu[0] in (3, 16)
        if pdu[0] == 3:
            assert count <= 60 and first // 64 == (first + count - 1) // 64
        else:
            assert blocks[first] == count


@in_virtual_time
async def test_no_feed_in_is_written_once_and_taken_back():
    async with Site(SofarDevice(mode=PASSIVE), no_export=True) as site:
        await site.until(lambda: site.record.ready)
        assert site.writes_to(0x1023) == [[1, 0]]
        assert site.record.export_limit_w == 0
        await asyncio.sleep(100)
        assert len(site.writes_to(0x1023)) == 1
        assert site.counters["eeprom_writes"] == 2  # with the time-out
        site.settings["inverter.no_export"] = False
        await site.until(lambda: site.writes_to(0x1023)[1:] == [[0, 0]])
        await site.until(lambda: site.record.ready)
        assert site.record.export_limit_w == -1


@in_virtual_time
async def test_limit_that_is_not_ours_is_left_alone():
    device = SofarDevice(mode=PASSIVE)
    device.sofar._put(0x1023, (1, 0))
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(70)
        assert site.record.export_limit_w == 0
        site.settings["inverter.timeout_s"] = 60
        await site.until(lambda: site.writes_to(0x1184)[-1:] == [[60, 1]])
        await site.until(lambda: site.record.ready)
        assert site.writes_to(0x1023) == []


@in_virtual_time
async def test_feed_in_that_cannot_be_limited_is_told_and_does_not_stop_control():
    device = SofarDevice(mode=PASSIVE)
    device.refuse = lambda address, words: 3 if address == 0x1023 else 0
    async with Site(device, no_export=True) as site:
        site.wanted_w = 700
        await site.until(lambda: site.record.battery_w == 700)
        assert site.alarms() == {"export_not_limited"}
        assert site.record.ready


@in_virtual_time
async def test_control_that_is_switched_off_hands_back_and_reads_on():
    async with Site(SofarDevice(mode=SELF_USE, load_w=1000)) as site:
        site.wanted_w = -500
        await site.until(lambda: site.record.battery_w == -500)
        site.settings["control.enabled"] = False
        took_s = await site.until(lambda: site.device.sofar.mode == SELF_USE)
        assert took_s < 3
        await site.until(lambda: site.record.problem == "switched_off")
        count = len(site.device.writes)
        await site.until(lambda: site.record.battery_w and site.record.battery_w > 900)
        await asyncio.sleep(60)
        assert len(site.device.writes) == count
        assert site.alarms() == set()
        site.settings["control.enabled"] = True
        await site.until(lambda: site.record.battery_w == -500)


@in_virtual_time
async def test_inverter_that_is_no_longer_chosen_is_handed_back():
    for key, value in (("model", "Nonesuch"), ("address", 7)):
        async with Site(SofarDevice(mode=SELF_USE)) as site:
            site.wanted_w = 500
            await site.until(lambda site=site: site.record.battery_w == 500)
            site.settings["inverter." + key] = value
            await site.until(lambda site=site: site.device.sofar.mode == SELF_USE, 5)
            assert site.writes_to(0x1187)[-1] == [0] * 6


@in_virtual_time
async def test_hand_back_that_is_not_heard_is_told_and_falls_to_the_dead_man():
    device = SofarDevice(mode=SELF_USE)
    async with Site(device) as site:
        site.wanted_w = 500
        await site.until(lambda: site.record.battery_w == 500)
        device.is_silent = True
        device.hear = lambda frame: []
        site.settings["inverter.address"] = 7
        await site.until(lambda: "not_handed_back" in [e[1] for e in site.journal.events()])
        await site.until(lambda: device.sofar.mode == SELF_USE, 60)  # by its own time-out


@in_virtual_time
async def test_another_master_is_noticed_and_so_is_its_end():
    device = SofarDevice(mode=PASSIVE)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(30)
        assert site.alarms() == set()

        async def talk():
            while True:
                site.port.put(sealed(b"\x01\x03\x04\x84\x00\x0a"))
                site.port.put(sealed(b"\x01\x03\x14" + bytes(20)), 60)
                await asyncio.sleep(1.13)

        other = asyncio.create_task(talk())
        await site.until(lambda: "other_master" in site.alarms(), 90)
        other.cancel()
        await site.until(lambda: "other_master" not in site.alarms(), 150)


@in_virtual_time
async def test_late_answers_are_no_other_master():
    device = SofarDevice(mode=PASSIVE)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        asks = []

        def late(frame, answer):
            asks.append(frame)
            return [(1150 if len(asks) % 5 == 0 else 60, answer)]

        device.spoil = late
        await asyncio.sleep(200)
        assert site.bus.stats["timeout"] > 20
        assert "other_master" not in site.alarms()


@in_virtual_time
async def test_noise_is_no_other_master():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        await site.until(lambda: site.record.ready)
        for i in range(120):
            site.port.put(bytes((i * 37 + k * 101) & 0xFF for k in range(9)))
            await asyncio.sleep(0.9)
        assert "other_master" not in site.alarms()


@in_virtual_time
async def test_setpoints_honour_what_the_battery_takes_now():
    async with Site(SofarDevice(mode=PASSIVE, soc_pct=99.0)) as site:
        site.wanted_w = -3000
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(25)
        most_w = site.device.plant.charge_limit_w
        assert most_w < 2000
        assert abs(site.record.written_w + most_w) < 60
        assert now_ms() < 60000
