"""The inverter's task against the virtual house's Sofar, in virtual time."""

import asyncio
import itertools
import random
import struct

import bus_rig
from bus_rig import Site, SofarDevice, now_ms
from test_bus import Damage, in_virtual_time

from inverter import family_sofar_g3 as sofar
from modbus.rtu import ModbusError

SELF_USE, PASSIVE = 0, 3


def battery_w(words):
    """Battery power that a written block asks for, discharge +."""
    _, low, high = struct.unpack(">iii", struct.pack(">6H", *words))
    assert low == high
    return -low


def setpoints(site):
    return [battery_w(words) for words in site.writes_to(0x1187)]


@in_virtual_time
async def test_takes_control_in_the_right_order():
    async with Site(SofarDevice(mode=SELF_USE)) as site:
        site.wanted_w = 800
        took_s = await site.until(lambda: site.record.ready)
        assert took_s < 4
        assert [address for address, _ in site.device.writes[:3]] == [0x1184, 0x1187, 0x1110]
        assert site.writes_to(0x1184) == [[30, 1]]
        assert setpoints(site)[0] == 0
        assert site.writes_to(0x1110) == [[PASSIVE]]
        assert site.record.serial == "SH1025003KX000000001"
        assert site.record.hardware == "V001"
        assert site.record.software == "0V120005"
        await site.until(lambda: site.record.battery_w == 800, 20)
        assert site.counters["eeprom_writes"] == 2
        assert site.alarms() == set()
        assert site.record.phase == "run"


@in_virtual_time
async def test_what_is_as_it_should_be_is_not_written_again():
    device = SofarDevice(mode=PASSIVE)
    device.sofar._put(0x1184, (30, 1))
    async with Site(device) as site:
        site.wanted_w = 500
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(60)
        assert site.writes_to(0x1184) == site.writes_to(0x1110) == []
        assert "eeprom_writes" not in site.counters
        assert site.counters["takeovers"] == 1


@in_virtual_time
async def test_setpoint_in_force_is_kept_when_the_board_restarts():
    device = SofarDevice(mode=PASSIVE)
    device.sofar._put(0x1184, (30, 1))
    site = Site(device)
    site.wanted_w, site.starts = 700, False
    async with site:
        await asyncio.sleep(1.5)
        site.start()
        await site.until(lambda: site.record.ready)
        assert setpoints(site) == [700]


@in_virtual_time
async def test_setpoint_is_zero_before_passive_mode_begins():
    site = Site(SofarDevice(mode=SELF_USE))
    site.wanted_w, site.starts = 700, False
    async with site:
        await asyncio.sleep(1.5)
        site.start()
        await site.until(lambda: site.writes_to(0x1110))
        assert setpoints(site) == [0]


@in_virtual_time
async def test_old_decision_does_not_open_the_bus():
    site = Site(SofarDevice(mode=PASSIVE))
    site.starts = False
    async with site:
        await asyncio.sleep(1.5)
        site.decides = False
        await asyncio.sleep(20)
        site.bus.keep_open(0)
        site.start()
        await asyncio.sleep(20)
        assert site.alarms() == {"control_silent"}
        assert site.device.requests == []


@in_virtual_time
async def test_sign_and_scale_of_everything_that_is_read():
    async with Site(SofarDevice(mode=SELF_USE, load_w=1800, pv_w=640, soc_pct=57)) as site:
        site.wanted_w = -1200
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(25)
        record, plant = site.record, site.device.plant
        assert record.battery_w == -1200
        assert record.pv_w == 640
        assert abs(record.inverter_w - plant.inverter_ac_w) <= 5
        assert abs(record.pcc_w - plant.grid_w) <= 5
        assert record.inverter_w < 0 < record.pcc_w
        assert record.battery_ca < 0
        assert record.soc_pct == 57
        assert record.battery_dv == 4000
        assert record.grid_mhz == 50000
        assert record.l1_dv == 2320
        assert record.inverter_temp_c == 38
        assert record.heatsink_temp_c == 41
        assert record.module_temp_c == 44
        assert record.running_state == 2
        assert record.faults == ()
        assert (record.mode, record.setpoint_w, record.timeout_s) == (PASSIVE, -1200, 30)


@in_virtual_time
async def test_each_new_setpoint_goes_out_at_once():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 % 10 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(12)
        waits = []
        for telegram in site.telegrams[-10:]:
            begins = [b for b, _, frame in site.port.requests if frame[1] == 16 and b > telegram]
            waits.append(begins[0] - telegram)
        assert max(waits) < 15 + 12
        assert site.state.latency_ms is not None
        assert 15 <= site.state.latency_ms < 15 + 12


@in_virtual_time
async def test_unchanged_setpoint_is_refreshed_every_ten_seconds_only():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 400
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(5)
        before = len(setpoints(site))
        await asyncio.sleep(100)
        assert 9 <= len(setpoints(site)) - before <= 11


@in_virtual_time
async def test_battery_is_read_last_and_right_before_the_telegram():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 % 10 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(30)
        telegrams = site.telegrams[-20:]
        for telegram in telegrams:
            reads = [at for at, _, address in site.device.requests if address == 0x0604]
            ages = [telegram - at for at in reads if at < telegram]
            assert min(ages) < 250
        seconds = (telegrams[-1] - telegrams[0]) / 1000
        for address, least in ((0x0604, 1), (0x0584, 0.95), (0x0484, 0.95), (0x1110, 0.1)):
            times = [
                at
                for at, _, asked in site.device.requests
                if asked == address and telegrams[0] <= at < telegrams[-1]
            ]
            assert len(times) >= int(least * seconds), hex(address)


@in_virtual_time
async def test_all_slow_blocks_are_read_every_ten_seconds():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 % 10 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(60)
        for block in sofar.SLOW:
            if block.period_ms > 10000 or block in site.inverter.access.absent:
                continue
            times = [at for at, _, asked in site.device.requests if asked == block.address]
            gaps = [b - a for a, b in itertools.pairwise(times[2:])]
            assert max(gaps) < 11500, block.stamp
        assert site.bus.stats["timeout"] == 0


@in_virtual_time
async def test_polls_never_run_into_the_moment_of_the_telegram():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 % 10 * 100
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(30)
        for telegram in site.telegrams[-20:]:
            busy = [
                end
                for (begin, _, _), end in zip(
                    site.port.requests, site.port.answer_ends, strict=False
                )
                if begin < telegram < end
            ]
            assert busy == []


@in_virtual_time
async def test_polls_go_on_as_soon_as_no_setpoint_is_needed():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 400
        await site.until(lambda: site.record.ready)
        await site.until(lambda: site.record.written_w == 400)
        for _ in range(5):
            count = len(site.telegrams)
            await site.until(lambda count=count: len(site.telegrams) > count)
            site.inverter._plan.hurry(sofar.PV, bus_rig.ticks_ms())
            await asyncio.sleep(0.09)
            assert site.telegrams[-1] < site.port.requests[-1][0] < site.telegrams[-1] + 75


@in_virtual_time
async def test_decisions_at_any_moment_never_read_back_wrong():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: int(ms) % 3000
        await site.until(lambda: site.record.ready)
        for i in range(300):
            setpoint = type(site.state.setpoint.value)()
            setpoint.value_w, setpoint.valid_ms = i, 3000
            site.state.setpoint.put(setpoint, bus_rig.ticks_ms())
            site.inverter._plan.hurry(sofar.READ_BACK, bus_rig.ticks_ms())
            await asyncio.sleep(0.237)
        assert "setpoint_mismatches" not in site.counters


@in_virtual_time
async def test_block_that_is_refused_is_left_out():
    device = SofarDevice(mode=PASSIVE)
    device.refused_reads.add(0x0644)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(100)
        asked = [address for _, _, address in device.requests]
        assert asked.count(0x0644) == 1
        assert asked.count(0x0404) >= 9
        assert site.record.battery_max_charge_w == 3000


@in_virtual_time
async def test_serial_number_must_be_readable_but_its_tail_need_not():
    for address, is_known in ((0x0445, False), (0x0470, True), (0x044D, True), (0x1110, False)):
        device = SofarDevice(mode=PASSIVE)
        device.refused_reads.add(address)
        async with Site(device) as site:
            await asyncio.sleep(5)
            assert site.record.ready is is_known, hex(address)
            assert ("inverter_unknown" in site.alarms()) is not is_known
            assert is_known or device.writes == []


@in_virtual_time
async def test_setpoint_that_is_not_taken_at_the_start_keeps_control_away():
    device = SofarDevice(mode=SELF_USE)
    device.sofar._put(0x1187, (0, 0, 0, 5, 0, 5))
    device.forgets.add(0x1187)
    async with Site(device) as site:
        await site.until(lambda: site.alarms() == {"setpoint_not_taken"})
        await asyncio.sleep(20)
        assert site.writes_to(0x1110) == []
        device.forgets.clear()
        await site.until(lambda: site.record.ready, 15)


@in_virtual_time
async def test_what_is_acknowledged_but_not_done_is_no_control():
    for address, alarm in ((0x1184, "deadman_not_armed"), (0x1110, "not_passive")):
        device = SofarDevice(mode=SELF_USE)
        device.forgets.add(address)
        async with Site(device) as site:
            site.wanted_w = 900
            await site.until(lambda s=site, a=alarm: s.alarms() == {a})
            await asyncio.sleep(20)
            assert not site.record.ready
            assert setpoints(site).count(900) == 0
            device.forgets.clear()
            await site.until(lambda s=site: s.record.ready, 400)


@in_virtual_time
async def test_setpoint_past_its_time_is_replaced_by_zero():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.ready)
        await site.until(lambda: site.record.written_w == 900)
        site.decides = False
        took_s = await site.until(lambda: setpoints(site)[-1] == 0)
        assert 2 <= took_s < 4.2
        assert "setpoint_expired" in site.alarms()
        await asyncio.sleep(3)
        assert setpoints(site)[-1] == 0


@in_virtual_time
async def test_all_traffic_ends_without_decisions_so_that_the_inverter_falls_back():
    async with Site(SofarDevice(mode=SELF_USE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.decides = False
        stopped = site.telegrams[-1]
        await site.until(lambda: "control_silent" in site.alarms())
        await site.until(lambda: site.device.sofar.timeouts == 1)
        last_request = site.device.requests[-1][0]
        assert last_request - stopped < 10500
        assert 29000 < now_ms() - last_request < 31500
        assert site.device.sofar.mode == SELF_USE
        assert site.record.battery_w is None
        assert not site.record.ready
        await asyncio.sleep(60)
        assert site.device.requests[-1][0] == last_request
        site.decides = True
        took_s = await site.until(lambda: site.record.ready)
        assert took_s < 5
        await site.until(lambda: site.record.battery_w == 900)
        assert "control_silent" not in site.alarms()


@in_virtual_time
async def test_control_that_never_begins_leaves_the_inverter_alone():
    site = Site(SofarDevice(mode=PASSIVE))
    site.decides = False
    async with site:
        await asyncio.sleep(60)
        assert site.alarms() == {"control_silent"}
        assert site.device.requests[-1][0] < 10500


@in_virtual_time
async def test_without_permission_the_mode_is_not_touched():
    async with Site(SofarDevice(mode=SELF_USE), set_passive=False) as site:
        site.wanted_w = 900
        await asyncio.sleep(30)
        assert site.alarms() == {"not_passive"}
        assert site.record.problem == "not_passive"
        assert site.writes_to(0x1110) == []
        assert setpoints(site) == [0]
        assert site.record.soc_pct == 50
        site.device.sofar.set_mode(PASSIVE)  # the installer, on the display
        assert await site.until(lambda: site.record.ready) < 14
        await site.until(lambda: site.record.written_w == 900)
        assert site.alarms() == set()


@in_virtual_time
async def test_mode_changed_on_the_display_is_put_right_but_not_over_and_over():
    async with Site(SofarDevice(mode=SELF_USE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        for _ in range(2):
            site.device.sofar.set_mode(SELF_USE)
            await site.until(lambda: site.device.sofar.mode == PASSIVE, 13)
            await site.until(lambda: site.record.ready)
        assert site.writes_to(0x1110) == [[PASSIVE]] * 3
        site.device.sofar.set_mode(SELF_USE)
        await site.until(lambda: not site.record.ready, 12)
        await asyncio.sleep(60)
        assert site.writes_to(0x1110) == [[PASSIVE]] * 3
        assert site.record.problem == "not_passive"
        await site.until(lambda: site.record.ready, 300)
        assert site.writes_to(0x1110) == [[PASSIVE]] * 4
        site.device.sofar.set_mode(SELF_USE)
        await asyncio.sleep(60)
        assert site.writes_to(0x1110) == [[PASSIVE]] * 4


@in_virtual_time
async def test_restart_of_the_inverter_is_noticed_and_its_deadman_armed_again():
    async with Site(SofarDevice(mode=SELF_USE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.device.sofar._put(0x1184, (0, 0))  # a restart so short that no answer was missed
        site.device.sofar._put(0x1187, (0,) * 6)
        site.device.sofar._apply_setpoints()
        await site.until(lambda: len(site.writes_to(0x1184)) == 2, 12)
        await site.until(lambda: site.record.ready)
        await site.until(lambda: site.device.plant.battery_w > 880, 20)
        assert site.writes_to(0x1110) == [[PASSIVE]]


@in_virtual_time
async def test_power_failure_of_the_inverter():
    async with Site(SofarDevice(mode=SELF_USE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.device.sofar.power_cycle(off_s=20, connect_s=30)
        took_s = await site.until(lambda: "inverter_silent" in site.alarms())
        assert took_s < 6.1
        assert site.record.phase == "silent"
        assert site.record.soc_pct is None
        await site.until(lambda: site.record.ready, 40)
        assert site.writes_to(0x1184)[-1] == [30, 1]
        await site.until(lambda: site.record.battery_w == 900, 60)
        assert site.alarms() == set()


@in_virtual_time
async def test_inverter_that_hears_but_is_not_heard_is_stopped():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.device.spoil = lambda request, answer: []
        await site.until(lambda: "inverter_silent" in site.alarms())
        await site.until(lambda: abs(site.device.plant.battery_w) < 1, 30)
        await asyncio.sleep(60)
        assert setpoints(site)[-1] == 0


@in_virtual_time
async def test_nobody_on_the_bus():
    device = SofarDevice()
    device.is_silent = True
    async with Site(device) as site:
        took_s = await site.until(lambda: "inverter_silent" in site.alarms())
        assert took_s < 6
        await asyncio.sleep(120)
        assert site.device.writes == []
        device.is_silent = False
        assert await site.until(lambda: site.record.ready, 20) < 15


@in_virtual_time
async def test_every_exception_to_everything_ends_in_a_named_state():
    for code in range(1, 7):
        device = SofarDevice()
        device.spoil = lambda request, answer, code=code: [
            (60, bus_rig.sealed(bytes([1, request[1] | 0x80, code])))
        ]
        async with Site(device) as site:
            await site.until(lambda s=site: "inverter_unknown" in s.alarms())
            await asyncio.sleep(5)
            assert not site.record.ready
            assert site.alarms() == {"inverter_unknown"}
            assert site.device.writes == []
            device.spoil = None
            await site.until(lambda s=site: s.record.ready)
            assert site.alarms() == set()


@in_virtual_time
async def test_inverter_without_battery_or_passive_mode_is_not_commanded():
    for page in (0x0600, 0x1180):
        device = SofarDevice()
        device.sofar._put(page, (0, 0, 0, 0x000F))
        async with Site(device) as site:
            await site.until(lambda s=site: "inverter_unknown" in s.alarms())
            assert site.device.writes == []


@in_virtual_time
async def test_page_without_a_usable_mask_is_tried():
    device = SofarDevice()
    device.sofar._put(0x0600, (0xFFFF,) * 4)
    device.sofar._put(0x1180, (0, 0, 0, 0))
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)


@in_virtual_time
async def test_inverter_that_cannot_be_armed_is_not_commanded():
    device = SofarDevice()
    device.refuse = lambda address, words: 3 if address == 0x1184 else 0
    async with Site(device) as site:
        site.wanted_w = 900
        await site.until(lambda: "deadman_not_armed" in site.alarms())
        await asyncio.sleep(30)
        assert site.device.writes == []
        assert site.record.soc_pct == 50
        del device.refuse
        await site.until(lambda: site.record.ready, 80)


@in_virtual_time
async def test_setpoint_that_is_acknowledged_but_not_taken_is_seen():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.device.forgets.add(0x1187)
        site.wanted_w = 400
        await site.until(lambda: site.counters.get("setpoint_mismatches"), 15)
        before = len(setpoints(site))
        await site.until(lambda: len(setpoints(site)) > before, 1.5)
        await site.until(lambda: "setpoint_not_taken" in site.alarms(), 60)
        assert site.counters["setpoint_mismatches"] >= 3
        site.device.forgets.clear()
        await site.until(lambda: site.record.battery_w == 400, 30)
        await site.until(lambda: site.alarms() == set(), 12)


@in_virtual_time
async def test_refused_setpoint_is_named():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        site.device.refuse = lambda address, words: 4 if address == 0x1187 else 0
        site.wanted_w = 400
        await site.until(lambda: "setpoint_refused" in site.alarms(), 10)
        assert site.record.written_w is None
        del site.device.refuse
        await site.until(lambda: site.record.battery_w == 400, 30)
        assert "setpoint_refused" not in site.alarms()


@in_virtual_time
async def test_lost_acknowledgement_is_followed_by_the_newest_setpoint():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        lost = []

        def spoil(request, answer):
            if request[1] == 16 and not lost:
                lost.append(request)
                return []
            return [(60, answer)]

        site.device.spoil = spoil
        site.wanted_w = lambda ms: int(ms) // 1000
        await site.until(lambda: lost)
        count = len(setpoints(site))
        await site.until(lambda: len(setpoints(site)) > count)
        assert setpoints(site)[-1] == round(site.telegrams[-1] / 1000)
        assert site.counters["setpoints_lost"] == 1


@in_virtual_time
async def test_battery_that_does_not_follow_is_seen():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        await asyncio.sleep(20)
        assert site.alarms() == set()
        obey = site.device.sofar._apply_setpoints
        site.device.sofar._apply_setpoints = lambda: None
        site.device.plant.command(0, 0)
        took_s = await site.until(lambda: "not_following" in site.alarms(), 60)
        assert took_s < 20
        site.device.sofar._apply_setpoints = obey
        await site.until(lambda: site.alarms() == set(), 30)


@in_virtual_time
async def test_setpoints_that_change_every_second_are_followed():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        site.wanted_w = lambda ms: (int(ms) // 1000 * 739) % 4000 - 2000
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(120)
        assert site.alarms() == set()


@in_virtual_time
async def test_limits_follow_the_battery():
    async with Site(SofarDevice(mode=PASSIVE, soc_pct=99.0)) as site:
        await site.until(lambda: site.record.limits_at_ms is not None)
        limit_w = site.device.plant.charge_limit_w
        assert limit_w < 2000
        assert abs(site.record.battery_max_charge_w - limit_w) < 50
        assert site.record.battery_max_discharge_w == 3000


@in_virtual_time
async def test_limits_of_model_and_installer_are_never_passed():
    async with Site(SofarDevice(mode=PASSIVE), max_discharge_w=1500) as site:
        site.wanted_w = 2900
        await site.until(lambda: site.record.battery_w == 1500)
        site.wanted_w = -99999
        await site.until(lambda: site.record.written_w == -3000)
        assert set(setpoints(site)) <= {0, 1500, -3000}
        assert site.record.battery_max_discharge_w == 1500


@in_virtual_time
async def test_changed_settings_are_taken_over():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        await site.until(lambda: site.record.ready)
        site.wanted_w = 500
        await site.until(lambda: site.record.written_w == 500)
        site.settings["inverter.timeout_s"] = 60
        await site.until(lambda: site.writes_to(0x1184)[-1:] == [[60, 1]], 10)
        await site.until(lambda: site.record.ready)
        assert setpoints(site)[-2:] == [500, 500]
        site.settings["inverter.model"] = "Nonesuch"
        await site.until(lambda: "inverter_model" in site.alarms(), 10)
        assert not site.record.ready
        site.settings["inverter.model"] = "Sofar ESI 6K-S1"
        await site.until(lambda: site.record.ready)
        assert site.alarms() == set()


@in_virtual_time
async def test_hand_back_restores_the_mode_that_was_found():
    site = Site(SofarDevice(mode=SELF_USE))
    async with site:
        site.wanted_w = 900
        await site.until(lambda: site.record.battery_w == 900)
        await site.stop()
        await site.inverter.hand_back()
        assert site.device.sofar.mode == SELF_USE
        assert setpoints(site)[-1] == 0
        assert not site.record.ready
        count = len(site.device.writes)
        await site.inverter.hand_back()
        assert len(site.device.writes) == count


@in_virtual_time
async def test_hand_back_ends_passive_mode_that_was_found_unless_the_mode_is_the_installers():
    for may_set, mode in ((True, SELF_USE), (False, PASSIVE)):
        site = Site(SofarDevice(mode=PASSIVE), set_passive=may_set)
        async with site:
            site.wanted_w = 900
            await site.until(lambda site=site: site.record.battery_w == 900)
            await site.stop()
            await site.inverter.hand_back()
            assert site.device.sofar.mode == mode
            assert setpoints(site)[-1] == 0


@in_virtual_time
async def test_only_three_blocks_can_be_written():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        await site.until(lambda: site.record.ready)
        for frame in (
            (0x10, 0x1104, [0]),
            (0x10, 0x1187, [0] * 4),
            (0x10, 0x100B, [1] * 5),
            (0x06, 0x1110, [0]),
        ):
            try:
                await site.inverter.access.write((frame,))
            except ValueError:
                continue
            raise AssertionError(frame)


@in_virtual_time
async def test_ten_minutes_on_a_damaged_bus():
    device = SofarDevice(mode=SELF_USE)
    async with Site(device) as site:
        wanted = {0}

        def decide(ms):
            wanted.add(int(ms) // 1000 * 739 % 4000 - 2000)
            return int(ms) // 1000 * 739 % 4000 - 2000

        site.wanted_w = decide
        device.spoil = Damage(0.05, 3)
        await asyncio.sleep(600)
        assert {(0x10, address, len(words)) for address, words in device.writes} == set(
            sofar.WRITABLE
        ) - {(0x10, 0x1023, 2)}
        assert set(setpoints(site)) <= wanted
        assert len(setpoints(site)) > 550
        assert site.record.ready
        assert site.counters["eeprom_writes"] <= 3
        record, plant = site.record, device.plant
        assert abs(record.soc_pct - plant.soc_pct) <= 1


@in_virtual_time
async def test_a_crash_of_the_poller_ends_the_task():
    site = Site(SofarDevice(mode=PASSIVE))
    async with site:
        await site.until(lambda: site.record.ready)

        def broken(*_):
            raise RuntimeError("broken")

        site.inverter._plan.done = broken
        await site.until(lambda: site._tasks[2].done())
        assert isinstance(site._tasks[2].exception(), RuntimeError)
        site._tasks.pop(2)


@in_virtual_time
async def test_hand_back_to_a_silent_inverter_says_so():
    site = Site(SofarDevice(mode=SELF_USE))
    async with site:
        await site.until(lambda: site.record.ready)
        await site.stop()
        site.device.is_silent = True
        try:
            await site.inverter.hand_back()
        except ModbusError:
            return
        raise AssertionError("no error")


@in_virtual_time
async def test_crashes_anywhere_leave_bus_and_inverter_usable():
    site = Site(SofarDevice(mode=SELF_USE))
    site.starts = False
    chance = random.Random(5)
    share = 0.03

    def failing(call):
        def wrapped(*arguments):
            if chance.random() < share:
                raise MemoryError
            return call(*arguments)

        return wrapped

    async def supervised():
        while True:
            try:
                await site.inverter.run()
            except MemoryError:
                site.state.count("crashes")
            await asyncio.sleep(1)

    for owner, name in (
        (site.port, "any"),
        (site.port, "write"),
        (site.port, "readinto"),
        (site.bus._exchange, "read"),
        (site.bus._exchange, "write"),
        (site.bus._exchange, "feed"),
        (site.bus._exchange, "result"),
        (site.bus._agenda, "ended"),
        (site.bus._agenda, "lost"),
        (site.state.inverter, "put"),
        (site.state.setpoint, "wait"),
    ):
        setattr(owner, name, failing(getattr(owner, name)))
    async with site:
        site._tasks.append(asyncio.create_task(supervised()))
        site.wanted_w = 900
        await asyncio.sleep(300)
        assert site.counters["crashes"] > 50
        share = 0
        await site.until(lambda: site.record.ready, 30)
        await site.until(lambda: site.record.battery_w == 900, 30)
