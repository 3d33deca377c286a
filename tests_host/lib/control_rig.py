"""A house of one line for the control's tests: inputs by keyword, decisions one second apart."""

from control.controller import Memory, decide
from control.records import Decision, Inputs, Settings

NOON_S = 1781517600  # 2026-06-15 12:00 in Belgium, the start of a quarter


class Rig:
    """Memory, inputs and settings of one control, and its clock."""

    def __init__(self, unix_s=NOON_S, **settings):
        self.memory, self.inputs = Memory(), Inputs()
        self.settings, self.decision = Settings(), Decision()
        for name, value in settings.items():
            setattr(self.settings, name, value)
        inputs = self.inputs
        inputs.unix_s = unix_s
        inputs.fresh = True
        inputs.grid_w = 0
        inputs.battery_w = 0
        inputs.soc_pct = 80
        inputs.max_charge_w = inputs.max_discharge_w = 3000

    def step(self, **changes):
        """One telegram later: change inputs, decide, return the decision."""
        inputs = self.inputs
        for name, value in changes.items():
            setattr(inputs, name, value)
        inputs.import_w = max(inputs.grid_w or 0, 0)
        decide(self.memory, inputs, self.settings, self.decision)
        inputs.now_ms += 1000
        if inputs.unix_s is not None:
            inputs.unix_s += 1
        return self.decision

    def house(self, load_w, seconds, pv_w=0, lag=True):
        """Let the house draw `load_w` and the battery obey (with a lag) for some seconds."""
        for _ in range(seconds):
            inputs = self.inputs
            inputs.grid_w = load_w - pv_w - inputs.battery_w
            self.step()
            gap_w = self.decision.setpoint_w - inputs.battery_w
            inputs.battery_w += gap_w * 2 // 5 if lag else gap_w
        return self.decision
