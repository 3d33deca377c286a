"""The last hand on a set-point: limits, ramp, rest around zero, deadband.

A set-point that changes for every watt wears the inverter's memory and tells its owner nothing;
one that ignores small errors for ever gives energy away. So a small change waits until its error
has added up to something.
"""

from micropython import const

_LEAST_W = const(50)  # below this the inverter's power is not steady (SOFAR facts, section 3)
_WAKE_W = const(60)
_PATIENCE_S = const(4)  # a change of one deadband waits this long at most
_RAMP_FROM_W = const(500)  # SOFAR facts, section 3: a hard step of charge tripped a fuse
_RAMP_W_PER_S = const(50)


class Shaper:
    """Turns a wanted battery power into the set-point to send."""

    def __init__(self):
        """Start from zero."""
        self.setpoint_w = 0
        self._owed_ws = 0
        self._grid_charge_w = 0

    def limit_grid_charge(self, wanted_w: int) -> int:
        """Hold the part of a charge [W, >= 0] that comes from the grid to a gentle ramp."""
        ceiling_w = max(self._grid_charge_w + _RAMP_W_PER_S, _RAMP_FROM_W)
        self._grid_charge_w = min(wanted_w, ceiling_w)
        return self._grid_charge_w

    def rest(self) -> int:
        """Stop at once; nothing is owed any more."""
        self.setpoint_w = 0
        self._owed_ws = 0
        self._grid_charge_w = 0
        return 0

    def update(
        self, wanted_w: int, max_charge_w: int, max_discharge_w: int, deadband_w: int
    ) -> int:
        """Return the set-point [W] for `wanted_w`, inside `-max_charge_w .. max_discharge_w`."""
        wanted_w = min(max(wanted_w, -max_charge_w), max_discharge_w)
        wanted_w = self._around_zero(wanted_w)
        error_w = wanted_w - self.setpoint_w
        self._owed_ws += error_w
        held = -max_charge_w <= self.setpoint_w <= max_discharge_w
        patient = abs(self._owed_ws) < deadband_w * _PATIENCE_S
        if wanted_w and held and patient and abs(error_w) < deadband_w:
            return self.setpoint_w
        self._owed_ws = 0
        self.setpoint_w = wanted_w
        return wanted_w

    def _around_zero(self, wanted_w: int) -> int:
        same_side = wanted_w * self.setpoint_w > 0
        least_w = _LEAST_W if same_side else _WAKE_W
        return wanted_w if abs(wanted_w) >= least_w else 0
