"""Reading plan and follow-up of set-points, on CPython and MicroPython alike."""

import ticks

from inverter import family_sofar_g3 as sofar
from inverter.follow import Follow
from inverter.plan import Plan
from inverter.record import InverterState

NEED_MS = 150
ABSENT = (sofar.BATTERY_2,)  # as on a machine with one battery input
TEN_S = [block for block in sofar.SLOW if block.period_ms == 10000]


def needs_ms(block):
    return NEED_MS


def plan_at(now_ms):
    return Plan(sofar.FAST, sofar.SLOW, sofar.BATTERY, now_ms, ABSENT)


def run(plan, now_ms, seconds, period_ms=1000):
    """Poll as the task does, beside telegrams every `period_ms`; returns [(ms, block name)]."""
    began_ms, reads, reserved_ms = now_ms, [], ticks.add(now_ms, period_ms)
    while ticks.diff(now_ms, began_ms) < seconds * 1000:
        if ticks.diff(now_ms, reserved_ms) >= 0:
            reserved_ms = ticks.add(reserved_ms, period_ms)
        wait_ms = plan.last_wait_ms(now_ms, reserved_ms, NEED_MS)
        block = plan.next(now_ms, wait_ms, needs_ms)
        if block is None:
            now_ms = ticks.add(now_ms, 5)
            continue
        reads.append((ticks.diff(now_ms, began_ms), block.stamp))
        now_ms = ticks.add(now_ms, NEED_MS)
        plan.done(block, now_ms)
    return reads


def times(reads, name):
    return [at for at, block in reads if block == name]


def test_fast_blocks_every_second_and_slow_ones_every_ten():
    for start_ms in (0, (1 << 30) - 5000):
        reads = run(plan_at(start_ms), start_ms, 60)
        for name in ("battery_at_ms", "pv_at_ms", "ac_at_ms"):
            assert 59 <= len(times(reads, name)) <= 61, name
        for block in TEN_S:
            assert 5 <= len(times(reads, block.stamp)) <= 7, block.stamp


def test_battery_is_read_right_before_each_telegram():
    reads = run(plan_at(0), 0, 30)
    for at in times(reads, "battery_at_ms")[1:]:
        left_ms = 1000 - at % 1000 - NEED_MS
        assert 0 <= left_ms <= 60


def test_nothing_else_runs_into_the_time_of_the_battery():
    reads = run(plan_at(0), 0, 30)
    for at, name in reads:
        if name != "battery_at_ms":
            assert at % 1000 + NEED_MS <= 1000 - NEED_MS or at % 1000 >= 1000 - 60


def test_without_telegrams_the_battery_is_read_every_second():
    plan, now_ms, reads = plan_at(0), 0, 0
    while now_ms < 20000:
        block = plan.next(now_ms, plan.last_wait_ms(now_ms, None, NEED_MS), needs_ms)
        now_ms += NEED_MS if block else 10
        if block:
            plan.done(block, now_ms)
            reads += block is plan.last
    assert 17 <= reads <= 20


def test_telegrams_every_ten_seconds_leave_the_rhythm_alone():
    reads = times(run(plan_at(0), 0, 60, 10000), "battery_at_ms")
    assert 50 <= len(reads) <= 62
    for i in range(1, len(reads)):
        assert reads[i] - reads[i - 1] < 2200


def test_battery_is_not_read_twice_for_one_telegram():
    plan = plan_at(0)
    plan.done(plan.last, 0)
    assert plan.last_wait_ms(0, 400, NEED_MS) == 1225


def test_block_that_would_run_into_the_batterys_time_waits():
    plan = plan_at(0)
    assert plan.next(0, NEED_MS, needs_ms) is sofar.PV
    assert plan.next(0, NEED_MS - 1, needs_ms) is None
    assert plan.next(0, 0, needs_ms) is sofar.BATTERY


def test_slow_blocks_are_spread():
    reads = run(plan_at(0), 0, 30)
    slow = [at for at, name in reads if name not in ("battery_at_ms", "pv_at_ms", "ac_at_ms")]
    for i in range(1, len(slow)):
        assert slow[i] - slow[i - 1] >= 900


def test_hurried_block_is_next():
    plan = plan_at(0)
    run(plan, 0, 20)
    plan.hurry(sofar.READ_BACK, 19000)
    plan.done(plan.last, 20000)
    assert plan.next(20000, 800, needs_ms) is sofar.READ_BACK


def test_dropped_block_is_left_out_for_long():
    plan = plan_at(0)
    plan.drop(sofar.POWER_LIMITS, 0)
    for start_s in range(0, 300, 30):  # in pieces: the list is long for a board
        reads = run(plan, start_s * 1000, 30)
        assert times(reads, "power_limits_at_ms") == []


def test_block_that_was_late_is_not_made_up_for():
    plan = plan_at(0)
    run(plan, 0, 5)
    reads = run(plan, 60000, 3)
    assert len(times(reads, "pv_at_ms")) <= 4


def battery(battery_w, soc_pct=50, **more):
    record = InverterState()
    record.battery_w, record.soc_pct = battery_w, soc_pct
    for field, value in more.items():
        setattr(record, field, value)
    return record


def follow(commands, measurements, start_ms=0):
    """One command and one measurement a second; returns the judgement of each second."""
    judge, found = Follow(3000), []
    for second in range(len(commands)):
        now_ms = ticks.add(start_ms, second * 1000)
        judge.commanded(commands[second], now_ms)
        record = measurements[second]
        if not isinstance(record, InverterState):
            record = battery(record)
        found.append(judge.measured(record, now_ms))
    return found


def test_battery_that_follows_with_a_lag_is_following():
    commands = [0] * 10 + [2000] * 20 + [-2000] * 20
    measured = [0] * 13 + [1000] + [2000] * 19 + [0, -1900] + [-2000] * 15
    for start_ms in (0, (1 << 30) - 9000):
        assert all(follow(commands, measured, start_ms))


def test_battery_that_stays_where_it_was_is_not():
    found = follow([0] * 10 + [2000] * 30, [0] * 40)
    assert all(found[:20])
    assert not found[30]


def test_battery_that_does_more_than_it_is_told_is_not():
    assert not follow([500] * 30, [1500] * 30)[-1]
    assert not follow([0] * 30, [-400] * 30)[-1]


def test_judgement_waits_until_the_battery_can_have_settled():
    assert all(follow([2000] * 10, [0] * 10))


def test_it_is_following_again_as_soon_as_it_does():
    found = follow([1000] * 40, [0] * 30 + [1000] * 10)
    assert not found[29]
    assert found[30]


def test_setpoints_that_swing_allow_all_between():
    commands = [2000 if i % 2 else -2000 for i in range(40)]
    assert all(follow(commands, [i * 100 % 3000 - 1500 for i in range(40)]))


def test_full_battery_may_take_less_and_empty_one_give_less():
    assert all(follow([-3000] * 30, [battery(-300, 97)] * 30))
    assert all(follow([3000] * 30, [battery(0, 12)] * 30))
    assert not all(follow([-3000] * 30, [battery(-300, 60)] * 30))
    assert not all(follow([3000] * 30, [battery(0, 60)] * 30))


def test_limit_of_the_battery_is_no_disobedience():
    limited = [battery(-1000, battery_max_charge_w=1000)] * 30
    assert all(follow([-3000] * 30, limited))
    limited = [battery(1000, battery_max_discharge_w=1000)] * 30
    assert all(follow([3000] * 30, limited))


def test_inverter_full_of_sun_may_discharge_less():
    assert all(follow([1500] * 30, [battery(100, inverter_w=2950)] * 30))
    assert not all(follow([1500] * 30, [battery(100, inverter_w=1950)] * 30))
    assert all(follow([-3000] * 30, [battery(-2500, inverter_w=-2950)] * 30))
    assert not all(follow([-3000] * 30, [battery(-2500, inverter_w=-1950)] * 30))


def test_unknown_power_is_no_judgement():
    assert all(follow([1500] * 30, [battery(None)] * 30))


def test_reset_forgets_the_past():
    judge = Follow(3000)
    for second in range(30):
        judge.commanded(2000, second * 1000)
        judge.measured(battery(2000), second * 1000)
    judge.reset()
    assert judge.measured(battery(0), 31000)
    judge.commanded(0, 32000)
    for second in range(33, 36):
        assert judge.measured(battery(1000), second * 1000)


def test_what_is_absent_is_never_read():
    plan = Plan(sofar.FAST, sofar.SLOW, sofar.BATTERY, 0, (sofar.PV, sofar.LIMITS))
    names = {name for _, name in run(plan, 0, 70)}
    assert names == {
        block.stamp
        for block in sofar.FAST + sofar.SLOW + (sofar.LAST,)
        if block not in (sofar.PV, sofar.LIMITS)
    }


def test_device_that_is_read_less_often():
    plan = Plan(sofar.FAST, sofar.SLOW, sofar.BATTERY, 0, ABSENT, 5000)
    reads = run(plan, 0, 60)
    for name in ("battery_at_ms", "pv_at_ms", "ac_at_ms"):
        assert 11 <= len(times(reads, name)) <= 13, name
    assert 5 <= len(times(reads, "mode_at_ms")) <= 7
