"""The four rows of the control table, their hysteresis, and the first days of a month."""

from control_rig import Rig

_DAY_1_S = 1782856800  # 2026-07-01 00:00 in Belgium


def test_each_row_of_the_table_at_its_borders():
    rows = (
        (24, "charge_minimum"),
        (25, "charge_buffer"),
        (39, "charge_buffer"),
        (40, "shave"),
        (54, "shave"),
        (55, "balance"),
        (100, "balance"),
    )
    for soc_pct, regime in rows:
        rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
        assert rig.step(soc_pct=soc_pct).regime == regime, soc_pct


def test_recharging_goes_on_until_the_buffer_is_full():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    rig.step(soc_pct=38)
    for soc_pct in (40, 47, 54):
        for _ in range(61):
            assert rig.step(soc_pct=soc_pct).regime == "charge_buffer"
    assert rig.step(soc_pct=55).regime == "balance"


def test_a_battery_that_empties_is_kept_for_peaks_before_it_recharges():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    seen = []
    for soc_pct in range(60, 20, -1):
        for _ in range(61):
            regime = rig.step(soc_pct=soc_pct).regime
        if not seen or seen[-1][0] != regime:
            seen.append((regime, soc_pct))
    assert seen == [
        ("balance", 60),
        ("shave", 54),
        ("charge_buffer", 39),
        ("charge_minimum", 24),
    ]


def test_a_flickering_state_of_charge_changes_the_regime_once_a_minute_at_most():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    rig.step(soc_pct=55)
    changes, before = 0, "balance"
    for second in range(600):
        regime = rig.step(soc_pct=54 + second % 2).regime
        changes += regime != before
        before = regime
    assert changes <= 10


def test_an_empty_battery_is_charged_at_once_whatever_was_before():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    rig.step(soc_pct=55)
    assert rig.step(soc_pct=24).regime == "charge_minimum"


def test_the_first_days_of_a_month_keep_a_larger_buffer_until_the_peak_is_known():
    rig = Rig(unix_s=_DAY_1_S + 3600, min_soc_pct=25, peak_buffer_pct=30)
    decision = rig.step(soc_pct=60, month_peak_w=0)
    assert (decision.regime, decision.buffer_top_pct, decision.guarded) == ("shave", 70, True)
    rig = Rig(unix_s=_DAY_1_S + 3600, min_soc_pct=25, peak_buffer_pct=30)
    decision = rig.step(soc_pct=60, month_peak_w=3100, month_peak_at_s=_DAY_1_S + 1800)
    assert (decision.regime, decision.buffer_top_pct, decision.guarded) == ("balance", 55, False)


def test_the_guard_ends_after_three_days_and_with_its_setting():
    later = Rig(unix_s=_DAY_1_S + 3 * 86400 + 60, min_soc_pct=25, peak_buffer_pct=30)
    assert not later.step(soc_pct=60).guarded
    off = Rig(unix_s=_DAY_1_S + 60, month_guard=False)
    assert not off.step(soc_pct=60).guarded


def test_the_guard_never_asks_for_more_than_the_battery_holds():
    rig = Rig(unix_s=_DAY_1_S + 60, min_soc_pct=40, peak_buffer_pct=60)
    assert rig.step(soc_pct=99).buffer_top_pct == 100
    rig = Rig(unix_s=_DAY_1_S + 60, min_soc_pct=25, peak_buffer_pct=60)
    assert rig.step(soc_pct=99).buffer_top_pct == 95


def test_after_six_days_of_one_regime_the_next_is_not_held_back():
    rig = Rig(min_soc_pct=25, peak_buffer_pct=30)
    rig.step(soc_pct=55)
    rig.inputs.now_ms = 1 << 29  # ticks.diff has turned negative
    assert rig.step(soc_pct=54).regime == "shave"
