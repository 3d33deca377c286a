"""A day of the virtual house in a closed loop, without wires: controllers on one plant.

Every controller sees what the meter shows, once a second, and its command reaches the inverter 0.1
s later. The plant is the virtual house's own (`tools.house.plant`).
"""

import datetime
from dataclasses import dataclass, field

from control.controller import Memory, decide
from control.records import Decision, Inputs, Settings
from tools.house.load import Household
from tools.house.plant import PASSIVE, SELF_USE, Plant
from tools.house.sun import Sun

DAY_S = 86400
QUARTER_S = 900
REACH_S = 0.1  # telegram's end to the command's arrival at the inverter
_STEPS = (0.3, 0.1, 0.5)  # rest of the second; the battery is read after the second of them


@dataclass
class Day:
    """Load and available solar power of one day, a value a second [W]."""

    load_w: list
    pv_w: list
    start_s: int  # Unix time of local midnight

    @classmethod
    def generated(cls, date: datetime.date, seed: int, groups=None, **options) -> "Day":
        """The virtual house's day; `groups` as in `tools.house.sun`, () for no sun at all."""
        house = Household(seed, date, **options)
        load_w = [house.load_w(s) for s in range(DAY_S)]
        if groups == ():
            pv_w = [0.0] * DAY_S
        else:
            sun = Sun(seed, date) if groups is None else Sun(seed, date, groups=groups)
            pv_w = [sun.pv_w(s) for s in range(DAY_S)]
        midnight = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
        return cls(load_w, pv_w, int(midnight.timestamp()) - 7200)


@dataclass
class Result:
    """What a controller did with a day."""

    import_wh: float = 0.0
    export_wh: float = 0.0
    discharge_ac_wh: float = 0.0
    reversals_per_h: float = 0.0
    commands: int = 0
    quarters_w: list = field(default_factory=list)

    @property
    def exchange_wh(self) -> float:
        """Energy over the meter, both ways added."""
        return self.import_wh + self.export_wh


class Ours:
    """The firmware's energy control, fed as the governor feeds it."""

    mode = PASSIVE

    def __init__(self, **settings):
        """`settings` are those of `control.records.Settings`."""
        self.memory, self.inputs = Memory(), Inputs()
        self.settings, self.decision = Settings(), Decision()
        for name, value in settings.items():
            setattr(self.settings, name, value)
        self.month_peak_w = 0

    def command(self, second: int, seen: "Seen", plant: Plant, day: Day) -> int:
        """Battery power [W] for what was just seen."""
        inputs = self.inputs
        inputs.now_ms = second * 1000
        inputs.unix_s = day.start_s + second + 1
        inputs.fresh = True
        inputs.grid_w = seen.grid_w
        inputs.import_w = max(inputs.grid_w, 0)
        inputs.quarter_average_w = seen.quarter_w
        inputs.month_peak_w = seen.month_peak_w
        inputs.month_peak_at_s = inputs.unix_s
        inputs.battery_w = seen.battery_w
        inputs.soc_pct = round(plant.soc_pct)
        inputs.max_charge_w = int(min(plant.max_charge_w, plant.charge_limit_w))
        room_w = max(plant.rated_w - seen.pv_w, 0)
        inputs.max_discharge_w = int(min(plant.max_discharge_w, plant.discharge_limit_w, room_w))
        decide(self.memory, inputs, self.settings, self.decision)
        return self.decision.setpoint_w


class Ideal:
    """Knows the house's net demand of the second just past exactly, and the losses.

    `lead` > 0 pushes beyond it by that share of what the battery still has to go, with the plant's
    state known too: the best that can be done against its lag without knowing the future.
    """

    mode = PASSIVE

    def __init__(self, lead: float = 0.0):
        """See the class."""
        self.lead = lead

    def command(self, second: int, seen: "Seen", plant: Plant, day: Day) -> float:
        """Battery power [W] that would have balanced the last second."""
        ac_w = day.load_w[second] + plant.standby_w
        dc_w = ac_w / plant.efficiency - day.pv_w[second]
        if dc_w < -day.pv_w[second]:
            dc_w = ac_w * plant.efficiency - day.pv_w[second]
        return dc_w + self.lead * (dc_w - plant.battery_w)


class Proportional:
    """The common way: every 5 s the grid power, times a gain, is added to the set-point."""

    mode = PASSIVE

    def __init__(self, period_s: int = 5, gain: float = 0.8):
        """Gain 0.8: faster gains overshoot on a lag of 2 s with dead time."""
        self.period_s, self.gain, self.setpoint_w = period_s, gain, 0.0

    def command(self, second: int, seen: "Seen", plant: Plant, day: Day) -> float:
        """Battery power [W]."""
        if second % self.period_s == 0:
            wanted_w = self.setpoint_w + self.gain * seen.grid_w
            self.setpoint_w = min(max(wanted_w, -plant.max_charge_w), plant.max_discharge_w)
        return self.setpoint_w


class SelfUse:
    """The inverter's own self-use mode, with its usual dead zone of 3 %."""

    mode = SELF_USE

    def command(self, second: int, seen: "Seen", plant: Plant, day: Day) -> None:
        """Nothing to command."""


@dataclass
class Seen:
    """What one telegram and one reading of the inverter tell."""

    grid_w: int = 0
    quarter_w: int = 0
    month_peak_w: int = 0
    battery_w: int = 0
    pv_w: int = 0


def run(controller, day: Day, plant: Plant, month_peak_w: int = 0) -> Result:
    """Let `controller` manage the whole `day` on a fresh `plant`."""
    plant.mode = controller.mode
    result, seen = Result(), Seen(month_peak_w=month_peak_w)
    command_w, sign, quarter_ws = 0.0, 0, 0.0
    for second in range(DAY_S):
        load_w, pv_w = day.load_w[second], day.pv_w[second]
        grid_ws = _second(plant, load_w, pv_w, command_w, seen, result)
        seen.grid_w = round(grid_ws)
        seen.pv_w = round(plant.pv_w / 10) * 10
        quarter_ws += max(grid_ws, 0.0)
        seen.quarter_w = int(quarter_ws / QUARTER_S)
        if second % QUARTER_S == QUARTER_S - 1:
            result.quarters_w.append(quarter_ws / QUARTER_S)
            seen.month_peak_w = max(seen.month_peak_w, int(quarter_ws / QUARTER_S))
            seen.quarter_w, quarter_ws = 0, 0.0
        new_w = controller.command(second, seen, plant, day)
        if new_w is not None and new_w != command_w:
            result.commands += 1
            if new_w * sign < 0:
                result.reversals_per_h += 1 / 24
            sign = (new_w > 0) - (new_w < 0) or sign
            command_w = new_w
    return result


def _second(plant, load_w, pv_w, command_w, seen, result) -> float:
    """One second of the plant, the command arriving after `REACH_S`; returns grid energy."""
    grid_ws = 0.0
    for index, step_s in enumerate((REACH_S, *_STEPS)):
        if index == 1:
            plant.command(command_w, command_w)
        plant.step(step_s, load_w, pv_w)
        grid_ws += plant.grid_w * step_s
        if plant.battery_w > 0:
            result.discharge_ac_wh += plant.battery_w * plant.efficiency * step_s / 3600
        if index == 2:
            seen.battery_w = round(plant.battery_w / 10) * 10
    if grid_ws > 0:
        result.import_wh += grid_ws / 3600
    else:
        result.export_wh -= grid_ws / 3600
    return grid_ws
