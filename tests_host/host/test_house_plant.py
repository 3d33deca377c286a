"""The plant: energy balance, limits, dead time and lag of battery and inverter."""

import math
import random

import pytest

from tools.house.plant import OFF, PASSIVE, SELF_USE, STANDBY, Plant


def _passive(**options) -> Plant:
    plant = Plant(**options)
    plant.mode = PASSIVE
    return plant


def _run(plant: Plant, seconds: float, load_w: float, pv_w: float = 0.0, dt_s: float = 0.1):
    for _ in range(round(seconds / dt_s)):
        plant.step(dt_s, load_w, pv_w)


def test_nothing_moves_during_the_dead_time_then_a_first_order_approach():
    plant = _passive(dead_time_s=0.7, lag_s=2.0)
    plant.command(1000, 1000)
    _run(plant, 0.7, 500)
    assert plant.battery_w == 0
    _run(plant, 2.0, 500)
    assert plant._actual_w == pytest.approx(1000 * (1 - math.exp(-1)), abs=1)
    _run(plant, 20, 500)
    assert plant.battery_w == pytest.approx(1000, abs=1)


def test_one_second_steps_carry_the_same_energy_as_tenth_second_steps():
    coarse, fine = _passive(), _passive()
    for plant, dt_s in ((coarse, 1.0), (fine, 0.1)):
        plant.command(-2000, -2000)
        _run(plant, 5, 300, 100, dt_s)
        plant.command(1500, 1500)
        _run(plant, 5, 300, 100, dt_s)
    for name, value in coarse.energy_wh.items():
        assert value == pytest.approx(fine.energy_wh[name], abs=0.02), name


def test_energy_is_conserved_at_every_step():
    plant, chance = Plant(soc_pct=60), random.Random(7)
    for _ in range(3000):
        if chance.random() < 0.05:
            plant.mode = chance.choice((SELF_USE, PASSIVE, STANDBY, OFF))
            window = sorted((chance.uniform(-6000, 6000), chance.uniform(-6000, 6000)))
            plant.command(*window, chance.uniform(-500, 500))
        before_wh = plant._stored_wh
        dt_s = chance.choice((0.1, 1.0))
        plant.step(dt_s, chance.uniform(0, 8000), chance.uniform(0, 5000))
        dc_w = plant.pv_w + plant.battery_w
        ac_w = plant.inverter_ac_w + (0 if plant.mode == OFF else plant.standby_w)
        assert plant.grid_w == pytest.approx(plant.load_w - plant.inverter_ac_w, abs=1e-6)
        assert ac_w == pytest.approx(dc_w * 0.97 if dc_w > 0 else dc_w / 0.97, abs=1e-6)
        assert plant._stored_wh - before_wh == pytest.approx(-plant.battery_w * dt_s / 3600)
        assert -3000.001 <= plant.battery_w <= 3000.001
        assert abs(ac_w) <= 3000.001
        assert plant.pv_w >= 0


def test_commands_beyond_the_machine_are_clamped():
    plant = _passive(bms_w=5000)
    plant.command(-0x80000000, -0x80000000)
    _run(plant, 60, 0)
    assert plant.battery_w == pytest.approx(-0.97 * 3000, abs=1)
    plant.command(9000, 9000)
    _run(plant, 60, 0)
    assert plant.battery_w == pytest.approx(3000, abs=1)
    assert plant.grid_w == pytest.approx(-3000 * 0.97 + plant.standby_w, abs=1)


def test_window_upside_down_is_refused_and_changes_nothing():
    plant = _passive()
    plant.command(-100, 200, 30)
    with pytest.raises(ValueError, match="battery_min_w"):
        plant.command(200, -100)
    assert (plant.battery_min_w, plant.battery_max_w, plant.grid_target_w) == (-100, 200, 30)


def test_discharge_stops_at_the_lowest_soc_and_charge_at_the_highest():
    plant = _passive(soc_pct=20.2, capacity_wh=1000)
    plant.command(3000, 3000)
    _run(plant, 60, 0)
    assert plant.soc_pct == pytest.approx(20, abs=1e-6)
    assert plant.battery_w == 0
    plant.soc_pct = 99.9
    plant.command(-3000, -3000)
    _run(plant, 600, 0)
    assert plant.soc_pct <= 100
    assert plant.battery_w == pytest.approx(0, abs=5)


def test_bms_tapers_the_charge_above_ninety_percent():
    plant = _passive(soc_pct=80, bms_w=3000)
    plant.command(-2500, -2500)
    _run(plant, 30, 0)
    assert plant.battery_w == pytest.approx(-2500, abs=1)
    plant.soc_pct = 95
    _run(plant, 30, 0)
    assert plant.battery_w == pytest.approx(-3000 * 0.55, rel=0.03)
    assert plant.charge_limit_w == pytest.approx(-plant.battery_w, abs=1)


def test_solar_that_finds_no_room_is_curtailed():
    plant = _passive()
    plant.command(0, 0)
    _run(plant, 30, 200, 4500)
    assert plant.pv_w == pytest.approx(3000 / 0.97)
    assert plant.energy_wh["curtailed"] > 0
    plant.command(-1000, -1000)
    _run(plant, 30, 200, 4500)
    assert plant.pv_w == pytest.approx(3000 / 0.97 + 1000, abs=1)


def test_passive_window_lets_the_inverter_reach_its_grid_target():
    plant = _passive()
    plant.command(-3000, 3000, 250)
    _run(plant, 40, 1500, 400)
    assert plant.grid_w == pytest.approx(250, abs=1)
    plant.command(0, 3000)  # no charging: surplus goes to the grid
    _run(plant, 40, 100, 1000)
    assert plant.battery_w == pytest.approx(0, abs=0.01)
    assert plant.grid_w < -800


def test_untouched_passive_window_freezes_the_battery():
    plant = _passive()
    _run(plant, 30, 2000)
    assert plant.battery_w == 0
    assert plant.grid_w == pytest.approx(2000 + plant.standby_w)


def test_self_use_balances_and_leaves_the_dead_zone_alone():
    plant = Plant()
    _run(plant, 30, 1500)
    assert abs(plant.grid_w) < 1
    held_w = plant.battery_w
    _run(plant, 30, 1580)
    assert plant.battery_w == pytest.approx(held_w, abs=0.1)
    assert plant.grid_w == pytest.approx(80, abs=1)
    _run(plant, 30, 1650)
    assert abs(plant.grid_w) < 1


def test_ramp_limit_holds_the_slope():
    plant = _passive(ramp_w_per_s=50, dead_time_s=0, lag_s=0)
    plant.command(1000, 1000)
    _run(plant, 10, 0, dt_s=1)
    assert plant._actual_w == pytest.approx(500)


def test_standby_keeps_the_sun_and_off_delivers_nothing():
    plant = Plant()
    _run(plant, 30, 1500, 500)
    plant.mode = STANDBY
    _run(plant, 60, 1500, 500)
    assert plant.battery_w == pytest.approx(0, abs=1e-6)
    assert plant.grid_w == pytest.approx(1500 - 500 * 0.97 + plant.standby_w)
    plant.mode = OFF
    _run(plant, 1, 1500, 500)
    assert (plant.grid_w, plant.pv_w, plant.inverter_ac_w) == (1500, 0, 0)
