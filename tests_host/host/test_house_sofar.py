"""The inverter's registers: one consistent moment, refusals, write rules, time-out, restart."""

import datetime

import pytest

from tools.house.meter import TIMEZONE
from tools.house.plant import OFF, PASSIVE, SELF_USE, STANDBY, Plant
from tools.house.sofar import RefusedError, Sofar

# ESI 3K-S1 in passive mode at 2026-06-15 14:30:05: discharging 1.20 kW at 57 %, sun 640 W, load
# 1.84 kW, grid 0. Address and words in hex; derived from the protocol document and a dump of an
# inverter of the same family, independent of the code under test.
_MOMENT = """
0044 0138
0400 0003 FFFF FFFF FFFF 0002
0405 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000
0418 0026
041A 0029
0420 002C
0426 0200 0000 4B5A 0000 6C31 04B0 001A 0006 000F 000E 001E 0005
0440 0003 0007 FFFF FFEF
0445 5348 3130 3235 3030 334B 5830 3030 3030 5630 3031 3056 3132 3030 3035
0453 3056 3132 3030 3035 3056 3132 3030 3035
0470 3030 3031
0480 0000 C000 000C E17F 1388 00B8 0000 00B8 0000
048B 0000
048D 0910 0319 00B8
0491 03E8 0000 0000
04AE 0000 00B8
04BD 03E8
0500 0000 0000 0001 1CFF 0000
0507 1388
050A 090C
0580 0000 0000 0000 03FF 0C1C 006E 0022 0BB8 0064 001E
05C0 0000 0000 0000 001F 0006
0600 0000 0000 0000 07FF 0FA0 FED4 FF88 0018 0039 0064 002A
0640 0000 0F80 0000 007F 04E2 04E2 0002
0667 FFF4 0039 0064 0002 0019 0000 1388 0000 1388
0680 0000 0000 0FFF FFFF 0000 02E6 0000 CFDE 0000 03D9 0000 D28F 0000 0070 0000 479A
0690 0000 0023 0000 3AB3 0000 0104 0000 30A0 0000 01C8 0000 2C25
06C0 0000 2000 0000 000F
06ED 001E
1000 41FF 63FE 001E FFFF 001A 0006 000F 000E 001E 0005 0000 0001 0001 0000 0000 0000
1023 0000 0000
1029 0001 0000
1040 0000 0004 0FFF FFFF
1044 0000 0001 000B 1388 0000 0000 01A4 04E2 04E2 0050 0050 0019 0FA0 0001 000A 0000
105B 0064
1060 0002
1073 0001
1100 000F FFFF FFFF 0FFF 0001 0000 03E8 03E8 0000 0064 0064 0001 0000 0000
1110 0003
1180 0000 03FF FFFF FFFF 003C 0001 0000 0000 0000 FFFF FB50 FFFF FB50 0000 0000
118F 0000 0000
"""


class _Clock:
    def __init__(self):
        self.now_s = datetime.datetime(2026, 6, 15, 14, 30, 5, tzinfo=TIMEZONE).timestamp()

    def __call__(self) -> float:
        return self.now_s


def _inverter(**options):
    clock = _Clock()
    plant = Plant(soc_pct=57, dead_time_s=0, lag_s=0, efficiency=1, standby_w=0)
    return Sofar(plant, clock, **options), plant, clock


def _refusal(action, *arguments) -> int:
    with pytest.raises(RefusedError) as refused:
        action(*arguments)
    return refused.value.args[0]


def _s32(value: int) -> list[int]:
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def test_one_moment_reads_as_the_document_has_it():
    inverter, plant, _ = _inverter()
    inverter.write(0x1110, [3])
    inverter.write(0x1184, [60, 1])
    inverter.write(0x1187, _s32(0) + _s32(-1200) + _s32(-1200))
    plant.step(0.001, 1840, 640)
    for line in _MOMENT.split("\n")[1:-1]:
        address, *words = (int(word, 16) for word in line.split())
        assert inverter.read(address, len(words)) == words, line


def test_live_registers_stay_consistent_in_every_direction():
    inverter, plant, _ = _inverter()
    inverter.write(0x1110, [3])
    for battery_w, load_w, pv_w in ((0, 0, 0), (-1500, 333, 2222), (2999, 100, 5), (777, 4000, 0)):
        inverter.write(0x1189, _s32(-battery_w) * 2)
        plant.step(0.1, load_w, pv_w)
        signed = [word - 0x10000 * (word >> 15) for word in inverter.read(0x0484, 44)]
        out, pcc, load = signed[1], signed[4], signed[0x04AF - 0x0484]
        assert load == out - pcc
        assert out == round(plant.inverter_ac_w / 10)
        assert pcc == round(-plant.grid_w / 10)
        volt, current, power = (word - 0x10000 * (word >> 15) for word in inverter.read(0x0604, 3))
        assert power == round(-plant.battery_w / 10)
        assert volt / 10 * current / 100 == pytest.approx(power * 10, abs=3)
        first, second = inverter.read(0x0586, 1)[0], inverter.read(0x0589, 1)[0]
        assert first + second == round(plant.pv_w / 10)


def test_unserved_registers_of_a_served_page_read_zero():
    inverter, _, _ = _inverter()
    assert inverter.read(0x0498, 3) == [0, 0, 0]
    assert inverter.read(0x058A, 2) == [0, 0]
    assert inverter.read(0x11A9, 1) == [0]


def test_reads_that_are_refused():
    inverter, _, _ = _inverter()
    for address, count, code in (
        (0x0000, 1, 2),
        (0x0200, 10, 2),
        (0x0700, 1, 2),
        (0x0A3F, 1, 2),
        (0x0A40, 1, 1),
        (0x0FFF, 1, 1),
        (0x1140, 1, 2),
        (0x1200, 1, 2),
        (0x0480, 61, 3),  # more than 60 in the real-time area
        (0x04B0, 17, 2),  # across a page
        (0x10C0, 1, 2),
        (0x1170, 60, 2),
    ):
        assert _refusal(inverter.read, address, count) == code, hex(address)
    assert len(inverter.read(0x0480, 60)) == 60
    assert len(inverter.read(0x0404, 60)) == 60
    assert len(inverter.read(0x1180, 64)) == 64
    assert inverter.refusals == 12


def test_single_registers_of_a_block_are_refused_as_measured():
    inverter, _, _ = _inverter()
    for address, words, code in (
        (0x1187, [0], 1),
        (0x1189, [0], 1),
        (0x118B, [0], 2),
        (0x1184, [60], 3),
        (0x1185, [1], 2),
        (0x1024, [0], 2),
        (0x102A, [0], 2),
        (0x1004, [26], 3),
        (0x1007, [12], 3),
        (0x118B, _s32(0), 2),  # a write may not start here
        (0x1187, _s32(0), 1),
        (0x104D, [50], 2),
        (0x1111, [0], 3),
        (0x0485, [0], 2),  # measured values cannot be written
        (0x0A40, [0], 1),
        (0x1200, [0], 2),
        (0x1130, _s32(5000) * 2, 2),
    ):
        assert _refusal(inverter.write, address, words) == code, (hex(address), words)
    assert not inverter.writes and not inverter.eeprom_writes


def test_values_out_of_range_are_refused_and_nothing_of_the_block_is_kept():
    inverter, plant, _ = _inverter()
    inverter.write(0x1187, _s32(0) + _s32(-500) + _s32(700))
    assert _refusal(inverter.write, 0x1187, _s32(0) + _s32(100) + _s32(-100)) == 3
    assert _refusal(inverter.write, 0x1189, _s32(1) + _s32(0)) == 3
    assert inverter.read(0x1187, 6) == _s32(0) + _s32(-500) + _s32(700)
    assert (plant.battery_min_w, plant.battery_max_w) == (-700, 500)
    assert _refusal(inverter.write, 0x1110, [7]) == 3
    assert _refusal(inverter.write, 0x1184, [60, 2]) == 3
    assert inverter.read(0x1184, 2) == [0, 0]
    assert _refusal(inverter.write, 0x1104, [2]) == 3
    assert _refusal(inverter.write, 0x105B, [59]) == 3


def test_setpoints_turn_the_sign_once_and_out_of_range_ones_are_clamped_in_use():
    inverter, plant, _ = _inverter()
    inverter.write(0x1110, [3])
    inverter.write(0x1187, _s32(250) + _s32(-1000) + _s32(2000))
    assert (plant.battery_min_w, plant.battery_max_w, plant.grid_target_w) == (-2000, 1000, 250)
    inverter.write(0x1189, _s32(-0x80000000) + _s32(0x7FFFFFFF))
    plant.step(0.1, 9000, 0)
    assert plant.battery_w == pytest.approx(3000)
    assert inverter.read(0x1189, 4) == _s32(-0x80000000) + _s32(0x7FFFFFFF)


def test_entering_passive_mode_without_setpoints_freezes_the_battery():
    inverter, plant, _ = _inverter()
    plant.step(0.1, 2000, 0)
    assert plant.battery_w == pytest.approx(2000)
    inverter.write(0x1110, [3])
    plant.step(0.1, 2000, 0)
    assert plant.battery_w == 0


def test_timeout_is_off_in_a_fresh_unit_and_then_the_last_setpoint_holds_for_ever():
    inverter, plant, clock = _inverter(mode=3)
    inverter.write(0x1189, _s32(-800) * 2)
    clock.now_s += 86400
    inverter.tick()
    plant.step(0.1, 0, 0)
    assert plant.battery_w == pytest.approx(800)
    assert inverter.timeouts == 0


def test_timeout_forces_standby_until_a_new_setpoint():
    inverter, plant, clock = _inverter(mode=3)
    inverter.write(0x1184, [60, 0])
    inverter.write(0x1189, _s32(-800) * 2)
    clock.now_s += 59.9
    inverter.tick()
    assert plant.mode == PASSIVE
    clock.now_s += 0.1
    inverter.tick()
    assert plant.mode == STANDBY and inverter.stopped and inverter.mode == 3
    assert inverter.read(0x0404, 1) == [11]
    inverter.tick()
    assert (plant.mode, inverter.timeouts) == (STANDBY, 1)
    inverter.write(0x1189, _s32(-800) * 2)
    assert plant.mode == PASSIVE and not inverter.stopped


def test_timeout_goes_back_to_the_mode_before():
    for before in (0, 2):
        inverter, plant, clock = _inverter(mode=before)
        inverter.write(0x1110, [3])
        inverter.write(0x1110, [3])
        inverter.write(0x1184, [60, 1])
        clock.now_s += 60
        inverter.tick()
        assert (inverter.mode, plant.mode) == (before, SELF_USE)
        assert inverter.read(0x1110, 1) == [before]


def test_any_communication_keeps_the_timeout_away_even_reads_and_refusals():
    inverter, plant, clock = _inverter(mode=3)
    inverter.write(0x1184, [60, 0])
    for contact in (
        lambda: inverter.read(0x0608, 1),
        lambda: _refusal(inverter.read, 0x0200, 1),
        lambda: _refusal(inverter.write, 0x118B, [0]),
        inverter.heard,
    ):
        clock.now_s += 50
        contact()
        inverter.tick()
        assert plant.mode == PASSIVE
    assert inverter.timeouts == 0


def test_timeout_matters_in_passive_mode_only():
    inverter, plant, clock = _inverter()
    inverter.write(0x1184, [60, 0])
    clock.now_s += 3600
    inverter.tick()
    assert plant.mode == SELF_USE and inverter.timeouts == 0


def test_writes_are_counted_and_eeprom_apart():
    inverter, _, _ = _inverter()
    for _ in range(3):
        inverter.write(0x1187, _s32(0) * 3)
    inverter.write(0x1189, _s32(0) * 2)
    inverter.write(0x1110, [3])
    inverter.write(0x1110, [3])
    inverter.write(0x1184, [60, 1])
    inverter.write(0x1105, [0, 1000, 1000])
    assert (inverter.writes[0x1187], inverter.writes[0x1189]) == (3, 4)
    assert inverter.eeprom_writes == {0x1110: 2, 0x1184: 1, 0x1185: 1}


def test_clock_is_set_as_one_block_and_reads_back_running():
    inverter, _, clock = _inverter()
    inverter.write(0x1004, [27, 1, 2, 3, 4, 5, 1])
    clock.now_s += 10
    assert inverter.read(0x1004, 7) == [27, 1, 2, 3, 4, 15, 0]
    assert inverter.read(0x042C, 6) == [27, 1, 2, 3, 4, 15]
    assert _refusal(inverter.write, 0x1004, [27, 13, 2, 3, 4, 5, 1]) == 3
    assert _refusal(inverter.write, 0x1004, [27, 1, 2, 3, 4, 5, 0]) == 3


def test_battery_block_moves_the_lowest_soc_of_the_plant():
    inverter, plant, _ = _inverter()
    block = inverter.read(0x1044, 16)
    block[9], block[10], block[15] = 85, 90, 1
    inverter.write(0x1044, block)
    assert plant.soc_min_pct == 15
    assert inverter.read(0x1053, 1) == [0]
    block[9], block[15] = 91, 1
    assert _refusal(inverter.write, 0x1044, block) == 3
    block[9], block[10] = 80, 70
    assert _refusal(inverter.write, 0x1044, block) == 3
    inverter.write(0x1044, [0])  # alone it only chooses the input
    inverter.write(0x105B, [90])
    assert plant.soc_max_pct == 90


def test_timed_rules_are_refused_while_a_timed_mode_runs():
    inverter, _, _ = _inverter()
    rule = [0] * 14 + [1]
    inverter.write(0x1111, rule)
    inverter.write(0x1110, [2])
    assert _refusal(inverter.write, 0x1111, rule) == 3


def test_remote_off_shuts_down_and_on_brings_back():
    inverter, plant, _ = _inverter()
    inverter.write(0x1104, [0])
    plant.step(0.1, 500, 300)
    assert plant.mode == OFF and plant.grid_w == 500
    assert inverter.read(0x0404, 1) == [0]
    inverter.write(0x1104, [1])
    assert plant.mode == SELF_USE


def test_power_failure_forgets_setpoints_and_keeps_what_is_stored():
    inverter, plant, clock = _inverter()
    inverter.write(0x1110, [3])
    inverter.write(0x1184, [60, 1])
    inverter.write(0x1187, _s32(10) + _s32(-800) * 2)
    inverter.power_cycle(off_s=20, connect_s=60)
    assert not inverter.listening and plant.mode == OFF
    clock.now_s += 21
    inverter.tick()
    assert inverter.listening
    assert inverter.read(0x0404, 1) == [1]
    assert inverter.read(0x0417, 1) == [59]
    assert inverter.read(0x1187, 6) == [0] * 6
    assert inverter.read(0x1184, 2) == [60, 1]
    clock.now_s += 59
    inverter.tick()
    assert inverter.read(0x1110, 1) == [3] and plant.mode == PASSIVE
    plant.step(0.1, 1000, 0)
    assert plant.battery_w == 0


def test_somebody_at_the_display_takes_it_out_of_passive_mode():
    inverter, plant, _ = _inverter(mode=3)
    inverter.set_mode(0)
    assert inverter.read(0x1110, 1) == [0] and plant.mode == SELF_USE


def test_energies_of_today_start_again_at_midnight_and_totals_go_on():
    inverter, plant, clock = _inverter()
    for _ in range(60):
        plant.step(60, 1200, 0)
    assert inverter.read(0x0688, 4) == _s32(985 + 120) + _s32(53903 + 12)
    clock.now_s += 10 * 3600
    inverter.tick()
    assert inverter.read(0x0688, 2) == [0, 0]
    plant.step(3600, 1200, 0)
    assert inverter.read(0x0688, 4) == _s32(120) + _s32(53903 + 24)
