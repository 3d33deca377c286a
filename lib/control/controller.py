"""The energy control: one look at the house in, one set-point and its reason out.

`decide` is a pure function of its memory, the inputs and the settings. A fault named by the
governor, or one found here, ends in the set-point 0: the battery never runs on what is not known.
"""

from micropython import const

from control.demand import Demand
from control.months import Months
from control.quarter import Quarter
from control.regime import Regime
from control.shape import Shaper
from control.shave import Shaver

_MARGIN_W = const(10)  # kept under the limit: rounding of the meter and the battery's lag
_CHARGE_MARGIN_W = const(30)  # more of it while the battery itself causes the import


class Memory:
    """All that the control remembers from one second to the next."""

    def __init__(self):
        """Remember nothing."""
        self.demand = Demand()
        self.quarter = Quarter()
        self.months = Months()
        self.regime = Regime()
        self.shaver = Shaver()
        self.shaper = Shaper()


def decide(memory: Memory, inputs, settings, decision):
    """Fill `decision` (a `records.Decision`) for `inputs` under `settings`.

    Without a fresh telegram the last set-point stays, unless a fault ends it.
    """
    if inputs.grid_w is None:
        _forget_tariff(decision)
    elif inputs.fresh:
        _observe_tariff(memory, inputs, settings, decision)
    fault = inputs.fault or _missing(inputs)
    if not settings.enabled or fault:
        decision.regime = "safe" if settings.enabled else "off"
        decision.reason = fault if settings.enabled else "switched_off"
        decision.setpoint_w = memory.shaper.rest()
        return
    if not inputs.fresh:
        return
    _observe(memory, inputs, settings, decision)
    wanted_w = _wanted(memory, inputs, settings, decision)
    decision.setpoint_w = memory.shaper.update(
        wanted_w, inputs.max_charge_w, inputs.max_discharge_w, settings.deadband_w
    )


def _missing(inputs) -> "str | None":
    """The name of what must be known and is not, or None."""
    if inputs.grid_w is None:
        return "no_telegram"
    if inputs.soc_pct is None:
        return "soc_unknown"
    if inputs.battery_w is None:
        return "battery_unknown"
    return None


def _observe(memory: Memory, inputs, settings, decision):
    """Bring demand and regime up to date, and publish their numbers."""
    memory.demand.update(inputs.grid_w, inputs.battery_w)
    decision.demand_w = memory.demand.now_w
    known = decision.limit_w > settings.desired_peak_w
    day = memory.months.day if decision.clock_known else None
    decision.regime = memory.regime.update(inputs.soc_pct, settings, known, day, inputs.now_ms)
    decision.buffer_top_pct = memory.regime.top_pct
    decision.guarded = memory.regime.guarded


def _observe_tariff(memory: Memory, inputs, settings, decision):
    """Follow what the capacity tariff bills, battery or not; the month's peak lifts the limit."""
    decision.limit_w = settings.desired_peak_w
    unix_s = inputs.unix_s
    if unix_s is None:
        _forget_tariff(decision)
        return
    quarter, months = memory.quarter, memory.months
    quarter.update(unix_s, inputs.import_w, inputs.import_wh, inputs.quarter_average_w)
    months.update(unix_s, quarter.closed_w, inputs.month_peak_w, inputs.month_peak_at_s)
    decision.limit_w = limit_w = max(decision.limit_w, months.peak_w or 0)
    decision.clock_known = True
    decision.quarter_whole = not quarter.unseen_s
    decision.quarter_left_s = quarter.left_s
    decision.quarter_left_wh = quarter.left_ws(limit_w) // 3600
    decision.quarter_forecast_w = quarter.forecast_w(limit_w)


def _forget_tariff(decision):
    decision.clock_known = False
    decision.quarter_whole = False
    decision.quarter_left_s = decision.quarter_left_wh = decision.quarter_forecast_w = None


def _wanted(memory: Memory, inputs, settings, decision) -> int:
    """The battery power [W] that the regime asks for, with its reason."""
    if decision.regime == "balance":
        return _balance(memory, inputs, decision)
    shaving_w = 0
    if decision.regime != "charge_minimum":
        shaving_w = _shaving_w(memory, inputs, decision)
    if shaving_w > 0:
        decision.reason = "shave_discharge"
        return shaving_w
    if decision.regime == "shave":
        surplus_w = -min(memory.demand.follow_w, 0)
        if surplus_w and inputs.soc_pct < 100:
            decision.reason = "shave_surplus"
            return -surplus_w
        decision.reason = "shave_wait"
        return 0
    return _charge(memory, settings, decision)


def _balance(memory: Memory, inputs, decision) -> int:
    wanted_w = memory.demand.follow_w
    if wanted_w < 0 and (inputs.soc_pct >= 100 or not inputs.max_charge_w):
        decision.reason = "battery_full"
        return 0
    if memory.demand.damped:
        decision.reason = "balance_damped"
    elif wanted_w > inputs.max_discharge_w:
        decision.reason = "discharge_limit"
    elif -wanted_w > inputs.max_charge_w:
        decision.reason = "charge_limit"
    else:
        decision.reason = "balance_discharge" if wanted_w > 0 else "balance_charge"
    return wanted_w


def _shaving_w(memory: Memory, inputs, decision) -> int:
    """Discharge [W] that keeps the quarter, or without a clock each second, under the limit."""
    limit_w = decision.limit_w - _MARGIN_W
    if decision.clock_known:
        return memory.shaver.update(
            memory.demand.now_w, memory.quarter, limit_w, inputs.max_discharge_w
        )
    return max(memory.demand.now_w - limit_w, 0)


def _charge(memory: Memory, settings, decision) -> int:
    """Charge with what the desired peak leaves, each second and over the quarter."""
    target_w = settings.desired_peak_w - _CHARGE_MARGIN_W
    if decision.clock_known:
        target_w = min(target_w, memory.quarter.allowed_w(target_w))
    demand_w = memory.demand.now_w
    room_w = max(target_w - max(demand_w, 0), 0)
    decision.reason = "charge_grid" if room_w else "charge_waits"
    return -(memory.shaper.limit_grid_charge(room_w) + max(-demand_w, 0))
