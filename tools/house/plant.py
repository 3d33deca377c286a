"""Battery and hybrid inverter as the house sees them: how power follows a set-point.

Pure arithmetic: no I/O and no clock, so the same model serves the real-time house and closed-loop
benchmarks that call `step` at 1 s or 0.1 s. It does not know registers or modes of one brand.

Signs: grid import +, battery discharge + (at the DC terminals), pv >= 0, inverter AC output +.
Dynamics are assumptions, not measurements, within the ranges published for this family: dead time
0.5..1 s, first-order lag 1.5..3 s, BMS taper towards a full battery.
"""

import math
from collections import deque

SELF_USE = 0  # the inverter's own loop: grid towards zero, with a dead zone
PASSIVE = 3  # battery inside a commanded window, grid towards a commanded target
STANDBY = -1  # battery at rest, solar still delivered
OFF = -2  # nothing delivered, nothing drawn

_TAPER_END = 0.1  # share of the BMS charge limit that is left at 100 % SoC
_RAMP_SLICE_S = 0.1  # step inside which lag and ramp limit may be treated apart
_ENERGIES = ("pv", "load", "import", "export", "charge", "discharge", "curtailed")


class Plant:
    """A battery behind a hybrid inverter with solar panels, and the house load beside it."""

    def __init__(
        self,
        *,
        rated_w=3000.0,
        max_charge_w=3000.0,
        max_discharge_w=3000.0,
        bms_w=5000.0,
        capacity_wh=10000.0,
        soc_pct=50.0,
        soc_min_pct=20.0,
        soc_max_pct=100.0,
        dead_time_s=0.7,
        lag_s=2.0,
        ramp_w_per_s=None,
        efficiency=0.97,
        standby_w=12.0,
        taper_from_pct=90.0,
        dead_zone_w=None,
    ):
        """Build the plant at rest; the defaults are an ESI 3K-S1 with two 5 kWh modules.

        `rated_w` [W AC] limits what passes between DC and AC either way; `bms_w` [W] is what the
        battery modules allow, tapering above `taper_from_pct`; `efficiency` holds each way between
        DC and AC; `standby_w` [W] is drawn from AC always; `ramp_w_per_s` None means no limit;
        `dead_zone_w` None means 3 % of the rated power plus the 10 W step of its own measurement.
        """
        self.rated_w = rated_w
        self.max_charge_w = max_charge_w
        self.max_discharge_w = max_discharge_w
        self.bms_w = bms_w
        self.capacity_wh = capacity_wh
        self.soc_min_pct = soc_min_pct
        self.soc_max_pct = soc_max_pct
        self.dead_time_s = dead_time_s
        self.lag_s = lag_s
        self.ramp_w_per_s = ramp_w_per_s
        self.efficiency = efficiency
        self.standby_w = standby_w
        self.taper_from_pct = taper_from_pct
        self.dead_zone_w = 0.03 * rated_w + 10 if dead_zone_w is None else dead_zone_w
        self.mode = SELF_USE
        self.battery_min_w = 0.0
        self.battery_max_w = 0.0
        self.grid_target_w = 0.0
        self.energy_wh = dict.fromkeys(_ENERGIES, 0.0)
        self.now_s = 0.0
        self.load_w = self.pv_w = self.battery_w = self.inverter_ac_w = self.grid_w = 0.0
        self._stored_wh = capacity_wh * soc_pct / 100
        self._actual_w = 0.0  # battery power at this instant; battery_w is the mean of the step
        self._goal_w = 0.0  # what the power stage heads for
        self._target_w = 0.0  # what was decided last, still inside the dead time perhaps
        self._decided = deque()

    @property
    def soc_pct(self) -> float:
        """State of charge [%]."""
        return 100 * self._stored_wh / self.capacity_wh

    @soc_pct.setter
    def soc_pct(self, value: float) -> None:
        self._stored_wh = self.capacity_wh * value / 100

    @property
    def throughput_wh(self) -> float:
        """Energy through the battery terminals, both ways added [Wh]."""
        return self.energy_wh["charge"] + self.energy_wh["discharge"]

    @property
    def charge_limit_w(self) -> float:
        """Charge power that the BMS allows at this SoC [W >= 0]; tapers to a tenth when full."""
        if self.soc_pct >= self.soc_max_pct:
            return 0.0
        return self.bms_w * self._taper()

    @property
    def discharge_limit_w(self) -> float:
        """Discharge power that the BMS allows at this SoC [W >= 0]."""
        return self.bms_w if self.soc_pct > self.soc_min_pct else 0.0

    def command(self, battery_min_w: float, battery_max_w: float, grid_w: float = 0.0) -> None:
        """Set the window for battery power and the grid target of `PASSIVE` [W, our signs].

        The numbers may exceed what the inverter can do: they are clamped in use. A minimum above
        the maximum raises ValueError and changes nothing. Takes effect after the dead time.
        """
        if battery_min_w > battery_max_w:
            raise ValueError(f"battery_min_w {battery_min_w} > battery_max_w {battery_max_w}")
        self.battery_min_w = battery_min_w
        self.battery_max_w = battery_max_w
        self.grid_target_w = grid_w

    def step(self, dt_s: float, load_w: float, pv_w: float) -> None:
        """Advance by `dt_s` [s] with load and available solar power constant during the step [W].

        Afterwards the power attributes hold the mean of the step, so power times `dt_s` is energy.
        """
        self._decide(load_w, pv_w)
        low_w, high_w = self._battery_range_w(dt_s, pv_w)
        battery_w = self._follow(dt_s, low_w, high_w)
        self._settle(dt_s, load_w, pv_w, battery_w)

    def _decide(self, load_w: float, pv_w: float) -> None:
        target_w = self._wanted_w(load_w, pv_w)
        if target_w != self._target_w:
            self._target_w = target_w
            self._decided.append((self.now_s + self.dead_time_s, target_w))

    def _wanted_w(self, load_w: float, pv_w: float) -> float:
        if self.mode == PASSIVE:
            if self.battery_min_w == self.battery_max_w:
                return self._possible(self.battery_min_w)
            wanted_w = self._balancing_w(load_w, pv_w, self.grid_target_w)
            return self._possible(min(max(wanted_w, self.battery_min_w), self.battery_max_w))
        if self.mode == SELF_USE:
            wanted_w = self._possible(self._balancing_w(load_w, pv_w, 0.0))
            near = abs(wanted_w - self._target_w) < self.dead_zone_w
            return self._target_w if near else wanted_w
        return 0.0

    def _balancing_w(self, load_w: float, pv_w: float, grid_w: float) -> float:
        """Battery power that makes the grid exchange `grid_w` with this load and sun [W]."""
        ac_w = load_w - grid_w + self.standby_w
        dc_w = ac_w / self.efficiency if ac_w > 0 else ac_w * self.efficiency
        return dc_w - pv_w

    def _possible(self, battery_w: float) -> float:
        return min(max(battery_w, -self.max_charge_w), self.max_discharge_w)

    def _taper(self) -> float:
        if self.soc_pct <= self.taper_from_pct:
            return 1.0
        full = (self.soc_pct - self.taper_from_pct) / (100 - self.taper_from_pct)
        return 1 - (1 - _TAPER_END) * min(full, 1.0)

    def _battery_range_w(self, dt_s: float, pv_w: float) -> tuple[float, float]:
        """What battery and converter can do during this step: (lowest, highest) battery power."""
        if self.mode == OFF:
            return 0.0, 0.0
        capacity, stored = self.capacity_wh, self._stored_wh
        room_wh = max(0.0, capacity * self.soc_max_pct / 100 - stored)
        spare_wh = max(0.0, stored - capacity * self.soc_min_pct / 100)
        charge_w = min(self.max_charge_w, self.charge_limit_w, room_wh * 3600 / dt_s)
        discharge_w = min(self.max_discharge_w, self.discharge_limit_w, spare_wh * 3600 / dt_s)
        charge_w = min(charge_w, pv_w + self.rated_w * self.efficiency)
        discharge_w = min(discharge_w, max(0.0, self.rated_w / self.efficiency - pv_w))
        return -charge_w, discharge_w

    def _follow(self, dt_s: float, low_w: float, high_w: float) -> float:
        """Let the power stage run after its goal; returns the mean power over the step [W]."""
        start_s = self.now_s
        end_s = self.now_s = start_s + dt_s
        energy_ws = 0.0
        while self._decided and self._decided[0][0] < end_s:
            at_s, goal_w = self._decided.popleft()
            if at_s > start_s:
                energy_ws += self._glide(at_s - start_s, low_w, high_w)
                start_s = at_s
            self._goal_w = goal_w
        energy_ws += self._glide(end_s - start_s, low_w, high_w)
        return energy_ws / dt_s

    def _glide(self, dt_s: float, low_w: float, high_w: float) -> float:
        """First-order approach during `dt_s`, with the ramp limit if any; returns W*s."""
        goal_w = min(max(self._goal_w, low_w), high_w)
        actual_w = min(max(self._actual_w, low_w), high_w)
        if self.ramp_w_per_s is not None:
            return self._glide_ramped(dt_s, goal_w, actual_w)
        if self.lag_s <= 0:
            self._actual_w = goal_w
            return goal_w * dt_s
        gap_w = actual_w - goal_w
        left_w = gap_w * math.exp(-dt_s / self.lag_s)
        self._actual_w = goal_w + left_w
        return goal_w * dt_s + (gap_w - left_w) * self.lag_s

    def _glide_ramped(self, dt_s: float, goal_w: float, actual_w: float) -> float:
        slices = max(1, math.ceil(dt_s / _RAMP_SLICE_S - 1e-9))
        slice_s = dt_s / slices
        share = 1 - math.exp(-slice_s / self.lag_s) if self.lag_s > 0 else 1.0
        most_w = self.ramp_w_per_s * slice_s
        energy_ws = 0.0
        for _ in range(slices):
            move_w = min(max((goal_w - actual_w) * share, -most_w), most_w)
            energy_ws += (actual_w + move_w / 2) * slice_s
            actual_w += move_w
        self._actual_w = actual_w
        return energy_ws

    def _settle(self, dt_s: float, load_w: float, pv_w: float, battery_w: float) -> None:
        """Balance the powers of the step and count its energies."""
        if self.mode == OFF:
            used_pv_w, ac_w = 0.0, 0.0
        else:
            used_pv_w = min(pv_w, self.rated_w / self.efficiency - battery_w)
            dc_w = used_pv_w + battery_w
            ac_w = dc_w * self.efficiency if dc_w > 0 else dc_w / self.efficiency
            ac_w -= self.standby_w
        self.load_w, self.pv_w, self.battery_w = load_w, used_pv_w, battery_w
        self.inverter_ac_w = ac_w
        self.grid_w = load_w - ac_w
        hours = dt_s / 3600
        self._stored_wh -= battery_w * hours
        energy = self.energy_wh
        energy["pv"] += used_pv_w * hours
        energy["curtailed"] += (pv_w - used_pv_w) * hours
        energy["load"] += load_w * hours
        energy["import" if self.grid_w > 0 else "export"] += abs(self.grid_w) * hours
        energy["discharge" if battery_w > 0 else "charge"] += abs(battery_w) * hours
