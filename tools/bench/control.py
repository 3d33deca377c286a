"""Benchmark of the energy control: balancing and peak shaving over generated days."""

import datetime

from tools.bench.closed_loop import (
    DAY_S,
    QUARTER_S,
    Day,
    Ideal,
    Ours,
    Proportional,
    SelfUse,
    run,
)
from tools.house.plant import Plant

_BALANCE_DAYS = ((datetime.date(2026, 6, 15), 3), (datetime.date(2026, 9, 15), 4))
_BALANCE_SUN = ((2400, 180, 35),)  # so much that the battery neither fills nor empties
_SHAVE_DAYS = (
    (datetime.date(2026, 1, 15), 1),
    (datetime.date(2026, 11, 20), 2),
    (datetime.date(2026, 3, 3), 3),
    (datetime.date(2026, 12, 7), 4),
)
_CAR_W, _SHAVE_LIMIT_W = 3700, 4000


def rows():
    """Rows (name, ours, theirs, ratio, bound, note) for `tools.bench`."""
    yield from _balance_rows()
    yield from _shave_rows()


def _balancer() -> Ours:
    return Ours(min_soc_pct=10, peak_buffer_pct=0, month_guard=False)


def _balance_rows():
    """Exchange with the grid over the days, beside an ideal controller and two common ways."""
    kinds = (
        ("ideal", lambda: Ideal()),
        ("ideal with lead", lambda: min_lead),
        ("ours", _balancer),
        ("proportional, every 5 s", Proportional),
        ("inverter's self-use", SelfUse),
    )
    min_lead = Ideal(0.5)
    days = [Day.generated(date, seed, _BALANCE_SUN) for date, seed in _BALANCE_DAYS]
    forced_wh = sum(run(Ideal(), day, Plant(lag_s=0, dead_time_s=0)).exchange_wh for day in days)
    exchange, reversals, commands = {}, {}, {}
    for name, make in kinds:
        results = [run(make(), day, Plant()) for day in days]
        exchange[name] = sum(result.exchange_wh for result in results)
        reversals[name] = sum(result.reversals_per_h for result in results) / len(results)
        commands[name] = sum(result.commands for result in results) // len(results)
    ours, ideal = exchange["ours"], exchange["ideal"]
    yield _row("balancing: grid exchange [Wh]", ours, ideal, "<= 1.15", "ideal, same lag")
    for name in ("ideal with lead", "proportional, every 5 s", "inverter's self-use"):
        yield _row("balancing: grid exchange [Wh]", ours, exchange[name], "", name)
    lag = "ideal; what its lag and limits alone cost taken off both"
    yield _row("balancing: beyond the forced [Wh]", ours - forced_wh, ideal - forced_wh, "", lag)
    for name in ("ideal", "proportional, every 5 s"):
        yield _row("set-point reversals per hour", reversals["ours"], reversals[name], "", name)
    yield _row("set-points sent a day", commands["ours"], commands["ideal"], "", "ideal")


def _shave_rows():
    """Battery energy against the least that hindsight allows, and quarters over the limit."""
    spent_wh = least_wh = holding_wh = 0.0
    over = over_holding = 0
    for date, seed in _SHAVE_DAYS:
        day = Day.generated(date, seed, (), ev_w=_CAR_W)
        controller = Ours(
            min_soc_pct=10, peak_buffer_pct=90, desired_peak_w=_SHAVE_LIMIT_W, month_guard=False
        )
        result = run(controller, day, _full_plant())
        holding = run(_EachSecond(_SHAVE_LIMIT_W), day, _full_plant())
        spent_wh += result.discharge_ac_wh
        holding_wh += holding.discharge_ac_wh
        least, avoidable = _hindsight(day, result.quarters_w)
        least_wh += least
        over += avoidable
        over_holding += _hindsight(day, holding.quarters_w)[1]
    yield _row(
        "peak shaving: battery energy [Wh]", spent_wh, least_wh, "<= 1.05", "least, hindsight"
    )
    yield _row("peak shaving: battery energy [Wh]", spent_wh, holding_wh, "", "each second held")
    yield (
        "peak shaving: quarters over that foresight could prevent",
        over,
        over_holding,
        None,
        "",
        f"each second held; {len(_SHAVE_DAYS) * 96} quarters",
    )


def _full_plant() -> Plant:
    return Plant(soc_pct=95, capacity_wh=20000)


class _EachSecond:
    """Holds every second's import at the limit, knowing the demand exactly."""

    mode = Ours.mode

    def __init__(self, limit_w: int):
        self.limit_w = limit_w

    def command(self, second, seen, plant, day) -> float:
        self.limit_w = max(self.limit_w, seen.month_peak_w)
        demand_w = day.load_w[second] + plant.standby_w
        return max(0.0, demand_w - self.limit_w) / plant.efficiency


def _hindsight(day: Day, quarters_w) -> tuple:
    """Least energy [Wh] that keeps each quarter under the peak then in force, and avoidable overs.

    A quarter that went over raises the peak for those after it, as it does on the bill.
    """
    plant = _full_plant()
    peak_w, least_ws, avoidable = _SHAVE_LIMIT_W, 0.0, 0
    able_w = plant.max_discharge_w * plant.efficiency
    for index in range(DAY_S // QUARTER_S):
        part = day.load_w[index * QUARTER_S : (index + 1) * QUARTER_S]
        whole_ws = sum(load_w + plant.standby_w for load_w in part)
        lowest_ws = sum(max(load_w + plant.standby_w - able_w, 0.0) for load_w in part)
        least_ws += min(max(whole_ws - peak_w * QUARTER_S, 0.0), whole_ws - lowest_ws)
        if quarters_w[index] > peak_w:
            avoidable += lowest_ws <= peak_w * QUARTER_S
            peak_w = quarters_w[index]
    return least_ws / 3600, avoidable


def _row(name, ours, theirs, bound, note) -> tuple:
    return name, ours, theirs, ours / theirs, bound, note


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
