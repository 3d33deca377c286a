"""From inputs to set-point and reason; limits, ramp, deadband, pulses."""

from control_rig import NOON_S, Rig

from control.pulses import Pulses
from control.shape import Shaper


def test_what_is_not_known_stops_the_battery_with_its_name():
    rows = (
        ({"grid_w": None}, "no_telegram"),
        ({"soc_pct": None}, "soc_unknown"),
        ({"battery_w": None}, "battery_unknown"),
        ({"fault": "crc_failing"}, "crc_failing"),
        ({"fault": "inverter_silent", "grid_w": None}, "inverter_silent"),
    )
    for changes, reason in rows:
        rig = Rig()
        assert rig.house(1500, 10).setpoint_w > 1000
        decision = rig.step(**changes)
        assert (decision.setpoint_w, decision.regime, decision.reason) == (0, "safe", reason)
        assert decision.regime == "safe"


def test_a_fault_stops_the_battery_without_a_telegram():
    rig = Rig()
    rig.house(1500, 10)
    assert rig.step(fresh=False, fault="no_telegram").setpoint_w == 0


def test_without_a_telegram_and_without_a_fault_the_set_point_stays():
    rig = Rig()
    before_w = rig.house(1500, 10).setpoint_w
    assert rig.step(fresh=False, grid_w=-9000).setpoint_w == before_w


def test_switched_off_means_at_rest():
    rig = Rig(enabled=False)
    decision = rig.house(1500, 5)
    assert (decision.setpoint_w, decision.regime, decision.reason) == (0, "off", "switched_off")


def test_balancing_brings_the_grid_to_zero_both_ways():
    for load_w, pv_w, reason in (
        (1200, 0, "balance_discharge"),
        (300, 2000, "balance_charge"),
    ):
        rig = Rig()
        decision = rig.house(load_w, 30, pv_w)
        assert decision.reason == reason
        assert abs(rig.inputs.grid_w) <= 20
        assert abs(decision.setpoint_w - (load_w - pv_w)) <= 20


def test_a_full_battery_lets_the_surplus_go():
    decision = Rig().step(soc_pct=100, grid_w=-2000)
    assert (decision.setpoint_w, decision.reason) == (0, "battery_full")


def test_the_limits_of_inverter_and_battery_hold_and_are_named():
    rig = Rig()
    decision = rig.step(grid_w=5000, max_discharge_w=1200)
    assert (decision.setpoint_w, decision.reason) == (1200, "discharge_limit")
    rig = Rig()
    decision = rig.step(grid_w=-5000, max_charge_w=800)
    assert (decision.setpoint_w, decision.reason) == (-800, "charge_limit")


def test_charging_holds_the_import_at_the_desired_peak():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    rig.inputs.soc_pct = 20
    decision = rig.house(500, 120)
    assert decision.reason == "charge_grid"
    assert 2400 <= rig.inputs.grid_w <= 2500
    decision = rig.house(2600, 20)
    assert (decision.setpoint_w, decision.reason) == (0, "charge_waits")


def test_charging_from_the_grid_begins_gently_and_grows_by_50_w_a_second():
    rig = Rig(min_soc_pct=25)
    rig.inputs.soc_pct = 20
    assert rig.house(300, 1).setpoint_w == -500
    assert rig.house(300, 10).setpoint_w == -1000


def test_charging_makes_up_in_the_quarter_for_what_the_house_took_too_much():
    rig = Rig(unix_s=NOON_S + 600, min_soc_pct=25)
    rig.inputs.soc_pct = 20
    rig.inputs.quarter_average_w = 2000  # 2400 W would be allowed, 500 * 3 W are left
    rig.house(300, 40)
    assert rig.inputs.grid_w <= 1600


def test_shaving_waits_while_the_quarter_can_still_be_saved():
    rig = Rig(min_soc_pct=10, peak_buffer_pct=85)
    decision = rig.step(grid_w=4000, quarter_average_w=0)
    assert (decision.setpoint_w, decision.reason) == (0, "shave_wait")
    rig = Rig(unix_s=NOON_S + 840, min_soc_pct=10, peak_buffer_pct=85)
    decision = rig.step(grid_w=4000, quarter_average_w=2400)
    assert decision.reason == "shave_discharge"
    assert 2500 <= decision.setpoint_w <= 3000


def test_a_shaved_quarter_ends_just_under_the_limit():
    for load_w in (2700, 3500, 5200):
        rig = Rig(min_soc_pct=10, peak_buffer_pct=85)
        imported_ws = 0
        for second in range(900):
            rig.inputs.quarter_average_w = imported_ws // 900
            rig.inputs.grid_w = load_w - rig.inputs.battery_w
            imported_ws += rig.inputs.grid_w
            rig.step()
            rig.inputs.battery_w += (rig.decision.setpoint_w - rig.inputs.battery_w) * 2 // 5
            assert second < 899 or 2470 <= imported_ws // 900 <= 2500, (load_w, imported_ws // 900)


def test_shaving_needs_the_actual_peak_not_the_desired_one():
    rig = Rig(unix_s=NOON_S + 840, min_soc_pct=10, peak_buffer_pct=85)
    decision = rig.step(
        grid_w=4000, quarter_average_w=2400, month_peak_w=4500, month_peak_at_s=NOON_S - 900
    )
    assert (decision.setpoint_w, decision.limit_w) == (0, 4500)


def test_surplus_sun_is_stored_while_the_buffer_is_kept():
    rig = Rig(min_soc_pct=10, peak_buffer_pct=85)
    decision = rig.house(300, 30, pv_w=1500)
    assert decision.reason == "shave_surplus"
    assert -1220 <= decision.setpoint_w <= -1180


def test_without_a_clock_every_second_is_held_under_the_limit():
    rig = Rig(unix_s=None, min_soc_pct=10, peak_buffer_pct=85)
    decision = rig.house(3600, 30)
    assert not decision.clock_known
    assert 2450 <= rig.inputs.grid_w <= 2500


def test_a_pulsing_load_does_not_make_the_battery_flap():
    for high_s, low_s, power_w in ((5, 18, 1800), (2, 3, 500), (8, 12, 400)):
        rig = Rig()
        moved_w, before_w = 0, 0
        for second in range(600):
            load_w = 300 + (power_w if second % (high_s + low_s) < high_s else 0)
            now_w = rig.house(load_w, 1).setpoint_w
            if second >= 300:
                moved_w += abs(now_w - before_w)
            before_w = now_w
        followed_w = 2 * power_w * 300 // (high_s + low_s)
        assert moved_w < followed_w // 10, (high_s, low_s, moved_w)


def test_a_load_that_stays_is_followed_again():
    rig = Rig()
    for second in range(300):
        rig.house(300 + (1800 if second % 23 < 5 else 0), 1)
    rig.house(2500, 40)
    assert abs(rig.inputs.grid_w) < 50


def test_the_median_is_that_of_the_last_minute():
    pulses = Pulses()
    values = [(i * 37) % 101 - 50 for i in range(200)]
    for i, value in enumerate(values):
        pulses.update(value)
        if i >= 60:
            assert pulses.median_w() == sorted(values[i - 60 : i + 1])[30]


def test_small_errors_wait_until_they_have_added_up():
    shaper = Shaper()
    assert shaper.update(1000, 3000, 3000, 20) == 1000
    assert [shaper.update(1012, 3000, 3000, 20) for _ in range(8)] == [1000] * 6 + [1012] * 2
    assert shaper.update(1040, 3000, 3000, 20) == 1040


def test_a_limit_that_falls_is_obeyed_at_once():
    shaper = Shaper()
    shaper.update(1000, 3000, 3000, 20)
    assert shaper.update(1000, 3000, 990, 20) == 990


def test_around_zero_the_battery_rests():
    shaper = Shaper()
    assert shaper.update(55, 3000, 3000, 0) == 0
    assert shaper.update(61, 3000, 3000, 0) == 61
    assert shaper.update(51, 3000, 3000, 0) == 51
    assert shaper.update(49, 3000, 3000, 0) == 0
    assert shaper.update(-59, 3000, 3000, 0) == 0


def test_never_beyond_the_limits_whatever_comes():
    state = 1
    rig = Rig()
    for _ in range(3000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        charge_w, discharge_w = state % 3001, (state >> 7) % 3001
        decision = rig.step(
            grid_w=(state >> 3) % 20001 - 10000,
            battery_w=(state >> 5) % 6001 - 3000,
            soc_pct=(state >> 9) % 101,
            max_charge_w=charge_w,
            max_discharge_w=discharge_w,
            quarter_average_w=(state >> 11) % 6000,
        )
        assert -charge_w <= decision.setpoint_w <= discharge_w
        if rig.inputs.soc_pct < rig.settings.min_soc_pct:
            assert decision.setpoint_w <= 0


def test_the_quarter_is_followed_without_battery_and_with_control_off():
    rig = Rig(desired_peak_w=2500)
    decision = rig.step(grid_w=1800, quarter_average_w=0, fault="inverter_silent")
    assert (decision.reason, decision.quarter_left_wh) == ("inverter_silent", 625)
    rig.settings.enabled = False
    decision = rig.step(quarter_average_w=20, month_peak_w=4000, month_peak_at_s=NOON_S - 900)
    assert (decision.reason, decision.limit_w) == ("switched_off", 4000)
    assert decision.quarter_left_wh == (4000 - 20) * 900 // 3600
    decision = rig.step(fresh=False, grid_w=None, fault="no_telegram")
    assert (decision.quarter_left_wh, decision.quarter_forecast_w) == (None, None)
